"""Moving lines and zones on the picture by mouse and keys."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent

from pedcam.ui.picture.tool import PictureTool
from pedcam.ui.picture.viewport import Box, Viewport
from pedcam.ui.zones.geometry import Hit, border_hit, find_hit, picture_point, shifted, snapped
from pedcam.ui.zones.shape import Shape, ZoneError, clipped
from pedcam.ui.zones.state import Mode, Zones
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


class ZoneEditing(PictureTool):
    """What is being dragged, and which end or corner the keys move.

    Attributes:
        point: The end or corner of the selected line or zone that keys move; ``None`` for all of
            it.
        labels: Where the labels of lines and zones lie in the widget, by name.
    """

    _held: Shape | None  # what the pointer took hold of
    _moved: Shape | None  # where it is now, once it has moved
    _from: Point  # where the pointer took hold, in the widget

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self._owner: str | None = None  # whose ``point`` it is
        self.point: int | None = None
        self.labels: Mapping[str, Box] = {}
        self._cancel()

    def follow(self) -> None:
        """The lines and zones, or the selection, changed."""
        shape = self._zones.find(self._zones.selected)
        if shape is None or shape.name != self._owner or (self.point or 0) >= len(shape.points):
            self._owner, self.point = (None if shape is None else shape.name), None
        if self._held is not None and shape != self._held:
            self._cancel()

    def shapes(self) -> Sequence[Shape]:
        """Return all lines and zones, the one being dragged where it is at this moment."""
        moved = self._moved
        if moved is None:
            return self._zones.shapes
        return [moved if shape == self._held else shape for shape in self._zones.shapes]

    def press(self, pos: Point, viewport: Viewport) -> bool:
        """Select and take hold of what is here."""
        self._cancel()
        hit = self._hit(pos, viewport)
        self._zones.select(None if hit is None else hit.name)
        if hit is None:
            return False
        self.point = hit.point
        self._held = self._zones.find(hit.name)
        self._from = pos
        return True

    def move(self, pos: Point, viewport: Viewport, pressed: bool) -> None:
        """Let what is held follow the pointer."""
        held = self._held
        if not pressed or held is None:
            return
        if self._moved is None and math.dist(pos, self._from) < SLACK:
            return
        here, there = viewport.to_picture(*pos), viewport.to_picture(*self._from)
        points = list(self._displaced(held, here[0] - there[0], here[1] - there[1]))
        if self.point is not None:
            points[self.point] = snapped(points[self.point], viewport)
        try:
            self._moved = held.with_points(points)
            self._zones.report("")
        except ZoneError as error:
            # It stays at the last place at which it can be.
            self._zones.report(str(error))

    def release(self, pos: Point, viewport: Viewport) -> None:
        """Leave what was dragged where it is."""
        moved = self._moved
        self._cancel()
        if moved is not None:
            self._move(moved.name, moved.points)

    def double_click(self, pos: Point, viewport: Viewport) -> bool:
        """Give the selected zone a corner on its border."""
        shape = self._zones.find(self._zones.selected)
        if shape is not None and not shape.is_line:
            side = border_hit(shape, pos, viewport)
            if side is not None:
                points = list(shape.points)
                points.insert(side + 1, picture_point(pos, viewport))
                if self._move(shape.name, points):
                    self.point = side + 1
                return True
        return self._hit(pos, viewport) is not None

    def key(self, event: QKeyEvent) -> bool:
        """Move, remove or choose by keys."""
        shape = self._zones.find(self._zones.selected)
        if shape is None or self._zones.mode is not Mode.EDIT:
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
            self._move(shape.name, self._displaced(shape, *(size * way for way in step)), True)
        elif key == Qt.Key.Key_Escape:
            if self._moved is None:
                self._zones.select(None)
            self._cancel()
        elif key == Qt.Key.Key_Backspace and self.point is not None and len(shape.points) > 3:
            rest = [point for number, point in enumerate(shape.points) if number != self.point]
            self._move(shape.name, rest)
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._zones.remove(shape.name)
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._cycle(-1 if key == Qt.Key.Key_Backtab or shift else 1)
        else:
            return False
        return True

    def cursor(self, pos: Point, viewport: Viewport) -> Qt.CursorShape | None:
        hit = self._hit(pos, viewport)
        if hit is None:
            return None
        if hit.name != self._zones.selected:
            return Qt.CursorShape.PointingHandCursor
        return Qt.CursorShape.SizeAllCursor

    def _hit(self, pos: Point, viewport: Viewport) -> Hit | None:
        zones = self._zones
        return find_hit(zones.shapes, zones.selected, pos, viewport, self.labels)

    def _cancel(self) -> None:
        self._held = self._moved = None

    def _displaced(self, shape: Shape, dx: float, dy: float) -> Sequence[Point]:
        if self.point is None:
            return shifted(shape.points, dx, dy)
        points = list(shape.points)
        x, y = points[self.point]
        points[self.point] = clipped((x + dx, y + dy))
        return points

    def _move(self, name: str, points: Sequence[Point], nudge: bool = False) -> bool:
        return self._zones.attempt(lambda: self._zones.move(name, points, nudge=nudge))

    def _cycle(self, direction: int) -> None:
        """Go on: from a shape as a whole to each of its points, then to the next shape."""
        stops = [
            (shape.name, point)
            for shape in self._zones.shapes
            for point in (None, *range(len(shape.points)))
        ]
        here = stops.index((self._zones.selected or "", self.point))
        name, point = stops[(here + direction) % len(stops)]
        self._zones.select(name)
        self.point = point
