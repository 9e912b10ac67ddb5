import math

import pytest

from pedcam.video.people.counters import Line, LineCounter, Zone, ZoneCounter, check_names
from pedcam.video.people.counts import LineCount, ZoneCount

SIZE = (1000, 500)
HEIGHT = 100.0  # so somebody is clear of a line or border from 15 pixels on

# From (300, 250) to (700, 250) in pixels; somebody who looks along it has the lower part of the
# picture, where y is greater, on the right.
LINE = Line("door", (0.3, 0.5), (0.7, 0.5))
SQUARE = Zone("hall", ((0.3, 0.2), (0.7, 0.2), (0.7, 0.8), (0.3, 0.8)))  # (300, 100)..(700, 400)


def walk(counter, *path: tuple[float, float], person: int = 1, size=SIZE) -> list:
    """What the counter says at each place, given in pixels of a picture of ``SIZE``."""
    return [
        counter.move(person, (x / SIZE[0], y / SIZE[1]), size, HEIGHT * size[1] / SIZE[1])
        for x, y in path
    ]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param([(500, 200), (500, 300)], ["", "in"], id="down"),
        pytest.param([(500, 300), (500, 200)], ["", "out"], id="up"),
        pytest.param(
            [(500, 230), (500, 245), (500, 255), (500, 264), (500, 266)],
            ["", "", "", "", "in"],
            id="slowly, counted when clear",
        ),
        pytest.param([(500, 230), (500, 250), (500, 270)], ["", "", "in"], id="a step ends on it"),
        pytest.param([(500, 270), (500, 250), (500, 230)], ["", "", "out"], id="the same, up"),
        pytest.param(
            [(500, 230), (500, 250), (500, 230)], ["", "", ""], id="touched and turned back"
        ),
        pytest.param([(500, 200), (500, 249)], ["", ""], id="almost"),
        pytest.param([(500, 200), (500, 255), (500, 200)], ["", "", ""], id="a step over and back"),
        pytest.param(
            [(500, 200), (500, 300), (500, 200)], ["", "in", "out"], id="over, and back again"
        ),
        pytest.param(
            [(500, 200), *[(500, 245), (500, 255)] * 20, (500, 300)],
            [""] * 41 + ["in"],
            id="trembles on it, then goes over",
        ),
        pytest.param(
            [(500, 200), *[(500, 245), (500, 255)] * 20, (500, 200)],
            [""] * 42,
            id="trembles on it, then goes back",
        ),
        pytest.param([(500, 255), (500, 300)], ["", ""], id="first seen just beyond"),
        pytest.param([(500, 245), (500, 300)], ["", "in"], id="first seen just before"),
        pytest.param(
            [(500, 200), (800, 200), (800, 300), (500, 300)], [""] * 4, id="around the end"
        ),
        pytest.param(
            [(500, 200), (200, 200), (200, 300), (500, 300)], [""] * 4, id="around the start"
        ),
        pytest.param(
            [(500, 200), (500, 300), (800, 300), (800, 200), (500, 200), (500, 300)],
            ["", "in", "", "", "", "in"],
            id="in, back around the end, in again",
        ),
        pytest.param(
            [(697, 246), (697, 253), (703, 253), (703, 246), (500, 246), (500, 200)],
            [""] * 6,
            id="over near the end, back beyond it",
        ),
        pytest.param(
            [(697, 246), *[(697, 253), (703, 253), (703, 246), (697, 246)] * 5, (697, 300)],
            [""] * 21 + ["in"],
            id="trembles around the end",
        ),
        pytest.param(
            [(690, 240), (690, 253), (720, 253)], ["", "", "in"], id="over, then away past the end"
        ),
        pytest.param([(250, 200), (400, 300)], ["", "in"], id="slantwise from beyond the start"),
        pytest.param([(250, 240), (310, 300)], ["", ""], id="slantwise past the start"),
        pytest.param([(700, 200), (700, 300)], ["", "in"], id="through the very end"),
        pytest.param([(701, 200), (701, 300)], ["", ""], id="a pixel beyond the end"),
        pytest.param([(350, 250), (650, 250)], ["", ""], id="along it"),
        pytest.param([(500, 100), (500, 100)], ["", ""], id="stands"),
    ],
)
def test_paths_at_a_line(path, said):
    counter = LineCounter(LINE)
    assert walk(counter, *path) == said
    assert counter.count == LineCount("door", said.count("in"), said.count("out"))


@pytest.mark.parametrize("turn", [37.0, 90.0, 180.0, 261.0])
def test_lines_of_any_direction(turn):
    """The same walk, turned in a square picture together with the line."""
    size = (1000, 1000)

    def turned(x: float, y: float) -> tuple[float, float]:
        a = math.radians(turn)
        x, y = x - 500, y - 500
        return 500 + x * math.cos(a) - y * math.sin(a), 500 + x * math.sin(a) + y * math.cos(a)

    def part(x: float, y: float) -> tuple[float, float]:
        x, y = turned(x, y)
        return x / 1000, y / 1000

    counter = LineCounter(Line("door", part(300, 500), part(700, 500)))
    path = [(400, 400), (400, 505), (400, 520), (750, 520), (750, 400), (600, 400), (600, 520)]
    said = [counter.move(1, part(x, y), size, HEIGHT) for x, y in path]
    assert said == ["", "", "in", "", "", "", "in"]


def test_a_line_knows_people_apart_and_forgets():
    counter = LineCounter(LINE)
    walk(counter, (400, 200), person=1)
    walk(counter, (500, 300), person=2)
    assert walk(counter, (400, 300), person=1) == ["in"]
    assert walk(counter, (500, 200), person=2) == ["out"]
    counter.forget(1)
    counter.forget(3)
    assert walk(counter, (400, 200), person=1) == [""]
    assert counter.count == LineCount("door", 1, 1)


def test_a_line_stays_in_place_when_the_resolution_changes():
    counter = LineCounter(LINE)
    assert walk(counter, (500, 240)) == [""]
    assert walk(counter, (500, 255), size=(2000, 1000)) == [""]
    assert walk(counter, (500, 266), size=(500, 250)) == ["in"]


ENTERED, EXITED, NOTHING = (True, False), (False, True), (False, False)


@pytest.mark.parametrize(
    ("path", "said", "total"),
    [
        pytest.param([(100, 250), (500, 250)], [NOTHING, ENTERED], 1, id="in"),
        pytest.param([(500, 250), (100, 250)], [ENTERED, EXITED], 1, id="begins inside"),
        pytest.param(
            [(500, 250), (100, 250), (500, 250)], [ENTERED, EXITED, ENTERED], 1, id="comes back"
        ),
        pytest.param(
            [(295, 250), *[(305, 250), (295, 250)] * 9, (284, 250)],
            [NOTHING, ENTERED, *[NOTHING] * 17, EXITED],
            1,
            id="trembles on the border",
        ),
        pytest.param([(500, 401), (500, 500)], [NOTHING, NOTHING], 0, id="passes by"),
    ],
)
def test_paths_at_a_zone(path, said, total):
    counter = ZoneCounter(SQUARE)
    assert walk(counter, *path) == said
    inside = (said.count(ENTERED) - said.count(EXITED)) == 1
    assert counter.count([1]) == ZoneCount("hall", int(inside), total)
    assert counter.count([2]) == ZoneCount("hall", 0, total)
    assert counter.forget(1) is inside
    assert counter.count([1]) == ZoneCount("hall", 0, total)


def test_a_hollow_zone_and_another_resolution():
    """An L: the corner at the upper right is not in it."""
    points = ((0.2, 0.2), (0.4, 0.2), (0.4, 0.6), (0.8, 0.6), (0.8, 0.8), (0.2, 0.8))
    counter = ZoneCounter(Zone("L", points))
    assert walk(counter, (600, 200)) == [NOTHING]
    assert walk(counter, (300, 200), size=(100, 50)) == [ENTERED]
    assert walk(counter, (600, 200), size=(4000, 2000)) == [EXITED]


def test_a_zone_counts_different_people():
    counter = ZoneCounter(SQUARE)
    for person in (1, 2, 3, 2):
        walk(counter, (500, 250), (100, 250), person=person)
    walk(counter, (500, 250), person=2)
    walk(counter, (400, 250), person=4)
    assert counter.count([1, 2, 3, 4]) == ZoneCount("hall", 2, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Line("", (0, 0), (1, 1)), "a line needs a name"),
        (lambda: Line("a", (0.5, 0.5), (0.5, 0.5)), "line 'a' has no length"),
        (lambda: Line("a", (0, 0), (1.01, 1)), r"line 'a' has a point \(1.01, 1\)"),
        (lambda: Line("a", (0, math.nan), (1, 1)), r"line 'a' has a point \(0, nan\)"),
        (lambda: Zone(" ", SQUARE.points), "a zone needs a name"),
        (lambda: Zone("b", ((0, 0), (1, 1))), "zone 'b' has 2 corners"),
        (lambda: Zone("b", ((0, 0), (1, 1), (0, -0.5))), r"zone 'b' has a point \(0, -0.5\)"),
        (lambda: Zone("b", ((0, 0), (0.5, 0.5), (1, 1))), "zone 'b' has no area"),
        (lambda: check_names([LINE, Zone("door", SQUARE.points)]), "are called 'door'"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_zone_may_cross_itself():
    bow = Zone("bow", ((0.2, 0.2), (0.8, 0.8), (0.8, 0.2), (0.2, 0.8)))
    assert walk(ZoneCounter(bow), (500, 150), (250, 250)) == [NOTHING, ENTERED]
