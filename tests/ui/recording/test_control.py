import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import supervision as sv
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from pedcam.ui.player.subscribers import Subscribers
from pedcam.ui.recording import control as control_module
from pedcam.ui.recording.control import RecordingControl
from pedcam.ui.recording.recording import RecordingOptions, RecordingPhase
from pedcam.video.output.annotate import PeopleAnnotator
from pedcam.video.output.partial_file import OutputError, prepare_folder
from pedcam.video.people.counters import IgnoredZone
from pedcam.video.sources.frame import Frame
from pedcam.video.stream.results import Result

WHEN = datetime(2026, 3, 1, 9, 5, 0)


class FixedTime(datetime):
    @classmethod
    def now(cls, tz: object = None) -> datetime:
        return WHEN


@pytest.fixture(autouse=True)
def _fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_module, "datetime", FixedTime)


@pytest.fixture
def control(qtbot: QtBot) -> Iterator[RecordingControl]:
    made = RecordingControl()
    yield made
    assert made.shutdown()


@pytest.fixture
def subscribers() -> Subscribers:
    return Subscribers()


@pytest.fixture
def options(tmp_path: Path) -> RecordingOptions:
    return RecordingOptions(tmp_path / "recordings")


def frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def begin(
    qtbot: QtBot, control: RecordingControl, subscribers: Subscribers, options: RecordingOptions
) -> None:
    control.start(subscribers.subscribe, "Street 1", options, rate=25.0)
    qtbot.waitUntil(lambda: control.recording.running)


def test_a_recording(qtbot, control, subscribers, options, make_result) -> None:
    control.start(subscribers.subscribe, "Street 1", options, rate=25.0)
    assert control.recording.phase is RecordingPhase.OPENING
    qtbot.waitUntil(lambda: control.recording.running)
    path = options.folder / "Street-1_2026-03-01_09-05-00.mp4"
    assert control.recording.path == path
    # Also across a change of presets.
    for index in range(10):
        subscribers.put(make_result(preset="half" if index < 5 else "full", index=index))
    qtbot.waitUntil(lambda: control._session.recorder.frames == 10)
    control._poll.timeout.emit()
    assert control.recording.frames == 10
    assert control.recording.seconds == pytest.approx(9 / 25)
    with qtbot.waitSignal(control.saved) as saved:
        control.stop()
        assert control.recording.phase is RecordingPhase.COMPLETING
        subscribers.put(make_result(index=10))
    assert saved.args == [path]
    assert not control.recording.busy
    assert frames_in(path) == 10


def test_rows_beside_the_video(qtbot, control, subscribers, tmp_path, make_result) -> None:
    begin(qtbot, control, subscribers, RecordingOptions(tmp_path, "mkv", table=True))
    subscribers.put(make_result(count=2))
    with qtbot.waitSignal(control.saved) as saved:
        control.stop()
    assert saved.args == [tmp_path / "Street-1_2026-03-01_09-05-00.mkv"]
    rows = saved.args[0].with_suffix(".csv").read_text().splitlines()
    assert len(rows) == 3


def test_a_second_start_changes_nothing(qtbot, control, subscribers, options, make_result) -> None:
    begin(qtbot, control, subscribers, options)
    control.start(subscribers.subscribe, "Another", options)
    subscribers.put(make_result())
    with qtbot.waitSignal(control.saved):
        control.stop()
    assert [path.name for path in options.folder.iterdir()] == ["Street-1_2026-03-01_09-05-00.mp4"]


def test_one_recording_after_another_gets_another_name(
    qtbot, control, subscribers, options, make_result
) -> None:
    for index in range(2):
        begin(qtbot, control, subscribers, options)
        subscribers.put(make_result(index=index))
        with qtbot.waitSignal(control.saved) as saved:
            control.stop()
    assert saved.args[0].name == "Street-1_2026-03-01_09-05-00-2.mp4"


def test_closing_the_window_completes_the_recording(
    qtbot, subscribers, options, make_result
) -> None:
    control = RecordingControl()
    begin(qtbot, control, subscribers, options)
    path = control.recording.path
    for index in range(5):
        subscribers.put(make_result(index=index))
    # As at the end of the application: no event is delivered any more.
    assert control.shutdown()
    assert frames_in(path) == 5


def test_closing_while_a_recording_is_opened_leaves_nothing(
    qtbot, subscribers, options, monkeypatch
) -> None:
    go_on = threading.Event()

    def slow(folder: Path) -> None:
        go_on.wait(10)
        prepare_folder(folder)

    monkeypatch.setattr(control_module, "prepare_folder", slow)
    control = RecordingControl()
    control.start(subscribers.subscribe, "Street 1", options)
    control.stop()
    assert not control.shutdown(timeout=0.01)
    go_on.set()
    assert control.shutdown()
    assert list(options.folder.iterdir()) == []


def test_a_missing_disk(qtbot, control, subscribers, tmp_path) -> None:
    missing = tmp_path / "stick" / "recordings"
    with qtbot.waitSignal(control.failed) as failed:
        control.start(subscribers.subscribe, "Street 1", RecordingOptions(missing))
    assert str(missing) in failed.args[0]
    assert "Connect the disk" in failed.args[0]
    assert not control.recording.busy
    assert not (tmp_path / "stick").exists()


def test_a_full_disk(qtbot, control, subscribers, options, make_result, monkeypatch) -> None:
    def full(self: object, image: object, time: float) -> None:
        raise OutputError("walk.mp4 cannot be written: No space left on device.")

    monkeypatch.setattr("pedcam.video.output.video_writer.VideoWriter.write", full)
    begin(qtbot, control, subscribers, options)
    with qtbot.waitSignal(control.failed) as failed:
        subscribers.put(make_result())
    assert "No space left" in failed.args[0]
    assert not control.recording.busy
    # And the next one is possible.
    begin(qtbot, control, subscribers, options)
    with qtbot.waitSignal(control.failed):
        control.stop()


def test_a_recording_deleted_meanwhile(qtbot, control, subscribers, options, make_result) -> None:
    begin(qtbot, control, subscribers, options)
    # The encoder holds the first ones back, and the file is not opened before.
    for index in range(20):
        subscribers.put(make_result(index=index))
    qtbot.waitUntil(lambda: control._session.recorder.frames == 20)
    control.recording.path.unlink()
    with qtbot.waitSignal(control.failed) as failed, qtbot.assertNotEmitted(control.saved):
        control.stop()
    assert "is gone" in failed.args[0]


def test_a_recording_without_a_picture(qtbot, control, subscribers, options) -> None:
    begin(qtbot, control, subscribers, options)
    with qtbot.waitSignal(control.failed) as failed:
        control.stop()
    assert "no picture came" in failed.args[0]
    assert list(options.folder.iterdir()) == []


def secret(result: Result, index: int) -> Result:
    """A person of stripes."""
    image = np.full((180, 240, 3), 90, np.uint8)
    image[40:140, 60:100:2] = 200
    image[40:140, 61:100:2] = 0
    people = sv.Detections(np.array([[60, 40, 100, 140]], np.float32))
    return replace(result, frame=Frame(image, index, index / 25, 0.0), detections=people)


def striped(image: NDArray[np.uint8]) -> bool:
    return bool(image[40:140, 60:100].std() > 50)


def pictures_in(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [one.to_ndarray(format="bgr24") for one in container.decode(video=0)]


def test_a_recording_that_is_blurred_from_some_picture_on(
    qtbot, control, subscribers, tmp_path, make_result
) -> None:
    begin(qtbot, control, subscribers, RecordingOptions(tmp_path, marked=False))
    subscribers.put(secret(make_result(), 0))
    qtbot.waitUntil(lambda: control._session.recorder.frames == 1)
    control.blur()
    subscribers.put(secret(make_result(), 1))
    with qtbot.waitSignal(control.saved) as saved:
        control.stop()
    assert [striped(one) for one in pictures_in(saved.args[0])] == [True, False]


def test_a_recording_that_is_blurred_while_it_is_opened(
    qtbot, control, subscribers, tmp_path, make_result, monkeypatch
) -> None:
    opening, go_on = threading.Event(), threading.Event()

    def slow(folder: Path) -> None:
        opening.set()
        assert go_on.wait(10)
        prepare_folder(folder)

    monkeypatch.setattr(control_module, "prepare_folder", slow)
    control.start(subscribers.subscribe, "Street 1", RecordingOptions(tmp_path, marked=False))
    assert opening.wait(10)
    control.blur()
    go_on.set()
    qtbot.waitUntil(lambda: control.recording.running)
    subscribers.put(secret(make_result(), 0))
    with qtbot.waitSignal(control.saved) as saved:
        control.stop()
    assert [striped(one) for one in pictures_in(saved.args[0])] == [False]


def test_the_next_recording_is_blurred_only_where_it_is_wanted(
    qtbot, control, subscribers, tmp_path, make_result
) -> None:
    control.blur()
    for index in range(2):
        begin(qtbot, control, subscribers, RecordingOptions(tmp_path, marked=False))
        subscribers.put(secret(make_result(), index))
        # Before it is blurred, which would also hide whoever waits to be written.
        qtbot.waitUntil(lambda: control._session.recorder.frames == 1)
        control.blur()
        with qtbot.waitSignal(control.saved) as saved:
            control.stop()
        assert [striped(one) for one in pictures_in(saved.args[0])] == [True]


@pytest.mark.parametrize("marked", [False, True])
def test_a_snapshot(qtbot, control, options, make_result, marked) -> None:
    result: Result = make_result(count=2)
    chosen = RecordingOptions(options.folder, marked=marked)
    with qtbot.waitSignal(control.saved) as saved:
        control.snapshot(result, "rtsp://user:secret@10.0.0.2/cam", chosen)
    assert saved.args == [options.folder / "rtsp-10-0-0-2-cam_2026-03-01_09-05-00.png"]
    expected = result.frame.image
    if marked:
        expected = PeopleAnnotator((64, 48)).annotate(expected, result.detections)
    np.testing.assert_array_equal(cv2.imread(str(saved.args[0])), expected)


def test_a_blurred_snapshot_hides_the_people(qtbot, control, options, make_result) -> None:
    result: Result = make_result(count=1)
    result.frame.image[4:20, 0:6] = np.random.default_rng(0).integers(0, 255, (16, 6, 3))
    chosen = RecordingOptions(options.folder, marked=False, blurred=True)
    with qtbot.waitSignal(control.saved) as saved:
        control.snapshot(result, "Street", chosen)
    saved_image = cv2.imread(str(saved.args[0]))
    assert saved_image[4:20, 0:6].std() < result.frame.image[4:20, 0:6].std() / 4
    np.testing.assert_array_equal(saved_image[30:], result.frame.image[30:])


@pytest.mark.parametrize("blurred", [True, False])
@pytest.mark.parametrize("found", [True, False])
def test_a_blurred_snapshot_hides_others_too(
    qtbot, control, options, make_result, blurred, found
) -> None:
    result = secret(make_result(), 0)
    image = result.frame.image
    image[20:60, 180:220] = image[40:80, 60:100]
    if not found:
        result = replace(result, detections=sv.Detections.empty())
    chosen = RecordingOptions(options.folder, marked=False, blurred=blurred)
    others = np.array([[180.0, 20.0, 220.0, 60.0]])
    with qtbot.waitSignal(control.saved) as saved:
        control.snapshot(result, "Street", chosen, others)
    picture = cv2.imread(str(saved.args[0]))
    assert striped(picture) is not (blurred and found)
    assert (picture[20:60, 180:220].std() > 50) == (not blurred)


def test_a_snapshot_has_zones_blacked_out(qtbot, control, options, make_result) -> None:
    corners = ((0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5))
    result = replace(
        make_result(count=0), ignored=(IgnoredZone("Poster", corners, blacked_out=True),)
    )
    with qtbot.waitSignal(control.saved) as saved:
        control.snapshot(result, "Street", options)
    # Of 64 x 48 pixels.
    expected = result.frame.image.copy()
    expected[12:25, 16:33] = 0
    np.testing.assert_array_equal(cv2.imread(str(saved.args[0])), expected)


def test_a_snapshot_that_cannot_be_saved(qtbot, control, tmp_path, make_result) -> None:
    taken = tmp_path / "file"
    taken.touch()
    with qtbot.waitSignal(control.failed) as failed:
        control.snapshot(make_result(), "Street", RecordingOptions(taken))
    assert failed.args == [f"{taken} is a file. Choose a folder to write to."]


def test_snapshots_do_not_pile_up_before_a_slow_disk(
    qtbot, control, options, make_result, monkeypatch
) -> None:
    go_on = threading.Event()
    saving: Callable[..., Path] = control_module._save_snapshot

    def slow(*args: object) -> Path:
        go_on.wait(10)
        return saving(*args)

    monkeypatch.setattr(control_module, "_save_snapshot", slow)
    saved: list[Path] = []
    control.saved.connect(saved.append)
    for _ in range(8):
        control.snapshot(make_result(), "Street", options)
    with qtbot.waitSignal(control.failed) as failed:
        control.snapshot(make_result(), "Street", options)
    assert "until those before are saved" in failed.args[0]
    go_on.set()
    qtbot.waitUntil(lambda: len(saved) == 8)
    assert len(set(saved)) == 8
