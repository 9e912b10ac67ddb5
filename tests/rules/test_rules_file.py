from datetime import time as TimeOfDay
from pathlib import Path

import pytest

from pedcam.rules.rules_file import RuleSet, RulesFileError, read_rules, write_rules
from pedcam.rules.yaml_nodes import MOST_BYTES
from pedcam.video.output.partial_file import OutputError
from pedcam.video.people.counters import IgnoredZone, Line, Zone
from pedcam.video.people.rules import Action, Crosses, Crowd, Enters, Hours, Rule, Stays

BY_HAND = """\
# What a person writes.
zones:
  Door: [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9], [.1, 9e-1]]
  no:
    - [0, 0]
    - [1, 0]
    - [1, 1]
lines:
  Gate: [[0.2, 0.5], [0.8, 0.5]]
ignored:
  Poster: {points: [[0.5, 0.1], [0.6, 0.1], [0.6, 0.4]], blacked out: true}
  Mirror: [[0.5, 0.1], [0.6, 0.1], [0.6, 0.4]]
rules:
  - name: Loitering
    zone: Door
    when: {stays: 30 s}
    hours: 22:00-06:00
    cooldown: 5 min
    then: [snapshot, clip, sound, notify, send]
    enabled: off
  - name: Many people
    when: {more than: 5 people, for: 10 s}
    cooldown: 1 h
  - {name: 'Two: together', zone: no, when: {more than: 1 person}, hours: 6:30 - 24:00}
  - {name: Visitor, zone: no, when: enters, cooldown: 1.5}
  - name: 17:30
    line: Gate
    when: {crosses: in}
    then: []
  - {name: Any way, line: Gate, when: crosses}
"""
CORNER = ((0.5, 0.1), (0.6, 0.1), (0.6, 0.4))
READ = RuleSet(
    lines=(Line("Gate", (0.2, 0.5), (0.8, 0.5)),),
    zones=(
        Zone("Door", ((0.1, 0.5), (0.4, 0.5), (0.4, 0.9), (0.1, 0.9))),
        Zone("no", ((0, 0), (1, 0), (1, 1))),
    ),
    ignored=(IgnoredZone("Poster", CORNER, True), IgnoredZone("Mirror", CORNER)),
    rules=(
        Rule(
            "Loitering",
            Stays(30),
            "Door",
            hours=Hours(TimeOfDay(22), TimeOfDay(6)),
            cooldown=300,
            then=frozenset(Action),
            enabled=False,
        ),
        Rule("Many people", Crowd(5, 10), cooldown=3600),
        Rule("Two: together", Crowd(1), "no", hours=Hours(TimeOfDay(6, 30), TimeOfDay(0))),
        Rule("Visitor", Enters(), "no", cooldown=1.5),
        Rule("17:30", Crosses("in"), "Gate"),
        Rule("Any way", Crosses(), "Gate"),
    ),
)


def test_what_a_person_writes(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(BY_HAND)
    assert read_rules(path) == READ


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"---\n", b"%YAML 1.1\n---\n"])
def test_beginnings_that_some_editors_write(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(start + BY_HAND.replace("\n", "\r\n").encode())
    assert read_rules(path) == READ


def test_sections_with_nothing_in_them(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("zones:\n#  Door: [[0, 0], [1, 0], [1, 1]]\nrules:\n")
    assert read_rules(path) == RuleSet()


STRANGE = RuleSet(
    lines=(Line("12", (1 / 3, 1e-05), (0.1 + 0.2, 1.0)), Line("yes", (0, 0), (1, 1))),
    zones=(
        Zone("Tür: 入口 #1 'x' \"y\"", ((0, 0), (1, 0), (1, 1))),
        Zone("caf\udce9", ((0, 0), (1, 0), (1, 1))),
        Zone("  ~ ", ((0, 0), (1, 0), (1, 1))),
    ),
    rules=(
        Rule("22:00", Stays(1.25), "  ~ ", cooldown=0.1 + 0.2),
        Rule("null", Crowd(0, 86_400), "caf\udce9", cooldown=86_400),
        Rule("- {a: b}", Crosses("out"), "yes", then=frozenset({Action.SEND, Action.SOUND})),
        Rule("later" * 50, Crosses(), "12", hours=Hours(TimeOfDay(0), TimeOfDay(0, 1))),
    ),
)


@pytest.mark.parametrize("rule_set", [READ, STRANGE, RuleSet()])
def test_what_is_written_is_read_again(tmp_path: Path, rule_set: RuleSet) -> None:
    path = tmp_path / "rules.yaml"
    for _ in range(2):  # also over the file that is there
        write_rules(path, rule_set)
        assert read_rules(path) == rule_set
    assert [child.name for child in tmp_path.iterdir()] == ["rules.yaml"]


def test_what_is_written_can_be_read_by_people(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    write_rules(path, RuleSet(READ.lines, READ.zones[1:], READ.ignored[:1], READ.rules[1:3]))
    assert (
        path.read_text()
        == """\
# Points are fractions of the picture's width and height, from 0 to 1.
lines:
  Gate: [[0.2, 0.5], [0.8, 0.5]]
zones:
  'no': [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]
ignored:
  Poster:
    points: [[0.5, 0.1], [0.6, 0.1], [0.6, 0.4]]
    blacked out: true
rules:
- name: Many people
  when: {more than: 5 people, for: 10 s}
  cooldown: 3600 s
  then: []
  enabled: true
- name: 'Two: together'
  zone: 'no'
  when: {more than: 1 people}
  hours: 06:30-00:00
  cooldown: 60 s
  then: []
  enabled: true
"""
    )


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"rules\.yaml cannot be written: No such file"):
        write_rules(tmp_path / "nowhere" / "rules.yaml", READ)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RulesFileError, match=r"nowhere\.yaml cannot be read: No such file"):
        read_rules(tmp_path / "nowhere.yaml")
    with pytest.raises(RulesFileError, match="is not an ordinary file"):
        read_rules(tmp_path)


PLACES = """\
lines:
  Gate: [[0, 0], [1, 1]]
zones:
  Door: [[0, 0], [1, 0], [1, 1]]
"""


def rule(*lines: str, name: str = "A") -> str:
    """A file whose rule is named in line 6; what else it has comes in the lines after it."""
    return PLACES + "\n    ".join(["rules:\n  - name: " + name, *lines])


MALFORMED: dict[str, tuple[str | bytes, int, str]] = {
    "nothing": ("", 1, "there is nothing in it; it can have lines, zones, ignored, rules"),
    "comments": ("# zones\n\n", 1, "there is nothing in it"),
    "a letter that there is not": ('zones:\n  "\\UFFFFFFFF": []\n', 2, "number that is too large"),
    "a letter beyond Unicode": ('zones:\n  "\\U00FFFFFF": []\n', 2, "number that is too large"),
    "a version": (f"%YAML 1.{'1' * 5000}\n---\n", 1, "number that is too large"),
    "a name that no message holds": (
        rule("when: enters", name="A" * 501),
        6,
        "the name of a rule has more than 500 characters",
    ),
    "no text": (b"zones:\n  Caf\xe9: []\n", 2, "this is no UTF-8 text"),
    "a byte of zero": ("zones:\n\n  A\0: []\n", 3, "this has characters that no YAML has"),
    "a tab": ("zones:\n\tDoor: []\n", 2, "this is no YAML: found character '\\t'"),
    "not closed": ("lines:\n  Gate: [[0, 0], [1, 1]\nzones:\n", 3, "this is no YAML: expected ','"),
    "two documents": ("lines:\n---\nzones:\n", 2, "this is no YAML: but found another document"),
    "a list": ("- zones\n", 1, "a file of rules must be names, each with a colon"),
    "a word": ("rules\n", 1, "a file of rules must be names"),
    "an unknown section": (
        "lines:\nzoness:\n",
        2,
        "a file of rules cannot have 'zoness', only 'lines', 'zones', 'ignored', 'rules'",
    ),
    "a section twice": ("zones:\nlines:\nzones:\n", 3, "'zones' comes twice in a file of rules"),
    "a key that is no text": ("zones:\n  ? [1, 2]\n  : 3\n", 2, "a name must be a single value"),
    "a section that is a list": ("zones:\n  - Door\n", 2, "zones must be names"),
    "an alias": (
        "lines:\n  A: &a [[0, 0], [1, 1]]\n  B: *a\n",
        3,
        "an alias (*) cannot be used here; write it out",
    ),
    "too deep": (
        "zones:\n" + "".join(f"{' ' * depth}{depth}:\n" for depth in range(1, 20)),
        10,  # the key there is within ten mappings
        "it is nested more than 10 deep",
    ),
    "very deep": ("zones: " + "[" * 100_000, 1, "it is nested more than 10 deep"),
    "too large": (
        "zones:\n#" + "\n" * MOST_BYTES,
        MOST_BYTES - 8 + 2,
        "the file is larger than 128 KB",
    ),
    "a zone of two corners": (
        "zones:\n  A: [[0, 0], [1, 0], [1, 1]]\n  B: [[0, 0], [1, 1]]\n",
        3,
        "zone 'B' has 2 corners; it needs three or more",
    ),
    "a zone without corners": ("zones:\n  A:\n", 2, "zone 'A' has 0 corners"),
    "a zone without area": ("zones:\n  A: [[0, 0], [0.5, 0.5], [1, 1]]\n", 2, "has no area"),
    "a line of three points": (
        "lines:\n  A: [[0, 0], [1, 0], [1, 1]]\n",
        2,
        "line 'A' has 3 points; it needs two",
    ),
    "a line without length": ("lines:\n  A: [[0, 0], [0, 0]]\n", 2, "line 'A' has no length"),
    "a point outside": (
        "lines:\n  A:\n    - [0, 0]\n    - [640, 480]\n",
        3,
        "line 'A' has a point (640.0, 480.0) that is not in the picture",
    ),
    "a point that is no number": (
        "lines:\n  A:\n    - [0, 0]\n    - [left, 1]\n",
        4,
        "a coordinate must be a number, not 'left'",
    ),
    "not a number": ("lines:\n  A: [[0, 0], [1, .nan]]\n", 2, "a coordinate must be a number"),
    "a point of one number": (
        "zones:\n  A:\n    - [0, 0]\n    - [1]\n",
        4,
        "a point of zone 'A' must be two numbers, [x, y]",
    ),
    "a point that is no list": ("lines:\n  A: [0, 1]\n", 2, "a point of line 'A' must be a list"),
    "a name twice": ("zones:\n  A: [[0, 0], [1, 0], [1, 1]]\n  A: []\n", 3, "'A' comes twice"),
    "a zone called like a line": (
        PLACES + "  Gate: [[0, 0], [1, 0], [1, 1]]\n",
        5,
        "two lines or zones are called 'Gate'; names must differ",
    ),
    "a name without end": (f"zones:\n  {'A' * 2000}: []\n", 2, "this is no YAML"),
    "a name of two lines": ('zones:\n  "A\\nB": []\n', 2, "a name must be one line of text"),
    "an ignored zone without points": (
        "ignored:\n  A: {blacked out: true}\n",
        2,
        "ignored zone 'A' needs 'points'",
    ),
    "neither true nor false": (
        "ignored:\n  A:\n    points: [[0, 0], [1, 0], [1, 1]]\n    blacked out: maybe\n",
        4,
        "'blacked out' must be true or false, not 'maybe'",
    ),
    "rules with names": ("rules:\n  A: {when: enters}\n", 2, "rules must be a list"),
    "a rule without a name": ("rules:\n  - when: enters\n", 2, "a rule needs 'name'"),
    "a rule with an empty name": ("rules:\n  - name:\n    when: enters\n", 2, "rule is empty"),
    "a rule without a condition": (rule("zone: Door"), 6, "a rule needs 'when'"),
    "an unknown key": (
        rule("when: enters", "cool-down: 3 s"),
        8,
        "a rule cannot have 'cool-down', only 'name', 'zone', 'line', 'when', 'hours', "
        "'cooldown', 'then', 'enabled'",
    ),
    "two rules of one name": (
        rule("when: enters\n  - name: A", "when: enters"),
        8,
        "two rules are called 'A'; names must differ",
    ),
    "an unknown zone": (
        rule("when: enters", "zone: Dor"),
        8,
        "there is no zone 'Dor' in this file; there is 'Door'",
    ),
    "a line for a zone": (rule("when: enters", "zone: Gate"), 8, "there is no zone 'Gate'"),
    "an unknown line": (
        "rules:\n  - {name: A, line: Gate,\n     when: crosses}\n",
        2,
        "there is no line 'Gate' in this file; there is none",
    ),
    "an ignored zone": (
        "ignored:\n  A: [[0, 0], [1, 0], [1, 1]]\nrules:\n  - {name: B, zone: A, when: enters}\n",
        4,
        "there is no zone 'A'",
    ),
    "a zone and a line": (
        rule("when: crosses", "zone: Door", "line: Gate"),
        9,
        "a rule is about a zone or a line, not both",
    ),
    "to cross a zone": (rule("zone: Door", "when: {crosses: in}"), 8, "to cross needs a line"),
    "to stay at a line": (rule("line: Gate", "when: {stays: 3 s}"), 8, "people can only cross"),
    "an unknown condition": (rule("when: leaves"), 7, "'when' cannot be 'leaves', only {stays: "),
    "an unknown condition with a value": (
        rule("when: {stay: 3 s}"),
        7,
        "'when' cannot have 'stay', only 'stays', 'more than', 'for', 'crosses'",
    ),
    "two conditions": (
        rule("when: {stays: 3 s, crosses: in}"),
        7,
        "'when' must be one of {stays: 30 s}, {more than: 5 people, for: 10 s}, enters, ",
    ),
    "no condition": (rule("when:"), 7, "'when' is empty"),
    "a direction": (
        rule("line: Gate", "when: {crosses: up}"),
        8,
        "a direction is 'in', 'out' or 'either', not 'up'",
    ),
    "a duration": (
        rule("when:", "  stays: half an hour"),
        8,
        "a duration is written like 30 s, 5 min or 1 h, not 'half an hour'",
    ),
    "a number that is none": (rule("when: {stays: 1.2.3 s}"), 7, "could not convert"),
    "too short": (rule("when: {stays: 0.5 s}"), 7, "seconds are from 1 to 86400, not 0.5"),
    "too long": (
        rule("when: enters", "cooldown: 25 h"),
        8,
        "a duration is 24 h at most, not '25 h'",
    ),
    "people": (
        rule("when: {more than: a few people}"),
        7,
        "a number of people is written like 5 people, not 'a few people'",
    ),
    "too many people": (rule("when: {more than: 5000}"), 7, "from 0 to 1000, not 5000"),
    "hours": (
        rule("when: enters", "hours: at night"),
        8,
        "hours are written like 22:00-06:00, not 'at night'",
    ),
    "hours that no day has": (
        rule("when: enters", "hours: 22:00-26:00"),
        8,
        "'22:00-26:00' cannot be used as hours: hour must be in 0..23",
    ),
    "hours without time": (
        rule("when: enters", "hours: 22:00-22:00"),
        8,
        "'22:00-22:00' cannot be used as hours: from 22:00 to 22:00 is no time at all",
    ),
    "an unknown action": (
        rule("when: enters", "then:", "  - clip", "  - shout"),
        10,
        "there is no action 'shout', only snapshot, clip, sound, notify, send",
    ),
    "an action without a list": (rule("when: enters", "then: clip"), 8, "'then' must be a list"),
    "a value that is long": (
        rule(f"when: {'enters ' * 20}"),
        7,
        "'when' cannot be 'enters enters enters enters enters en...'",
    ),
}


@pytest.mark.parametrize(("content", "line", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_files(tmp_path: Path, content: str | bytes, line: int, reason: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RulesFileError) as caught:
        read_rules(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line {line}: ")
    assert reason in message
    assert message.endswith(".")
