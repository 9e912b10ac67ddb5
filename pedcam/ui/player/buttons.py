"""The small parts of the playback bar: buttons, speed, and the signs LIVE and recording."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup, QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from pedcam.ui.base import text, theme
from pedcam.ui.base.icon_button import IconButton
from pedcam.ui.player.playback import SPEEDS, Playback
from pedcam.ui.recording.recording import Recording, RecordingPhase
from pedcam.video.stream.stream import StreamState

_DOT = 4.0  # radius in pixels


class ActionButton(IconButton):
    """Triggers an action, and is enabled, checked and described as it is."""

    def __init__(self, action: QAction, symbol: str, *, color: str = "text") -> None:
        """Follow ``action``; ``symbol`` and ``color`` are those of :class:`IconButton`."""
        super().__init__(symbol, color=color)
        self._action = action
        self.setCheckable(action.isCheckable())
        self.clicked.connect(self._trigger)
        action.changed.connect(self._follow)
        self._follow()

    def _trigger(self) -> None:
        self._action.trigger()
        # The click has toggled the button, which the action may not have wanted.
        self._follow()

    def _follow(self) -> None:
        action = self._action
        self.setEnabled(action.isEnabled())
        self.setToolTip(action.toolTip())
        self.setAccessibleName(action.iconText())
        self.setChecked(action.isChecked())


class SpeedButton(QPushButton):
    """Shows the speed and opens a menu of all of them."""

    speed_wanted = pyqtSignal(float)
    """The speed chosen, one of :data:`pedcam.ui.player.playback.SPEEDS`."""

    def __init__(self, playback: Playback, *, faster: QAction, slower: QAction) -> None:
        """Show the speed of ``playback``; the menu begins with the two actions."""
        super().__init__()
        self._playback = playback
        self.setAutoDefault(True)
        self.setProperty("quiet", True)
        self.setProperty("compact", True)
        self.setFont(theme.tabular(self.font()))
        self.setToolTip(
            f"Playing speed ({slower.shortcut().toString()}, {faster.shortcut().toString()})"
        )
        menu = QMenu(self)
        menu.addActions([faster, slower])
        menu.addSeparator()
        group = QActionGroup(self)
        self.choices: dict[float, QAction] = {}
        for speed in SPEEDS:
            choice = self.choices[speed] = QAction(_times(speed), group)
            choice.setCheckable(True)
            choice.triggered.connect(lambda _, speed=speed: self.speed_wanted.emit(speed))
        menu.addActions(self.choices.values())
        self.setMenu(menu)
        playback.subscribe(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        speed = self._playback.speed
        self.setText(_times(speed))
        self.setAccessibleName(f"Speed: {_times(speed)}")
        self.setEnabled(self._playback.can_set_speed)
        if speed in self.choices:
            self.choices[speed].setChecked(True)


class _Chip(QWidget):
    """A dot and a few words in a frame; colours are names of :class:`theme.Colors`."""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self._dot = self._frame = "line"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self.words) + round(4 * _DOT) + 2 * theme.UNIT
        return QSize(width, metrics.height() + theme.UNIT)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(getattr(colors, self._frame)), 1))
        painter.setBrush(QColor(colors.raised))
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(colors, self._dot)))
        painter.drawEllipse(QPointF(theme.UNIT + _DOT, radius), _DOT, _DOT)
        painter.setPen(QColor(colors.text))
        room = self.rect().adjusted(round(theme.UNIT + 3.5 * _DOT), 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.words)

    def _show(self, words: str, dot: str, frame: str = "line") -> None:
        if words != self.words:
            self.words = words
            self.updateGeometry()
        self._dot, self._frame = dot, frame
        self.update()


class LiveBadge(_Chip):
    """Says LIVE, with a dot in the colour of the source's state."""

    def __init__(self) -> None:
        super().__init__()
        self.setFont(theme.scaled(self.font(), 0.85, bold=True))
        self.setToolTip("This source shows what happens now")

    @property
    def dot(self) -> str:
        """The dot's colour, ``#rrggbb``: green only while pictures come."""
        color: str = getattr(theme.colors(), self._dot)
        return color

    def show_state(self, state: StreamState) -> None:
        """Show what the source is doing."""
        dots = {
            StreamState.PLAYING: "good",
            StreamState.STALLED: "warning_line",
            StreamState.RECONNECTING: "bad",
            StreamState.FAILED: "bad",
            StreamState.ENDED: "bad",
        }
        self._show("LIVE", dots.get(state, "muted"))
        self.setAccessibleName(f"Live: {text.state(state)}")


class RecordingChip(_Chip):
    """Shows a red dot with the length and size of the recording, and how many frames it lacks."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording
        self.setFont(theme.tabular(self.font()))
        recording.subscribe(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        recording = self._recording
        words = self._describe()
        running = recording.phase is RecordingPhase.RUNNING
        self._show(words, "bad" if running else "muted", "bad" if running else "line")
        tip = f"Recording to {recording.path}" if recording.path else ""
        if recording.dropped:
            tip += (
                f"\n{recording.dropped} frames are missing, "
                "as the disk or the processor could not follow."
            )
        self.setToolTip(tip)
        self.setAccessibleName(f"Recording: {words}")

    def _describe(self) -> str:
        recording = self._recording
        if recording.phase is RecordingPhase.OPENING:
            return "Starting…"
        if recording.phase is RecordingPhase.COMPLETING:
            return "Saving…"
        parts = [text.clock(recording.seconds), text.file_size(recording.size)]
        if recording.dropped:
            parts.append(f"{recording.dropped} missing")
        return " · ".join(parts)


def _times(speed: float) -> str:
    return f"{speed:g}×"  # noqa: RUF001
