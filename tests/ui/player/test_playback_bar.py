from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.player.playback import Playback
from pedcam.ui.player.playback_bar import PlaybackBar
from pedcam.ui.recording.recording import Recording
from pedcam.video.sources.frame import SourceInfo
from pedcam.video.stream.stream import StreamState, StreamStatus

CHECKABLE = ("loop", "record", "full_screen")
OTHERS = ["pause", "step", "step_back", "faster", "slower", "restart", "snapshot", "close_source"]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def playback() -> Playback:
    return Playback()


@pytest.fixture
def recording() -> Recording:
    return Recording()


@pytest.fixture
def actions(qtbot: QtBot) -> SimpleNamespace:
    made = {name: QAction(name) for name in (*CHECKABLE, *OTHERS)}
    for name in CHECKABLE:
        made[name].setCheckable(True)
    made["faster"].setShortcut("+")
    made["slower"].setShortcut("-")
    return SimpleNamespace(**made)


@pytest.fixture
def bar(qtbot, playback, actions, recording, clock) -> PlaybackBar:
    made = PlaybackBar(playback, actions, recording, clock=clock)
    qtbot.addWidget(made)
    made.resize(1200, 64)
    made.show()
    return made


def play(playback: Playback, *, live: bool = False, duration: float | None = 75.0) -> None:
    playback.open("street.mp4")
    source = SourceInfo("street.mp4", live, (640, 480), 25.0, duration)
    playback.set_status(StreamStatus(StreamState.PLAYING), source)


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
def test_every_state_has_words(bar, playback, state, text) -> None:
    playback.open("street.mp4")
    playback.set_status(StreamStatus(state))
    assert text in bar.state.text()


def test_position_and_what_remains(qtbot, bar, playback) -> None:
    assert bar.position.text() == ""
    play(playback)
    bar.set_position(12.9)
    assert bar.position.text() == "0:12 / 1:15"
    assert bar.slider.shown == 12.9
    qtbot.mouseClick(bar.position, Qt.MouseButton.LeftButton)
    assert bar.position.text() == "−1:02 / 1:15"  # noqa: RUF001
    bar.set_position(None)
    assert bar.position.text() == ""


def test_a_file_has_a_slider_and_a_live_source_a_badge(bar, playback) -> None:
    file_only = (bar.slider, bar.step, bar.step_back, bar.speed, bar.loop, bar.restart)
    play(playback)
    assert all(widget.isVisible() for widget in file_only)
    assert not bar.badge.isVisible()
    play(playback, live=True, duration=None)
    assert not any(widget.isVisible() for widget in file_only)
    assert bar.badge.isVisible()
    play(playback, duration=None)
    assert not bar.slider.isVisible()
    assert bar.speed.isVisible()


def test_the_slider_stays_while_a_file_begins_anew(bar, playback) -> None:
    play(playback)
    playback.open("street.mp4")
    assert bar.slider.isVisible()
    assert not bar.slider.isEnabled()
    assert bar.slider.duration == 75.0


def test_the_buttons_follow_their_actions(qtbot, bar, playback, actions) -> None:
    play(playback)
    for button, action in (
        (bar.pause, actions.pause),
        (bar.step, actions.step),
        (bar.step_back, actions.step_back),
        (bar.restart, actions.restart),
        (bar.loop, actions.loop),
        (bar.record, actions.record),
        (bar.snapshot, actions.snapshot),
        (bar.full_screen, actions.full_screen),
        (bar.close_source, actions.close_source),
    ):
        action.setToolTip("Do it (X)")
        assert button.toolTip() == "Do it (X)"
        assert button.accessibleName() == action.iconText()
        with qtbot.waitSignal(action.triggered):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert button.isChecked() is action.isChecked()
        action.setEnabled(False)
        assert not button.isEnabled()
    assert actions.loop.isChecked()


def test_a_seek_is_passed_on(qtbot, bar, playback) -> None:
    play(playback)
    bar.set_position(10.0, 0)
    with qtbot.waitSignal(bar.seek_wanted) as wanted:
        bar.slider.setFocus()
        qtbot.keyClick(bar.slider, Qt.Key.Key_End)
    assert wanted.args == [75.0]


def test_speed(qtbot, bar, playback) -> None:
    play(playback)
    assert bar.speed.text() == "1×"  # noqa: RUF001
    assert bar.speed.toolTip() == "Playing speed (-, +)"
    with qtbot.waitSignal(bar.speed_wanted) as wanted:
        bar.speed.choices[0.25].trigger()
    assert wanted.args == [0.25]
    playback.set_speed(0.25)
    assert bar.speed.text() == "0.25×"  # noqa: RUF001
    assert bar.speed.choices[0.25].isChecked()


def test_the_countdown_to_the_next_attempt(qtbot, bar, playback, clock) -> None:
    play(playback, live=True, duration=None)
    playback.set_status(StreamStatus(StreamState.RECONNECTING, "Connection lost.", 2.6))
    assert bar.state.text() == "Connection lost, trying again in 3 s"
    clock.now += 0.7
    qtbot.waitUntil(lambda: bar.state.text() == "Connection lost, trying again in 2 s")
    clock.now += 2.0
    qtbot.waitUntil(lambda: bar.state.text() == "Connection lost, trying again…")
    playback.set_status(StreamStatus(StreamState.PLAYING))
    assert bar.state.text() == "Playing"


def test_latency_is_shown_at_a_readable_pace(bar, playback, clock) -> None:
    play(playback, live=True, duration=None)
    bar.set_latency(80.0)
    assert bar.latency.text() == "80 ms"
    clock.now += 0.4
    bar.set_latency(100.0)
    assert bar.latency.text() == "80 ms"
    clock.now += 0.2
    bar.set_latency(120.0)
    assert bar.latency.text() == "110 ms"
    assert bar.latency.isVisible()
    bar.set_latency(None)
    assert bar.latency.text() == ""


def children(bar: PlaybackBar) -> list[QWidget]:
    return [
        child
        for child in bar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if child.isVisible()
    ]


@pytest.mark.parametrize("width", [400, 560, 700, 900, 1400])
@pytest.mark.parametrize("live", [False, True])
def test_nothing_overlaps_or_is_cut_off(qtbot, bar, playback, recording, width, live) -> None:
    play(playback, live=live, duration=None if live else 7512.0)
    source = replace(playback.source, title="street " * 30, size=(1920, 1080))
    playback.set_status(playback.status, source)
    bar.set_position(3712.0)
    recording.open()
    recording.begin(Path("/videos/x.mp4"))
    recording.measure(seconds=75.0, size=34_500_000, frames=100, dropped=3)
    bar.resize(width, 64)
    qtbot.waitUntil(lambda: bar.width() == width and bar.full_screen.x() > bar.pause.x())
    bar.layout().activate()
    shown = sorted(children(bar), key=lambda child: child.x())
    row = [child for child in shown if child is not bar.slider]
    assert {bar.pause, bar.full_screen, bar.chip} <= set(row)
    for left, right in pairwise(row):
        assert left.geometry().right() < right.geometry().left()
    for child in row:
        assert child.x() >= 0
        assert child.geometry().right() < width
        if child not in (bar.state, bar.about):
            assert child.width() >= child.sizeHint().width()


def test_the_least_important_goes_first(bar, playback) -> None:
    play(playback)
    bar.set_position(12.0)
    assert bar.close_source.text() == "Change source"
    bar.resize(700, 64)
    assert bar.close_source.text() == ""
    assert bar.restart.isVisible()
    bar.resize(480, 64)
    assert not bar.restart.isVisible()
    assert not bar.about.isVisible()
    assert bar.record.isVisible()
    bar.resize(1200, 64)
    assert bar.restart.isVisible()
    assert bar.about.isVisible()


def test_a_long_title_does_not_widen_the_bar(bar, playback) -> None:
    playback.open("short")
    narrow = bar.minimumSizeHint().width()
    playback.open("street " * 100)
    assert bar.minimumSizeHint().width() == narrow
    assert bar.about.toolTip().startswith("street street")


def test_the_chip_is_there_while_something_is_recorded(bar, playback, recording) -> None:
    play(playback)
    assert not bar.chip.isVisible()
    recording.open()
    assert bar.chip.isVisible()
    recording.end()
    assert not bar.chip.isVisible()


def test_the_tab_key_goes_from_left_to_right(qtbot, bar, playback) -> None:
    play(playback)
    bar.set_position(1.0)
    places = []
    widget = bar.nextInFocusChain()
    while widget is not bar and widget is not None:
        reached = widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if reached and widget.parentWidget() is bar and widget is not bar.slider:
            places.append(widget.mapTo(bar, QPoint(0, 0)).x())
        widget = widget.nextInFocusChain()
    assert len(places) == 11
    assert places == sorted(places)
