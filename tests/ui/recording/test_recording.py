from pathlib import Path

from pedcam.ui.recording.recording import Recording, RecordingPhase

VIDEO = Path("/videos/walk.mp4")


def test_the_life_of_a_recording() -> None:
    recording = Recording()
    heard: list[tuple[RecordingPhase, bool]] = []
    recording.subscribe(lambda: heard.append((recording.phase, recording.running)))
    recording.open()
    recording.begin(VIDEO)
    recording.measure(seconds=2.0, size=1000, frames=50, dropped=0)
    recording.measure(seconds=2.0, size=1000, frames=50, dropped=0)
    recording.complete()
    recording.end()
    assert heard == [
        (RecordingPhase.OPENING, False),
        (RecordingPhase.RUNNING, True),
        (RecordingPhase.RUNNING, True),
        (RecordingPhase.COMPLETING, False),
        (RecordingPhase.IDLE, False),
    ]
    assert recording.path is None


def test_the_next_recording_begins_at_nothing() -> None:
    recording = Recording()
    recording.open()
    recording.begin(VIDEO)
    recording.measure(seconds=2.0, size=1000, frames=50, dropped=1)
    recording.end()
    recording.open()
    assert (recording.seconds, recording.size, recording.frames, recording.dropped) == (0, 0, 0, 0)
    assert recording.busy
