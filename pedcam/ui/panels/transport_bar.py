"""Pause, what is playing, and the way back, in a strip under the picture."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize, Qt
from PyQt6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from pedcam.ui import icons, text, theme
from pedcam.ui.state.playback import Playback
from pedcam.video.stream import StreamState


class _ElidedLabel(QLabel):
    """A label that shortens its text to whatever room it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(theme.colors().muted))
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, self.width()
        )
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, shown)


class TransportBar(QWidget):
    """Shows what the source is doing and lets the user pause it."""

    def __init__(
        self,
        playback: Playback,
        *,
        pause: QAction,
        full_screen: QAction,
        close_source: QAction,
        parent: QWidget | None = None,
    ) -> None:
        """Show ``playback`` and follow it; the buttons trigger the actions."""
        super().__init__(parent)
        self._playback = playback
        self._seconds: float | None = None
        self.pause = self._button(pause)
        self._full_screen = self._button(full_screen)
        self._close_source = self._button(close_source, self.tr("Change source"))

        self.state = QLabel()
        self.state.setFont(theme.scaled(self.state.font(), 1.0, bold=True))
        self.about = _ElidedLabel()
        self.position = QLabel()
        self.position.setFont(theme.tabular(self.position.font()))
        self.position.setAccessibleName(self.tr("Position in the video"))

        layout = QHBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(unit, unit, unit, unit)
        layout.setSpacing(unit)
        layout.addWidget(self.pause)
        layout.addSpacing(unit)
        layout.addWidget(self.state)
        layout.addWidget(self.about, 1)
        layout.addWidget(self.position)
        layout.addSpacing(unit)
        layout.addWidget(self._close_source)
        layout.addWidget(self._full_screen)
        playback.subscribe(self._refresh)
        self._refresh()

    def set_position(self, seconds: float | None) -> None:
        """Show the time of the picture on screen."""
        self._seconds = seconds
        self.position.setText(self._position())

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icons()

    def _button(self, action: QAction, label: str = "") -> QPushButton:
        button = QPushButton(label)
        button.setAutoDefault(True)
        button.setProperty("quiet", True)
        button.setIconSize(QSize(20, 20))
        button.clicked.connect(action.trigger)

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            button.setToolTip(action.toolTip())
            button.setAccessibleName(label or action.iconText())

        action.changed.connect(follow)
        follow()
        return button

    def _refresh(self) -> None:
        self.state.setText(text.state(self._playback.state))
        self._show_about()
        self.position.setText(self._position())
        self._show_icons()

    def _show_icons(self) -> None:
        symbols = {StreamState.ENDED: "restart", StreamState.PAUSED: "play"}
        color = theme.colors().text
        symbol = symbols.get(self._playback.state, "pause")
        self.pause.setIcon(icons.icon(symbol, color))
        self._full_screen.setIcon(icons.icon("full", color))
        self._close_source.setIcon(icons.icon("back", color))

    def _show_about(self) -> None:
        playback = self._playback
        parts = [playback.title]
        if playback.size[0]:
            parts.append(f"{playback.size[0]} × {playback.size[1]}")  # noqa: RUF001
        if playback.rate:
            parts.append(self.tr("{rate:.4g} frames/s").format(rate=playback.rate))
        full = " · ".join(part for part in parts if part)
        self.about.setText(full)
        self.about.setToolTip(full)

    def _position(self) -> str:
        if self._seconds is None:
            return ""
        position = text.clock(self._seconds)
        if self._playback.live:
            return self.tr("live {position}").format(position=position)
        if self._playback.duration:
            return f"{position} / {text.clock(self._playback.duration)}"
        return position
