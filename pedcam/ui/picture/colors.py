"""The colours drawn over the picture, the same in both looks, and the words over all of it."""

from __future__ import annotations

from functools import cache

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

from pedcam.ui.base.theme import UNIT, scaled, tabular

BACKGROUND = QColor(14, 15, 18)
HINT = QColor(176, 182, 190)
# A bright line inside a dark one can be seen on any background.
BRIGHT = QColor(198, 255, 74)
DARK = QColor(10, 14, 6, 200)
OUTLINE = QColor(10, 14, 6)

IDENTITY_COLORS = ("#56b4e9", "#ffa500", "#ff85c0", "#00c292", "#fff3c4", "#ff6a3d", "#3f8cff")
"""Colours of identities in turn, after Okabe and Ito.

All can be read on :data:`DARK`, and told apart, also from :data:`BRIGHT`, by people who see red and
green alike.
"""


@cache
def identity_color(identity: int) -> QColor:
    """Return the colour of an identity; of somebody without one (-1) the common one."""
    if identity < 0:
        return BRIGHT
    return QColor(IDENTITY_COLORS[identity % len(IDENTITY_COLORS)])


def draw_caption(painter: QPainter, target: QRectF, text: str) -> None:
    """Draw a few words near the lower edge of the picture."""
    painter.save()
    painter.setFont(scaled(painter.font(), 1.5, bold=True))
    metrics = QFontMetricsF(painter.font())
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, target.width() - 4 * UNIT)
    height = metrics.height() + 2 * UNIT
    plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 3 * UNIT, height)
    plate.moveCenter(QPointF(target.center().x(), target.bottom() - 1.5 * height))
    draw_plate(painter, plate)
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
    draw_plate(painter, plate)
    painter.setPen(HINT)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def draw_plate(painter: QPainter, plate: QRectF) -> None:
    """Draw the dark ground of words over the picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(DARK)
    painter.drawRoundedRect(plate, UNIT, UNIT)
