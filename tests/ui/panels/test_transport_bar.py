import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from pytestqt.qtbot import QtBot

from pedcam.ui.panels.transport_bar import TransportBar
from pedcam.ui.state.playback import Playback
from pedcam.video.stream import StreamState, StreamStatus


@pytest.fixture
def playback() -> Playback:
    return Playback()


@pytest.fixture
def pause(qtbot: QtBot) -> QAction:
    return QAction("&Pause")


@pytest.fixture
def bar(qtbot: QtBot, playback: Playback, pause: QAction) -> TransportBar:
    made = TransportBar(
        playback, pause=pause, full_screen=QAction("Full"), close_source=QAction("Close")
    )
    qtbot.addWidget(made)
    made.resize(900, 48)
    made.show()
    return made


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (StreamState.CONNECTING, "Opening"),
        (StreamState.PLAYING, "Playing"),
        (StreamState.PAUSED, "Paused"),
        (StreamState.STALLED, "Waiting for the next picture"),
        (StreamState.RECONNECTING, "trying again"),
        (StreamState.ENDED, "Ended"),
        (StreamState.FAILED, "Stopped"),
    ],
)
def test_every_state_has_words(
    bar: TransportBar, playback: Playback, state: StreamState, text: str
) -> None:
    playback.open("street.mp4")
    playback.set_status(StreamStatus(state))
    assert text in bar.state.text()


def test_position(bar: TransportBar, playback: Playback) -> None:
    assert bar.position.text() == ""
    playback.set_details(title="a", live=False, size=(4, 3), rate=25.0, duration=75.0)
    bar.set_position(12.9)
    assert bar.position.text() == "0:12 / 1:15"
    playback.set_details(title="a", live=True, size=(4, 3), rate=25.0, duration=None)
    bar.set_position(3700.0)
    assert bar.position.text() == "live 1:01:40"
    bar.set_position(None)
    assert bar.position.text() == ""


def test_the_button_follows_its_action(qtbot: QtBot, bar: TransportBar, pause: QAction) -> None:
    assert bar.pause.accessibleName() == "Pause"
    with qtbot.waitSignal(pause.triggered):
        qtbot.mouseClick(bar.pause, Qt.MouseButton.LeftButton)
    pause.setEnabled(False)
    assert not bar.pause.isEnabled()


def test_a_long_title_does_not_widen_the_bar(bar: TransportBar, playback: Playback) -> None:
    playback.open("short")
    narrow = bar.minimumSizeHint().width()
    playback.open("street " * 100)
    assert bar.minimumSizeHint().width() == narrow
