"""Moving lines and zones on the picture by mouse and keys."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent

from pedcam.ui.picture.viewport import Box, Viewport
from pedcam.ui.zones.checks import Place, PlaceError, Shape, clipped, points_of, with_points
from pedcam.ui.zones.geometry import Hit, border_hit, find_hit, picture_place, shifted, snapped
from pedcam.ui.zones.places import Mode, Places
from pedcam.video.people.counters import Point

SLACK = 4.0
"""Widget coordinates that the pointer may move before a click becomes a drag."""
STEP = 0.0025
"""How far an arrow key moves something, in fractions of the picture; ten times that with Shift."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PlaceEditing:
    """What is being dragged, and which end or corner the keys move.

    Attributes:
        point: The end or corner of the selected line or zone that keys move; ``None`` for all of
            it.
    """

    _held: Shape | None  # what the pointer took hold of
    _moved: Place | None  # where it is now, once it has moved
    _from: Point  # where the pointer took hold, in widget coordinates

    def __init__(self, places: Places) -> None:
        """Move what is in ``places``."""
        self._places = places
        self._owner: str | None = None  # whose ``point`` it is
        self.point: int | None = None
        self._cancel()

    @property
    def dragging(self) -> bool:
        """Whether something is on its way."""
        return self._moved is not None

    def follow(self) -> None:
        """The lines and zones, or the selection, changed."""
        shape = self._places.find(self._places.selected)
        if shape is None or shape.name != self._owner or (self.point or 0) >= len(shape.points):
            self._owner, self.point = (None if shape is None else shape.name), None
        if self._held is not None and shape != self._held:
            self._cancel()

    def shapes(self) -> Sequence[Shape]:
        """Return all lines and zones, the one being dragged where it is at this moment."""
        if self._held is None or self._moved is None:
            return self._places.shapes
        return [
            replace(shape, place=self._moved) if shape == self._held else shape
            for shape in self._places.shapes
        ]

    def hit(self, place: Point, viewport: Viewport, labels: Mapping[str, Box]) -> Hit | None:
        """Return what is under the pointer."""
        return find_hit(self._places.shapes, self._places.selected, place, viewport, labels)

    def press(self, place: Point, viewport: Viewport, labels: Mapping[str, Box]) -> bool:
        """Select and take hold of what is here; tell whether there is anything."""
        self._cancel()
        hit = self.hit(place, viewport, labels)
        self._places.select(hit.name if hit is not None else None)
        if hit is None:
            return False
        self.point = hit.point
        self._held = self._places.find(hit.name)
        self._from = place
        return True

    def move(self, place: Point, viewport: Viewport) -> None:
        """Let what is held follow the pointer."""
        if self._held is None or (not self.dragging and math.dist(place, self._from) < SLACK):
            return
        here, there = viewport.to_picture(*place), viewport.to_picture(*self._from)
        points = self._displaced(self._held, here[0] - there[0], here[1] - there[1])
        if self.point is not None:
            points = tuple(
                snapped(point, viewport) if index == self.point else point
                for index, point in enumerate(points)
            )
        try:
            self._moved = with_points(self._held.place, points)
            self._places.report("")
        except PlaceError as error:
            # It stays at the last place at which it can be.
            self._places.report(str(error))

    def release(self) -> None:
        """Leave what was dragged where it is."""
        held, moved = self._held, self._moved
        self._cancel()
        if held is not None and moved is not None:
            self._try_move(held.name, points_of(moved))

    def add_corner(self, place: Point, viewport: Viewport) -> bool:
        """Give the selected zone a corner on its border; tell whether its border is here."""
        shape = self._places.find(self._places.selected)
        if shape is None or shape.is_line:
            return False
        side = border_hit(shape, place, viewport)
        if side is None:
            return False
        corner = picture_place(place, viewport)
        points = (*shape.points[: side + 1], corner, *shape.points[side + 1 :])
        if self._try_move(shape.name, points):
            self.point = side + 1
        return True

    def key(self, event: QKeyEvent) -> bool:
        """Move, remove or choose by keys; tell whether it was one of these."""
        shape = self._places.find(self._places.selected)
        if shape is None or self._places.mode is not Mode.EDIT:
            return False
        key = event.key()
        step = _ARROWS.get(Qt.Key(key))
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.modifiers() & ~(
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
        ):
            return False
        if step is not None:
            size = STEP * (10 if shift else 1)
            points = self._displaced(shape, step[0] * size, step[1] * size)
            self._try_move(shape.name, points, nudge=True)
        elif key == Qt.Key.Key_Escape:
            if self.dragging:
                self._cancel()
            else:
                self._places.select(None)
        elif key == Qt.Key.Key_Backspace and self.point is not None and len(shape.points) > 3:
            rest = [point for number, point in enumerate(shape.points) if number != self.point]
            self._try_move(shape.name, rest)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._places.remove(shape.name)
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._cycle(-1 if key == Qt.Key.Key_Backtab or shift else 1)
        else:
            return False
        return True

    def _cancel(self) -> None:
        self._held = self._moved = None

    def _displaced(self, shape: Shape, dx: float, dy: float) -> tuple[Point, ...]:
        if self.point is None:
            return shifted(shape.points, dx, dy)
        points = list(shape.points)
        x, y = points[self.point]
        points[self.point] = clipped((x + dx, y + dy))
        return tuple(points)

    def _try_move(self, name: str, points: Sequence[Point], *, nudge: bool = False) -> bool:
        try:
            self._places.move(name, points, nudge=nudge)
        except PlaceError as error:
            self._places.report(str(error))
            return False
        return True

    def _cycle(self, direction: int) -> None:
        """Go to the next of: a shape as a whole, each of its points, the next shape."""
        stops = [
            (shape.name, point)
            for shape in self._places.shapes
            for point in (None, *range(len(shape.points)))
        ]
        here = stops.index((self._places.selected or "", self.point))
        name, point = stops[(here + direction) % len(stops)]
        self._places.select(name)
        self.point = point
