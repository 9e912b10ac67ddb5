from pathlib import Path

import pytest
from PyQt6 import sip
from PyQt6.QtCore import QPoint, QSize, Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.ui.history.clip_player import ClipPlayer
from tests.factories import write_clip

PATIENCE = 20.0  # seconds


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Four seconds of 128 x 64 pixels."""
    return write_clip(tmp_path / "clip.mp4", [number / 5 for number in range(21)])


@pytest.fixture
def player(qtbot: QtBot) -> ClipPlayer:
    made = ClipPlayer(QSize(200, 150))
    qtbot.addWidget(made)
    made.show()
    return made


def wait_for_picture(qtbot: QtBot, player: ClipPlayer) -> None:
    qtbot.waitUntil(lambda: not player.picture.pixmap().isNull(), timeout=20_000)


def test_a_clip_plays_in_its_place(qtbot: QtBot, player: ClipPlayer, clip: Path) -> None:
    assert not player.pause.isVisible()
    assert not player.playing
    player.set_clip(clip)
    wait_for_picture(qtbot, player)
    assert player.playing
    # As wide as there is room, and half as high.
    ratio = player.devicePixelRatioF()
    assert player.picture.pixmap().size() == QSize(200, 100) * ratio
    assert player.slider.duration == pytest.approx(4.0, abs=0.3)
    qtbot.waitUntil(lambda: player.slider.shown > 0.0)
    assert player.time.text().startswith("0:0")
    assert player.time.text().endswith("/ 0:04")


def test_it_can_be_paused_and_moved(qtbot: QtBot, player: ClipPlayer, clip: Path) -> None:
    player.set_clip(clip)
    wait_for_picture(qtbot, player)
    assert player.pause.accessibleName() == "Pause the clip"
    qtbot.mouseClick(player.pause, Qt.MouseButton.LeftButton)
    assert not player.playing
    assert player.pause.accessibleName() == "Play the clip"
    end = QPoint(player.slider.width() - 1, player.slider.height() // 2)
    qtbot.mouseClick(player.slider, Qt.MouseButton.LeftButton, pos=end)
    qtbot.waitUntil(lambda: player.time.text().startswith("0:04"))
    qtbot.mouseClick(player.pause, Qt.MouseButton.LeftButton)
    # After the end it goes on from the start.
    qtbot.waitUntil(lambda: player.time.text().startswith("0:00"))


@pytest.mark.parametrize("end", ["hide", "close", "another"])
def test_nothing_plays_that_cannot_be_seen(
    qtbot: QtBot, player: ClipPlayer, clip: Path, end: str
) -> None:
    player.set_clip(clip)
    wait_for_picture(qtbot, player)
    thread = player._decoder.thread
    {"hide": player.hide, "close": player.close, "another": lambda: player.set_clip(None)}[end]()
    assert not player.playing
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_it_begins_anew_when_it_is_seen_again(qtbot: QtBot, player: ClipPlayer, clip: Path) -> None:
    player.hide()
    player.set_clip(clip)
    assert player._decoder is None
    player.show()
    wait_for_picture(qtbot, player)
    assert player.playing


def test_it_can_go_while_it_plays(qtbot: QtBot, clip: Path) -> None:
    player = ClipPlayer(QSize(200, 150))
    player.show()
    player.set_clip(clip)
    wait_for_picture(qtbot, player)
    thread = player._decoder.thread
    player.close()
    sip.delete(player)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    # What the decoder still sent finds nobody.
    QApplication.processEvents()


def test_a_clip_that_is_gone(qtbot: QtBot, player: ClipPlayer, tmp_path: Path) -> None:
    with qtbot.waitSignal(player.failed, timeout=20_000):
        player.set_clip(tmp_path / "gone.mp4")
    assert not player.playing
    assert not player.pause.isVisible()
