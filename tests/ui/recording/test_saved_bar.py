from pathlib import Path

import pytest
from PyQt6.QtCore import QEvent, Qt, QUrl
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.recording.saved_bar import SavedBar

PATH = Path("/videos/walk.mp4")


@pytest.fixture
def opened() -> list[QUrl]:
    return []


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def bar(window: QWidget, opened: list[QUrl]) -> SavedBar:
    """In a window whose keyboard focus is elsewhere."""
    column = QVBoxLayout(window)
    field = QLineEdit()
    made = SavedBar(open_url=opened.append, stay=1)
    column.addWidget(field)
    column.addWidget(made)
    window.show()
    field.setFocus()
    return made


def test_it_comes_and_goes(qtbot: QtBot, bar: SavedBar) -> None:
    assert bar.isHidden()
    bar.show_saved(PATH)
    assert not bar.isHidden()
    assert bar.text.text() == "Saved to /videos/walk.mp4"
    qtbot.waitUntil(bar.isHidden)


def test_it_stays_while_the_pointer_is_on_it(qtbot: QtBot, bar: SavedBar) -> None:
    bar.show_saved(PATH)
    bar._timer.setInterval(60_000)
    bar._timer.start()
    bar.enterEvent(None)
    assert not bar._timer.isActive()
    bar._timer.setInterval(1)
    QApplication.sendEvent(bar, QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(bar.isHidden)


def test_it_stays_while_the_keyboard_is_on_it(qtbot: QtBot, bar: SavedBar) -> None:
    with qtbot.waitActive(bar.window()):
        bar.window().activateWindow()
    bar._timer.setInterval(60_000)
    bar.show_saved(PATH)
    bar.copy.setFocus()
    bar._timer.timeout.emit()
    assert not bar.isHidden()
    bar._timer.setInterval(1)
    bar.window().findChild(QLineEdit).setFocus()
    qtbot.waitUntil(bar.isHidden)


def test_the_folder_is_shown(qtbot: QtBot, bar: SavedBar, opened: list[QUrl]) -> None:
    bar.show_saved(PATH)
    qtbot.mouseClick(bar.show_folder, Qt.MouseButton.LeftButton)
    assert opened == [QUrl.fromLocalFile("/videos")]


def test_the_path_is_copied(qtbot: QtBot, bar: SavedBar) -> None:
    bar.show_saved(PATH)
    qtbot.mouseClick(bar.copy, Qt.MouseButton.LeftButton)
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None
    assert clipboard.text() == "/videos/walk.mp4"


def test_dismissing(qtbot: QtBot) -> None:
    bar = SavedBar(stay=60_000)
    qtbot.addWidget(bar)
    bar.show_saved(PATH)
    qtbot.mouseClick(bar.dismiss, Qt.MouseButton.LeftButton)
    assert bar.isHidden()


def test_a_long_path_does_not_widen_it(bar: SavedBar) -> None:
    bar.show_saved(PATH)
    narrow = bar.minimumSizeHint().width()
    bar.show_saved(Path("/" + "folder/" * 60 + "walk.mp4"))
    assert bar.minimumSizeHint().width() == narrow
    assert bar.text.toolTip().endswith("walk.mp4")
