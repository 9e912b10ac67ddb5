"""What is playing and the means to steer it, in a strip under the picture."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from PyQt6.QtCore import QSize, QTimer, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget

from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.player.buttons import ActionButton, LiveBadge, RecordingChip, SpeedButton
from pedcam.ui.player.playback import Playback
from pedcam.ui.player.seek_slider import SeekSlider
from pedcam.ui.recording.recording import Recording
from pedcam.video.stream.stream import StreamState

if TYPE_CHECKING:
    from pedcam.ui.actions import Actions

LATENCY_PACE = 0.5  # seconds between two figures
COUNTDOWN_PACE = 250  # milliseconds
_LEAST_STATE = 96  # pixels; what does not fit is shortened
_LEAST_ABOUT = 64
_GAP = theme.UNIT // 2
_MINUS = "−"  # noqa: RUF001


class _Mode(Enum):
    """What there is to steer."""

    NOTHING = auto()
    FILE = auto()
    ENDLESS = auto()  # a file of unknown length
    LIVE = auto()


class PlaybackBar(QWidget):
    """Shows what the source is doing and lets the user steer it.

    Of a file there is a slider above the buttons, of a live source its latency. Where there is
    little room the least important buttons are hidden; every one of them is an action elsewhere.
    """

    seek_wanted = pyqtSignal(float)
    """Seconds to jump to."""

    speed_wanted = pyqtSignal(float)
    """Seconds of the file that are to play in a second."""

    def __init__(
        self,
        playback: Playback,
        actions: Actions,
        recording: Recording,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Show ``playback`` and ``recording`` and follow them; the buttons trigger the actions."""
        super().__init__()
        self._playback = playback
        self._recording = recording
        self._clock = clock
        self._mode = _Mode.NOTHING
        self._seconds: float | None = None
        self._remaining = False
        self._status = playback.status
        self._retry_at: float | None = None
        self._latencies: list[float] = []
        self._latency_shown = -math.inf

        self.slider = SeekSlider()
        self.pause = ActionButton(actions.pause, "pause")
        self.step_back = ActionButton(actions.step_back, "step-back")
        self.step = ActionButton(actions.step, "step")
        self.restart = ActionButton(actions.restart, "restart")
        self.loop = ActionButton(actions.loop, "loop")
        self.record = ActionButton(actions.record, "record", color="bad")
        self.snapshot = ActionButton(actions.snapshot, "snapshot")
        self.close_source = ActionButton(actions.close_source, "back")
        self.full_screen = ActionButton(actions.full_screen, "full")
        self.speed = SpeedButton(playback, faster=actions.faster, slower=actions.slower)
        self.chip = RecordingChip(recording)
        self.badge = LiveBadge()
        self.position = self._position_button()
        self.latency = QLabel()
        self.latency.setFont(theme.tabular(self.latency.font()))
        self.latency.setProperty("muted", True)
        self.latency.setToolTip("Time from the camera's picture to its people on screen")
        self.state = ElidedLabel()
        self.state.setFont(theme.scaled(self.state.font(), 1.0, bold=True))
        self.about = ElidedLabel(muted=True)
        self._countdown = QTimer(self)
        self._countdown.setInterval(COUNTDOWN_PACE)
        self._countdown.timeout.connect(self._show_state)
        self._lay_out()

        self.slider.seek_wanted.connect(self.seek_wanted)
        self.speed.speed_wanted.connect(self.speed_wanted)
        playback.subscribe(self._refresh)
        recording.subscribe(self._follow_recording)
        self._refresh()

    def set_position(self, seconds: float | None, segment: int | None = None) -> None:
        """Show the time of the picture on screen.

        Args:
            seconds: Its time, ``None`` where there is no picture.
            segment: The stretch it belongs to, see :class:`pedcam.video.sources.frame.Frame`: what
                came before a jump does not pull the slider back.
        """
        self._seconds = seconds
        self.slider.set_position(seconds, segment)
        self._show_position()

    def set_latency(self, milliseconds: float | None) -> None:
        """Take the latency of a live picture; the mean is shown twice a second."""
        if milliseconds is None:
            self._latencies.clear()
            self._latency_shown = -math.inf
            self.latency.setText("")
            return
        self._latencies.append(milliseconds)
        now = self._clock()
        if now - self._latency_shown >= LATENCY_PACE:
            mean = sum(self._latencies) / len(self._latencies)
            self._latencies.clear()
            self._latency_shown = now
            first = not self.latency.text()
            self.latency.setText(f"{mean:.0f} ms")
            if first:
                self._fit()

    def minimumSizeHint(self) -> QSize:
        # Room for what is never hidden.
        return QSize(320, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()

    def _position_button(self) -> QPushButton:
        button = QPushButton()
        button.setAutoDefault(True)
        button.setProperty("quiet", True)
        button.setProperty("compact", True)
        button.setFont(theme.tabular(button.font()))
        button.setToolTip("Position and length; a click shows what remains")
        button.clicked.connect(self._toggle_remaining)
        return button

    def _lay_out(self) -> None:
        unit = theme.UNIT
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        column.setContentsMargins(unit, _GAP, unit, _GAP)
        column.setSpacing(0)
        column.addWidget(self.slider)
        row = QHBoxLayout()
        row.setSpacing(_GAP)
        column.addLayout(row)
        for label in (self.latency, self.state, self.about):
            label.setContentsMargins(_GAP, 0, _GAP, 0)
        left: list[QWidget] = [self.pause, self.step_back, self.step, self.position, self.badge]
        for widget in (*left, self.latency, self.state):
            row.addWidget(widget)
        row.addWidget(self.about, 1)
        # Takes the room where the title is hidden.
        row.addStretch()
        right: list[QWidget] = [self.chip, self.record, self.snapshot, self.speed, self.loop]
        for widget in (*right, self.restart, self.close_source, self.full_screen):
            row.addWidget(widget)

    def _refresh(self) -> None:
        playback = self._playback
        self._mode = self._find_mode()
        # While the same source is opened again, what was known of it stays.
        if playback.state is not StreamState.CONNECTING:
            self.slider.set_duration(playback.source.duration if self._mode is _Mode.FILE else None)
        self.slider.setEnabled(playback.can_seek)
        self.slider.setVisible(self._mode is _Mode.FILE)
        symbols = {StreamState.ENDED: "restart", StreamState.PAUSED: "play"}
        self.pause.set_symbol(symbols.get(playback.state, "pause"))
        self.badge.show_state(playback.state)
        if playback.status is not self._status:
            self._status = playback.status
            wait = playback.status.retry_in
            self._retry_at = None if wait is None else self._clock() + wait
        self._show_state()
        self._show_about()
        self._show_position()
        self._fit()

    def _follow_recording(self) -> None:
        self.record.set_symbol("stop" if self._recording.busy else "record")
        self._fit()

    def _find_mode(self) -> _Mode:
        playback = self._playback
        if playback.state is StreamState.CONNECTING:
            return self._mode
        if not playback.has_source:
            return _Mode.NOTHING
        if playback.source.live:
            return _Mode.LIVE
        return _Mode.FILE if playback.source.duration else _Mode.ENDLESS

    def _show_state(self) -> None:
        words = text.state(self._playback.state)
        waits = self._playback.state is StreamState.RECONNECTING and self._retry_at is not None
        if waits:
            assert self._retry_at is not None
            seconds = math.ceil(self._retry_at - self._clock())
            if seconds > 0:
                words = f"Connection lost, trying again in {seconds} s"
        if waits != self._countdown.isActive():
            (self._countdown.start if waits else self._countdown.stop)()
        self.state.show_text(words)

    def _show_about(self) -> None:
        playback = self._playback
        parts = [playback.source.title]
        if playback.source.size[0]:
            parts.append(text.pixels(*playback.source.size))
        if playback.source.rate:
            parts.append(f"{playback.source.rate:.4g} frames/s")
        self.about.show_text(" · ".join(part for part in parts if part))

    def _show_position(self) -> None:
        words, before = self._position(), self.position.text()
        if words != before:
            self.position.setText(words)
            self.position.setAccessibleName(f"Position in the video: {words}")
        if len(words) != len(before):
            self._fit()

    def _position(self) -> str:
        if self._seconds is None:
            return ""
        position, duration = text.clock(self._seconds), self._playback.source.duration
        if self._mode is not _Mode.FILE or not duration:
            return position
        if self._remaining:
            position = _MINUS + text.clock(duration - self._seconds)
        return f"{position} / {text.clock(duration)}"

    def _toggle_remaining(self) -> None:
        self._remaining = not self._remaining
        self._show_position()

    def _fit(self) -> None:
        """Show what there is room for, the most important first."""
        file = self._mode is _Mode.FILE
        live = self._mode is _Mode.LIVE
        seen = bool(self.position.text())
        self.close_source.setText("")
        # In order of importance; those that are pointless now are left out in any case.
        wishes: list[tuple[QWidget, bool, int]] = [
            (self.pause, True, 0),
            (self.full_screen, True, 0),
            (self.badge, live, 0),
            (self.chip, self._recording.busy, 0),
            (self.position, file and seen, 0),
            (self.state, bool(self.state.text()), _LEAST_STATE),
            (self.record, True, 0),
            (self.latency, live and bool(self.latency.text()), 0),
            (self.speed, file or self._mode is _Mode.ENDLESS, 0),
            (self.snapshot, True, 0),
            (self.step, not live, 0),
            (self.step_back, not live, 0),
            (self.close_source, True, 0),
            (self.loop, not live, 0),
            (self.restart, not live, 0),
            (self.about, True, _LEAST_ABOUT),
            (self.position, not file and seen, 0),
        ]
        room = self.width() - 2 * theme.UNIT + _GAP
        decided: dict[QWidget, bool] = {}
        for widget, wanted, least in wishes:
            hint = widget.sizeHint().width()
            width = (min(hint, least) if least else hint) + _GAP
            fits = wanted and width <= room
            room -= width if fits else 0
            decided[widget] = decided.get(widget, False) or fits
        for widget, shown in decided.items():
            widget.setVisible(shown)
        label = "Change source"
        wide = self.fontMetrics().horizontalAdvance(label) + theme.UNIT
        titled = self.about.sizeHint().width() + self.state.sizeHint().width()
        if decided[self.close_source] and room >= wide + titled:
            self.close_source.setText(label)
