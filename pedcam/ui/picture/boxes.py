"""Boxes, scores and identities drawn over the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import supervision as sv
from PyQt6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter

from pedcam.ui.base.theme import tabular
from pedcam.ui.picture.colors import BRIGHT, OUTLINE, identity_color

_LINE = 2.0
_OUTLINE = 4.0
_PADDING = 4.0
GAP = 2.0
MOST_COVERED = 0.5  # of a label's area by others; from there on it is left out


def place_labels(
    boxes: Sequence[QRectF], sizes: Sequence[QSizeF], target: QRectF
) -> list[QRectF | None]:
    """Place labels at their boxes so that they can be read beside each other.

    Args:
        boxes: The boxes, the most important first: the others make way.
        sizes: The labels' sizes.
        target: What they must stay in.

    Returns:
        Where each goes; ``None`` if it would lie on others wherever it is put.
    """
    taken: list[QRectF] = []
    labels: list[QRectF | None] = []
    for box, size in zip(boxes, sizes, strict=True):
        best, least = None, MOST_COVERED * size.width() * size.height()
        for label in _positions(box, target, size.width(), size.height()):
            overlaps = [label & other for other in taken if label.intersects(other)]
            covered = sum(overlap.width() * overlap.height() for overlap in overlaps)
            if covered < least:
                best, least = label, covered
            if not covered:
                break
        if best is not None:
            taken.append(best)
        labels.append(best)
    return labels


def _positions(box: QRectF, target: QRectF, width: float, height: float) -> Iterable[QRectF]:
    """Yield every position for a label, the best first."""
    left = min(max(box.left() - GAP / 2, target.left()), target.right() - width)
    for top in (
        box.top() - height - GAP,
        box.top() + GAP,
        box.bottom() - height - GAP,
        box.bottom() + GAP,
    ):
        if target.top() <= top <= target.bottom() - height:
            yield QRectF(left, top, width, height)
    # A box whose top and bottom are both out of sight.
    yield QRectF(left, target.top() + GAP, width, height)


def draw_boxes(
    painter: QPainter,
    target: QRectF,
    frame_size: tuple[int, int],
    detections: sv.Detections,
    *,
    scores: bool = True,
    identities: bool = True,
    visible: QRectF | None = None,
) -> None:
    """Draw every person's box.

    Args:
        painter: Paints on the widget, in its coordinates.
        target: Where the picture lies in the widget.
        frame_size: ``(width, height)`` of the picture in the detections' pixels.
        detections: The people.
        scores: Whether to write the scores, in percent.
        identities: Whether to write everybody's number and give everybody a colour.
        visible: The part of ``target`` that is seen, in which labels stay; all without it.
    """
    seen = target if visible is None else visible & target
    people = [
        (box, color, text)
        for box, color, text in zip(
            box_rects(target, frame_size, detections),
            _colors(detections, identities=identities),
            _texts(detections, scores=scores, identities=identities),
            strict=True,
        )
        if box.intersects(seen)
    ]
    if not people:
        return
    painter.save()
    painter.setClipRect(seen)
    # Filled strips are several times as fast as stroked rectangles, and crisp; opaque whole pixels
    # are several times as fast again.
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(OUTLINE)
    painter.drawRects(*(strip for box, _, _ in people for strip in _strips(box, _OUTLINE)))
    # The weakest first, so that the surest lie on top.
    for box, color, _ in reversed(people):
        painter.setBrush(color)
        painter.drawRects(*_strips(box, _LINE))
    _draw_labels(painter, seen, [person for person in people if person[2]])
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


def _colors(detections: sv.Detections, *, identities: bool) -> list[QColor]:
    if not identities or detections.tracker_id is None:
        return [BRIGHT] * len(detections)
    return [identity_color(identity) for identity in detections.tracker_id.tolist()]


def _texts(detections: sv.Detections, *, scores: bool, identities: bool) -> list[str]:
    numbers, percents = [""] * len(detections), [""] * len(detections)
    if identities and detections.tracker_id is not None:
        numbers = [f"#{identity}" if identity >= 0 else "" for identity in detections.tracker_id]
    if scores and detections.confidence is not None:
        percents = [f"{round(score * 100)}%" for score in detections.confidence.tolist()]
    return [" ".join(filter(None, parts)) for parts in zip(numbers, percents, strict=True)]


def _strips(box: QRectF, width: float) -> list[QRect]:
    """The four sides of a box as rectangles ``width`` wide, centred on its outline."""
    left, top, right, bottom = (round(value) for value in box.getCoords())
    half, whole = round(width / 2), round(width)
    if right - left <= whole or bottom - top <= whole:
        return [QRect(left - half, top - half, right - left + whole, bottom - top + whole)]
    high = bottom - top - whole
    return [
        QRect(left - half, top - half, right - left + whole, whole),
        QRect(left - half, bottom - half, right - left + whole, whole),
        QRect(left - half, top + half, whole, high),
        QRect(right - half, top + half, whole, high),
    ]


def _draw_labels(painter: QPainter, seen: QRectF, people: list[tuple[QRectF, QColor, str]]) -> None:
    font = tabular(painter.font())
    font.setPointSizeF(max(7.0, font.pointSizeF() * 0.9))
    font.setBold(True)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    height = metrics.height() + 2
    sizes = [
        QSizeF(metrics.horizontalAdvance(text) + 2 * _PADDING, height) for _, _, text in people
    ]
    labels = place_labels([box & seen for box, _, _ in people], sizes, seen)
    shown = [
        (label, color, text)
        for label, (_, color, text) in zip(labels, people, strict=True)
        if label is not None
    ]
    for label, color, text in reversed(shown):
        painter.fillRect(label.toRect(), OUTLINE)
        painter.setPen(color)
        painter.drawText(label, Qt.AlignmentFlag.AlignCenter, text)
