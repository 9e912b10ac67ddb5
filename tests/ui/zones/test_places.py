import pytest

from pedcam.ui.zones.checks import (
    MAX_CORNERS,
    MAX_PLACES,
    PlaceError,
    checked_name,
    checked_zone_points,
    clipped,
)
from pedcam.ui.zones.places import MAX_STEPS, Mode, Places
from pedcam.video.people.counters import Line, Zone
from pedcam.video.people.counts import LineCount, ZoneCount

SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))


@pytest.fixture
def places() -> Places:
    made = Places()
    made.begin()
    return made


def names(places: Places) -> list[str]:
    return [shape.name for shape in places.shapes]


def test_new_ones_get_names_and_colours_of_their_own(places: Places) -> None:
    assert places.add_line((0.1, 0.5), (0.9, 0.5)) == "Line 1"
    assert places.add_zone(SQUARE) == "Zone 1"
    assert places.add_line((0.5, 0.1), (0.5, 0.9)) == "Line 2"
    assert [shape.color for shape in places.shapes] == [0, 1, 2]
    assert places.lines == (
        Line("Line 1", (0.1, 0.5), (0.9, 0.5)),
        Line("Line 2", (0.5, 0.1), (0.5, 0.9)),
    )
    assert places.zones == (Zone("Zone 1", SQUARE),)


def test_a_name_and_a_colour_that_became_free_are_used_again(places: Places) -> None:
    for _ in range(3):
        places.add_line((0.1, 0.5), (0.9, 0.5))
    places.remove("Line 2")
    assert places.add_line((0.1, 0.5), (0.9, 0.5)) == "Line 2"
    assert [shape.color for shape in places.shapes] == [0, 2, 1]


def test_points_beyond_the_edge_are_brought_back(places: Places) -> None:
    places.add_line((-0.3, 0.5), (1.7, 0.123456789))
    assert places.lines[0].start == (0.0, 0.5)
    assert places.lines[0].end == (1.0, 0.12346)
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
    places: Places, points: tuple[tuple[float, float], ...], reason: str
) -> None:
    with pytest.raises(PlaceError, match=reason):
        places.add_zone(points)
    assert places.shapes == ()


def test_a_zone_may_have_bays() -> None:
    inner = ((0.3, 0.1), (0.3, 0.6), (0.6, 0.6), (0.6, 0.1))
    letter_u = ((0.1, 0.9), (0.1, 0.1), *inner, (0.9, 0.1), (0.9, 0.9))
    assert checked_zone_points(letter_u) == letter_u


def test_a_line_has_some_length(places: Places) -> None:
    with pytest.raises(PlaceError, match="too short"):
        places.add_line((0.5, 0.5), (0.505, 0.505))
    places.add_line((0.5, 0.5), (0.51, 0.5))
    with pytest.raises(PlaceError, match="too short"):
        places.move("Line 1", ((0.5, 0.5), (0.5, 0.5)))
    assert places.lines[0].end == (0.51, 0.5)


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
    with pytest.raises(PlaceError, match=reason):
        checked_name(name, ["Zone 1"])


def test_renaming_keeps_the_selection(places: Places) -> None:
    places.add_line((0.1, 0.5), (0.9, 0.5))
    places.add_zone(SQUARE)
    places.select("Line 1")
    assert places.rename("Line 1", " Door ") == "Door"
    assert names(places) == ["Door", "Zone 1"]
    assert places.selected == "Door"
    with pytest.raises(PlaceError, match="already"):
        places.rename("Door", "Zone 1")
    assert places.rename("Door", "Door") == "Door"
    places.undo()
    assert names(places) == ["Line 1", "Zone 1"]


def test_there_can_be_so_many(places: Places) -> None:
    for _ in range(MAX_PLACES):
        places.add_line((0.1, 0.5), (0.9, 0.5))
    with pytest.raises(PlaceError, match="Delete one"):
        places.add_zone(SQUARE)
    assert len(places.shapes) == MAX_PLACES


def test_reversing_swaps_the_ends(places: Places) -> None:
    places.add_line((0.1, 0.5), (0.9, 0.4))
    places.add_zone(SQUARE)
    places.reverse("Line 1")
    places.reverse("Zone 1")
    assert places.lines[0] == Line("Line 1", (0.9, 0.4), (0.1, 0.5))
    assert places.zones[0].points == SQUARE


def test_undo_and_redo(places: Places) -> None:
    assert not places.can_undo
    places.add_line((0.1, 0.5), (0.9, 0.5))
    places.add_zone(SQUARE)
    places.clear()
    assert places.shapes == ()
    places.undo()
    assert names(places) == ["Line 1", "Zone 1"]
    places.undo()
    assert names(places) == ["Line 1"]
    places.redo()
    assert names(places) == ["Line 1", "Zone 1"]
    places.remove("Line 1")
    assert not places.can_redo
    places.undo()
    places.undo()
    places.undo()
    assert places.shapes == ()
    assert not places.can_undo
    places.undo()
    assert places.can_redo


def test_nudges_are_undone_together(places: Places) -> None:
    places.add_line((0.1, 0.5), (0.9, 0.5))
    for step in range(1, 4):
        y = 0.5 + step / 100
        places.move("Line 1", ((0.1, y), (0.9, y)), nudge=True)
    places.move("Line 1", ((0.1, 0.8), (0.9, 0.8)))
    places.undo()
    assert places.lines[0].start == (0.1, 0.53)
    places.undo()
    assert places.lines[0].start == (0.1, 0.5)


def test_the_way_back_is_bounded(places: Places) -> None:
    places.add_line((0.1, 0.5), (0.9, 0.5))
    for _ in range(MAX_STEPS + 5):
        places.reverse("Line 1")
    undone = 0
    while places.can_undo:
        places.undo()
        undone += 1
    assert undone == MAX_STEPS


def test_another_source_brings_its_own(places: Places) -> None:
    places.add_line((0.1, 0.5), (0.9, 0.5))
    shapes = places.shapes
    places.close()
    assert places.shapes == ()
    assert not places.available
    places.draw(Mode.DRAW_LINE)
    assert places.mode is Mode.NONE
    places.begin(shapes)
    assert names(places) == ["Line 1"]
    assert places.available
    assert not places.can_undo


def test_the_mode_follows_drawing_and_selection(places: Places) -> None:
    places.draw(Mode.DRAW_ZONE)
    assert places.mode is Mode.DRAW_ZONE
    places.add_zone(SQUARE)
    assert places.mode is Mode.EDIT
    assert places.selected == "Zone 1"
    places.draw(Mode.DRAW_LINE)
    assert places.selected is None
    places.select("Zone 1")
    assert places.mode is Mode.EDIT
    places.select("no such zone")
    assert places.mode is Mode.NONE
    places.select("Zone 1")
    places.remove("Zone 1")
    assert places.mode is Mode.NONE


def test_counts_belong_to_what_is_there(places: Places) -> None:
    places.add_line((0.1, 0.5), (0.9, 0.5))
    places.add_zone(SQUARE)
    line, zone = LineCount("Line 1", 3, 2), ZoneCount("Zone 1", 1, 4)
    assert places.count("Line 1") is None
    places.set_counts([line, LineCount("Gone", 1, 1)], [zone])
    assert places.count("Line 1") == line
    assert places.count("Zone 1") == zone
    assert places.count("Gone") is None
    places.reverse("Line 1")  # counts anew
    assert places.count("Line 1") is None
    assert places.count("Zone 1") == zone
    assert places.has_counts
    places.clear_counts()
    assert places.count("Zone 1") is None
    assert not places.has_counts


def test_watchers_hear_of_changes_only(places: Places) -> None:
    places.add_line((0.1, 0.5), (0.9, 0.5))
    heard: list[Mode] = []
    places.subscribe(lambda: heard.append(places.mode))
    places.set_counts([LineCount("Line 1", 1, 0)], [])
    places.set_counts([LineCount("Line 1", 1, 0)], [])
    places.select("Line 1")
    places.move("Line 1", ((0.1, 0.5), (0.9, 0.5)))
    places.rename("Line 1", "Line 1")
    places.report("")
    assert len(heard) == 1


def test_a_problem_lasts_until_something_works(places: Places) -> None:
    places.report("too short")
    assert places.problem == "too short"
    places.add_line((0.1, 0.5), (0.9, 0.5))
    assert places.problem == ""
    places.report("too short")
    places.draw(Mode.DRAW_LINE)
    assert places.problem == ""
