from collections.abc import Callable

import pytest
from PyQt6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from pedcam.ui.picture.video_view import VideoView
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.zones.state import Mode, Zones
from pedcam.ui.zones.tool import ZoneTool
from pedcam.video.people.counters import IgnoredZone, Line
from pedcam.video.people.counts import LineCount
from pedcam.video.stream.results import Result

LEFT = Qt.MouseButton.LeftButton
SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))


@pytest.fixture
def zones() -> Zones:
    made = Zones()
    made.begin()
    return made


@pytest.fixture
def view(qtbot: QtBot, zones: Zones, make_result: Callable[..., Result]) -> VideoView:
    """Shows a picture that fills it, with the tool."""
    made = VideoView(ViewOptions())
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.set_tool(ZoneTool(zones, made.update))
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.set_result(make_result(size=(200, 150), count=0))
    made.grab()
    return made


class Hand:
    """Uses the mouse at fractions of the picture, and the keys."""

    def __init__(self, qtbot: QtBot, view: VideoView) -> None:
        self._qtbot, self._view = qtbot, view

    def at(self, x: float, y: float) -> QPoint:
        viewport = self._view.viewport
        assert viewport is not None
        left, top = viewport.to_widget(x, y)
        return QPoint(round(left), round(top))

    def press(self, x: float, y: float) -> None:
        self._qtbot.mousePress(self._view, LEFT, pos=self.at(x, y))

    def move(self, x: float, y: float) -> None:
        self._qtbot.mouseMove(self._view, self.at(x, y))

    def release(self, x: float, y: float) -> None:
        self._qtbot.mouseRelease(self._view, LEFT, pos=self.at(x, y))

    def click(self, x: float, y: float) -> None:
        self.press(x, y)
        self.release(x, y)

    def double_click(self, x: float, y: float) -> None:
        self.click(x, y)
        self._qtbot.mouseDClick(self._view, LEFT, pos=self.at(x, y))

    def drag(self, start: tuple[float, float], *ways: tuple[float, float]) -> None:
        self.press(*start)
        for way in ways:
            self.move(*way)
        self.release(*ways[-1])

    def key(
        self,
        key: Qt.Key,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        self._qtbot.keyClick(self._view, key, modifiers)


@pytest.fixture
def hand(qtbot: QtBot, view: VideoView) -> Hand:
    return Hand(qtbot, view)


def test_a_line_is_dragged(hand: Hand, zones: Zones) -> None:
    zones.draw(Mode.DRAW_LINE)
    hand.drag((0.25, 0.5), (0.5, 0.4), (0.75, 0.5))
    assert zones.lines == (Line("Line 1", (0.25, 0.5), (0.75, 0.5)),)
    assert zones.selected == "Line 1"
    assert zones.mode is Mode.EDIT


def test_an_ignored_zone_is_drawn_and_edited_like_a_zone(hand: Hand, zones: Zones) -> None:
    zones.draw(Mode.DRAW_IGNORED)
    for corner in ((0.25, 0.25), (0.75, 0.25), (0.5, 0.75), (0.25, 0.25)):
        hand.click(*corner)
    corners = ((0.25, 0.25), (0.75, 0.25), (0.5, 0.75))
    assert zones.ignored == (IgnoredZone("Ignored 1", corners),)
    assert zones.mode is Mode.EDIT
    hand.drag((0.5, 0.75), (0.5, 0.8), (0.5, 0.9))
    assert zones.ignored[0].points[2] == (0.5, 0.9)
    hand.key(Qt.Key.Key_Delete)
    assert zones.shapes == ()
    zones.draw(Mode.DRAW_IGNORED)
    hand.key(Qt.Key.Key_Return)
    assert len(zones.ignored) == 1


def test_a_line_is_clicked(hand: Hand, zones: Zones) -> None:
    zones.draw(Mode.DRAW_LINE)
    hand.click(0.25, 0.5)
    assert zones.mode is Mode.DRAW_LINE
    hand.move(0.5, 0.5)
    hand.click(0.75, 0.5)
    assert zones.lines == (Line("Line 1", (0.25, 0.5), (0.75, 0.5)),)


def test_a_line_ends_at_the_edge_of_the_picture(hand: Hand, zones: Zones, view: VideoView) -> None:
    view.resize(400, 400)  # bars of 50 above and below the picture
    zones.draw(Mode.DRAW_LINE)
    hand.drag((0.5, 0.5), (0.5, 0.9), (0.5, 1.1))
    assert zones.lines[0].end == (0.5, 1.0)


def test_a_line_keeps_its_place_at_another_zoom(hand: Hand, zones: Zones, view: VideoView) -> None:
    view.look(4.0, (0.5, 0.5))
    zones.draw(Mode.DRAW_LINE)
    hand.drag((0.45, 0.5), (0.5, 0.5), (0.55, 0.5))
    assert zones.lines[0].start == pytest.approx((0.45, 0.5), abs=0.001)
    assert zones.lines[0].end == pytest.approx((0.55, 0.5), abs=0.001)


def test_a_line_without_length_is_not_taken(hand: Hand, zones: Zones) -> None:
    zones.draw(Mode.DRAW_LINE)
    hand.click(0.5, 0.5)
    hand.click(0.5, 0.5)
    assert zones.shapes == ()
    assert "too short" in zones.problem
    assert zones.mode is Mode.DRAW_LINE
    hand.click(0.75, 0.5)  # the first end stays where it is
    assert zones.lines == (Line("Line 1", (0.5, 0.5), (0.75, 0.5)),)
    assert zones.problem == ""


@pytest.mark.parametrize("way", ["first corner", "double click", "enter"])
def test_a_zone_is_clicked(
    qtbot: QtBot, hand: Hand, view: VideoView, zones: Zones, way: str
) -> None:
    zones.draw(Mode.DRAW_ZONE)
    for corner in SQUARE[:3]:
        hand.click(*corner)
    with qtbot.assertNotEmitted(view.double_clicked):
        if way == "double click":
            hand.double_click(*SQUARE[3])
        else:
            hand.click(*SQUARE[3])
            if way == "enter":
                hand.key(Qt.Key.Key_Return)
            else:
                # Twice: the first of the clicks closes it, the second must not do anything.
                hand.double_click(0.21, 0.21)
    assert zones.zones[0].points == SQUARE
    assert zones.selected == "Zone 1"


def test_corners_are_taken_back(hand: Hand, zones: Zones) -> None:
    zones.draw(Mode.DRAW_ZONE)
    for corner in (*SQUARE[:2], (0.9, 0.9)):
        hand.click(*corner)
    hand.key(Qt.Key.Key_Backspace)
    for corner in SQUARE[2:]:
        hand.click(*corner)
    hand.key(Qt.Key.Key_Enter)
    assert zones.zones[0].points == SQUARE


def test_a_corner_follows_the_pointer_until_released(hand: Hand, zones: Zones) -> None:
    zones.draw(Mode.DRAW_ZONE)
    hand.click(*SQUARE[0])
    hand.drag((0.9, 0.9), (0.7, 0.5), SQUARE[1])
    hand.click(*SQUARE[2])
    hand.click(*SQUARE[3])
    hand.key(Qt.Key.Key_Return)
    assert zones.zones[0].points == SQUARE


def test_a_zone_without_area_waits_for_more(hand: Hand, zones: Zones) -> None:
    zones.draw(Mode.DRAW_ZONE)
    hand.click(*SQUARE[0])
    hand.click(*SQUARE[1])
    hand.key(Qt.Key.Key_Return)
    assert "three or more" in zones.problem
    hand.click(*SQUARE[2])
    assert zones.problem == ""
    hand.key(Qt.Key.Key_Return)
    assert zones.zones[0].points == SQUARE[:3]


def test_a_border_that_would_cross_itself_goes_no_further(hand: Hand, zones: Zones) -> None:
    zones.draw(Mode.DRAW_ZONE)
    for corner in ((0.2, 0.2), (0.8, 0.8), (0.8, 0.2), (0.2, 0.8)):
        hand.click(*corner)
    assert "cross" in zones.problem
    hand.key(Qt.Key.Key_Return)
    assert zones.zones[0].points == ((0.2, 0.2), (0.8, 0.8), (0.8, 0.2))


@pytest.mark.parametrize("mode", [Mode.DRAW_LINE, Mode.DRAW_ZONE])
def test_escape_gives_up(hand: Hand, zones: Zones, mode: Mode) -> None:
    zones.draw(mode)
    hand.click(0.5, 0.5)
    hand.key(Qt.Key.Key_Escape)
    assert zones.mode is Mode.NONE
    zones.draw(mode)
    hand.click(0.2, 0.2)
    hand.click(0.8, 0.2)
    # Nothing is left of the point set before.
    if mode is Mode.DRAW_LINE:
        assert zones.lines[0] == Line("Line 1", (0.2, 0.2), (0.8, 0.2))
    else:
        hand.click(0.8, 0.8)
        hand.key(Qt.Key.Key_Return)
        assert zones.zones[0].points == ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8))


@pytest.mark.parametrize(("mode", "points"), [(Mode.DRAW_LINE, 2), (Mode.DRAW_ZONE, 4)])
def test_keys_alone_make_one_in_the_middle(
    hand: Hand, zones: Zones, mode: Mode, points: int
) -> None:
    zones.draw(mode)
    hand.key(Qt.Key.Key_Return)
    (shape,) = zones.shapes
    assert len(shape.points) == points
    assert zones.selected == shape.name


def test_what_is_clicked_is_selected(qtbot: QtBot, hand: Hand, zones: Zones) -> None:
    zones.add_line((0.1, 0.9), (0.9, 0.9))
    zones.add_zone(SQUARE)
    hand.click(0.5, 0.9)
    assert zones.selected == "Line 1"
    hand.click(0.2, 0.4)
    assert zones.selected == "Zone 1"
    hand.click(0.8, 0.7)
    assert zones.selected is None
    hand.click(0.4, 0.4)  # what an unselected zone encloses belongs to the picture
    assert zones.selected is None
    assert not zones.can_redo
    assert zones.zones[0].points == SQUARE


def test_an_end_is_dragged(hand: Hand, zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    hand.drag((0.75, 0.5), (0.8, 0.6), (0.75, 0.8))
    assert zones.lines[0] == Line("Line 1", (0.25, 0.5), (0.75, 0.8))
    hand.drag((0.25, 0.5), (0.0, 0.5), (-0.1, 0.5))
    assert zones.lines[0].start == (0.0, 0.5)
    zones.undo()
    zones.undo()
    assert zones.lines[0].end == (0.75, 0.5)


def test_the_whole_is_dragged_and_stays_in_the_picture(hand: Hand, zones: Zones) -> None:
    zones.add_zone(SQUARE)
    hand.drag((0.4, 0.4), (0.5, 0.4), (0.5, 0.5))
    assert zones.zones[0].points == ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
    hand.drag((0.5, 0.5), (0.7, 0.5), (1.0, 0.5))
    assert zones.zones[0].points == ((0.6, 0.3), (1.0, 0.3), (1.0, 0.7), (0.6, 0.7))


def test_a_click_does_not_move_anything(hand: Hand, zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    hand.drag((0.5, 0.5), (0.505, 0.505))
    assert zones.lines[0].start == (0.25, 0.5)


def test_counting_goes_on_until_the_button_is_released(hand: Hand, zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    zones.set_counts([LineCount("Line 1", 3, 1)], [])
    before = zones.shapes
    hand.press(0.5, 0.5)
    hand.move(0.5, 0.6)
    hand.move(0.5, 0.7)
    assert zones.shapes == before
    hand.release(0.5, 0.7)
    assert zones.lines[0].start == (0.25, 0.7)
    assert zones.count("Line 1") is None


def test_escape_puts_back_what_is_being_dragged(hand: Hand, zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    hand.press(0.5, 0.5)
    hand.move(0.5, 0.6)
    hand.move(0.5, 0.7)
    hand.key(Qt.Key.Key_Escape)
    hand.release(0.5, 0.7)
    assert zones.lines[0].start == (0.25, 0.5)
    assert zones.selected == "Line 1"


def test_a_corner_stops_before_the_border_crosses_itself(hand: Hand, zones: Zones) -> None:
    zones.add_zone(SQUARE)
    hand.press(0.2, 0.2)
    hand.move(0.3, 0.3)
    hand.move(0.8, 0.4)
    assert "cross" in zones.problem
    hand.release(0.8, 0.4)
    assert zones.zones[0].points == ((0.3, 0.3), *SQUARE[1:])


def test_a_double_click_on_the_border_makes_a_corner(
    qtbot: QtBot, hand: Hand, view: VideoView, zones: Zones
) -> None:
    zones.add_zone(SQUARE)
    with qtbot.assertNotEmitted(view.double_clicked):
        hand.double_click(0.6, 0.4)
    assert zones.zones[0].points == (*SQUARE[:2], (0.6, 0.4), *SQUARE[2:])
    hand.key(Qt.Key.Key_Backspace)
    assert zones.zones[0].points == SQUARE


def test_elsewhere_the_picture_keeps_the_mouse(
    qtbot: QtBot, hand: Hand, view: VideoView, zones: Zones
) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    with qtbot.waitSignal(view.double_clicked):
        hand.double_click(0.5, 0.9)
    view.look(2.0, (0.5, 0.5))
    before = view.viewport
    hand.drag((0.5, 0.6), (0.5, 0.65), (0.55, 0.65))
    assert view.viewport != before


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_the_selected_one_is_deleted(hand: Hand, zones: Zones, key: Qt.Key) -> None:
    zones.add_line((0.1, 0.9), (0.9, 0.9))
    zones.add_zone(SQUARE)
    hand.key(key)
    assert [shape.name for shape in zones.shapes] == ["Line 1"]
    hand.key(key)  # nothing is selected any more
    assert [shape.name for shape in zones.shapes] == ["Line 1"]


def test_arrows_nudge_the_whole(hand: Hand, zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    hand.key(Qt.Key.Key_Right)
    hand.key(Qt.Key.Key_Down)
    assert zones.lines[0] == Line("Line 1", (0.2525, 0.5025), (0.7525, 0.5025))
    hand.key(Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert zones.lines[0].start == (0.2275, 0.5025)
    zones.undo()
    assert zones.lines[0] == Line("Line 1", (0.25, 0.5), (0.75, 0.5))


def test_tab_goes_through_ends_and_shapes(hand: Hand, zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    zones.add_zone(SQUARE)
    zones.select("Line 1")
    hand.key(Qt.Key.Key_Tab)
    hand.key(Qt.Key.Key_Up)
    assert zones.lines[0] == Line("Line 1", (0.25, 0.4975), (0.75, 0.5))
    hand.key(Qt.Key.Key_Tab)
    hand.key(Qt.Key.Key_Up)
    assert zones.lines[0] == Line("Line 1", (0.25, 0.4975), (0.75, 0.4975))
    hand.key(Qt.Key.Key_Tab)
    assert zones.selected == "Zone 1"
    hand.key(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert zones.selected == "Line 1"
    hand.key(Qt.Key.Key_Escape)
    assert zones.selected is None


def test_keys_that_mean_nothing_here_stay_the_windows(
    hand: Hand, view: VideoView, zones: Zones
) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    hand.key(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert zones.lines[0].start == (0.25, 0.5)
    zones.select(None)
    hand.key(Qt.Key.Key_Left)
    hand.key(Qt.Key.Key_Delete)
    assert zones.lines[0].start == (0.25, 0.5)


def test_the_pointer_says_what_can_be_done(hand: Hand, view: VideoView, zones: Zones) -> None:
    def shape_at(x: float, y: float) -> Qt.CursorShape:
        viewport, tool = view.viewport, ZoneTool(zones, view.update)
        assert viewport is not None
        return tool.cursor(viewport.to_widget(x, y), viewport) or Qt.CursorShape.ArrowCursor

    zones.add_line((0.25, 0.5), (0.75, 0.5))
    assert shape_at(0.5, 0.5) == Qt.CursorShape.SizeAllCursor
    zones.select(None)
    assert shape_at(0.5, 0.5) == Qt.CursorShape.PointingHandCursor
    assert shape_at(0.5, 0.9) == Qt.CursorShape.ArrowCursor
    zones.draw(Mode.DRAW_LINE)
    assert shape_at(0.5, 0.9) == Qt.CursorShape.CrossCursor


def test_edits_during_a_drag_let_go(hand: Hand, zones: Zones) -> None:
    zones.add_line((0.25, 0.5), (0.75, 0.5))
    hand.press(0.5, 0.5)
    hand.move(0.5, 0.6)
    hand.move(0.5, 0.7)
    zones.undo()
    hand.release(0.5, 0.7)
    assert zones.shapes == ()
    hand.press(0.5, 0.5)
    zones.begin()
    hand.release(0.5, 0.5)
    assert zones.shapes == ()
