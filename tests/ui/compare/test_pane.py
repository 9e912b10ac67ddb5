import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from pedcam.ui.compare.pane import ONLY_HERE, SEPARATOR, ComparePane, Side
from pedcam.ui.picture.colors import BACKGROUND, BRIGHT
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.video.stream.results import Result
from tests.factories import Box, gray, make_detections, make_result

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def options() -> ViewOptions:
    made = ViewOptions()
    made.set("scores", False)
    return made


@pytest.fixture
def pane(qtbot: QtBot, options: ViewOptions) -> ComparePane:
    """A pane in which a picture of 400 x 300 has its own size."""
    made = ComparePane(options)
    qtbot.addWidget(made)
    made.resize(400, 300)
    with qtbot.waitExposed(made):
        made.show()
    return made


def picture() -> Result:
    return make_result(image=gray((400, 300), 60))


def side(*boxes: Box, only: tuple[bool, ...] = (), title: str = "") -> Side:
    return Side(make_detections(*boxes), np.array(only or [False] * len(boxes), bool), title)


def grab(pane: ComparePane) -> QImage:
    return pane.grab().toImage()


def line(image: QImage, x: int, top: int, bottom: int) -> set[str]:
    """The colours along a vertical line."""
    return {image.pixelColor(x, y).name() for y in range(top, bottom)}


def test_without_a_picture_it_says_why(pane: ComparePane) -> None:
    empty = grab(pane)
    pane.set_hint("Getting the presets ready…")
    assert grab(pane) != empty
    assert empty.pixelColor(200, 20) == BACKGROUND
    assert pane.viewport is None


def test_whom_both_found_looks_as_always(pane: ComparePane) -> None:
    pane.show_sides(picture(), (side((100, 100, 200, 280)),))
    seen = line(grab(pane), 100, 150, 250)
    assert seen == {BRIGHT.name()}


def test_whom_only_one_found_is_dashed_and_orange(pane: ComparePane) -> None:
    pane.show_sides(
        picture(), (side((50, 100, 150, 280), (250, 100, 350, 280), only=(False, True)),)
    )
    image = grab(pane)
    assert line(image, 50, 150, 250) == {BRIGHT.name()}
    dashed = line(image, 250, 150, 250)
    assert ONLY_HERE.name() in dashed
    # Between the dashes something dark.
    assert min(QColor(name).lightness() for name in dashed) < 60


def test_without_boxes_there_is_none(pane: ComparePane, options: ViewOptions) -> None:
    pane.show_sides(picture(), (side((50, 100, 150, 280), only=(True,)),))
    options.set("boxes", False)
    assert line(grab(pane), 50, 150, 250) == {"#3c3c3c"}


@pytest.mark.parametrize("only", [False, True])
def test_two_sides_share_the_picture(pane: ComparePane, only: bool) -> None:
    # The same two people in both, but the second side finds them a little higher.
    people = ((50, 100, 150, 280), (250, 100, 350, 280))
    higher = ((50, 60, 150, 240), (250, 60, 350, 240))
    marks = (only, only)
    pane.show_sides(picture(), (side(*people, only=marks), side(*higher, only=marks)))
    image = grab(pane)
    assert pane.divider == 0.5
    # Only the left one's person on the left, only the right one's on the right.
    color = (ONLY_HERE if only else BRIGHT).name()

    def across(left: int, y: int) -> set[str]:
        return {image.pixelColor(x, y).name() for x in range(left, left + 80)}

    assert color in across(60, 280)
    assert color in across(260, 240)
    assert across(60, 240) == across(260, 280) == {"#3c3c3c"}
    # The divider itself, away from its grip.
    assert image.pixelColor(200, 250) == BRIGHT


def drag(qtbot: QtBot, pane: ComparePane, start: int, end: int) -> None:
    qtbot.mousePress(pane, LEFT, pos=QPoint(start, 250))
    qtbot.mouseMove(pane, QPoint(end, 250))
    qtbot.mouseRelease(pane, LEFT, pos=QPoint(end, 250))


@pytest.mark.parametrize(
    ("start", "end", "divider"), [(200, 100, 0.25), (209, 300, 0.75), (191, 399, 0.9975)]
)
def test_the_divider_is_dragged(
    qtbot: QtBot, pane: ComparePane, start: int, end: int, divider: float
) -> None:
    pane.show_sides(picture(), (side(), side()))
    drag(qtbot, pane, start, end)
    assert pane.divider == divider
    assert grab(pane).pixelColor(end, 200) == BRIGHT


@pytest.mark.parametrize("start", [180, 220])
def test_beside_the_divider_nothing_is_dragged(qtbot: QtBot, pane: ComparePane, start: int) -> None:
    pane.show_sides(picture(), (side(), side()))
    drag(qtbot, pane, start, 300)
    assert pane.divider == 0.5


def test_a_double_click_puts_the_divider_back(qtbot: QtBot, pane: ComparePane) -> None:
    pane.show_sides(picture(), (side(), side()))
    drag(qtbot, pane, 200, 100)
    with qtbot.assertNotEmitted(pane.double_clicked):
        qtbot.mouseDClick(pane, LEFT, pos=QPoint(100, 250))
    assert pane.divider == 0.5
    with qtbot.waitSignal(pane.double_clicked):
        qtbot.mouseDClick(pane, LEFT, pos=QPoint(100, 250))


def test_keys_move_the_divider(qtbot: QtBot, pane: ComparePane) -> None:
    pane.show_sides(picture(), (side(), side()))
    qtbot.keyClick(pane, Qt.Key.Key_Right, CTRL)
    assert pane.divider == pytest.approx(0.52)
    for _ in range(40):
        qtbot.keyClick(pane, Qt.Key.Key_Left, CTRL)
    assert pane.divider == 0
    qtbot.keyClick(pane, Qt.Key.Key_Right)
    assert pane.divider == 0


def test_a_single_side_has_no_divider(qtbot: QtBot, pane: ComparePane) -> None:
    pane.show_sides(picture(), (side(),))
    assert grab(pane).pixelColor(200, 250).name() == "#3c3c3c"
    qtbot.keyClick(pane, Qt.Key.Key_Right, CTRL)
    assert pane.divider == 0.5


def test_the_pointer_tells_where_the_divider_is(qtbot: QtBot, pane: ComparePane) -> None:
    pane.show_sides(picture(), (side(), side()))
    qtbot.mouseMove(pane, QPoint(205, 250))
    qtbot.waitUntil(lambda: pane.cursor().shape() is Qt.CursorShape.SplitHCursor)
    qtbot.mouseMove(pane, QPoint(100, 250))
    qtbot.waitUntil(lambda: pane.cursor().shape() is Qt.CursorShape.ArrowCursor)


def test_the_divider_stays_in_sight_when_zoomed(pane: ComparePane) -> None:
    pane.show_sides(picture(), (side(), side()))
    pane.look(4.0, (0.2, 0.5))
    viewport = pane.viewport
    assert viewport is not None
    assert pane.divider_x(viewport) == 200


def plate(image: QImage) -> tuple[int, int, int, int]:
    """The dark plate at the top: its edges on the lines through its middle."""
    dark = [
        (x, y)
        for x in range(0, image.width(), 2)
        for y in range(0, 120)
        if image.pixelColor(x, y).lightness() < 40
    ]
    xs, ys = [x for x, _ in dark], [y for _, y in dark]
    return min(xs), min(ys), max(xs), max(ys)


def test_titles(pane: ComparePane) -> None:
    pane.show_sides(picture(), (side(title="Half binary"),))
    left, top, right, short = plate(grab(pane))
    assert abs((left + right) / 2 - 200) <= 2
    assert 4 <= top <= 12
    # What is too long for one line stands on two, and stays within the picture's width.
    pane.show_sides(
        picture(), (side(title=SEPARATOR.join(["Half binary " * 3, "people: 2 " * 4])),)
    )
    left, _, right, tall = plate(grab(pane))
    assert left >= 8
    assert right <= 392
    assert tall > short + 10
    pane.show_sides(picture(), (side(title="Half binary " * 20),))
    left, _, right, one = plate(grab(pane))
    assert left >= 8
    assert right <= 392
    assert one == short


def test_titles_are_read_aloud(pane: ComparePane) -> None:
    pane.show_sides(picture(), (side(title="One"), side(title="Two")))
    assert pane.accessibleDescription() == "One; Two"
    pane.show_sides(None, ())
    assert pane.accessibleDescription() == ""


def test_the_next_picture_has_nothing_of_the_one_before(
    pane: ComparePane, options: ViewOptions
) -> None:
    options.set("blur", True)
    person = np.array([[100, 100, 200, 280]], np.float32)
    pane.show_sides(picture(), (side(), side()), others=person)
    pane.show_sides(None, ())
    result = picture()
    result.frame.image[100:280:2, 100:200] = 90
    pane.show_sides(result, (side(),))
    assert len(line(grab(pane), 150, 110, 270)) == 2
