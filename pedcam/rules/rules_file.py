"""Lines, zones and rules as a YAML file, which a person can write by hand.

Such as::

    zones:
      Door: [[0.1, 0.5], [0.4, 0.5], [0.4, 0.9], [0.1, 0.9]]
    lines:
      Gate: [[0.2, 0.5], [0.8, 0.5]]
    ignored:
      Poster: {points: [[0.5, 0.1], [0.6, 0.1], [0.6, 0.4]], blacked out: true}
    rules:
      - name: Loitering
        zone: Door               # or line: Gate; neither for the whole picture
        when: {stays: 30 s}      # or {more than: 5 people, for: 10 s}, enters, {crosses: in}
        hours: 22:00-06:00       # always without
        cooldown: 60 s
        then: [snapshot, clip]   # also sound, notify and send
        enabled: true

Points are fractions of the picture's width and height.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time as TimeOfDay
from pathlib import Path
from typing import Any

import yaml

from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.rules.yaml_nodes import (
    MOST_BYTES,
    MalformedError,
    blamed_on,
    compose,
    fields,
    flag,
    items,
    number,
    pairs,
    shown,
    text,
)
from pedcam.video.output.partial_file import write_error
from pedcam.video.people.counters import IgnoredZone, Line, Point, Zone
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.people.rules import (
    MAX_SECONDS,
    Action,
    Condition,
    Crosses,
    Crowd,
    Enters,
    Hours,
    Rule,
    Stays,
)

SECTIONS = ("lines", "zones", "ignored", "rules")
RULE_KEYS = ("name", "zone", "line", "when", "hours", "cooldown", "then", "enabled")
CONDITIONS = (
    "{stays: 30 s}, {more than: 5 people, for: 10 s}, enters, {crosses: in}, {crosses: out} or "
    "{crosses: either}"
)
UNITS = {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0}
HEADER = "# Points are fractions of the picture's width and height, from 0 to 1.\n"


class RulesFileError(UserError):
    """A file of rules that cannot be used; the message names the file, the line and the reason."""


@dataclass(frozen=True)
class RuleSet:
    """What a file of rules holds."""

    lines: tuple[Line, ...] = ()
    zones: tuple[Zone, ...] = ()
    ignored: tuple[IgnoredZone, ...] = ()
    rules: tuple[Rule, ...] = ()

    def counter(self) -> PeopleCounter:
        """Return a counter of people that knows all of it; ValueError where names are the same."""
        return PeopleCounter(self.lines, self.zones, self.ignored, self.rules)


def read_rules(path: Path) -> RuleSet:
    """Read a file of rules.

    Raises:
        RulesFileError: It cannot be read, or something in it cannot be used.
    """
    try:
        # Reading a pipe that nobody writes to would never end.
        if path.exists() and not path.is_file():
            raise RulesFileError(f"{path} is not an ordinary file. Name a file of rules.")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RulesFileError(f"{path} cannot be read: {reason}.") from error
    try:
        return _rule_set(compose(data))
    except MalformedError as error:
        raise RulesFileError(f"{path}, line {error.line}: {error}.") from error


def write_rules(path: Path, rule_set: RuleSet) -> None:
    """Write a file that :func:`read_rules` reads, in place of one that may be there.

    Raises:
        OutputError: It cannot be written.
    """
    lines = {line.name for line in rule_set.lines}
    content: dict[str, Any] = {
        "lines": {line.name: _written_points((line.start, line.end)) for line in rule_set.lines},
        "zones": {zone.name: _written_points(zone.points) for zone in rule_set.zones},
        "ignored": {
            zone.name: {
                "points": _written_points(zone.points),
                "blacked out": zone.blacked_out,
            }
            for zone in rule_set.ignored
        },
        "rules": [_written_rule(rule, rule.zone in lines) for rule in rule_set.rules],
    }
    body = yaml.dump(
        {name: section for name, section in content.items() if section},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=100,
    )
    try:
        write_atomically(path, (HEADER + body).encode())
    except OSError as error:
        raise write_error(path, error) from error


def _rule_set(node: yaml.Node | None) -> RuleSet:
    if node is None:
        raise MalformedError(1, f"there is nothing in it; it can have {', '.join(SECTIONS)}")
    found = fields(node, "a file of rules", SECTIONS)
    names: set[str] = set()

    def section(name: str) -> list[tuple[str, yaml.Node]]:
        entries = pairs(found[name], name) if name in found else []
        for key, place, _ in entries:
            if place in names:
                reason = f"two lines or zones are called {place!r}; names must differ"
                raise MalformedError(key, reason)
            names.add(place)
        return [(place, value) for _, place, value in entries]

    lines = tuple(_line(name, value) for name, value in section("lines"))
    zones = tuple(_zone(name, value) for name, value in section("zones"))
    ignored = tuple(_ignored(name, value) for name, value in section("ignored"))
    rules: dict[str, Rule] = {}
    for entry in items(found["rules"], "rules") if "rules" in found else ():
        rule = _rule(entry, [line.name for line in lines], [zone.name for zone in zones])
        if rule.name in rules:
            raise MalformedError(entry, f"two rules are called {rule.name!r}; names must differ")
        rules[rule.name] = rule
    return RuleSet(lines, zones, ignored, tuple(rules.values()))


def _line(name: str, node: yaml.Node) -> Line:
    points = _points(node, f"line {name!r}")
    if len(points) != 2:
        raise MalformedError(node, f"line {name!r} has {len(points)} points; it needs two")
    with blamed_on(node):
        return Line(name, *points)


def _zone(name: str, node: yaml.Node) -> Zone:
    with blamed_on(node):
        return Zone(name, _points(node, f"zone {name!r}"))


def _ignored(name: str, node: yaml.Node) -> IgnoredZone:
    what = f"ignored zone {name!r}"
    black = False
    if isinstance(node, yaml.MappingNode):
        found = fields(node, what, ("points", "blacked out"), ("points",))
        node = found["points"]
        if "blacked out" in found:
            black = flag(found["blacked out"], "'blacked out'")
    with blamed_on(node):
        return IgnoredZone(name, _points(node, what), black)


def _points(node: yaml.Node, what: str) -> tuple[Point, ...]:
    points = []
    for point in items(node, f"the points of {what}"):
        values = [number(value, "a coordinate") for value in items(point, f"a point of {what}")]
        if len(values) != 2:
            raise MalformedError(point, f"a point of {what} must be two numbers, [x, y]")
        points.append((values[0], values[1]))
    return tuple(points)


def _rule(node: yaml.Node, lines: list[str], zones: list[str]) -> Rule:
    found = fields(node, "a rule", RULE_KEYS, ("name", "when"))
    condition = _condition(found["when"])
    then = found.get("then")
    with blamed_on(node):
        return Rule(
            name=text(found["name"], "the name of a rule"),
            when=condition,
            zone=_place(found, condition, lines, zones),
            hours=_hours(found["hours"]) if "hours" in found else None,
            cooldown=_seconds(found["cooldown"]) if "cooldown" in found else Rule.cooldown,
            then=frozenset(map(_action, items(then, "'then'"))) if then else frozenset(),
            enabled=flag(found["enabled"], "'enabled'") if "enabled" in found else True,
        )


def _place(
    found: dict[str, yaml.Node], condition: Condition, lines: list[str], zones: list[str]
) -> str:
    when = found["when"]
    if "zone" in found and "line" in found:
        raise MalformedError(found["line"], "a rule is about a zone or a line, not both")
    if isinstance(condition, Crosses) and "line" not in found:
        raise MalformedError(when, "to cross needs a line, such as 'line: Gate'")
    if "line" in found and not isinstance(condition, Crosses):
        raise MalformedError(when, "at a line people can only cross: 'when: {crosses: either}'")
    for kind, names in (("line", lines), ("zone", zones)):
        if kind in found:
            name = text(found[kind], f"the {kind} of a rule")
            if name not in names:
                known = ", ".join(map(repr, names)) or "none"
                reason = f"there is no {kind} {shown(name)} in this file; there is {known}"
                raise MalformedError(found[kind], reason)
            return name
    return ""


def _condition(node: yaml.Node) -> Condition:
    if isinstance(node, yaml.ScalarNode):
        simple: dict[str, Condition] = {"enters": Enters(), "crosses": Crosses()}
        word = text(node, "'when'")
        if word not in simple:
            raise MalformedError(node, f"'when' cannot be {shown(word)}, only {CONDITIONS}")
        return simple[word]
    found = fields(node, "'when'", ("stays", "more than", "for", "crosses"))
    with blamed_on(node):
        match sorted(found):
            case ["stays"]:
                return Stays(_seconds(found["stays"]))
            case ["more than"]:
                return Crowd(_people(found["more than"]))
            case ["for", "more than"]:
                return Crowd(_people(found["more than"]), _seconds(found["for"]))
            case ["crosses"]:
                return Crosses(text(found["crosses"], "'crosses'"))
    raise MalformedError(node, f"'when' must be one of {CONDITIONS}")


def _seconds(node: yaml.Node) -> float:
    written = text(node, "a duration")
    parts = re.fullmatch(r"([\d.]+(?:e-?\d+)?) ?(s|min|h|)", written)
    with blamed_on(node):
        if parts is None:
            raise ValueError(f"a duration is written like 30 s, 5 min or 1 h, not {shown(written)}")
        seconds = float(parts[1]) * UNITS[parts[2]]
        if seconds > MAX_SECONDS:
            raise ValueError(f"a duration is 24 h at most, not {shown(written)}")
        return seconds


def _people(node: yaml.Node) -> int:
    written = text(node, "a number of people")
    parts = re.fullmatch(r"(\d{1,9})(?: people| person|)", written)
    if parts is None:
        reason = f"a number of people is written like 5 people, not {shown(written)}"
        raise MalformedError(node, reason)
    return int(parts[1])


def _hours(node: yaml.Node) -> Hours:
    written = text(node, "'hours'")
    parts = re.fullmatch(r"(\d{1,2}):(\d{2}) ?[-\u2013] ?(\d{1,2}):(\d{2})", written)
    with blamed_on(node):
        if parts is None:
            raise ValueError(f"hours are written like 22:00-06:00, not {shown(written)}")
        first, first_minute, last, last_minute = map(int, parts.groups())
        # The end of a day is the beginning of the next.
        end = (0, 0) if (last, last_minute) == (24, 0) else (last, last_minute)
        try:
            return Hours(TimeOfDay(first, first_minute), TimeOfDay(*end))
        except ValueError as error:
            raise ValueError(f"{shown(written)} cannot be used as hours: {error}") from None


def _action(node: yaml.Node) -> Action:
    word = text(node, "an action")
    known = [action.value for action in Action]
    if word not in known:
        raise MalformedError(node, f"there is no action {shown(word)}, only {', '.join(known)}")
    return Action(word)


class _Points(list[list[float]]):
    """Is written on one line."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Points,
    lambda dumper, points: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", points, flow_style=True
    ),
)


def _written_points(points: tuple[Point, ...]) -> _Points:
    return _Points([float(x), float(y)] for x, y in points)


def _written_rule(rule: Rule, at_line: bool) -> dict[str, Any]:
    written: dict[str, Any] = {"name": rule.name}
    if rule.zone:
        written["line" if at_line else "zone"] = rule.zone
    written["when"] = _written_condition(rule.when)
    if rule.hours is not None:
        written["hours"] = f"{rule.hours.start:%H:%M}-{rule.hours.end:%H:%M}"
    return written | {
        "cooldown": _written_seconds(rule.cooldown),
        "then": [action.value for action in Action if action in rule.then],
        "enabled": rule.enabled,
    }


def _written_condition(condition: Condition) -> str | dict[str, str]:
    match condition:
        case Stays(seconds):
            return {"stays": _written_seconds(seconds)}
        case Crowd(people, seconds):
            return {"more than": f"{people} people"} | (
                {"for": _written_seconds(seconds)} if seconds else {}
            )
        case Crosses(direction):
            return {"crosses": direction}
        case Enters():
            return "enters"


def _written_seconds(seconds: float) -> str:
    return f"{str(float(seconds)).removesuffix('.0')} s"
