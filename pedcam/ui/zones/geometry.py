"""Where the pointer meets lines and zones; knows nothing of Qt.

Positions (``pos``) are in widget coordinates, points are fractions of the picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from pedcam.ui.picture.viewport import Box, Viewport
from pedcam.ui.zones.shape import Shape, clipped
from pedcam.video.people.counters import Point

POINT_REACH = 12.0  # of an end or corner, in widget coordinates
BORDER_REACH = 7.0
SNAP = 8.0
"""How near the picture's edge means the edge: people whom it cuts off stand exactly there."""


@dataclass(frozen=True)
class Hit:
    """What is under the pointer.

    Attributes:
        name: Of the line or zone.
        point: Which of its ends or corners; ``None`` for the whole.
    """

    name: str
    point: int | None = None


def picture_point(pos: Point, viewport: Viewport) -> Point:
    """Return the point of the picture at a position."""
    return snapped(viewport.to_picture(*pos), viewport)


def snapped(point: Point, viewport: Viewport) -> Point:
    """Return a point of the picture, on its edge where that is near."""
    x, y = (
        round(value) if abs(value - round(value)) <= SNAP / length else value
        for value, length in zip(point, viewport.rect[2:], strict=True)
    )
    return clipped((x, y))


def find_hit(
    shapes: Sequence[Shape],
    selected: str | None,
    pos: Point,
    viewport: Viewport,
    labels: Mapping[str, Box],
) -> Hit | None:
    """Return what the pointer would take hold of.

    Ends and corners of what is selected come first, then labels, lines and borders. Of zones, only
    the selected one can be taken by what it encloses: a large zone must not keep the picture from
    being moved.

    Args:
        shapes: All of them, the topmost last.
        selected: Name of the selected one.
        pos: The pointer.
        viewport: Where the picture lies.
        labels: Where their labels lie in the widget, by name.
    """
    chosen = next((shape for shape in shapes if shape.name == selected), None)
    downwards = [shape for shape in reversed(shapes) if shape is not chosen]
    if chosen is not None:
        downwards.insert(0, chosen)
        point = _nearest(chosen.points, pos, viewport)
        if point is not None:
            return Hit(chosen.name, point)
    for shape in downwards:
        if shape.name in labels and _within(pos, labels[shape.name]):
            return Hit(shape.name)
    for shape in downwards:
        if border_hit(shape, pos, viewport) is not None:
            return Hit(shape.name)
    if chosen is not None and not chosen.is_line:
        corners = np.array(on_widget(chosen.points, viewport), np.float32)
        if cv2.pointPolygonTest(corners, pos, measureDist=False) >= 0:
            return Hit(chosen.name)
    return None


def border_hit(shape: Shape, pos: Point, viewport: Viewport) -> int | None:
    """Return the side under the pointer by the number of the corner that it begins at."""
    points = on_widget(shape.points, viewport)
    ends = points[1:] if shape.is_line else [*points[1:], points[0]]
    distances = [segment_distance(pos, *side) for side in zip(points, ends, strict=False)]
    nearest = min(range(len(distances)), key=distances.__getitem__)
    return nearest if distances[nearest] <= BORDER_REACH else None


def on_widget(points: Iterable[Point], viewport: Viewport) -> list[Point]:
    """Turn points of the picture into positions."""
    return [viewport.to_widget(*point) for point in points]


def shifted(points: Sequence[Point], dx: float, dy: float) -> tuple[Point, ...]:
    """Move all points alike, as far as all of them stay in the picture."""
    dx, dy = (
        min(max(step, -min(values)), 1 - max(values))
        for step, values in zip((dx, dy), zip(*points, strict=True), strict=True)
    )
    return tuple(clipped((x + dx, y + dy)) for x, y in points)


def segment_distance(pos: Point, start: Point, end: Point) -> float:
    """Return the distance of a position from the nearest one between two others."""
    way, offset = (complex(x - start[0], y - start[1]) for x, y in (end, pos))
    along = (offset * way.conjugate()).real / abs(way) ** 2 if way else 0.0
    return abs(offset - min(max(along, 0.0), 1.0) * way)


def inward(start: Point, end: Point) -> Point:
    """Return the direction that counts as ``in``, of length 1.

    It is the right hand of somebody who looks from the line's start to its end.
    """
    length = math.dist(start, end) or 1.0
    return -(end[1] - start[1]) / length, (end[0] - start[0]) / length


def _nearest(points: Sequence[Point], pos: Point, viewport: Viewport) -> int | None:
    distances = [math.dist(pos, point) for point in on_widget(points, viewport)]
    nearest = min(range(len(distances)), key=distances.__getitem__)
    return nearest if distances[nearest] <= POINT_REACH else None


def _within(pos: Point, box: Box) -> bool:
    left, top, width, height = box
    return left <= pos[0] <= left + width and top <= pos[1] <= top + height
