"""A line or zone as somebody draws it, and what makes one valid."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pedcam.errors import UserError
from pedcam.video.people.counters import IgnoredZone, Line, Point, Zone

MAX_SHAPES = 32
MAX_CORNERS = 64
MAX_NAME = 60
LEAST_LENGTH = 0.01
"""Shortest line, in fractions of the picture: shorter ones are slips of the hand."""
LEAST_AREA = 1e-4
COLORS = 8

AnyZone = Line | Zone | IgnoredZone

_DIGITS = 5  # of a fraction: a tenth of a pixel of an 8K picture


class ZoneError(UserError):
    """A line or zone that is not possible; the message says why and what to do."""


@dataclass(frozen=True)
class Shape:
    """A line or zone as it is shown.

    Attributes:
        zone: Where it is and what people call it.
        color: Which of the :data:`COLORS` colours it has, from 0; an ignored zone is gray.
    """

    zone: AnyZone
    color: int

    @property
    def name(self) -> str:
        return self.zone.name

    @property
    def is_line(self) -> bool:
        return isinstance(self.zone, Line)

    @property
    def is_ignored(self) -> bool:
        return isinstance(self.zone, IgnoredZone)

    @property
    def points(self) -> tuple[Point, ...]:
        """Both ends of a line or the corners of a zone, fractions of the picture."""
        return (self.zone.start, self.zone.end) if isinstance(self.zone, Line) else self.zone.points

    def with_points(self, points: Sequence[Point]) -> Shape:
        """Return it moved; points outside the picture are moved to its edge.

        Raises:
            ZoneError: It would be too small, or its border would cross itself.
        """
        if isinstance(self.zone, Line):
            return replace(self, zone=make_line(self.name, points))
        return replace(self, zone=replace(self.zone, points=_corners(points)))


def make_line(name: str, points: Sequence[Point]) -> Line:
    """Return a line between two points, which are moved into the picture.

    Raises:
        ZoneError: They are too close together.
    """
    start, end = (clipped(point) for point in points)
    if math.dist(start, end) < LEAST_LENGTH:
        raise ZoneError("This line is too short. Drag from one of its ends to the other.")
    return Line(name, start, end)


def make_zone(name: str, points: Sequence[Point]) -> Zone:
    """Return a zone with these corners, which are moved into the picture.

    Raises:
        ZoneError: There are too few or too many, they enclose next to nothing, or the border
            crosses itself.
    """
    return Zone(name, _corners(points))


def make_ignored(name: str, points: Sequence[Point], *, blacked_out: bool = False) -> IgnoredZone:
    """Return an ignored zone; as :func:`make_zone`."""
    return IgnoredZone(name, _corners(points), blacked_out)


def checked_name(name: str, others: Sequence[str]) -> str:
    """Return a name without the spaces around it.

    Args:
        name: What was entered.
        others: The names that are taken.

    Raises:
        ZoneError: It is empty, too long or taken, or has characters that a name cannot have.
    """
    name = name.strip()
    if not name:
        raise ZoneError("A name is needed. Enter one, or press Esc to keep the old one.")
    if len(name) > MAX_NAME:
        raise ZoneError(f"This name is too long. It can have {MAX_NAME} characters at most.")
    # Tables of results join the names of zones by semicolons.
    if ";" in name or any(unicodedata.category(letter).startswith("C") for letter in name):
        raise ZoneError("A name cannot hold semicolons or control characters. Leave them out.")
    if name in others:
        raise ZoneError(f"There is a “{name}” already. Enter another name.")
    return name


def clipped(point: Point) -> Point:
    """Return the nearest point of the picture."""
    x, y = (round(min(max(value, 0.0), 1.0), _DIGITS) for value in point)
    return x, y


def crosses_itself(corners: Sequence[Point], *, closed: bool = True) -> bool:
    """Whether a border meets itself anywhere except where neighbouring sides join.

    Args:
        corners: The corners in order.
        closed: Whether the last corner is joined to the first one.
    """
    if len(set(corners)) < len(corners):
        return True
    sides = _sides(corners) if closed else list(pairwise(corners))
    return any(
        _meet(*sides[one], *sides[other])
        for one in range(len(sides))
        for other in range(one + 2, len(sides))
        if not (closed and one == 0 and other == len(sides) - 1)
    )


def _corners(points: Sequence[Point]) -> tuple[Point, ...]:
    corners = tuple(clipped(point) for point in points)
    if len(corners) < 3:
        raise ZoneError("A zone needs three or more corners. Click where the next one is.")
    if len(corners) > MAX_CORNERS:
        raise ZoneError(f"A zone can have {MAX_CORNERS} corners at most. Leave some out.")
    if crosses_itself(corners):
        raise ZoneError("The border of a zone cannot cross itself. Move or remove a corner.")
    if abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in _sides(corners))) / 2 < LEAST_AREA:
        raise ZoneError("This zone is too small. Draw its corners further apart.")
    return corners


def _sides(corners: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(pairwise([*corners, corners[0]]))


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two segments have a point in common: each has its ends on both sides of the other."""
    apart = any(
        max(one) < min(other) or max(other) < min(one)
        for one, other in zip(zip(a, b, strict=True), zip(c, d, strict=True), strict=True)
    )
    return not apart and (
        _turn(a, b, c) * _turn(a, b, d) <= 0 and _turn(c, d, a) * _turn(c, d, b) <= 0
    )


def _turn(a: Point, b: Point, c: Point) -> float:
    turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0.0 if abs(turn) < 1e-12 else turn
