"""The sign that a source shows the present."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from pedcam.ui import text, theme
from pedcam.video.stream.stream import StreamState

_DOT = 4.0  # radius in pixels


class LiveBadge(QWidget):
    """Says LIVE, with a dot in the colour of the source's state."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with a source that is being opened."""
        super().__init__(parent)
        self._state = StreamState.CONNECTING
        self.setFont(theme.scaled(self.font(), 0.85, bold=True))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("This source shows what happens now"))
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
        self.setAccessibleName(self.tr("Live: {state}").format(state=text.state(state)))
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the word and the dot."""
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(self._word()) + round(4 * _DOT) + 2 * theme.UNIT
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
        painter.drawEllipse(QPointF(theme.UNIT + _DOT, self.height() / 2), _DOT, _DOT)
        painter.setPen(QColor(colors.text))
        room = self.rect().adjusted(round(theme.UNIT + 3.5 * _DOT), 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self._word())

    def _word(self) -> str:
        return self.tr("LIVE")
