"""Boxes and scores drawn over the picture."""

from __future__ import annotations

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

from pedcam.ui.theme import scaled, tabular

# A bright line inside a dark one can be seen on any background.
_BRIGHT = QColor(198, 255, 74)
_DARK = QColor(10, 14, 6, 200)
_LINE = 2.0
_OUTLINE = 4.0
_PADDING = 4.0


def draw_boxes(
    painter: QPainter, target: QRectF, frame_size: tuple[int, int], detections: sv.Detections
) -> None:
    """Draw every person's box with its score in percent.

    Args:
        painter: Paints on the widget, in its coordinates.
        target: Where the picture lies in the widget.
        frame_size: ``(width, height)`` of the picture in the detections' pixels.
        detections: The people.
    """
    if not len(detections):
        return
    boxes = box_rects(target, frame_size, detections)
    painter.save()
    painter.setClipRect(target)
    painter.setPen(Qt.PenStyle.NoPen)
    # Filled strips are several times as fast as stroked rectangles, and crisp.
    for color, width in ((_DARK, _OUTLINE), (_BRIGHT, _LINE)):
        painter.setBrush(color)
        painter.drawRects(*(strip for box in boxes for strip in _strips(box, width)))
    if detections.confidence is not None:
        _draw_labels(painter, target, boxes, detections.confidence)
    painter.restore()


def draw_caption(painter: QPainter, target: QRectF, text: str) -> None:
    """Draw a few words near the lower edge of the picture."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = scaled(painter.font(), 1.5, bold=True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    width = metrics.horizontalAdvance(text) + 6 * _PADDING
    height = metrics.height() + 4 * _PADDING
    plate = QRectF(0, 0, width, height)
    plate.moveCenter(QPointF(target.center().x(), target.bottom() - 1.5 * height))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_DARK)
    painter.drawRoundedRect(plate, 8, 8)
    painter.setPen(_BRIGHT)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def box_rects(
    target: QRectF, frame_size: tuple[int, int], detections: sv.Detections
) -> list[QRectF]:
    """Map boxes from frame pixels to the widget, clipped to the picture."""
    scale_x = target.width() / frame_size[0]
    scale_y = target.height() / frame_size[1]
    return [
        QRectF(
            QPointF(target.x() + x1 * scale_x, target.y() + y1 * scale_y),
            QPointF(target.x() + x2 * scale_x, target.y() + y2 * scale_y),
        ).intersected(target)
        for x1, y1, x2, y2 in detections.xyxy.tolist()
    ]


def label_rect(box: QRectF, target: QRectF, width: float, height: float) -> QRectF:
    """Place a label above its box, or inside where there is no room above."""
    top = box.top() - height - _LINE
    if top < target.top():
        top = box.top() + _LINE
    left = min(max(box.left() - _LINE / 2, target.left()), target.right() - width)
    return QRectF(left, top, width, height)


def _strips(box: QRectF, width: float) -> list[QRectF]:
    """The four sides of a box as rectangles ``width`` wide, centred on its outline."""
    half = width / 2
    outer = box.adjusted(-half, -half, half, half)
    inner = box.adjusted(half, half, -half, -half)
    if inner.width() <= 0 or inner.height() <= 0:
        return [outer]
    return [
        QRectF(outer.x(), outer.y(), outer.width(), width),
        QRectF(outer.x(), inner.bottom(), outer.width(), width),
        QRectF(outer.x(), inner.y(), width, inner.height()),
        QRectF(inner.right(), inner.y(), width, inner.height()),
    ]


def _draw_labels(
    painter: QPainter,
    target: QRectF,
    boxes: list[QRectF],
    scores: NDArray[np.generic],
) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = tabular(painter.font())
    font.setPointSizeF(max(7.0, font.pointSizeF() * 0.9))
    font.setBold(True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    texts = [f"{round(score * 100)}%" for score in scores.tolist()]
    # The weakest first, so that the surest labels lie on top.
    for box, text in reversed(list(zip(boxes, texts, strict=True))):
        width = metrics.horizontalAdvance(text) + 2 * _PADDING
        label = label_rect(box, target, width, metrics.height() + 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_DARK)
        painter.drawRoundedRect(label, 3, 3)
        painter.setPen(_BRIGHT)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)
