import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import supervision as sv
from numpy.typing import NDArray
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import PresetError
from pedcam.ui.dialogs.history_dialog import HistoryDialog
from pedcam.ui.dialogs.preset_dialog import PresetDialog
from pedcam.ui.dialogs.settings_dialog import SettingsDialog
from pedcam.ui.main_window import MainWindow
from pedcam.ui.panels.message_bar import MessageBar
from pedcam.ui.restart import Resume
from pedcam.ui.services import Services
from pedcam.ui.state.comparison import Layout
from pedcam.ui.state.export import ExportOptions
from pedcam.ui.state.places import Mode
from pedcam.ui.state.view_options import OPTIONS
from pedcam.video.counts import LineCount
from pedcam.video.frames import Frame
from pedcam.video.headless import Summary
from pedcam.video.results import Result
from pedcam.video.sources import SourceSpec
from pedcam.video.stream import StreamState

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier
LEFT = Qt.MouseButton.LeftButton

MakeResult = Callable[..., Result]


def show(qtbot: QtBot, window: MainWindow, stream: Any, result: Result) -> None:
    """Have the stream give a result, and wait until it is on the screen."""
    stream.give(result)
    qtbot.waitUntil(lambda: window.view.result is result)


def frame(index: int, time: float, segment: int = 0) -> Frame:
    return Frame(np.full((48, 64, 3), 90, np.uint8), index, time, 0.0, 0.0, segment)


def frames_in(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [one.to_ndarray(format="bgr24") for one in container.decode(video=0)]


# A person of 40 x 100 pixels; grown by a tenth on each side, 48 x 120 pixels from (56, 30) on.
# That makes cells of 24 x 24 pixels, of which each holds as many light as dark ones.
PERSON = np.array([[60, 40, 100, 140]], np.float32)


def secret(result: Result, phase: int, index: int) -> Result:
    """A person of stripes, light and dark swapped in the other phase: the same on the average."""
    image = np.full((180, 240, 3), 90, np.uint8)
    image[40:140, 60:100][:, phase::2] = 200
    image[40:140, 60:100][:, 1 - phase :: 2] = 0
    people = sv.Detections(PERSON, confidence=np.array([0.9], np.float32))
    return replace(result, frame=Frame(image, index, index / 25, 0.0), detections=people)


class Answers:
    """Stands in for the question, and notes whom it was asked over."""

    def __init__(self, answer: QMessageBox.StandardButton) -> None:
        self.answer = answer
        self.asked: list[QWidget] = []
        self.words: list[str] = []

    def __call__(
        self, parent: QWidget, title: str, words: str, *args: object
    ) -> QMessageBox.StandardButton:
        self.asked.append(parent)
        self.words.append(words)
        return self.answer


@pytest.fixture(autouse=True)
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    # For every test: where one fails, a real question would wait for ever.
    made = Answers(QMessageBox.StandardButton.Cancel)
    monkeypatch.setattr(QMessageBox, "question", made)
    return made


@pytest.mark.parametrize(
    ("position", "key", "place"),
    [
        (3.0, Qt.Key.Key_Right, 8.0),
        (3.0, Qt.Key.Key_Left, 0.0),
        (7.5, Qt.Key.Key_Left, 2.5),
        # The video is 12 seconds long.
        (9.0, Qt.Key.Key_Right, 12.0),
    ],
)
def test_arrows_jump_five_seconds(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    position: float,
    key: Qt.Key,
    place: float,
) -> None:
    show(qtbot, window, playing, make_result(frame=frame(1, position)))
    qtbot.keyClick(window, key)
    assert playing.seeks == [place]


def test_arrows_in_quick_succession_add_up(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    show(qtbot, window, playing, make_result(frame=frame(1, 1.0)))
    qtbot.keyClick(window, Qt.Key.Key_Right)
    # One that was on its way before the jump.
    show(qtbot, window, playing, make_result(frame=frame(2, 1.04)))
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert playing.seeks == [6.0, 11.0]
    show(qtbot, window, playing, make_result(frame=frame(3, 10.96, segment=2)))
    qtbot.keyClick(window, Qt.Key.Key_Left)
    assert playing.seeks[2:] == [pytest.approx(5.96)]


def test_another_source_begins_where_it_is(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    streams: list[Any],
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Right)
    window.player.open("other.mp4")
    qtbot.waitUntil(lambda: len(streams) == 2)
    streams[1].say(StreamState.PLAYING)
    qtbot.waitUntil(lambda: window.actions_.forward.isEnabled())
    show(qtbot, window, streams[1], make_result(frame=frame(0, 1.0)))
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert (playing.seeks, streams[1].seeks) == ([5.0], [6.0])


def test_stepping(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    qtbot.keyClick(window, ".")
    # The first one only pauses.
    assert (playing.paused, playing.steps) == (True, [])
    qtbot.keyClick(window, ".")
    qtbot.keyClick(window, ",")
    assert playing.steps == [1, -1]


def test_speed(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    speeds = []
    for key in "+++-----":
        qtbot.keyClick(window, key)
        speeds.append(playing.speed)
    assert speeds == [1.5, 2.0, 4.0, 2.0, 1.5, 1.0, 0.5, 0.25]
    assert window.player.playback.speed == 0.25
    assert not window.actions_.slower.isEnabled()


def test_loop(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    for expected in (True, False):
        qtbot.keyClick(window, "L")
        assert (playing.loop, window.actions_.loop.isChecked()) == (expected, expected)


def test_playing_again_from_the_start(
    qtbot: QtBot, playing: Any, window: MainWindow, streams: list[Any]
) -> None:
    qtbot.keyClick(window, "R")
    qtbot.waitUntil(lambda: len(streams) == 2)
    assert streams[1].spec == playing.spec
    assert playing.closed.is_set()


def test_auto_goes_on_and_off(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    window.player.preset_control.set_auto(False, 20.0)
    qtbot.keyClick(window, "A")
    assert (playing.auto, playing.target_rate) == (True, 20.0)
    assert window.actions_.auto.isChecked()
    qtbot.keyClick(window, "A")
    assert (playing.auto, playing.preset) == (False, "half")
    assert not window.actions_.auto.isChecked()


@pytest.mark.parametrize(("key", "name"), [("1", "float"), ("2", "half")])
def test_choosing_a_preset_ends_auto(
    qtbot: QtBot, playing: Any, window: MainWindow, key: str, name: str
) -> None:
    qtbot.keyClick(window, "A")
    qtbot.keyClick(window, key)
    assert (playing.auto, playing.preset) == (False, name)
    assert not window.player.auto.enabled
    assert not window.actions_.auto.isChecked()


def test_the_threshold_reaches_the_stream(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    # The preset's own is 40 %.
    qtbot.keyClick(window, "]")
    assert playing.threshold == 0.45
    qtbot.keyClick(window, "[")
    qtbot.keyClick(window, "[")
    assert playing.threshold == 0.35
    qtbot.keyClick(window, "0")
    assert playing.threshold is None


def test_zoom(qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult) -> None:
    show(qtbot, window, playing, make_result(size=(2560, 1440), index=1))
    qtbot.keyClick(window, Qt.Key.Key_Plus, CTRL)
    qtbot.keyClick(window, Qt.Key.Key_Equal, CTRL)
    assert window.view.zoom == 1.5625  # twice 5 / 4
    qtbot.keyClick(window, Qt.Key.Key_Minus, CTRL)
    assert window.view.zoom == 1.25
    qtbot.keyClick(window, Qt.Key.Key_1, CTRL)
    viewport = window.view.viewport
    assert viewport is not None
    assert viewport.device_rect[2:] == (2560, 1440)
    qtbot.keyClick(window, Qt.Key.Key_0, CTRL)
    assert window.view.zoom == 1.0


@pytest.mark.parametrize(("key", "name"), list(zip("BOITHP", OPTIONS, strict=True)))
def test_options_are_switched_and_remembered(
    qtbot: QtBot, playing: Any, window: MainWindow, services: Services, key: str, name: str
) -> None:
    before = services.options.to_dict()
    qtbot.keyClick(window, key)
    after = {**before, name: not before[name]}
    assert services.options.to_dict() == after
    assert services.memory.recall("view") == after
    assert window.actions_.options[name].isChecked() is after[name]
    qtbot.keyClick(window, key)
    assert services.memory.recall("view") == before


def test_information_over_the_picture(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    before = window.view.grab().toImage()
    qtbot.keyClick(window, "I", CTRL)
    assert window.view.grab().toImage() != before
    qtbot.keyClick(window, "I", CTRL)
    assert window.view.grab().toImage() == before


def test_the_side_panel_is_hidden_and_stays_so(
    qtbot: QtBot, playing: Any, window: MainWindow, services: Services
) -> None:
    window.panel.turn_to("events")
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert not window.panel.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert window.panel.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F9)
    window.close()
    assert services.memory.recall("panel") is False
    assert services.memory.recall("page") == "events"
    assert services.memory.recall("preset") == "half"


def record(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, "R", CTRL)
    qtbot.waitUntil(lambda: window.services.recording.running)


def test_a_recording_begins_and_ends_with_the_key(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult, tmp_path: Path
) -> None:
    record(qtbot, window)
    assert window.actions_.record.isChecked()
    for index in range(1, 11):
        playing.give(make_result(index=index))
    with qtbot.waitSignal(window.services.recording_control.saved) as saved:
        qtbot.keyClick(window, "R", CTRL)
    assert not window.actions_.record.isChecked()
    (path,) = saved.args
    assert path.parent == tmp_path / "videos"
    assert path.name.startswith("street")
    assert [image.shape for image in frames_in(path)] == [(48, 64, 3)] * 10
    assert window.saved_bar.isVisible()
    # What comes later goes nowhere.
    playing.give(make_result(index=20))
    assert len(frames_in(path)) == 10


def test_another_source_ends_the_recording(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult, streams: list[Any]
) -> None:
    record(qtbot, window)
    playing.give(make_result(index=1))
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


def take(qtbot: QtBot, window: MainWindow) -> NDArray[np.uint8]:
    """Save a snapshot and read it."""
    with qtbot.waitSignal(window.services.recording_control.saved) as saved:
        qtbot.keyClick(window, "S")
    image = cv2.imread(str(saved.args[0]))
    assert image is not None
    return np.asarray(image, np.uint8)


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
    found = sv.Detections(PERSON, confidence=np.array([0.9], np.float32))
    answers = [found, nobody]
    monkeypatch.setattr(
        type(window.player.pool), "detect", lambda pool, name, image, threshold: answers.pop(0)
    )
    window.services.settings.set("snapshot_marked", False)
    window.services.comparison.set_layout(layout)
    window.services.comparison_control.compare("full")
    qtbot.keyClick(window, "P")
    view = window.compare_view
    # Found by the other preset first, then by nobody, which hides it for a moment more.
    for index in (1, 2):
        seen = replace(secret(make_result(), 0, index), detections=nobody)
        playing.give(seen)
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

    def detect(pool: object, name: str, image: Any, threshold: float | None) -> sv.Detections:
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
    playing.give(first)
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
        playing.give(secret(make_result(), phase=0, index=index))
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
    playing.give(secret(make_result(), phase=0, index=1))
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


@pytest.mark.parametrize("layout", list(Layout))
def test_nothing_of_a_person_is_left_in_the_comparison(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    monkeypatch: pytest.MonkeyPatch,
    layout: Layout,
) -> None:
    # Only the other preset finds the person.
    found = sv.Detections(PERSON, confidence=np.array([0.9], np.float32))
    monkeypatch.setattr(
        type(window.player.pool), "detect", lambda pool, name, image, threshold: found
    )
    window.services.comparison.set_layout(layout)
    qtbot.keyClick(window, "C")

    def seen(phase: int, index: int) -> list[Any]:
        result = replace(secret(make_result(), phase, index), detections=sv.Detections.empty())
        playing.give(result)
        view = window.compare_view
        qtbot.waitUntil(lambda: view.pair is not None and view.pair.left is result)
        return [pane.grab().toImage() for pane in view.panes()]

    for clear in zip(seen(0, 1), seen(1, 2), strict=True):
        assert clear[0] != clear[1]
    qtbot.keyClick(window, "P")
    assert seen(0, 3) == seen(1, 4)


def test_comparing_and_back(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    view = window.compare_view
    qtbot.keyClick(window, "C")
    assert window.actions_.compare.isChecked()
    assert window.actions_.divider.isEnabled()
    # The picture on the screen is compared at once, also where it stands still.
    qtbot.waitUntil(lambda: view.pair is not None)
    assert view.isVisible()
    assert not window.view.isVisible()
    pair = view.pair
    assert pair is not None
    # Preset half finds the two of the result, float never anybody; both are as far as full from it.
    assert (pair.left.preset, pair.right_preset, len(pair.right)) == ("half", "float", 0)
    assert pair.only_left.tolist() == [True, True]
    assert view.panes() == [view.left, view.right]
    assert view.left.accessibleDescription() == "Title of half · people: 2 · only here: 2"
    assert view.right.accessibleDescription() == "Title of float · people: 0"
    assert view.left.isVisible()
    assert view.right.isVisible()

    qtbot.keyClick(window, "V")
    assert window.actions_.divider.isChecked()
    assert view.panes() == [view.both]
    assert view.both.isVisible()
    assert not view.left.isVisible()
    assert view.both.accessibleDescription() == (
        "Title of half · people: 2 · only here: 2; Title of float · people: 0"
    )

    # What goes on is compared, and makes the figures too.
    playing.give(make_result(index=1, count=1))
    qtbot.waitUntil(lambda: view.pair is not None and view.pair.left.frame.index == 1)
    assert window.services.meter.figures().people == 1

    qtbot.keyClick(window, "C")
    assert not window.actions_.compare.isChecked()
    assert window.view.isVisible()
    assert view.pair is None
    qtbot.keyClick(window, "V")
    assert window.services.comparison.layout is Layout.DIVIDER  # its key means nothing now


def test_the_zoom_keys_work_on_the_comparison(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    view = window.compare_view
    qtbot.keyClick(window, "C")
    qtbot.waitUntil(lambda: view.pair is not None)
    qtbot.keyClick(window, Qt.Key.Key_Plus, CTRL)
    assert (view.left.zoom, view.right.zoom, window.view.zoom) == (1.25, 1.25, 1.0)
    qtbot.keyClick(window, Qt.Key.Key_0, CTRL)
    assert (view.left.zoom, view.right.zoom) == (1.0, 1.0)
    qtbot.keyClick(window, "V")
    qtbot.keyClick(window, Qt.Key.Key_Plus, CTRL)
    assert (view.both.zoom, view.left.zoom) == (1.25, 1.0)


def test_the_divider_is_moved_by_keys_at_once(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    view = window.compare_view
    qtbot.keyClick(window, "C")
    qtbot.keyClick(window, "V")
    qtbot.waitUntil(lambda: view.pair is not None)
    focused = window.focusWidget()
    assert focused is view.both
    qtbot.keyClick(focused, Qt.Key.Key_Right, CTRL)
    assert view.both.divider == pytest.approx(0.52)
    assert playing.seeks == []


def compared(window: MainWindow) -> tuple[str | None, str | None]:
    """The presets on the left and on the right."""
    return window.player.presets.chosen, window.services.comparison.other


def test_the_sides_swap_where_the_other_preset_is_to_run(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    view = window.compare_view
    heard: list[tuple[str | None, str | None]] = []
    qtbot.keyClick(window, "C")
    assert compared(window) == ("half", "float")
    window.services.comparison.subscribe(lambda: heard.append(compared(window)))
    qtbot.keyClick(window, "1")
    assert compared(window) == ("float", "half")
    assert playing.preset == "float"
    result = make_result(preset="float", count=0, index=1)
    playing.give(result)
    qtbot.waitUntil(lambda: view.pair is not None and view.pair.left is result)
    # Both are of preset half now, which finds one person in everything.
    assert view.pair is not None
    assert (view.pair.right_preset, len(view.pair.right)) == ("half", 1)
    assert window.compare_box.other.currentData() == "half"
    assert all(left != right for left, right in heard)


def test_what_runs_may_go_to_a_third_preset(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    qtbot.keyClick(window, "C")
    qtbot.keyClick(window, "3")
    assert compared(window) == ("full", "float")
    qtbot.keyClick(window, "1")
    assert compared(window) == ("float", "full")


@pytest.mark.parametrize("removed", [False, True])
def test_where_the_preset_that_runs_is_gone_the_comparison_ends_with_it(
    qtbot: QtBot, playing: Any, window: MainWindow, removed: bool
) -> None:
    control = window.player.preset_control
    window.player.choose_preset("float")
    window.services.comparison_control.compare("half", window.view.result)
    if removed:
        control.remove("float")
    else:
        control.drop("float", PresetError("Preset float cannot be run."))
    # The nearest, which runs now, is the one that it was compared with.
    assert compared(window) == ("half", None)
    assert window.view.isVisible()


def test_another_source_is_compared_as_a_whole(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    view = window.compare_view
    panes = [view.left, view.right, view.both]
    qtbot.keyClick(window, "C")
    qtbot.waitUntil(lambda: view.pair is not None)
    for pane in panes:
        pane.look(2.0, (0.3, 0.6))
    window.player.open("other.mp4")
    assert window.services.comparison.active
    assert [(pane.zoom, pane.center) for pane in panes] == [(1.0, (0.5, 0.5))] * 3


def test_the_end_of_the_source_ends_the_comparison(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    qtbot.keyClick(window, "C")
    qtbot.waitUntil(lambda: window.compare_view.pair is not None)
    window.player.close_source()
    assert not window.services.comparison.active
    assert window.compare_view.pair is None
    assert not window.playing_page_shown


def drag(qtbot: QtBot, window: MainWindow, *fractions: tuple[float, float]) -> None:
    viewport = window.view.viewport
    assert viewport is not None
    start, end = (QPoint(*map(round, viewport.to_widget(*place))) for place in fractions)
    qtbot.mousePress(window.view, LEFT, PLAIN, start)
    qtbot.mouseRelease(window.view, LEFT, PLAIN, end)


def test_a_line_is_drawn_and_counts(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    places = window.services.places
    qtbot.waitUntil(lambda: places.available)
    qtbot.keyClick(window, "N")
    assert places.mode is Mode.DRAW_LINE
    assert window.panel.current == "places"
    drag(qtbot, window, (0.2, 0.5), (0.8, 0.5))
    (line,) = places.lines
    assert line.start == pytest.approx((0.2, 0.5), abs=0.01)
    assert line.end == pytest.approx((0.8, 0.5), abs=0.01)
    assert playing.crowd.lines == (line,)
    # Somebody of 8 x 12 pixels walks from above to below, which is to the line's right.
    for index, feet in enumerate(range(14, 44, 2)):
        box = np.array([[28, feet - 12, 36, feet]], np.float32)
        people = sv.Detections(box, confidence=np.array([0.9], np.float32))
        people, counts = playing.crowd.update(
            people, index=index, time=index / 25, size=(64, 48), score_threshold=0.5
        )
    counted = replace(make_result(index=50), detections=people, counts=counts)
    show(qtbot, window, playing, counted)
    assert places.count("Line 1") == LineCount("Line 1", 1, 0)
    qtbot.keyClick(window, "Z", CTRL)
    assert (places.lines, playing.crowd.lines) == ((), ())
    qtbot.keyClick(window, "Z", CTRL | SHIFT)
    assert places.lines == (line,)


def test_a_zone_is_drawn_by_keys_alone(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    places = window.services.places
    qtbot.waitUntil(lambda: places.available)
    qtbot.keyClick(window, "N", SHIFT)
    focused = window.focusWidget()
    assert focused is window.view
    qtbot.keyClick(focused, Qt.Key.Key_Return)
    (zone,) = places.zones
    assert zone.points == ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
    assert playing.crowd.zones == (zone,)


def test_drawing_ends_the_comparison_which_cannot_show_it(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    places = window.services.places
    qtbot.waitUntil(lambda: places.available)
    qtbot.keyClick(window, "C")
    qtbot.keyClick(window, "N")
    assert window.view.isVisible()
    assert places.mode is Mode.DRAW_LINE
    drag(qtbot, window, (0.2, 0.5), (0.8, 0.5))
    assert len(places.lines) == 1


def test_comparing_ends_drawing(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    places = window.services.places
    qtbot.waitUntil(lambda: places.available)
    qtbot.keyClick(window, "N")
    qtbot.keyClick(window, "C")
    assert window.compare_view.isVisible()
    assert places.mode is Mode.NONE
    # And so the panel's own buttons work.
    places.draw(Mode.DRAW_ZONE)
    assert not window.services.comparison.active
    assert window.view.isVisible()


def test_the_events_panel_and_the_bar_jump(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    window.events_panel.seek_requested.emit(3.5)
    window.bar.seek_wanted.emit(4.5)
    window.bar.speed_wanted.emit(2.0)
    assert (playing.seeks, playing.speed) == ([3.5, 4.5], 2.0)


def test_what_the_history_opens_is_seen_at_once(
    qtbot: QtBot, playing: Any, window: MainWindow, streams: list[Any]
) -> None:
    window.actions_.history.trigger()
    (dialog,) = window.findChildren(HistoryDialog)
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.open_requested.emit("other.mp4", 7.5)
    qtbot.waitUntil(lambda: len(streams) == 2)


def test_what_goes_wrong_in_the_manager_of_presets_is_read_there(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "bad.onnx"
    path.write_text("no preset")
    window.actions_.manage.trigger()
    (dialog,) = window.findChildren(PresetDialog)
    (bar,) = dialog.findChildren(MessageBar)
    dialog.import_wanted.emit([path])
    qtbot.waitUntil(bar.isVisible)
    assert str(path) in bar.text()
    qtbot.mouseClick(bar.dismiss, LEFT)
    assert not bar.isVisible()
    assert window.player.messages.current is None


def test_the_span_of_the_chart_is_remembered(window: MainWindow, services: Services) -> None:
    window.figures.span_chosen.emit(2)
    assert services.memory.recall("span") == 2


def test_closing_during_a_recording_asks(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult, answers: Answers
) -> None:
    record(qtbot, window)
    path = window.services.recording.path
    assert path is not None
    playing.give(make_result(index=1))
    window.close()
    assert window.isVisible()
    assert window.services.recording.running
    answers.answer = QMessageBox.StandardButton.Close
    window.close()
    assert not window.isVisible()
    assert answers.asked == [window, window]
    assert window.services.close()
    assert len(frames_in(path)) == 1


def export(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, clip: Path, folder: Path
) -> None:
    """Begin an export that goes on until it is stopped."""

    def detect(source: SourceSpec, pool: object, preset: str, **how: Any) -> Summary:
        assert how["stop"].wait(20)
        return Summary((preset,), 1, 1, 1.0, True, ())

    control = window.services.export_control
    monkeypatch.setattr(control, "_work", detect)
    control.start(SourceSpec("file", clip.name, str(clip)), ExportOptions(folder, "half"))
    assert control.export.running


@pytest.mark.parametrize("recorded", [False, True])
def test_closing_during_an_export_asks(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
    clip: Path,
    tmp_path: Path,
    recorded: bool,
) -> None:
    export(qtbot, window, monkeypatch, clip, tmp_path / "out")
    if recorded:
        record(qtbot, window)
        playing.give(make_result(index=1))
    window.close()
    assert window.isVisible()
    assert window.services.export_control.export.running
    # One question about everything that ends.
    (words,) = answers.words
    assert [name in words for name in ("export", "recording")] == [True, recorded]
    answers.answer = QMessageBox.StandardButton.Close
    window.close()
    assert not window.isVisible()
    assert answers.asked == [window, window]
    assert window.services.close()


def test_closing_asks_about_what_runs_only(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult, answers: Answers
) -> None:
    record(qtbot, window)
    playing.give(make_result(index=1))
    window.close()
    (words,) = answers.words
    assert "recording" in words
    assert "export" not in words
    window.services.recording_control.stop()
    qtbot.waitUntil(lambda: not window.services.recording.busy)
    window.close()
    assert not window.isVisible()
    assert len(answers.asked) == 1


def test_closing_asks_only_where_it_is_wanted(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
    clip: Path,
    tmp_path: Path,
) -> None:
    window.services.settings.set("confirm_close", False)
    export(qtbot, window, monkeypatch, clip, tmp_path / "out")
    record(qtbot, window)
    playing.give(make_result(index=1))
    window.close()
    assert not window.isVisible()
    assert answers.asked == []


def test_closing_without_a_recording_does_not_ask(
    playing: Any, window: MainWindow, answers: Answers
) -> None:
    window.close()
    assert not window.isVisible()
    assert answers.asked == []
    assert window.resume is None


def test_a_restart_goes_on_with_the_source(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    window.actions_.settings.trigger()
    (dialog,) = window.findChildren(SettingsDialog)
    window.player.choose_preset("full")
    dialog.restart_wanted.emit()
    assert not window.isVisible()
    assert window.resume == Resume(playing.spec, "full")


def test_a_restart_that_is_not_wanted_after_all(
    qtbot: QtBot, playing: Any, window: MainWindow, answers: Answers
) -> None:
    record(qtbot, window)
    window.restart()
    assert window.isVisible()
    assert window.resume is None
    window.services.recording_control.stop()
