import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.base.name_edit import NameEdit


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def other() -> QLineEdit:
    return QLineEdit()


@pytest.fixture
def edit(qtbot: QtBot, window: QWidget, other: QLineEdit) -> NameEdit:
    """With the focus, beside another field."""
    made, row = NameEdit(5), QHBoxLayout(window)
    row.addWidget(made)
    row.addWidget(other)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    made.setFocus()
    return made


def test_enter_takes_a_name_and_escape_gives_up(qtbot: QtBot, edit: NameEdit) -> None:
    entered, given_up = QSignalSpy(edit.entered), QSignalSpy(edit.given_up)
    qtbot.keyClicks(edit, "Doors and more")
    assert edit.text() == "Doors"
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert (len(entered), len(given_up)) == (1, 0)
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert (len(entered), len(given_up)) == (1, 1)


def test_leaving_takes_the_name_and_ends(edit: NameEdit, other: QLineEdit) -> None:
    entered, given_up = QSignalSpy(edit.entered), QSignalSpy(edit.given_up)
    other.setFocus()
    assert (len(entered), len(given_up)) == (1, 1)
