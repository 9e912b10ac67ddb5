import pytest

from pedcam.ui.zones.shape import (
    MAX_CORNERS,
    MAX_SHAPES,
    ZoneError,
    checked_name,
    clipped,
    make_zone,
)
from pedcam.ui.zones.state import Mode, Zones
from pedcam.ui.zones.steps import MAX_STEPS
from pedcam.ui.zones.zone_set import MAX_RULES, ZoneSet
from pedcam.video.people.counters import IgnoredZone, Line, Zone
from pedcam.video.people.counts import LineCount, ZoneCount
from pedcam.video.people.rules import Crosses, Crowd, Enters, Rule, Stays

SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))


@pytest.fixture
def zones() -> Zones:
    made = Zones()
    made.begin()
    return made


def names(zones: Zones) -> list[str]:
    return [shape.name for shape in zones.shapes]


def test_new_ones_get_names_and_colours_of_their_own(zones: Zones) -> None:
    assert zones.add_line((0.1, 0.5), (0.9, 0.5)) == "Line 1"
    assert zones.add_zone(SQUARE) == "Zone 1"
    assert zones.add_line((0.5, 0.1), (0.5, 0.9)) == "Line 2"
    assert [shape.color for shape in zones.shapes] == [0, 1, 2]
    assert zones.lines == (
        Line("Line 1", (0.1, 0.5), (0.9, 0.5)),
        Line("Line 2", (0.5, 0.1), (0.5, 0.9)),
    )
    assert zones.zones == (Zone("Zone 1", SQUARE),)


def test_a_name_and_a_colour_that_became_free_are_used_again(zones: Zones) -> None:
    for _ in range(3):
        zones.add_line((0.1, 0.5), (0.9, 0.5))
    zones.remove("Line 2")
    assert zones.add_line((0.1, 0.5), (0.9, 0.5)) == "Line 2"
    assert [shape.color for shape in zones.shapes] == [0, 2, 1]


def test_points_beyond_the_edge_are_brought_back(zones: Zones) -> None:
    zones.add_line((-0.3, 0.5), (1.7, 0.123456789))
    assert zones.lines[0].start == (0.0, 0.5)
    assert zones.lines[0].end == (1.0, 0.12346)
    assert clipped((2.0, -1.0)) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        (SQUARE[:2], "three or more"),
        (((0.1, 0.1), (0.5, 0.5), (0.9, 0.9)), "too small"),
        (((0.1, 0.1), (0.109, 0.1), (0.109, 0.109), (0.1, 0.109)), "too small"),
        # A bow tie, and a border that touches one of its sides.
        (((0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)), "cross itself"),
        (((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.5, 0.1), (0.1, 0.9)), "cross itself"),
        (((0.1, 0.1), (0.9, 0.1), (0.1, 0.1), (0.1, 0.9)), "cross itself"),
        (tuple((i / 100, (i % 2) / 10) for i in range(MAX_CORNERS + 1)), "at most"),
    ],
)
def test_zones_that_cannot_be(
    zones: Zones, points: tuple[tuple[float, float], ...], reason: str
) -> None:
    with pytest.raises(ZoneError, match=reason):
        zones.add_zone(points)
    assert zones.shapes == ()


def test_a_zone_may_have_bays() -> None:
    inner = ((0.3, 0.1), (0.3, 0.6), (0.6, 0.6), (0.6, 0.1))
    letter_u = ((0.1, 0.9), (0.1, 0.1), *inner, (0.9, 0.1), (0.9, 0.9))
    assert make_zone("U", letter_u).points == letter_u


def test_a_line_has_some_length(zones: Zones) -> None:
    with pytest.raises(ZoneError, match="too short"):
        zones.add_line((0.5, 0.5), (0.505, 0.505))
    zones.add_line((0.5, 0.5), (0.51, 0.5))
    with pytest.raises(ZoneError, match="too short"):
        zones.move("Line 1", ((0.5, 0.5), (0.5, 0.5)))
    assert zones.lines[0].end == (0.51, 0.5)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("  ", "is needed"),
        ("x" * 61, "too long"),
        ("Door;Gate", "semicolons"),
        ("Door\n", None),
        ("Do\u202eor", "control"),
        ("Zone 1", "already"),
    ],
)
def test_names_that_cannot_be(name: str, reason: str | None) -> None:
    if reason is None:
        assert checked_name(name, ["Zone 1"]) == "Door"
        return
    with pytest.raises(ZoneError, match=reason):
        checked_name(name, ["Zone 1"])


def test_renaming_keeps_the_selection(zones: Zones) -> None:
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    zones.add_zone(SQUARE)
    zones.select("Line 1")
    assert zones.rename("Line 1", " Door ") == "Door"
    assert names(zones) == ["Door", "Zone 1"]
    assert zones.selected == "Door"
    with pytest.raises(ZoneError, match="already"):
        zones.rename("Door", "Zone 1")
    assert zones.rename("Door", "Door") == "Door"
    zones.undo()
    assert names(zones) == ["Line 1", "Zone 1"]


def test_there_can_be_so_many(zones: Zones) -> None:
    for _ in range(MAX_SHAPES):
        zones.add_line((0.1, 0.5), (0.9, 0.5))
    with pytest.raises(ZoneError, match="Delete one"):
        zones.add_zone(SQUARE)
    assert len(zones.shapes) == MAX_SHAPES


def test_reversing_swaps_the_ends(zones: Zones) -> None:
    zones.add_line((0.1, 0.5), (0.9, 0.4))
    zones.add_zone(SQUARE)
    zones.reverse("Line 1")
    zones.reverse("Zone 1")
    assert zones.lines[0] == Line("Line 1", (0.9, 0.4), (0.1, 0.5))
    assert zones.zones[0].points == SQUARE


def test_undo_and_redo(zones: Zones) -> None:
    assert not zones.can_undo
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    zones.add_zone(SQUARE)
    zones.clear()
    assert zones.shapes == ()
    zones.undo()
    assert names(zones) == ["Line 1", "Zone 1"]
    zones.undo()
    assert names(zones) == ["Line 1"]
    zones.redo()
    assert names(zones) == ["Line 1", "Zone 1"]
    zones.remove("Line 1")
    assert not zones.can_redo
    zones.undo()
    zones.undo()
    zones.undo()
    assert zones.shapes == ()
    assert not zones.can_undo
    zones.undo()
    assert zones.can_redo


def test_nudges_are_undone_together(zones: Zones) -> None:
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    for step in range(1, 4):
        y = 0.5 + step / 100
        zones.move("Line 1", ((0.1, y), (0.9, y)), nudge=True)
    zones.move("Line 1", ((0.1, 0.8), (0.9, 0.8)))
    zones.undo()
    assert zones.lines[0].start == (0.1, 0.53)
    zones.undo()
    assert zones.lines[0].start == (0.1, 0.5)


def test_the_way_back_is_bounded(zones: Zones) -> None:
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    for _ in range(MAX_STEPS + 5):
        zones.reverse("Line 1")
    undone = 0
    while zones.can_undo:
        zones.undo()
        undone += 1
    assert undone == MAX_STEPS


def test_another_source_brings_its_own(zones: Zones) -> None:
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    shapes = zones.shapes
    zones.close()
    assert zones.shapes == ()
    assert not zones.available
    zones.draw(Mode.DRAW_LINE)
    assert zones.mode is Mode.NONE
    zones.begin(ZoneSet(shapes))
    assert names(zones) == ["Line 1"]
    assert zones.available
    assert not zones.can_undo


def test_the_mode_follows_drawing_and_selection(zones: Zones) -> None:
    zones.draw(Mode.DRAW_ZONE)
    assert zones.mode is Mode.DRAW_ZONE
    zones.add_zone(SQUARE)
    assert zones.mode is Mode.EDIT
    assert zones.selected == "Zone 1"
    zones.draw(Mode.DRAW_LINE)
    assert zones.selected is None
    zones.select("Zone 1")
    assert zones.mode is Mode.EDIT
    zones.select("no such zone")
    assert zones.mode is Mode.NONE
    zones.select("Zone 1")
    zones.remove("Zone 1")
    assert zones.mode is Mode.NONE


def test_counts_belong_to_what_is_there(zones: Zones) -> None:
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    zones.add_zone(SQUARE)
    line, zone = LineCount("Line 1", 3, 2), ZoneCount("Zone 1", 1, 4)
    assert zones.count("Line 1") is None
    zones.set_counts([line, LineCount("Gone", 1, 1)], [zone])
    assert zones.count("Line 1") == line
    assert zones.count("Zone 1") == zone
    assert zones.count("Gone") is None
    zones.reverse("Line 1")  # counts anew
    assert zones.count("Line 1") is None
    assert zones.count("Zone 1") == zone
    assert zones.has_counts
    zones.clear_counts()
    assert zones.count("Zone 1") is None
    assert not zones.has_counts


def test_watchers_hear_of_changes_only(zones: Zones) -> None:
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    heard: list[Mode] = []
    zones.subscribe(lambda: heard.append(zones.mode))
    zones.set_counts([LineCount("Line 1", 1, 0)], [])
    zones.set_counts([LineCount("Line 1", 1, 0)], [])
    zones.select("Line 1")
    zones.move("Line 1", ((0.1, 0.5), (0.9, 0.5)))
    zones.rename("Line 1", "Line 1")
    zones.report("")
    assert len(heard) == 1


def test_a_problem_lasts_until_something_works(zones: Zones) -> None:
    zones.report("too short")
    assert zones.problem == "too short"
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    assert zones.problem == ""
    zones.report("too short")
    zones.draw(Mode.DRAW_LINE)
    assert zones.problem == ""


def test_ignored_zones_are_drawn_moved_and_renamed_like_zones(zones: Zones) -> None:
    assert zones.add_ignored(SQUARE) == "Ignored 1"
    assert zones.selected == "Ignored 1"
    assert (zones.zones, zones.ignored) == ((), (IgnoredZone("Ignored 1", SQUARE),))
    zones.black_out("Ignored 1", True)
    zones.rename("Ignored 1", "Poster")
    zones.move("Poster", [(x + 0.1, y) for x, y in SQUARE])
    moved = ((0.3, 0.2), (0.7, 0.2), (0.7, 0.6), (0.3, 0.6))
    assert zones.ignored == (IgnoredZone("Poster", moved, blacked_out=True),)
    with pytest.raises(ZoneError, match="three or more"):
        zones.add_ignored(SQUARE[:2])
    for _ in range(3):
        zones.undo()
    assert zones.ignored == (IgnoredZone("Ignored 1", SQUARE),)
    zones.add_zone(SQUARE)
    zones.black_out("Zone 1", True)
    zones.black_out("Ignored 1", False)
    zones.undo()
    assert names(zones) == ["Ignored 1"], "neither of the two was a step"


def rule_names(zones: Zones, of: str) -> list[str]:
    return [rule.name for rule in zones.rules_of(of)]


def test_rules_belong_to_a_zone_or_the_whole_picture(zones: Zones) -> None:
    line = zones.add_line((0.1, 0.5), (0.9, 0.5))
    assert zones.add_rule(Rule("Way in", Crosses("in"), line)) == "Way in"
    assert zones.add_rule(Rule("Way in", Crosses("out"), line)) == "Way in 2"
    assert zones.add_rule(Rule("Crowd", Crowd(5))) == "Crowd"
    assert (rule_names(zones, line), rule_names(zones, "")) == (["Way in", "Way in 2"], ["Crowd"])
    zones.change_rule("Way in 2", Rule("Way out", Crosses("out"), line))
    assert rule_names(zones, line) == ["Way in", "Way out"]
    zones.remove_rule("Way in")
    zones.remove_rule("no such rule")
    assert rule_names(zones, line) == ["Way out"]
    zones.undo()
    zones.undo()
    assert rule_names(zones, line) == ["Way in", "Way in 2"]


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rule("Crowd", Enters()), "already"),
        (Rule("a;b", Enters()), "semicolons"),
        (Rule("New", Enters(), "Nowhere"), "no line or zone"),
        (Rule("New", Enters(), "Ignored 1"), "no line or zone"),
    ],
)
def test_rules_that_cannot_be(zones: Zones, rule: Rule, reason: str) -> None:
    zones.add_ignored(SQUARE)
    zones.add_rule(Rule("Crowd", Crowd(5)))
    zones.add_rule(Rule("Other", Crowd(7)))
    with pytest.raises(ZoneError, match=reason):
        zones.change_rule("Other", rule)
    assert rule_names(zones, "") == ["Crowd", "Other"]


def test_there_can_be_so_many_rules(zones: Zones) -> None:
    for _ in range(MAX_RULES):
        zones.add_rule(Rule("W" * 60, Enters()))
    with pytest.raises(ZoneError, match="Delete one"):
        zones.add_rule(Rule("One more", Enters()))
    assert zones.rules[1].name == "W" * 58 + " 2"
    assert len(zones.rules) == MAX_RULES


def test_rules_follow_the_name_of_their_zone_and_go_with_it(zones: Zones) -> None:
    zone, line = zones.add_zone(SQUARE), zones.add_line((0.1, 0.5), (0.9, 0.5))
    zones.add_rule(Rule("Loitering", Stays(30), zone))
    zones.add_rule(Rule("Way in", Crosses("in"), line))
    zones.add_rule(Rule("Crowd", Crowd(5)))
    zones.rename(zone, "Yard")
    assert zones.rules_of("Yard") == (Rule("Loitering", Stays(30), "Yard"),)
    zones.remove("Yard")
    assert [rule.name for rule in zones.rules] == ["Way in", "Crowd"]
    zones.undo()
    assert rule_names(zones, "Yard") == ["Loitering"]
    zones.undo()
    assert rule_names(zones, zone) == ["Loitering"]
    zones.clear()
    assert [rule.name for rule in zones.rules] == ["Crowd"]
    zones.undo()
    assert len(zones.rules) == 3


def test_all_are_replaced_in_one_step_or_not_at_all(zones: Zones) -> None:
    zones.add_zone(SQUARE)
    new = [Line("Gate", (0.1, 0.5), (0.9, 0.5)), IgnoredZone("Poster", SQUARE)]
    rule = Rule("Way in", Crosses("in"), "Gate")
    with pytest.raises(ZoneError, match="no line or zone"):
        zones.replace_all(new, [Rule("Way in", Crosses("in"), "Door")])
    bow_tie = (SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3])
    with pytest.raises(ZoneError, match="cross itself"):
        zones.replace_all([Zone("Yard", bow_tie)], [])
    assert names(zones) == ["Zone 1"]
    zones.replace_all(new, [rule])
    assert (zones.lines, zones.ignored, zones.rules) == ((new[0],), (new[1],), (rule,))
    zones.undo()
    assert (names(zones), zones.rules) == (["Zone 1"], ())
