import pytest
from PyQt6.QtCore import QRect, QSize
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.base.flow_layout import FlowLayout


class Box(QWidget):
    """As wide and high as it is told."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._size = QSize(width, height)

    def sizeHint(self) -> QSize:
        return self._size

    def minimumSizeHint(self) -> QSize:
        return self._size


@pytest.fixture
def boxes() -> list[Box]:
    return [Box(40, 20), Box(30, 10), Box(50, 20)]


@pytest.fixture
def widget(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def flow(widget: QWidget, boxes: list[Box]) -> FlowLayout:
    made = FlowLayout(widget, spacing=4)
    for box in boxes:
        made.addWidget(box)
    widget.show()
    return made


# One line takes 40 + 4 + 30 + 4 + 50 = 128, and the first two 74.
@pytest.mark.parametrize(("width", "height"), [(128, 20), (127, 44), (74, 44), (73, 58), (10, 58)])
def test_it_is_as_high_as_its_lines(flow: FlowLayout, width: int, height: int) -> None:
    assert flow.hasHeightForWidth()
    assert flow.heightForWidth(width) == height


def test_it_goes_on_in_the_next_line_and_centres_what_is_low(
    flow: FlowLayout, boxes: list[Box]
) -> None:
    flow.setGeometry(QRect(0, 0, 80, 100))
    assert [box.geometry().getRect() for box in boxes] == [
        (0, 0, 40, 20),
        (44, 5, 30, 10),
        (0, 24, 50, 20),
    ]


def test_what_is_too_wide_is_made_to_fit(flow: FlowLayout, boxes: list[Box]) -> None:
    flow.setGeometry(QRect(0, 0, 45, 100))
    assert boxes[2].geometry().getRect() == (0, 38, 45, 20)


def test_it_wants_one_line_and_needs_the_widest(flow: FlowLayout) -> None:
    assert flow.sizeHint() == QSize(128, 20)
    assert flow.minimumSize() == QSize(50, 20)


def test_hidden_ones_take_no_room(flow: FlowLayout, boxes: list[Box]) -> None:
    boxes[1].hide()
    flow.setGeometry(QRect(0, 0, 200, 100))
    assert boxes[2].x() == 44
    assert flow.sizeHint() == QSize(94, 20)


def test_nothing_is_nowhere(widget: QWidget) -> None:
    assert FlowLayout(widget).heightForWidth(100) == 0
