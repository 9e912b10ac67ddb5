"""Words over the picture that belong to the whole of it."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter

from pedcam.ui.picture.colors import BRIGHT, DARK, HINT
from pedcam.ui.theme import UNIT, scaled, tabular


def draw_caption(painter: QPainter, target: QRectF, text: str) -> None:
    """Draw a few words near the lower edge of the picture."""
    painter.save()
    painter.setFont(scaled(painter.font(), 1.5, bold=True))
    metrics = QFontMetricsF(painter.font())
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, target.width() - 4 * UNIT)
    height = metrics.height() + 2 * UNIT
    plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 3 * UNIT, height)
    plate.moveCenter(QPointF(target.center().x(), target.bottom() - 1.5 * height))
    _draw_plate(painter, plate)
    painter.setPen(BRIGHT)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def draw_badge(painter: QPainter, target: QRectF, text: str) -> None:
    """Draw a short note in the lower right corner."""
    painter.save()
    painter.setFont(tabular(painter.font()))
    metrics = QFontMetricsF(painter.font())
    plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 2 * UNIT, metrics.height() + UNIT)
    plate.moveBottomRight(target.bottomRight() - QPointF(1.5 * UNIT, 1.5 * UNIT))
    _draw_plate(painter, plate)
    painter.setPen(HINT)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _draw_plate(painter: QPainter, plate: QRectF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(DARK)
    painter.drawRoundedRect(plate, UNIT, UNIT)
