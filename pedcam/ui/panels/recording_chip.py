"""The sign that a recording runs."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from pedcam.ui import text, theme
from pedcam.ui.state.recording import Recording, RecordingPhase

_DOT = 4.5  # radius in pixels


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
        width = metrics.horizontalAdvance(self._words) + round(4 * _DOT) + 2 * theme.UNIT
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
        painter.drawEllipse(QPointF(theme.UNIT + _DOT, self.height() / 2), _DOT, _DOT)
        painter.setPen(QColor(colors.text))
        room = self.rect().adjusted(round(theme.UNIT + 3 * _DOT), 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self._words)

    def _refresh(self) -> None:
        recording = self._recording
        words = self._describe()
        if words != self._words:
            self._words = words
            self.updateGeometry()
        self.update()
        tip = self.tr("Recording to {path}").format(path=recording.path) if recording.path else ""
        if recording.dropped:
            tip += "\n" + self.tr(
                "{dropped} frames are missing, as the disk or the processor could not follow."
            ).format(dropped=recording.dropped)
        self.setToolTip(tip)
        self.setAccessibleName(self.tr("Recording: {state}").format(state=words))

    def _describe(self) -> str:
        recording = self._recording
        if recording.phase is RecordingPhase.OPENING:
            return self.tr("Starting…")
        if recording.phase is RecordingPhase.COMPLETING:
            return self.tr("Saving…")
        parts = [text.clock(recording.seconds), text.file_size(recording.size)]
        if recording.dropped:
            parts.append(self.tr("{dropped} missing").format(dropped=recording.dropped))
        return " · ".join(parts)
