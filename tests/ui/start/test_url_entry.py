from collections.abc import Callable

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.ui.start.recents import Recents
from pedcam.ui.start.url_entry import UrlEntry
from pedcam.video.sources.spec import parse_source


@pytest.fixture
def recents() -> Recents:
    recents = Recents()
    recents.add(parse_source("rtsp://me:secret@10.0.0.1/live"))
    return recents


@pytest.fixture
def entry(qtbot: QtBot, recents: Recents) -> UrlEntry:
    made = UrlEntry(recents)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize(
    "press",
    [
        lambda qtbot, entry: qtbot.keyClick(entry.field, Qt.Key.Key_Return),
        lambda qtbot, entry: qtbot.mouseClick(entry.open, Qt.MouseButton.LeftButton),
    ],
)
def test_an_address_is_opened(
    qtbot: QtBot, entry: UrlEntry, press: Callable[[QtBot, UrlEntry], None]
) -> None:
    qtbot.keyClicks(entry.field, " http://10.0.0.2/video ")
    with qtbot.waitSignal(entry.chosen) as chosen:
        press(qtbot, entry)
    assert chosen.args == ["http://10.0.0.2/video"]
    assert entry.field.text() == ""
    assert not entry.status.isVisible()


def test_a_mistake_is_told_in_place_once_it_was_tried(qtbot: QtBot, entry: UrlEntry) -> None:
    qtbot.keyClicks(entry.field, "10.0.0.2")
    assert not entry.status.isVisible()
    with qtbot.assertNotEmitted(entry.chosen):
        qtbot.keyClick(entry.field, Qt.Key.Key_Return)
    assert "begins with" in entry.status.text()
    assert entry.status.isVisible()
    assert entry.status.property("error")
    qtbot.keyClick(entry.field, Qt.Key.Key_Home)
    qtbot.keyClicks(entry.field, "rtsp://")
    assert not entry.status.isVisible()


def test_a_known_address_is_opened_with_its_password(
    qtbot: QtBot, entry: UrlEntry, recents: Recents
) -> None:
    assert entry.field.completer().model().stringList() == ["rtsp://10.0.0.1/live"]
    qtbot.keyClicks(entry.field, "rtsp://10.0.0.1/live")
    assert "as it was last time" in entry.status.text()
    assert not entry.status.property("error")
    with qtbot.waitSignal(entry.chosen) as chosen:
        qtbot.keyClick(entry.field, Qt.Key.Key_Return)
    assert chosen.args == ["rtsp://me:secret@10.0.0.1/live"]
    recents.clear()
    qtbot.keyClicks(entry.field, "rtsp")
    assert entry.field.completer().model().stringList() == []
