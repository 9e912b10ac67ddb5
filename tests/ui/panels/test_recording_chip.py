from pathlib import Path

from pytestqt.qtbot import QtBot

from pedcam.ui.panels.recording_chip import RecordingChip
from pedcam.ui.state.recording import Recording


def test_what_it_says(qtbot: QtBot) -> None:
    recording = Recording()
    chip = RecordingChip(recording)
    qtbot.addWidget(chip)
    assert not chip.wanted
    recording.open()
    assert chip.wanted
    assert chip.text() == "Starting…"
    recording.begin(Path("/videos/walk.mp4"))
    recording.measure(seconds=75.4, size=34_500_000, frames=1885, dropped=0)
    assert chip.text() == "1:15 · 34.5 MB"
    assert chip.toolTip() == "Recording to /videos/walk.mp4"
    recording.measure(seconds=75.4, size=34_500_000, frames=1885, dropped=3)
    assert chip.text() == "1:15 · 34.5 MB · 3 missing"
    assert "3 frames are missing" in chip.toolTip()
    recording.complete()
    assert chip.text() == "Saving…"
    recording.end(Path("/videos/walk.mp4"))
    assert not chip.wanted
