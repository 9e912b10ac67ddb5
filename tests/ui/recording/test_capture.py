"""Recordings, snapshots and the blur in the whole window."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import supervision as sv
from pytestqt.qtbot import QtBot

from pedcam.ui.compare.state import Layout
from pedcam.ui.main_window import MainWindow
from pedcam.video.stream.stream import StreamState
from tests.factories import make_detections
from tests.ui.wired import CTRL, PERSON, MakeResult, frames_in, record, secret, show, take

# Where a test fails, a real question would wait for ever.
pytestmark = pytest.mark.usefixtures("answers")


def test_a_recording_begins_and_ends_with_the_key(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult, tmp_path: Path
) -> None:
    record(qtbot, window)
    assert window.actions_.record.isChecked()
    for index in range(1, 11):
        playing.on_result(make_result(index=index))
    with qtbot.waitSignal(window.services.recording_control.saved) as saved:
        qtbot.keyClick(window, "R", CTRL)
    assert not window.actions_.record.isChecked()
    (path,) = saved.args
    assert path.parent == tmp_path / "videos"
    assert path.name.startswith("street")
    assert [image.shape for image in frames_in(path)] == [(48, 64, 3)] * 10
    assert window.saved_bar.isVisible()
    # What comes later goes nowhere.
    playing.on_result(make_result(index=20))
    assert len(frames_in(path)) == 10


def test_another_source_ends_the_recording(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult, streams: list[Any]
) -> None:
    record(qtbot, window)
    playing.on_result(make_result(index=1))
    with qtbot.waitSignal(window.services.recording_control.saved) as saved:
        window.player.open("other.mp4")
    qtbot.waitUntil(lambda: len(streams) == 2)
    streams[1].say(StreamState.PLAYING)
    show(qtbot, window, streams[1], make_result(index=2, count=5))
    assert not window.services.recording.busy
    assert len(frames_in(saved.args[0])) == 1


@pytest.mark.parametrize("hidden", [False, True])
def test_a_snapshot_is_what_is_seen(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    tmp_path: Path,
    hidden: bool,
) -> None:
    window.services.settings.set("snapshot_marked", False)
    shown = secret(make_result(), phase=0, index=1)
    show(qtbot, window, playing, shown)
    if hidden:
        qtbot.keyClick(window, "P")
    with qtbot.waitSignal(window.services.recording_control.saved) as saved:
        qtbot.keyClick(window, "S")
    (path,) = saved.args
    assert (path.parent, path.suffix) == (tmp_path / "pictures", ".png")
    image = cv2.imread(str(path))
    assert image is not None
    assert image.shape == (180, 240, 3)
    np.testing.assert_array_equal(image[:, 120:], 90)
    if hidden:
        # Stripes of 0 and 200 vary by 100.
        assert image[40:140, 60:100].std() < 25
    else:
        np.testing.assert_array_equal(image, shown.frame.image)


def test_what_was_blacked_out_just_now_is_black_in_a_snapshot(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    zones = window.services.zones
    qtbot.waitUntil(lambda: zones.available)
    show(qtbot, window, playing, make_result(count=0))
    name = zones.add_ignored(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
    assert take(qtbot, window).min() == 90
    zones.black_out(name, True)
    image = take(qtbot, window)
    # Of 64 x 48 pixels.
    assert (image[:, :33].max(), image[:, 33:].min()) == (0, 90)


def test_a_snapshot_hides_whoever_is_missed_for_a_moment(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    window.services.settings.set("snapshot_marked", False)
    qtbot.keyClick(window, "P")
    show(qtbot, window, playing, secret(make_result(), phase=0, index=1))
    for index, hidden in ((2, True), (25, False)):
        seen = secret(make_result(), phase=0, index=index)
        missed = replace(seen, detections=sv.Detections.empty())
        show(qtbot, window, playing, missed)
        assert bool(take(qtbot, window)[40:140, 60:100].std() < 25) is hidden


@pytest.mark.parametrize("layout", list(Layout))
def test_a_snapshot_of_a_comparison_hides_whom_the_other_preset_found(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    monkeypatch: pytest.MonkeyPatch,
    layout: Layout,
) -> None:
    nobody = sv.Detections.empty()
    found = make_detections(PERSON)
    answers = [found, nobody]
    monkeypatch.setattr(
        type(window.player.pool),
        "detect",
        lambda pool, name, image, threshold, rows: answers.pop(0),
    )
    window.services.settings.set("snapshot_marked", False)
    window.services.comparison.set_layout(layout)
    window.services.comparison_control.compare("full")
    qtbot.keyClick(window, "P")
    view = window.compare_view
    # Found by the other preset first, then by nobody, which hides it for a moment more.
    for index in (1, 2):
        seen = replace(secret(make_result(), 0, index), detections=nobody)
        playing.on_result(seen)
        qtbot.waitUntil(lambda: view.pair is not None and view.pair.left is seen)  # noqa: B023
        assert take(qtbot, window)[40:140, 60:100].std() < 25


def test_a_snapshot_of_a_comparison_is_of_the_picture_on_the_screen(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()
    compared: list[int] = []

    def detect(
        pool: object, name: str, image: Any, threshold: float | None, rows: int
    ) -> sv.Detections:
        compared.append(len(compared))
        # Everything after the first picture takes the other preset long.
        assert len(compared) == 1 or go_on.wait(10)
        return sv.Detections.empty()

    monkeypatch.setattr(type(window.player.pool), "detect", detect)
    window.services.settings.set("snapshot_marked", False)
    window.services.comparison_control.compare("full")
    view, nobody = window.compare_view, sv.Detections.empty()
    first, second = (
        replace(secret(make_result(), phase, 1 + phase), detections=nobody) for phase in (0, 1)
    )
    playing.on_result(first)
    qtbot.waitUntil(lambda: view.pair is not None and view.pair.left is first)
    show(qtbot, window, playing, second)
    np.testing.assert_array_equal(take(qtbot, window), first.frame.image)
    go_on.set()
    qtbot.waitUntil(lambda: view.pair is not None and view.pair.left is second)
    np.testing.assert_array_equal(take(qtbot, window), second.frame.image)


def test_the_blur_takes_effect_in_the_recording_that_runs(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    window.services.settings.set("recording_marked", False)
    record(qtbot, window)
    control = window.services.recording_control
    for index in (1, 2, 3):
        playing.on_result(secret(make_result(), phase=0, index=index))
        # What waits to be written would be hidden with what comes.
        qtbot.waitUntil(lambda: control._session.recorder.frames == index)  # noqa: B023
        # On, and off again: a video that begins to hide people does not show them later.
        qtbot.keyClick(window, "P")
    with qtbot.waitSignal(control.saved) as saved:
        qtbot.keyClick(window, "R", CTRL)
    spread = [image[40:140, 60:100].std() for image in frames_in(saved.args[0])]
    assert [one < 25 for one in spread] == [False, True, True]


def test_with_the_blur_recordings_hide_people_too(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    window.services.settings.set("recording_marked", False)
    qtbot.keyClick(window, "P")
    record(qtbot, window)
    playing.on_result(secret(make_result(), phase=0, index=1))
    with qtbot.waitSignal(window.services.recording_control.saved) as saved:
        qtbot.keyClick(window, "R", CTRL)
    (image,) = frames_in(saved.args[0])
    assert image[40:140, 60:100].std() < 25


@pytest.mark.parametrize("zoomed", [False, True])
def test_nothing_of_a_person_is_left_on_the_screen(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult, zoomed: bool
) -> None:
    def seen(phase: int, index: int) -> Any:
        show(qtbot, window, playing, secret(make_result(), phase, index))
        return window.view.grab().toImage()

    if zoomed:
        window.view.look(3.7, (0.3, 0.5))
    # Two people whom only their details tell apart.
    assert seen(0, 1) != seen(1, 2)
    qtbot.keyClick(window, "P")
    assert seen(0, 3) == seen(1, 4)
    # Whoever is not found in the next frames stays hidden.
    missed = [
        replace(secret(make_result(), phase, 5), detections=sv.Detections.empty())
        for phase in (0, 1)
    ]
    pictures = []
    for result in missed:
        show(qtbot, window, playing, result)
        pictures.append(window.view.grab().toImage())
    assert pictures[0] == pictures[1]
