"""Drawing a new line or zone on the picture."""

from __future__ import annotations

import math

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter

from pedcam.ui.picture.viewport import Viewport
from pedcam.ui.zones.checks import PlaceError, crosses_itself
from pedcam.ui.zones.geometry import POINT_REACH, on_widget, picture_place
from pedcam.ui.zones.paint import paint_handle, paint_hint, paint_line, stroke
from pedcam.ui.zones.places import Mode, Places
from pedcam.video.people.counters import Point

DRAG = 8.0
"""Widget coordinates that the pointer moves at least between press and release of a drag."""
_CLOSE = 4.0  # clicks nearer than this are one corner
_COLOR = QColor("white")
_FIRST_LINE = ((0.25, 0.5), (0.75, 0.5))
_FIRST_ZONE = ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))


class PlaceDrawing:
    """What was drawn so far of a line or zone.

    A line is drawn by press, drag and release, or by a click at each end. A zone is drawn by a
    click at each corner, and closed by a click on the first one, a double click or Enter. Enter
    before the first point puts a line or zone into the middle, for those who use keys only.
    """

    def __init__(self, places: Places) -> None:
        """Draw into ``places``, in the mode they are in."""
        self._places = places
        self.reset()

    def reset(self) -> None:
        """Begin again with nothing drawn."""
        self._points: list[Point] = []  # fractions of the picture
        self._pointer: Point | None = None
        self._pressed_at: Point | None = None  # in widget coordinates
        self._is_second = False

    def forget_pointer(self) -> None:
        """The pointer is elsewhere."""
        self._pointer = None

    def press(self, place: Point, viewport: Viewport) -> None:
        """Set a point that follows the pointer until the button is released."""
        here = picture_place(place, viewport)
        self._pressed_at = place
        self._pointer = here
        if self._places.mode is Mode.DRAW_LINE:
            self._is_second = bool(self._points)
            if not self._is_second:
                self._points = [here]
            return
        corners = on_widget(self._points, viewport)
        if len(corners) >= 3 and math.dist(place, corners[0]) <= POINT_REACH:
            self._pressed_at = None
            self.finish()
        elif corners and math.dist(place, corners[-1]) < _CLOSE:
            self._pressed_at = None
        elif crosses_itself([*self._points, here], closed=False):
            self._pressed_at = None
            self._places.report("The border of a zone cannot cross itself. Click somewhere else.")
        else:
            self._points.append(here)
            self._places.report("")

    def move(self, place: Point, viewport: Viewport, pressed: bool) -> None:
        """Let the end or corner being set follow the pointer."""
        self._pointer = picture_place(place, viewport)
        if pressed and self._pressed_at is not None and self._places.mode is Mode.DRAW_ZONE:
            moved = [*self._points[:-1], self._pointer]
            if not crosses_itself(moved, closed=False):
                self._points = moved

    def release(self, place: Point, viewport: Viewport) -> None:
        """Set the end or corner here."""
        pressed_at, self._pressed_at = self._pressed_at, None
        if pressed_at is None or self._places.mode is not Mode.DRAW_LINE or not self._points:
            return
        if self._is_second or math.dist(place, pressed_at) >= DRAG:
            self._pointer = picture_place(place, viewport)
            self._finish_line()

    def finish(self) -> None:
        """Make a line or zone of what was drawn; say why where that is not possible."""
        if self._places.mode is Mode.DRAW_LINE:
            self._finish_line()
            return
        try:
            self._places.add_zone(self._points or _FIRST_ZONE)
        except PlaceError as error:
            self._places.report(str(error))

    def key(self, event: QKeyEvent) -> bool:
        """Close, take back or give up by keys; tell whether it was one of these."""
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
        elif key == Qt.Key.Key_Escape:
            self._places.select(None)
        elif key == Qt.Key.Key_Backspace or (
            self._points and event.matches(QKeySequence.StandardKey.Undo)
        ):
            self._pressed_at = None
            del self._points[-1:]
            self._places.report("")
        else:
            return False
        return True

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint what was drawn so far, where it would go on, and what to do now."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        points = on_widget(self._points, viewport)
        ahead = on_widget([self._pointer] if self._pointer is not None else [], viewport)
        if self._places.mode is Mode.DRAW_LINE:
            if points and ahead and math.dist(points[0], ahead[0]) >= _CLOSE:
                paint_line(painter, points[0], ahead[0], _COLOR, explain=True)
        else:
            if len(points) > 1:
                stroke(painter, points, _COLOR)
            if points and ahead and self._pressed_at is None:
                stroke(painter, [points[-1], ahead[0]], _COLOR, dashed=True)
        for number, point in enumerate(points):
            closes = (
                number == 0
                and len(points) >= 3
                and bool(ahead)
                and math.dist(point, ahead[0]) <= POINT_REACH
            )
            paint_handle(painter, point, _COLOR, active=closes)
        painter.restore()
        paint_hint(painter, viewport, self._places.problem or self._hint())

    def _finish_line(self) -> None:
        start, end = _FIRST_LINE
        if self._points:
            start, end = self._points[0], self._pointer or self._points[0]
        try:
            self._places.add_line(start, end)
        except PlaceError as error:
            if not self._is_second:
                self._points = []
            self._places.report(str(error))

    def _hint(self) -> str:
        if self._places.mode is Mode.DRAW_LINE:
            if not self._points:
                return "Drag a line across the way people take, or click both of its ends"
            return "The arrow shows which way counts as in · Esc cancels"
        if not self._points:
            return "Click each corner of the zone in turn"
        if len(self._points) < 3:
            return "Click the next corner · Backspace removes the last · Esc cancels"
        return "Click the first corner or press Enter to close the zone"
