"""Where the pointer meets lines and zones; knows nothing of Qt."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pedcam.ui.picture.viewport import Box, Viewport
from pedcam.ui.zones.checks import Shape, clipped
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


def picture_place(place: Point, viewport: Viewport) -> Point:
    """Return the fractions of the picture that a place in the widget means."""
    return snapped(viewport.to_picture(*place), viewport)


def snapped(point: Point, viewport: Viewport) -> Point:
    """Return a point of the picture, on its edge where that is near."""
    x, y = point
    _, _, width, height = viewport.rect
    return clipped((_snapped(x, SNAP / width), _snapped(y, SNAP / height)))


def find_hit(
    shapes: Sequence[Shape],
    selected: str | None,
    place: Point,
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
        place: The pointer in widget coordinates.
        viewport: Where the picture lies.
        labels: Where their labels lie in the widget, by name.
    """
    chosen = next((shape for shape in shapes if shape.name == selected), None)
    upwards = [shape for shape in shapes if shape is not chosen]
    if chosen is not None:
        upwards.append(chosen)
        point = _nearest(chosen.points, place, viewport)
        if point is not None:
            return Hit(chosen.name, point)
    for shape in reversed(upwards):
        if shape.name in labels and _within(place, labels[shape.name]):
            return Hit(shape.name)
    for shape in reversed(upwards):
        if border_hit(shape, place, viewport) is not None:
            return Hit(shape.name)
    if chosen is not None and not chosen.is_line and _encloses(chosen.points, place, viewport):
        return Hit(chosen.name)
    return None


def border_hit(shape: Shape, place: Point, viewport: Viewport) -> int | None:
    """Return the side under the pointer by the number of the corner that it begins at."""
    points = on_widget(shape.points, viewport)
    ends = points[1:] if shape.is_line else [*points[1:], points[0]]
    sides = list(zip(points, ends, strict=False))
    distances = [segment_distance(place, *side) for side in sides]
    nearest = min(range(len(sides)), key=distances.__getitem__)
    return nearest if distances[nearest] <= BORDER_REACH else None


def on_widget(points: Iterable[Point], viewport: Viewport) -> list[Point]:
    """Turn fractions of the picture into widget coordinates."""
    return [viewport.to_widget(*point) for point in points]


def shifted(points: Sequence[Point], dx: float, dy: float) -> tuple[Point, ...]:
    """Move all points alike, as far as all of them stay in the picture."""
    dx, dy = (
        min(max(step, -min(values)), 1 - max(values))
        for step, values in zip((dx, dy), zip(*points, strict=True), strict=True)
    )
    return tuple(clipped((x + dx, y + dy)) for x, y in points)


def segment_distance(place: Point, start: Point, end: Point) -> float:
    """Return the distance of a place from the nearest point between two others."""
    way = end[0] - start[0], end[1] - start[1]
    length = way[0] ** 2 + way[1] ** 2
    if not length:
        return math.dist(place, start)
    along = ((place[0] - start[0]) * way[0] + (place[1] - start[1]) * way[1]) / length
    along = min(max(along, 0.0), 1.0)
    return math.dist(place, (start[0] + along * way[0], start[1] + along * way[1]))


def inward(start: Point, end: Point) -> Point:
    """Return the direction that counts as ``in``, of length 1.

    It is the right hand of somebody who looks from the line's start to its end.
    """
    length = math.dist(start, end) or 1.0
    return -(end[1] - start[1]) / length, (end[0] - start[0]) / length


def _nearest(points: Sequence[Point], place: Point, viewport: Viewport) -> int | None:
    distances = [math.dist(place, point) for point in on_widget(points, viewport)]
    nearest = min(range(len(distances)), key=distances.__getitem__)
    return nearest if distances[nearest] <= POINT_REACH else None


def _within(place: Point, box: Box) -> bool:
    left, top, width, height = box
    return left <= place[0] <= left + width and top <= place[1] <= top + height


def _encloses(points: Sequence[Point], place: Point, viewport: Viewport) -> bool:
    x, y = viewport.to_picture(*place)
    inside = False
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            inside = not inside
    return inside


def _snapped(value: float, reach: float) -> float:
    if abs(value) <= reach:
        return 0.0
    return 1.0 if abs(value - 1) <= reach else value
