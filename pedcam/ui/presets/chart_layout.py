"""Where things lie in the trade-off chart: scales, points and labels that do not overlap."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PyQt6.QtCore import QLineF, QPointF, QRectF, QSizeF

from pedcam.ui.presets.points import Point, Quality, Tradeoff, family

LARGEST = 13.0  # radius of the largest file's point, in pixels
SMALLEST = 4.0
LEFT, TOP, RIGHT, BOTTOM = 38.0, 32.0, 14.0, 40.0  # around the plot
STRIP = 34.0  # height of the strip of presets without a known accuracy
GAP = 8.0  # between a point and its label, with room for a ring
LEAST_SPAN = 10.0  # percent from the bottom to the top of the chart
INSET = 22.0  # pixels between the plot's border and the nearest points of unknown speed

FULL_DEPTH_COST = 0.4
"""Time at full depth over that of the float network, as measured on processors with VNNI."""


@dataclass(frozen=True)
class Scale:
    """A straight scale from values to pixels.

    Attributes:
        low: Value at ``start``.
        high: Value at ``end``.
        start: Pixels.
        end: Pixels.
        ticks: Values to mark.
    """

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
    """A point in its place.

    Attributes:
        point: What it shows.
        center: Where.
        radius: Pixels.
        guessed: Whether the speed is not known and the place comes from the depth.
    """

    point: Point
    center: QPointF
    radius: float
    guessed: bool

    @property
    def circle(self) -> QRectF:
        """The square around it."""
        side = 2 * self.radius
        return QRectF(self.center.x() - self.radius, self.center.y() - self.radius, side, side)


@dataclass(frozen=True)
class Label:
    """A label in its place.

    Attributes:
        spot: What it belongs to.
        rect: Where.
        full: Whether there is room for the title beside the key.
    """

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
        up: Percent; ``None`` where no accuracy is known.
        spots: In the order of the points.
        curve: Places of the presets of the current one's network, by depth.
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
    unknown = any(point.quality is None for point in points)
    known = [point.quality for point in points if point.quality is not None]
    strip = QRectF(plot)
    if known:
        strip.setHeight(STRIP if unknown else 0)
    graph = plot.adjusted(0, strip.height() if known else 0, 0, 0)
    across = _across(points, plot)
    up = _up(known, graph) if known else None
    largest = max((point.preset.file_bytes for point in points), default=1)
    spots = []
    for point in points:
        x, guessed = _x(point, points, across, plot)
        y = strip.center().y()
        if up is not None and point.quality is not None:
            y = up.at(point.quality)
        radius = max(LARGEST * math.sqrt(point.preset.file_bytes / max(largest, 1)), SMALLEST)
        spots.append(Spot(point, QPointF(x, y), radius, guessed))
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
    curve = [QLineF(*ends) for ends in pairwise(layout.curve)]
    labels = []
    for number, spot in enumerate(layout.spots):
        others = taken[:number] + taken[number + 1 :]
        unknown = spot.point.quality is None and layout.up is not None
        widths = [(full_width(spot.point), True)]
        if spot.point.key:
            widths.append((key_width, False))
        for width, full in widths:
            # Off the curve if possible.
            around = _places(spot, QSizeF(width, height), strip if unknown else room, others)
            rect = min(around, key=lambda rect: _crosses(rect, curve), default=None)
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


def _across(points: Sequence[Point], plot: QRectF) -> Scale | None:
    if all(_ms(point) is None for point in points):
        return None
    times = [ms if (ms := _ms(point)) is not None else _guess(point, points) for point in points]
    ticks = nice_ticks(0, 1.08 * max(times), 6 if plot.width() >= 230 else 5)
    return Scale(0, ticks[-1], plot.left(), plot.right(), ticks)


def _up(known: Sequence[float], graph: QRectF) -> Scale:
    middle, span = (min(known) + max(known)) / 2, max(max(known) - min(known), LEAST_SPAN)
    low, high = middle - 0.65 * span, middle + 0.65 * span
    # Percents end at 0 and 100.
    low, high = max(low, 0.0), min(high, 100.0)
    ticks = nice_ticks(low, high, 6)
    return Scale(ticks[0], ticks[-1], graph.bottom(), graph.top(), ticks)


def _x(
    point: Point, points: Sequence[Point], across: Scale | None, plot: QRectF
) -> tuple[float, bool]:
    """Where a point lies, and whether its depth had to say so."""
    if across is None:
        # As on the slider below: deeper is faster, and that is on the left.
        share = 1 - point.preset.info.depth / max(point.preset.info.depth_limit, 1)
        return plot.left() + INSET + share * (plot.width() - 2 * INSET), True
    ms = _ms(point)
    if ms is not None:
        return across.at(ms), False
    return across.at(_guess(point, points)), True


def _ms(point: Point) -> float | None:
    return point.detect_ms if point.detect_ms is not None else point.live_ms


def _guess(point: Point, points: Sequence[Point]) -> float:
    """Milliseconds between those of the presets next to it in depth, or going on from the nearest.

    Beyond what is known, :data:`FULL_DEPTH_COST` says how depth goes with time.
    """
    depth = point.preset.info.depth
    known = sorted(
        (other.preset.info.depth, ms) for other in points if (ms := _ms(other)) is not None
    )
    below = [entry for entry in known if entry[0] <= depth]
    above = [entry for entry in known if entry[0] >= depth]
    if not below or not above:
        near, ms = above[0] if above else below[-1]
        limit = max(point.preset.info.depth_limit, 1)
        return ms * _cost(depth, limit) / _cost(near, limit)
    (low, first), (high, second) = below[-1], above[0]
    return first if high == low else first + (second - first) * (depth - low) / (high - low)


def _cost(depth: int, limit: int) -> float:
    return 1 - (1 - FULL_DEPTH_COST) * min(depth / limit, 1.0)


def _places(spot: Spot, size: QSizeF, room: QRectF, others: Sequence[QRectF]) -> list[QRectF]:
    """The free places for a label around a point, the best first."""
    away = spot.radius + GAP
    slant = 0.7 * away
    x, y = spot.center.x(), spot.center.y()
    width, height = size.width(), size.height()
    corners = (
        (x + away, y - height / 2),
        (x - width / 2, y - away - height),
        (x - width / 2, y + away),
        (x - away - width, y - height / 2),
        (x + slant, y - slant - height),
        (x + slant, y + slant),
        (x - slant - width, y - slant - height),
        (x - slant - width, y + slant),
    )
    # The ring around it keeps clear too.
    taken = [spot.circle.adjusted(-5, -5, 5, 5), *others]
    places = []
    for left, top in corners:
        # Moved into the chart where it only leaves it sideways.
        left = min(max(left, room.left()), room.right() - width)
        rect = QRectF(left, top, width, height)
        wide = rect.adjusted(-2, -1, 2, 1)
        if room.contains(rect) and not any(wide.intersects(other) for other in taken):
            places.append(rect)
    return places


def _crosses(rect: QRectF, lines: Sequence[QLineF]) -> bool:
    steps = [number / 40 for number in range(41)]
    return any(rect.contains(line.pointAt(step)) for line in lines for step in steps)


def _curve(tradeoff: Tradeoff, spots: Sequence[Spot]) -> tuple[QPointF, ...]:
    current = tradeoff.current
    if current is None:
        return ()
    kin = [
        spot
        for spot in spots
        if spot.point.quality is not None and family(spot.point.preset) == family(current.preset)
    ]
    return tuple(s.center for s in sorted(kin, key=lambda spot: spot.point.preset.info.depth))


def better_is_low(tradeoff: Tradeoff) -> bool:
    """Whether the best presets lie at the bottom of the chart."""
    yardstick = tradeoff.yardstick
    return yardstick is None or yardstick.quality is Quality.MISS_RATE
