from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.base import theme
from pedcam.ui.player.buttons import LiveBadge, RecordingChip
from pedcam.ui.recording.recording import Recording
from pedcam.video.stream.stream import StreamState


@pytest.mark.parametrize(
    ("state", "color"),
    [
        (StreamState.PLAYING, "good"),
        (StreamState.PAUSED, "muted"),
        (StreamState.STALLED, "warning_line"),
        (StreamState.RECONNECTING, "bad"),
        (StreamState.FAILED, "bad"),
    ],
)
def test_the_dot_says_whether_pictures_come(qtbot: QtBot, state: StreamState, color: str) -> None:
    badge = LiveBadge()
    qtbot.addWidget(badge)
    badge.show_state(state)
    assert badge.dot == getattr(theme.colors(), color)


def test_it_is_read_out(qtbot: QtBot) -> None:
    badge = LiveBadge()
    qtbot.addWidget(badge)
    badge.show_state(StreamState.PLAYING)
    assert badge.accessibleName() == "Live: Playing"


def test_what_it_says(qtbot: QtBot) -> None:
    recording = Recording()
    chip = RecordingChip(recording)
    qtbot.addWidget(chip)
    recording.open()
    assert chip.words == "Starting…"
    recording.begin(Path("/videos/walk.mp4"))
    recording.measure(seconds=75.4, size=34_500_000, frames=1885, dropped=0)
    assert chip.words == "1:15 · 34.5 MB"
    assert chip.toolTip() == "Recording to /videos/walk.mp4"
    recording.measure(seconds=75.4, size=34_500_000, frames=1885, dropped=3)
    assert chip.words == "1:15 · 34.5 MB · 3 missing"
    assert "3 frames are missing" in chip.toolTip()
    recording.complete()
    assert chip.words == "Saving…"
