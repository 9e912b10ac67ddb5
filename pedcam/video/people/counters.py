"""Lines that people cross and zones that they enter, and the counting of both.

All points are fractions of the picture's width and height, so that they stay where they are when
a source comes back with another resolution. A person is where the feet are: the middle of the
box's lower edge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import supervision as sv

from pedcam.video.people.counts import LineCount, ZoneCount

Point = tuple[float, float]

CLEARANCE = 0.15
"""How far somebody must be off a line or border to have left it, in heights of the person's box.

The lower edge of a box trembles, by up to a tenth of its height in 19 of 20 frames of the demo
clip. With 0.1, people who walk along a line are counted more than twice as often as with this;
with more than 0.25, people who do cross are missed.
"""


@dataclass(frozen=True)
class Line:
    """A line to be crossed; ValueError without a name or a length, or outside the picture."""

    name: str
    start: Point  # (x, y) of one end, fractions of the picture's width and height
    end: Point

    def __post_init__(self) -> None:
        _check_name("line", self.name)
        _check_points(f"line {self.name!r}", (self.start, self.end))
        if self.start == self.end:
            raise ValueError(f"line {self.name!r} has no length: both ends are {self.start}")


@dataclass(frozen=True)
class Zone:
    """An area to be entered; ValueError without a name or an area, or outside the picture."""

    name: str
    points: tuple[Point, ...]  # (x, y) of three or more corners in order, as fractions

    def __post_init__(self) -> None:
        _check_area("zone", self.name, self.points)


@dataclass(frozen=True)
class IgnoredZone:
    """An area in which nobody is looked for, such as a poster; errors as of :class:`Zone`."""

    name: str
    points: tuple[Point, ...]  # (x, y) of three or more corners in order, as fractions
    blacked_out: bool = False  # whether it is black in every picture that leaves the app

    def __post_init__(self) -> None:
        _check_area("ignored zone", self.name, self.points)


def check_names(zones: Sequence[Line | Zone | IgnoredZone]) -> None:
    """Raise ValueError if two lines or zones have the same name."""
    names = [zone.name for zone in zones]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"two lines or zones are called {name!r}; names must differ")


def without_ignored(
    detections: sv.Detections, ignored: Sequence[IgnoredZone], size: tuple[int, int]
) -> sv.Detections:
    """Leave out whoever stands in an ignored zone, or on its border.

    Args:
        detections: The people, boxes in pixels.
        ignored: The zones.
        size: Width and height of the picture in pixels.
    """
    if not ignored or not len(detections):
        return detections
    boxes = detections.xyxy / np.array([*size, *size], np.float32)
    zones = [np.array(zone.points, np.float32) for zone in ignored]
    outside = [
        all(
            cv2.pointPolygonTest(zone, (float(left + right) / 2, float(bottom)), False) < 0
            for zone in zones
        )
        for left, _, right, bottom in boxes
    ]
    kept = detections[np.array(outside)]
    assert isinstance(kept, sv.Detections)
    return kept


class LineCounter:
    """Counts how often people cross a line.

    A crossing is a path of the feet that passes between the line's ends and then gets clear of
    the line by :data:`CLEARANCE`; it is counted when it is clear. Somebody who trembles or turns
    back on the line has not crossed, nor has somebody who walks around an end.

    ``supervision.LineZone`` is not used because it looks at sides instead of paths: it counts
    those who walk around an end, misses those who come from beyond an end or were hidden for
    three frames, and counts every tremble, or with its own remedy misses those whom a slow
    detector sees once on the other side.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self._into = self._out = 0
        self._feet: dict[int, Point] = {}
        self._passes: dict[int, int] = {}  # from left to right less the others, since last clear

    @property
    def count(self) -> LineCount:
        return LineCount(self.line.name, self._into, self._out)

    def move(self, person: int, feet: Point, size: tuple[int, int], height: float) -> str:
        """Take in where somebody is now; return ``in`` or ``out`` after a crossing, else nothing.

        Args:
            person: The identity.
            feet: Where the person stands, fractions of the picture.
            size: Width and height of the picture in pixels.
            height: Height of the person's box in pixels.
        """
        before = self._feet.get(person)
        self._feet[person] = feet
        if before is None:
            return ""
        # Whether two segments meet does not depend on the picture's shape, so fractions do.
        passes = self._passes.pop(person, 0) + _passage(self.line, before, feet)
        if passes == 0:
            return ""
        if _distance(self.line, feet, size) < CLEARANCE * height:
            self._passes[person] = passes
            return ""
        is_right = _turn(self.line.start, self.line.end, feet) >= 0
        if passes > 0 and is_right:
            self._into += 1
            return "in"
        if passes < 0 and not is_right:
            self._out += 1
            return "out"
        return ""  # went back around an end before getting clear

    def forget(self, person: int) -> None:
        self._feet.pop(person, None)
        self._passes.pop(person, None)


class ZoneCounter:
    """Counts who is and was in a zone.

    Somebody is in it from the first frame with the feet in it, or on its border, until they are
    outside by :data:`CLEARANCE`.
    """

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.total = 0
        self._inside: set[int] = set()
        self._known: set[int] = set()  # who is in total, until they are forgotten
        self._size = (0, 0)
        self._corners = np.empty((0, 2), np.float32)

    def count(self, seen: Sequence[int]) -> ZoneCount:
        """Return the count, given the identities that are seen at this frame."""
        return ZoneCount(self.zone.name, len(self._inside.intersection(seen)), self.total)

    def move(
        self, person: int, feet: Point, size: tuple[int, int], height: float
    ) -> tuple[bool, bool]:
        """As :meth:`LineCounter.move`; return whether the person entered, and whether exited."""
        if size != self._size:
            self._size = size
            self._corners = np.array(self.zone.points, np.float32) * np.array(size, np.float32)
        point = (feet[0] * size[0], feet[1] * size[1])
        depth = cv2.pointPolygonTest(self._corners, point, measureDist=True)
        if person in self._inside:
            gone = -depth > CLEARANCE * height
            if gone:
                self._inside.remove(person)
            return False, gone
        if depth < 0:
            return False, False
        self._inside.add(person)
        if person not in self._known:
            self._known.add(person)
            self.total += 1
        return True, False

    def holds(self, person: int) -> bool:
        return person in self._inside

    def forget(self, person: int) -> bool:
        """Return whether somebody who does not come back was inside."""
        inside = person in self._inside
        self._inside.discard(person)
        self._known.discard(person)
        return inside


def _check_name(kind: str, name: str) -> None:
    if not name.strip():
        raise ValueError(f"a {kind} needs a name")


def _check_area(kind: str, name: str, points: Sequence[Point]) -> None:
    _check_name(kind, name)
    if len(points) < 3:
        raise ValueError(f"{kind} {name!r} has {len(points)} corners; it needs three or more")
    _check_points(f"{kind} {name!r}", points)
    if cv2.contourArea(cv2.convexHull(np.array(points, np.float32))) < 1e-6:
        raise ValueError(f"{kind} {name!r} has no area: its corners lie on a line")


def _check_points(what: str, points: Sequence[Point]) -> None:
    for point in points:
        if len(point) != 2 or not all(0 <= value <= 1 for value in point):
            raise ValueError(
                f"{what} has a point {point} that is not in the picture: both numbers are "
                "fractions of its width and height, from 0 to 1"
            )


def _turn(a: Point, b: Point, c: Point) -> float:
    """Positive where ``c`` is on the right of somebody who looks from ``a`` to ``b``."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _passage(line: Line, before: Point, after: Point) -> int:
    """Return 1 for a step through the line from left to right, -1 for the other way, else 0."""
    # The line itself counts as its right side, so that a step that ends on it and the next one
    # make one passage together.
    was_right = _turn(line.start, line.end, before) >= 0
    is_right = _turn(line.start, line.end, after) >= 0
    if was_right == is_right:
        return 0
    ends = _turn(before, after, line.start), _turn(before, after, line.end)
    if min(ends) > 0 or max(ends) < 0:
        return 0
    return 1 if is_right else -1


def _distance(line: Line, point: Point, size: tuple[int, int]) -> float:
    """Distance in pixels of a point from the nearest point of a line."""
    start, end, there = (
        complex(x * size[0], y * size[1]) for x, y in (line.start, line.end, point)
    )
    way, offset = end - start, there - start
    along = (offset * way.conjugate()).real / abs(way) ** 2
    return abs(offset - min(max(along, 0.0), 1.0) * way)
