"""What a line or a zone that somebody draws must be like."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pedcam.errors import UserError
from pedcam.video.people.counters import Line, Point, Zone

Place = Line | Zone

MAX_PLACES = 32
MAX_CORNERS = 64
MAX_NAME = 60
LEAST_LENGTH = 0.01
"""A line is at least this long, in fractions of the picture: shorter ones are slips of the hand."""
LEAST_AREA = 1e-4
COLORS = 8

_DIGITS = 5  # of a fraction: a tenth of a pixel of an 8K picture


class PlaceError(UserError):
    """A line or zone that cannot be; the message says why and what to do."""


@dataclass(frozen=True)
class Shape:
    """A line or zone as it is shown.

    Attributes:
        place: Where it is and what people call it.
        color: Which of the :data:`COLORS` colours it has, from 0.
    """

    place: Place
    color: int

    @property
    def name(self) -> str:
        """What people call it."""
        return self.place.name

    @property
    def is_line(self) -> bool:
        """Whether it is a line, else a zone."""
        return isinstance(self.place, Line)

    @property
    def points(self) -> tuple[Point, ...]:
        """Both ends of a line or the corners of a zone."""
        return points_of(self.place)


def points_of(place: Place) -> tuple[Point, ...]:
    """Return both ends of a line or the corners of a zone."""
    return (place.start, place.end) if isinstance(place, Line) else place.points


def with_points(place: Place, points: Sequence[Point]) -> Place:
    """Return the line or zone at another place.

    Args:
        place: What is to be moved.
        points: Both ends or the corners, fractions of the picture; those beyond its edge are
            brought back to it.

    Raises:
        PlaceError: It would be too small, or its border would cross itself.
    """
    if isinstance(place, Line):
        start, end = checked_line_points(points)
        return replace(place, start=start, end=end)
    return replace(place, points=checked_zone_points(points))


def checked_line_points(points: Sequence[Point]) -> tuple[Point, Point]:
    """Return both ends within the picture.

    Raises:
        PlaceError: They are too close together.
    """
    start, end = (clipped(point) for point in points)
    if math.dist(start, end) < LEAST_LENGTH:
        raise PlaceError("This line is too short. Drag from one of its ends to the other.")
    return start, end


def checked_zone_points(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the corners within the picture.

    Raises:
        PlaceError: There are too few or too many, they enclose next to nothing, or the border
            crosses itself.
    """
    corners = tuple(clipped(point) for point in points)
    if len(corners) < 3:
        raise PlaceError("A zone needs three or more corners. Click where the next one is.")
    if len(corners) > MAX_CORNERS:
        raise PlaceError(f"A zone can have {MAX_CORNERS} corners at most. Leave some out.")
    if crosses_itself(corners):
        raise PlaceError("The border of a zone cannot cross itself. Move or remove a corner.")
    if _area(corners) < LEAST_AREA:
        raise PlaceError("This zone is too small. Draw its corners further apart.")
    return corners


def checked_name(name: str, others: Sequence[str]) -> str:
    """Return a name without what surrounds it.

    Args:
        name: What was entered.
        others: The names that are taken.

    Raises:
        PlaceError: It is empty, too long, taken, or holds what a name cannot.
    """
    name = name.strip()
    if not name:
        raise PlaceError("A name is needed. Enter one, or press Esc to keep the old one.")
    if len(name) > MAX_NAME:
        raise PlaceError(f"This name is too long. It can have {MAX_NAME} characters at most.")
    # Tables of results join the names of zones by semicolons.
    if ";" in name or any(unicodedata.category(letter).startswith("C") for letter in name):
        raise PlaceError("A name cannot hold semicolons or control characters. Leave them out.")
    if name in others:
        raise PlaceError(f"There is a “{name}” already. Enter another name.")
    return name


def clipped(point: Point) -> Point:
    """Return the nearest point of the picture."""
    x, y = (round(min(max(value, 0.0), 1.0), _DIGITS) for value in point)
    return x, y


def crosses_itself(corners: Sequence[Point], *, closed: bool = True) -> bool:
    """Tell whether a border meets itself anywhere but at its corners in turn.

    Args:
        corners: The corners in order.
        closed: Whether the last corner is joined to the first one.
    """
    if len(set(corners)) < len(corners):
        return True
    sides = list(pairwise(corners))
    if closed:
        sides.append((corners[-1], corners[0]))
    return any(
        _meet(*sides[one], *sides[other])
        for one in range(len(sides))
        for other in range(one + 2, len(sides))
        if not (closed and one == 0 and other == len(sides) - 1)
    )


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] * turns[1] < 0 and turns[2] * turns[3] < 0:
        return True
    return any(
        turn == 0 and _between(point, *side)
        for turn, point, side in zip(
            turns, (c, d, a, b), ((a, b), (a, b), (c, d), (c, d)), strict=True
        )
    )


def _turn(a: Point, b: Point, c: Point) -> float:
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0.0 if abs(turn) < 1e-12 else turn


def _between(point: Point, a: Point, b: Point) -> bool:
    return all(
        min(one, other) <= value <= max(one, other)
        for value, one, other in zip(point, a, b, strict=True)
    )


def _area(corners: Sequence[Point]) -> float:
    ends = [*corners[1:], corners[0]]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, ends, strict=True))) / 2
