"""Where the labels of boxes go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PyQt6.QtCore import QRectF, QSizeF

GAP = 2.0
MOST_COVERED = 0.5  # of a label's area by others; from there on it is left out


def label_rect(box: QRectF, target: QRectF, width: float, height: float) -> QRectF:
    """Place a label above its box, or inside where there is no room above."""
    return next(iter(_places(box, target, width, height)))


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
        for place in _places(box, target, size.width(), size.height()):
            covered = sum(_area(place & other) for other in taken if place.intersects(other))
            if covered < least:
                best, least = place, covered
            if not covered:
                break
        if best is not None:
            taken.append(best)
        labels.append(best)
    return labels


def _places(box: QRectF, target: QRectF, width: float, height: float) -> Iterable[QRectF]:
    """Every place for a label, the best first: above, at the top, at the bottom, below."""
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


def _area(rect: QRectF) -> float:
    return rect.width() * rect.height()
