"""The small parts of the playback bar: buttons, speed, and the signs LIVE and recording."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup, QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from pedcam.ui.base import icons, text, theme
from pedcam.ui.player.playback import SPEEDS, Playback
from pedcam.ui.recording.recording import Recording, RecordingPhase
from pedcam.video.stream.stream import StreamState

_BADGE_DOT = 4.0  # radius in pixels
_CHIP_DOT = 4.5  # radius in pixels


class ActionButton(QPushButton):
    """Triggers an action, and is enabled, checked and described as it is."""

    def __init__(
        self,
        action: QAction,
        symbol: str,
        *,
        checked_symbol: str = "",
        alarming: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """Follow ``action``.

        Args:
            action: What it does.
            symbol: Name of its icon, see :func:`pedcam.ui.base.icons.icon`.
            checked_symbol: Name of its icon while the action is checked, where that is another.
            alarming: Whether the icon has the colour of what one should not overlook.
            parent: Whom this belongs to.
        """
        super().__init__(parent)
        self._action = action
        self._symbol, self._checked_symbol = symbol, checked_symbol
        self._alarming = alarming
        self.setAutoDefault(True)
        self.setProperty("quiet", True)
        self.setProperty("compact", True)
        self.setIconSize(QSize(20, 20))
        self.setCheckable(action.isCheckable())
        self.clicked.connect(self._trigger)
        action.changed.connect(self._follow)
        self._follow()

    def set_symbol(self, name: str) -> None:
        """Show another icon."""
        if name != self._symbol:
            self._symbol = name
            self._show_icon()

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icon()

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
        self._show_icon()

    def _show_icon(self) -> None:
        colors = theme.colors()
        checked = self.isCheckable() and self._action.isChecked()
        symbol = self._checked_symbol if checked and self._checked_symbol else self._symbol
        color = colors.accent if checked else colors.text
        self.setIcon(icons.icon(symbol, colors.bad if self._alarming else color))


class SpeedButton(QPushButton):
    """Shows the speed and opens a menu of all of them."""

    speed_wanted = pyqtSignal(float)
    """The speed chosen, one of :data:`pedcam.ui.player.playback.SPEEDS`."""

    def __init__(
        self,
        playback: Playback,
        *,
        faster: QAction,
        slower: QAction,
        parent: QWidget | None = None,
    ) -> None:
        """Show the speed of ``playback``; the menu begins with the two actions and their keys."""
        super().__init__(parent)
        self._playback = playback
        self._keys = [slower, faster]
        self.setAutoDefault(True)
        self.setProperty("quiet", True)
        self.setProperty("compact", True)
        self.setFont(theme.tabular(self.font()))
        self._menu = QMenu(self)
        self._menu.addActions([faster, slower])
        self._menu.addSeparator()
        group = QActionGroup(self)
        self.choices: dict[float, QAction] = {}
        for speed in SPEEDS:
            choice = QAction(self._words(speed), self)
            choice.setCheckable(True)
            choice.triggered.connect(lambda _, speed=speed: self.speed_wanted.emit(speed))
            group.addAction(choice)
            self._menu.addAction(choice)
            self.choices[speed] = choice
        self.setMenu(self._menu)
        for action in self._keys:
            action.changed.connect(self._describe)
        playback.subscribe(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        speed = self._playback.speed
        self.setText(self._words(speed))
        self.setEnabled(self._playback.can_set_speed)
        if speed in self.choices:
            self.choices[speed].setChecked(True)
        self.setAccessibleName(f"Speed: {self._words(speed)}")
        self._describe()

    def _describe(self) -> None:
        keys = [action.shortcut().toString() for action in self._keys]
        tip = "Playing speed"
        self.setToolTip(f"{tip} ({', '.join(keys)})" if all(keys) else tip)

    def _words(self, speed: float) -> str:
        return f"{speed:g}×"  # noqa: RUF001


class LiveBadge(QWidget):
    """Says LIVE, with a dot in the colour of the source's state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with a source that is being opened."""
        super().__init__(parent)
        self._state = StreamState.CONNECTING
        self.setFont(theme.scaled(self.font(), 0.85, bold=True))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip("This source shows what happens now")
        self.show_state(self._state)

    @property
    def dot(self) -> str:
        """The dot's colour, ``#rrggbb``: green only while pictures come."""
        colors = theme.colors()
        return {
            StreamState.PLAYING: colors.good,
            StreamState.STALLED: colors.warning_line,
            StreamState.RECONNECTING: colors.bad,
            StreamState.FAILED: colors.bad,
            StreamState.ENDED: colors.bad,
        }.get(self._state, colors.muted)

    def show_state(self, state: StreamState) -> None:
        """Show what the source is doing."""
        self._state = state
        self.setAccessibleName(f"Live: {text.state(state)}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the word and the dot."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self._word()) + round(4 * _BADGE_DOT) + 2 * theme.UNIT
        return QSize(width, metrics.height() + theme.UNIT // 2)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a frame with the dot and the word in it."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.line), 1))
        painter.setBrush(QColor(colors.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.dot))
        painter.drawEllipse(
            QPointF(theme.UNIT + _BADGE_DOT, self.height() / 2), _BADGE_DOT, _BADGE_DOT
        )
        painter.setPen(QColor(colors.text))
        room = self.rect().adjusted(round(theme.UNIT + 3.5 * _BADGE_DOT), 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self._word())

    def _word(self) -> str:
        return "LIVE"


class RecordingChip(QWidget):
    """Shows a red dot with the length and size of the recording, and how many frames it lacks.

    Whoever lays it out shows it while :attr:`wanted`.
    """

    def __init__(self, recording: Recording, parent: QWidget | None = None) -> None:
        """Show ``recording`` and follow it."""
        super().__init__(parent)
        self._recording = recording
        self._words = ""
        self.setFont(theme.tabular(self.font()))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        recording.subscribe(self._refresh)
        self._refresh()

    @property
    def wanted(self) -> bool:
        """Whether there is anything to show."""
        return self._recording.busy

    def text(self) -> str:
        """Return what it says."""
        return self._words

    def sizeHint(self) -> QSize:
        """Return room for the dot and the words."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self._words) + round(4 * _CHIP_DOT) + 2 * theme.UNIT
        return QSize(width, metrics.height() + theme.UNIT)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a frame with the dot and the words in it."""
        colors = theme.colors()
        running = self._recording.running
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.bad if running else colors.line), 1))
        painter.setBrush(QColor(colors.raised))
        radius = self.height() / 2
        outline = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(outline, radius, radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.bad if running else colors.muted))
        painter.drawEllipse(
            QPointF(theme.UNIT + _CHIP_DOT, self.height() / 2), _CHIP_DOT, _CHIP_DOT
        )
        painter.setPen(QColor(colors.text))
        room = self.rect().adjusted(round(theme.UNIT + 3 * _CHIP_DOT), 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self._words)

    def _refresh(self) -> None:
        recording = self._recording
        words = self._describe()
        if words != self._words:
            self._words = words
            self.updateGeometry()
        self.update()
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
