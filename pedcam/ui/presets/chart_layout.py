"""Where things lie in the trade-off chart: scales, points and labels that do not overlap."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QPointF, QRectF, QSizeF

from pedcam.ui.presets.points import Point, Tradeoff, family

LARGEST = 13.0  # radius of the largest file's point, in pixels
SMALLEST = 4.0
MINOR = 3.0  # radius of a preset at another input size than the present one
LEFT, TOP, RIGHT, BOTTOM = 38.0, 32.0, 14.0, 40.0  # around the plot
STRIP = 34.0  # height of the strip of presets without a known accuracy
GAP = 8.0  # between a point and its label, with room for a ring
LEAST_SPAN = 10.0  # percent from the bottom to the top of the chart
INSET = 22.0  # pixels between the plot's border and the nearest points of unknown speed


@dataclass(frozen=True)
class Scale:
    """A linear scale from values ``low`` .. ``high`` to pixels ``start`` .. ``end``."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Return where a value lies, the nearest place for one beyond the ends."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + (self.end - self.start) * min(max(share, 0.0), 1.0)


@dataclass(frozen=True)
class Spot:
    """A point in its place, in pixels."""

    point: Point
    center: QPointF
    radius: float

    @property
    def circle(self) -> QRectF:
        """The square around it."""
        side = 2 * self.radius
        return QRectF(self.center.x() - self.radius, self.center.y() - self.radius, side, side)


@dataclass(frozen=True)
class Label:
    """A label in its place; ``full`` if there is room for the title beside the key."""

    spot: Spot
    rect: QRectF
    full: bool


@dataclass(frozen=True)
class Layout:
    """Where everything lies.

    Attributes:
        plot: The rectangle of the scales.
        strip: The part of it for presets without a known accuracy; empty if there are none.
        across: Milliseconds; ``None`` where no speed is known.
        up: People found of 100; ``None`` where no accuracy is known.
        spots: In the order of the points.
        curve: Places of the presets of the current one's network, by depth; where it has several
            input sizes, of those that find more than all that are faster.
    """

    plot: QRectF
    strip: QRectF
    across: Scale | None
    up: Scale | None
    spots: tuple[Spot, ...]
    curve: tuple[QPointF, ...]


def lay_out(tradeoff: Tradeoff, width: float, height: float) -> Layout:
    """Place the points of a chart of so many pixels."""
    plot = QRectF(LEFT, TOP, max(width - LEFT - RIGHT, 1), max(height - TOP - BOTTOM, 1))
    points = tradeoff.points
    found = [point.found for point in points if point.found is not None]
    strip = QRectF(plot)
    if found:
        strip.setHeight(STRIP if len(found) < len(points) else 0)
    across = _across([point.place_ms for point in points if point.place_ms is not None], plot)
    up = _up(found, strip.bottom(), plot.bottom()) if found else None
    largest = max((point.preset.file_bytes for point in points), default=1)
    spots = []
    for number, point in enumerate(points):
        if across is not None and point.place_ms is not None:
            x = across.at(point.place_ms)
        else:
            # In their order: what comes later is deeper or smaller, and lies on the left.
            share = 1 - number / max(len(points) - 1, 1)
            x = plot.left() + INSET + share * (plot.width() - 2 * INSET)
        y = strip.center().y()
        if up is not None and point.found is not None:
            y = up.at(point.found)
        radius = max(LARGEST * math.sqrt(point.preset.file_bytes / max(largest, 1)), SMALLEST)
        if point.minor:
            radius = MINOR
        spots.append(Spot(point, QPointF(x, y), radius))
    return Layout(plot, strip, across, up, tuple(spots), _curve(tradeoff, spots))


def place_labels(
    layout: Layout,
    full_width: Callable[[Point], float],
    key_width: float,
    height: float,
    *,
    reserved: Sequence[QRectF] = (),
) -> list[Label]:
    """Place labels where they cover neither each other nor a point; one without room is left out.

    Minor points have none.

    Args:
        layout: The points.
        full_width: Returns the width of a label with key and title.
        key_width: Width of a label with the key only.
        height: Height of every label.
        reserved: Where no label may lie.
    """
    taken = [spot.circle.adjusted(-2, -2, 2, 2) for spot in layout.spots]
    # Inside the plot, and up to the border of the chart on its right.
    room = layout.plot.adjusted(2, 2, RIGHT - 4, -2)
    strip = layout.strip.adjusted(2, 1, RIGHT - 4, -5)
    taken += reserved
    labels = []
    # The one that runs has the first choice of room.
    for number, spot in sorted(enumerate(layout.spots), key=lambda it: not it[1].point.running):
        if spot.point.minor:
            continue
        others = taken[:number] + taken[number + 1 :]
        unknown = spot.point.found is None and layout.up is not None
        widths = [(full_width(spot.point), True)]
        if spot.point.key:
            widths.append((key_width, False))
        for width, full in widths:
            rect = _label_rect(spot, QSizeF(width, height), strip if unknown else room, others)
            if rect is not None:
                labels.append(Label(spot, rect, full))
                taken.append(rect)
                break
    return labels


def nice_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Return round values at equal distances, at most ``most``, the ends within or on them."""
    step = 10.0 ** math.floor(math.log10(max(high - low, 1e-9) / most))
    for factor in (1, 2, 5, 10, 20, 50):
        first, last = math.floor(low / (step * factor)), math.ceil(high / (step * factor))
        if last - first < most:
            return tuple(number * step * factor for number in range(first, last + 1))
    return (low, high)


def _across(times: Sequence[float], plot: QRectF) -> Scale | None:
    if not times:
        return None
    ticks = nice_ticks(0, 1.08 * max(times), 6 if plot.width() >= 230 else 5)
    return Scale(0, ticks[-1], plot.left(), plot.right(), ticks)


def _up(found: Sequence[float], top: float, bottom: float) -> Scale:
    middle, span = (min(found) + max(found)) / 2, max(max(found) - min(found), LEAST_SPAN)
    ticks = nice_ticks(max(middle - 0.65 * span, 0.0), min(middle + 0.65 * span, 100.0), 6)
    return Scale(ticks[0], ticks[-1], bottom, top, ticks)


def _label_rect(spot: Spot, size: QSizeF, room: QRectF, others: Sequence[QRectF]) -> QRectF | None:
    """The first free place for a label around a point."""
    away = spot.radius + GAP
    slant = 0.7 * away
    x, y = spot.center.x(), spot.center.y()
    width, height = size.width(), size.height()
    # The ring around it keeps clear too.
    taken = [spot.circle.adjusted(-5, -5, 5, 5), *others]
    for left, top in (
        (x + away, y - height / 2),
        (x - width / 2, y - away - height),
        (x - width / 2, y + away),
        (x - away - width, y - height / 2),
        (x + slant, y - slant - height),
        (x + slant, y + slant),
        (x - slant - width, y - slant - height),
        (x - slant - width, y + slant),
    ):
        # Moved into the chart where it only leaves it sideways.
        left = min(max(left, room.left()), room.right() - width)
        rect = QRectF(left, top, width, height)
        wide = rect.adjusted(-2, -1, 2, 1)
        if room.contains(rect) and not any(wide.intersects(other) for other in taken):
            return rect
    return None


def _curve(tradeoff: Tradeoff, spots: Sequence[Spot]) -> tuple[QPointF, ...]:
    current = tradeoff.current
    if current is None:
        return ()
    kin = [
        spot
        for spot in spots
        if spot.point.found is not None and family(spot.point.preset) == family(current.preset)
    ]
    if all(spot.point.preset.default_size for spot in kin):
        return tuple(s.center for s in sorted(kin, key=lambda spot: spot.point.preset.info.depth))
    front: list[QPointF] = []
    # Upwards, y falls.
    for center in sorted((spot.center for spot in kin), key=lambda it: (it.x(), it.y())):
        if not front or center.y() < front[-1].y():
            front.append(center)
    return tuple(front)
