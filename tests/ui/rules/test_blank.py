import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QAction, QKeySequence, QWheelEvent
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QApplication, QHBoxLayout, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.rules.blank import Blank

PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def other(qtbot: QtBot) -> QSpinBox:
    """What has the focus at first."""
    made = QSpinBox()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def box(qtbot: QtBot, window: QWidget, other: QSpinBox) -> QSpinBox:
    """A spin box in a window with the other one."""
    row = QHBoxLayout(window)
    made = QSpinBox()
    row.addWidget(made)
    row.addWidget(other)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    other.setFocus()
    return made


@pytest.fixture
def blank(box: QSpinBox) -> Blank:
    made = Blank(box, "How many")
    box.valueChanged.connect(made.stepped)
    return made


def press_undo(qtbot: QtBot, box: QSpinBox) -> int:
    """How often the window's own undo is triggered by its key."""
    action = QAction(box.window())
    action.setShortcut(QKeySequence.StandardKey.Undo)
    box.window().addAction(action)
    spy = QSignalSpy(action.triggered)
    qtbot.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    return len(spy)


def test_it_is_as_wide_as_its_text(box: QSpinBox, blank: Blank) -> None:
    width = box.fontMetrics().horizontalAdvance
    box.setValue(9)
    narrow = box.minimumWidth()
    box.setValue(88)
    assert box.minimumWidth() - narrow == width("88") - width("9")
    assert box.accessibleName() == "How many"


def test_enter_settles_what_was_typed(qtbot: QtBot, box: QSpinBox, blank: Blank) -> None:
    box.setFocus()
    box.selectAll()
    with qtbot.waitSignal(blank.settled):
        qtbot.keyClicks(box, "12")
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 12
    assert not blank.unsettled


def test_what_is_typed_after_a_click_replaces_the_value(
    qtbot: QtBot, box: QSpinBox, blank: Blank
) -> None:
    box.setValue(30)
    edit = box.lineEdit()
    assert edit is not None
    qtbot.mouseClick(edit, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: edit.selectedText() == "30")
    qtbot.keyClicks(box, "4")
    assert box.text() == "4"


def test_a_click_elsewhere_leaves_nothing_selected(
    qtbot: QtBot, box: QSpinBox, other: QSpinBox, blank: Blank
) -> None:
    edit = box.lineEdit()
    assert edit is not None
    qtbot.mouseClick(edit, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(edit.hasSelectedText)
    qtbot.mouseClick(other.lineEdit(), Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert other.hasFocus()
    assert not edit.hasSelectedText()


def test_leaving_settles(qtbot: QtBot, box: QSpinBox, other: QSpinBox, blank: Blank) -> None:
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert blank.unsettled
    with qtbot.waitSignal(blank.settled):
        other.setFocus()
    assert not blank.unsettled


def test_several_steps_settle_once(qtbot: QtBot, box: QSpinBox, blank: Blank) -> None:
    box.setFocus()
    spy = QSignalSpy(blank.settled)
    for _ in range(3):
        qtbot.keyClick(box, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: not blank.unsettled)
    assert box.value() == 3
    assert len(spy) == 1


def test_a_value_that_is_set_needs_no_settling(box: QSpinBox, blank: Blank) -> None:
    box.setValue(7)
    assert not blank.unsettled


def test_escape_gives_up(qtbot: QtBot, box: QSpinBox, blank: Blank) -> None:
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Up)
    with qtbot.waitSignal(blank.given_up):
        qtbot.keyClick(box, Qt.Key.Key_Escape)
    assert not blank.unsettled


def test_undo_is_the_windows_unless_something_is_typed(
    qtbot: QtBot, box: QSpinBox, blank: Blank
) -> None:
    box.setFocus()
    assert press_undo(qtbot, box) == 1


def test_undo_takes_back_what_is_typed(qtbot: QtBot, box: QSpinBox, blank: Blank) -> None:
    box.setFocus()
    qtbot.keyClicks(box, "5")
    assert press_undo(qtbot, box) == 0


@pytest.mark.parametrize("focused", [False, True])
def test_the_wheel_is_taken_once_it_is_chosen(box: QSpinBox, blank: Blank, focused: bool) -> None:
    if focused:
        box.setFocus()
    middle = QPointF(box.rect().center())
    turn = QWheelEvent(
        middle,
        QPointF(box.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        PLAIN,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turn)
    assert box.value() == int(focused)
