from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.start.camera_list import CameraList
from pedcam.ui.start.recents import Recents
from pedcam.ui.start.start_page import Offer, StartPage
from pedcam.ui.start.thumbnails import Thumbnails
from pedcam.video.sources.camera import CameraInfo
from pedcam.video.sources.spec import parse_source


@pytest.mark.parametrize("way", ["click", "enter", "space"])
def test_every_offer_triggers_its_action(qtbot: QtBot, way: str) -> None:
    actions = [QAction(f"{number}") for number in range(3)]
    offers = [Offer(action, f"Offer {action.text()}", "why", "file") for action in actions]
    recents = Recents()
    thumbnails = Thumbnails(recents)
    page = StartPage(offers, recents, thumbnails, CameraList(list))
    qtbot.addWidget(page)
    page.show()
    for button, action in zip(page.buttons, actions, strict=True):
        assert button.accessibleName() == f"Offer {action.text()}"
        assert button.accessibleDescription() == "why"
        with qtbot.waitSignal(action.triggered):
            if way == "click":
                qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            else:
                key = Qt.Key.Key_Return if way == "enter" else Qt.Key.Key_Space
                qtbot.keyClick(button, key)
    thumbnails.close()


@pytest.fixture
def recents() -> Recents:
    recents = Recents()
    recents.add(parse_source("/nowhere/walk.mp4"))
    recents.add(parse_source("rtsp://me:secret@10.0.0.1/live"))
    return recents


@pytest.fixture
def found() -> list[CameraInfo]:
    return [CameraInfo(1, "Camera number 1"), CameraInfo(2, "Camera number 2")]


@pytest.fixture
def page(qtbot: QtBot, recents: Recents, found: list[CameraInfo]) -> Iterator[StartPage]:
    action = QAction("demo")
    thumbnails = Thumbnails(recents)
    cameras = CameraList(lambda: list(found))
    window = QWidget()
    offer = Offer(action, "Play demo", "why", "walker")
    page = StartPage([offer], recents, thumbnails, cameras, window)
    page.setGeometry(0, 0, 1024, 600)
    window.resize(1024, 600)
    qtbot.addWidget(window)
    with qtbot.waitActive(window, timeout=5000):
        window.show()
        window.activateWindow()
    qtbot.waitUntil(lambda: len(page.cameras.tiles) == 2)
    yield page
    thumbnails.close()


def focused() -> QWidget | None:
    return QApplication.focusWidget()


def test_a_recent_source_is_one_click_away(qtbot: QtBot, page: StartPage) -> None:
    with qtbot.waitSignal(page.source_chosen) as chosen:
        qtbot.mouseClick(page.recent.rows[0], Qt.MouseButton.LeftButton)
    assert chosen.args[0].value == "rtsp://me:secret@10.0.0.1/live"


def test_a_camera_is_one_click_away(qtbot: QtBot, page: StartPage) -> None:
    with qtbot.waitSignal(page.source_chosen) as chosen:
        qtbot.mouseClick(page.cameras.tiles[1], Qt.MouseButton.LeftButton)
    assert chosen.args == ["camera:Camera number 2"]
    with qtbot.waitSignal(page.cameras.options_wanted):
        page.cameras.options.click()


def test_an_address_is_opened_right_there(qtbot: QtBot, page: StartPage) -> None:
    qtbot.keyClicks(page.url.field, "rtsp://10.0.0.9/live")
    with qtbot.waitSignal(page.source_chosen) as chosen:
        qtbot.keyClick(page.url.field, Qt.Key.Key_Return)
    assert chosen.args == ["rtsp://10.0.0.9/live"]


def test_everything_is_reached_by_tab(qtbot: QtBot, page: StartPage) -> None:
    page.setFocus()
    wanted = [
        page.buttons[0],
        page.url.field,
        page.url.open,
        page.recent.clear,
        *page.recent.rows,
        page.cameras.again,
        page.cameras.options,
        page.cameras.search,
        *page.cameras.tiles,
    ]
    qtbot.waitUntil(page.cameras.again.isEnabled)
    order: list[QWidget | None] = []
    for _ in wanted:
        order.append(focused())
        qtbot.keyClick(focused(), Qt.Key.Key_Tab)
    assert order == wanted
    assert focused() is wanted[0]


def test_a_file_that_is_gone_is_shown_as_such(
    qtbot: QtBot, page: StartPage, recents: Recents, clip: Path
) -> None:
    qtbot.waitUntil(lambda: [row.missing for row in page.recent.rows] == [False, True])
    recents.add(parse_source(str(clip)))
    qtbot.waitUntil(lambda: page.recent.rows[0].picture.image is not None)
    clip.unlink()
    # Looked at again whenever the page comes back.
    page.hide()
    page.show()
    qtbot.waitUntil(lambda: [row.missing for row in page.recent.rows] == [True, False, True])


def test_removing_with_the_keyboard_keeps_the_place(
    qtbot: QtBot, page: StartPage, recents: Recents
) -> None:
    page.recent.rows[0].setFocus()
    qtbot.keyClick(page.recent.rows[0], Qt.Key.Key_Delete)
    assert [item.title for item in recents.items] == ["walk.mp4"]
    assert focused() is page.recent.rows[0]
    qtbot.keyClick(page.recent.rows[0], Qt.Key.Key_Delete)
    assert recents.items == ()
    assert focused() is page.recent.undo
    assert not page.recent.clear.isVisible()
    qtbot.keyClick(page.recent.undo, Qt.Key.Key_Space)
    assert [item.title for item in recents.items] == ["walk.mp4"]
    assert not page.recent.undo.isVisible()


def test_cameras_are_looked_for_again_when_the_window_comes_back(
    qtbot: QtBot, page: StartPage, found: list[CameraInfo]
) -> None:
    other = QWidget()
    qtbot.addWidget(other)
    with qtbot.waitActive(other, timeout=5000):
        other.show()
        other.activateWindow()
    found.append(CameraInfo(3, "Plugged in meanwhile"))
    page.window().activateWindow()
    qtbot.waitUntil(lambda: len(page.cameras.tiles) == 3)


@pytest.mark.parametrize("width", [880, 1024, 1920])
def test_nothing_is_wider_than_the_window(page: StartPage, width: int) -> None:
    page.resize(width, 600)
    assert page.widget().minimumSizeHint().width() <= width
    left = page.buttons[0].mapTo(page, page.buttons[0].rect().topLeft()).x()
    assert left >= 24
