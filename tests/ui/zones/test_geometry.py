import pytest

from pedcam.ui.picture.viewport import Viewport
from pedcam.ui.zones.geometry import (
    Hit,
    border_hit,
    find_hit,
    inward,
    picture_point,
    segment_distance,
    shifted,
)
from pedcam.ui.zones.shape import Shape
from pedcam.video.people.counters import Line, Zone

VIEWPORT = Viewport((400, 300), (200, 150))  # the picture fills the widget, twice as large
DOOR = Shape(Line("Door", (0.1, 0.5), (0.9, 0.5)), 0)  # from 40, 150 to 360, 150
YARD = Shape(Zone("Yard", ((0.25, 0.1), (0.75, 0.1), (0.75, 0.9), (0.25, 0.9))), 1)


@pytest.mark.parametrize(
    ("place", "selected", "expected"),
    [
        ((350, 151), None, Hit("Door")),
        ((200, 157), None, Hit("Door")),
        ((200, 158), None, None),  # in the yard, which is not selected
        ((200, 158), "Yard", Hit("Yard")),
        ((100, 60), None, Hit("Yard")),
        ((106, 60), None, Hit("Yard")),
        ((90, 60), "Yard", None),
        # The end of a selected line goes before everything.
        ((360, 161), "Door", Hit("Door", 1)),
        ((40, 150), "Door", Hit("Door", 0)),
        ((360, 161), None, None),
        ((300, 270), "Yard", Hit("Yard", 2)),
        # Its label belongs to it.
        ((20, 20), None, Hit("Yard")),
        # Where two meet, the selected one is on top.
        ((100, 150), None, Hit("Yard")),
        ((100, 150), "Door", Hit("Door")),
    ],
)
def test_what_the_pointer_takes_hold_of(
    place: tuple[float, float], selected: str | None, expected: Hit | None
) -> None:
    labels = {"Yard": (10.0, 10.0, 50.0, 20.0)}
    assert find_hit([DOOR, YARD], selected, place, VIEWPORT, labels) == expected


def test_hits_do_not_depend_on_the_zoom() -> None:
    # Five times as near to the line's end: 15 coordinates beyond it are far, as before.
    nearer = VIEWPORT.zoomed_to(5.0, (360, 150))
    x, y = nearer.to_widget(0.9, 0.5)
    assert find_hit([DOOR], "Door", (x + 11, y), nearer, {}) == Hit("Door", 1)
    assert find_hit([DOOR], "Door", (x + 15, y), nearer, {}) is None


@pytest.mark.parametrize(
    ("place", "side"),
    [((200, 33), 0), ((304, 200), 1), ((200, 270), 2), ((97, 100), 3), ((200, 150), None)],
)
def test_sides_of_a_zone(place: tuple[float, float], side: int | None) -> None:
    assert border_hit(YARD, place, VIEWPORT) == side


def test_a_line_has_one_side() -> None:
    assert border_hit(DOOR, (200, 150), VIEWPORT) == 0
    assert border_hit(DOOR, (20, 150), VIEWPORT) is None


@pytest.mark.parametrize(
    ("place", "distance"), [((5, 3), 3), ((-3, 4), 5), ((13, 4), 5), ((10, 0), 0)]
)
def test_distance_of_a_line(place: tuple[float, float], distance: float) -> None:
    assert segment_distance(place, (0, 0), (10, 0)) == distance


def test_distance_of_a_point() -> None:
    assert segment_distance((3, 4), (0, 0), (0, 0)) == 5


def test_in_is_on_the_right_of_who_looks_from_start_to_end() -> None:
    # y points down: looking to the right, the right hand is below.
    assert inward((0, 0), (10, 0)) == (0, 1)
    assert inward((0, 10), (0, 0)) == (1, 0)


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ((0.1, 0.05), ((0.3, 0.55), (0.5, 0.95))),
        ((-0.5, 0.5), ((0.0, 0.6), (0.2, 1.0))),
        ((2.0, -2.0), ((0.8, 0.0), (1.0, 0.4))),
    ],
)
def test_all_of_it_stays_in_the_picture(
    step: tuple[float, float], expected: tuple[tuple[float, float], ...]
) -> None:
    moved = shifted(((0.2, 0.5), (0.4, 0.9)), *step)
    assert moved == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        # The picture is 400 x 200 at (0, 50): 8 pixels are 0.02 across and 0.04 down.
        ((200, 150), (0.5, 0.5)),
        ((393, 243), (1.0, 1.0)),
        ((391, 241), (0.9775, 0.955)),
        ((7, 57), (0.0, 0.0)),
        ((-30, 400), (0.0, 1.0)),
    ],
)
def test_near_the_edge_means_the_edge(
    place: tuple[float, float], expected: tuple[float, float]
) -> None:
    viewport = Viewport((400.0, 300.0), (800, 400))
    assert picture_point(place, viewport) == pytest.approx(expected)
