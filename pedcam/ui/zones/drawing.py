"""Drawing a new line or zone on the picture."""

from __future__ import annotations

import math

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter

from pedcam.ui.picture.tool import PictureTool
from pedcam.ui.picture.viewport import Viewport
from pedcam.ui.zones.geometry import POINT_REACH, on_widget, picture_point
from pedcam.ui.zones.paint import paint_handle, paint_hint, paint_line, stroke
from pedcam.ui.zones.shape import crosses_itself
from pedcam.ui.zones.state import Mode, Zones
from pedcam.video.people.counters import Point

DRAG = 8.0
"""Widget coordinates that the pointer moves at least between press and release of a drag."""
_CLOSE = 4.0  # clicks nearer than this are one corner
_COLOR = QColor("white")
_FIRST_LINE = ((0.25, 0.5), (0.75, 0.5))
_FIRST_ZONE = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))


class ZoneDrawing(PictureTool):
    """What was drawn so far of a line or zone.

    A line is drawn by press, drag and release, or by a click at each end. A zone is drawn by a
    click at each corner, and closed by a click on the first one, a double click or Enter. Enter
    before the first point puts a line or zone into the middle, for those who use keys only.
    """

    def __init__(self, zones: Zones) -> None:
        self._zones = zones
        self.reset()

    def reset(self) -> None:
        """Begin again with nothing drawn."""
        self._points: list[Point] = []
        self._pointer: Point | None = None  # in the picture
        self._pressed_at: Point | None = None  # in the widget
        self._is_second = False

    def press(self, pos: Point, viewport: Viewport) -> bool:
        """Set a point that follows the pointer until the button is released."""
        here = self._pointer = picture_point(pos, viewport)
        self._pressed_at = pos
        if self._draws_line:
            self._is_second = bool(self._points)
            if not self._is_second:
                self._points = [here]
            return True
        corners = on_widget(self._points, viewport)
        if len(corners) >= 3 and math.dist(pos, corners[0]) <= POINT_REACH:
            self._pressed_at = None
            self._finish()
        elif corners and math.dist(pos, corners[-1]) < _CLOSE:
            self._pressed_at = None
        elif crosses_itself([*self._points, here], closed=False):
            self._pressed_at = None
            self._zones.report("The border of a zone cannot cross itself. Click somewhere else.")
        else:
            self._points.append(here)
            self._zones.report("")
        return True

    def move(self, pos: Point, viewport: Viewport, pressed: bool) -> None:
        """Let the end or corner being set follow the pointer."""
        self._pointer = picture_point(pos, viewport)
        if pressed and self._pressed_at is not None and not self._draws_line:
            moved = [*self._points[:-1], self._pointer]
            if not crosses_itself(moved, closed=False):
                self._points = moved

    def release(self, pos: Point, viewport: Viewport) -> None:
        """Set the end or corner here."""
        pressed_at, self._pressed_at = self._pressed_at, None
        if pressed_at is None or not self._draws_line or not self._points:
            return
        if self._is_second or math.dist(pos, pressed_at) >= DRAG:
            self._pointer = picture_point(pos, viewport)
            self._finish()

    def double_click(self, pos: Point, viewport: Viewport) -> bool:
        """Close a zone."""
        if not self._draws_line:
            self._finish()
        return True

    def key(self, event: QKeyEvent) -> bool:
        """Close, take back or give up by keys."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish()
        elif key == Qt.Key.Key_Escape:
            self._zones.select(None)
        elif key == Qt.Key.Key_Backspace or (
            self._points and event.matches(QKeySequence.StandardKey.Undo)
        ):
            self._pressed_at = None
            del self._points[-1:]
            self._zones.report("")
        else:
            return False
        return True

    def leave(self) -> None:
        self._pointer = None

    def cursor(self, pos: Point, viewport: Viewport) -> Qt.CursorShape:
        return Qt.CursorShape.CrossCursor

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint what was drawn so far, where it would go on, and what to do now."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        points = on_widget(self._points, viewport)
        ahead = None if self._pointer is None else viewport.to_widget(*self._pointer)
        if self._draws_line:
            if points and ahead and math.dist(points[0], ahead) >= _CLOSE:
                paint_line(painter, points[0], ahead, _COLOR, explain=True)
        else:
            if len(points) > 1:
                stroke(painter, points, _COLOR)
            if points and ahead and self._pressed_at is None:
                stroke(painter, [points[-1], ahead], _COLOR, dashed=True)
        for number, point in enumerate(points):
            near = ahead is not None and math.dist(point, ahead) <= POINT_REACH
            closes = number == 0 and len(points) >= 3 and near
            paint_handle(painter, point, _COLOR, active=closes)
        paint_hint(painter, viewport, self._zones.problem or self._hint())

    @property
    def _draws_line(self) -> bool:
        return self._zones.mode is Mode.DRAW_LINE

    def _finish(self) -> None:
        """Make a line or zone of what was drawn; report where that is not possible."""
        zones, points = self._zones, self._points
        if not self._draws_line:
            add = zones.add_zone if zones.mode is Mode.DRAW_ZONE else zones.add_ignored
            zones.attempt(lambda: add(points or _FIRST_ZONE))
            return
        ends = (points[0], self._pointer or points[0]) if points else _FIRST_LINE
        if not zones.attempt(lambda: zones.add_line(*ends)) and not self._is_second:
            self._points = []

    def _hint(self) -> str:
        if self._draws_line:
            if not self._points:
                return "Drag a line across the way people take, or click both of its ends"
            return "The arrow shows which way counts as in · Esc cancels"
        if not self._points:
            return "Click each corner of the zone in turn"
        if len(self._points) < 3:
            return "Click the next corner · Backspace removes the last · Esc cancels"
        return "Click the first corner or press Enter to close the zone"
