"""Keys drawn as keys."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QLabel, QSizePolicy, QWidget

from pedcam.ui import theme

_GAP = theme.UNIT // 2
_PADDING = 6


class KeyCaps(QLabel):
    """Each key, or pair of keys to press together, in a small frame; its text lists them."""

    def __init__(self, keys: Sequence[str], parent: QWidget | None = None) -> None:
        """Show ``keys``, which do the same."""
        super().__init__(", ".join(keys), parent)
        self._keys = tuple(keys)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the room that all need side by side."""
        width = sum(self._widths()) + _GAP * (len(self._keys) - 1)
        return QSize(round(width) + 1, self.fontMetrics().height() + _PADDING)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a key cannot be shortened."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the frames and the names in them."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.5
        for key, width in zip(self._keys, self._widths(), strict=True):
            frame = QRectF(left, 0.5, width - 1, self.height() - 1)
            painter.setPen(QPen(QColor(colors.line), 1))
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(frame, 4, 4)
            painter.setPen(QColor(colors.text))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, key)
            left += width + _GAP

    def _widths(self) -> list[float]:
        metrics = self.fontMetrics()
        least = metrics.height() + _PADDING
        return [max(least, metrics.horizontalAdvance(key) + 2 * _PADDING) for key in self._keys]
