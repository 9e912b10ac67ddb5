"""Lines and zones under the mouse and the keys."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QKeyEvent, QPainter

from pedcam.ui.picture.viewport import Box, Viewport
from pedcam.ui.zones.drawing import PlaceDrawing
from pedcam.ui.zones.editing import PlaceEditing
from pedcam.ui.zones.paint import paint_hint, paint_places
from pedcam.ui.zones.places import Mode, Places
from pedcam.video.people.counters import Point


class PlaceTool:
    """Paints, draws and edits lines and zones; a :class:`~pedcam.ui.picture.zoom_view.PictureTool`.

    It can stay in the picture all the time: it takes the mouse only where a line or zone is, or
    while one is being drawn.
    """

    def __init__(self, places: Places, repaint: Callable[[], None]) -> None:
        """Work on ``places``.

        Args:
            places: The lines and zones of the present source.
            repaint: Called whenever the picture should be painted again.
        """
        self._places = places
        self._repaint = repaint
        self._drawing = PlaceDrawing(places)
        self._editing = PlaceEditing(places)
        self._mode = places.mode
        self._labels: dict[str, Box] = {}
        self._just_drawn = False
        places.subscribe(self._follow)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint all lines and zones, and the one being drawn."""
        self._labels = paint_places(
            painter, viewport, self._places, self._editing.shapes(), self._editing.point
        )
        if self._is_drawing:
            self._drawing.paint(painter, viewport)
        elif self._places.problem:
            paint_hint(painter, viewport, self._places.problem)

    def press(
        self,
        place: QPointF,
        viewport: Viewport,
        modifiers: Qt.KeyboardModifier,
        button: Qt.MouseButton,
    ) -> bool:
        """Set a point while drawing, else take hold of what is here."""
        self._just_drawn = False
        if button != Qt.MouseButton.LeftButton:
            return False
        if self._is_drawing:
            self._drawing.press(_point(place), viewport)
            self._just_drawn = not self._is_drawing
            self._repaint()
            return True
        return self._editing.press(_point(place), viewport, self._labels)

    def move(self, place: QPointF, viewport: Viewport, pressed: bool) -> bool:
        """Follow the pointer."""
        if self._is_drawing:
            self._drawing.move(_point(place), viewport, pressed)
            self._repaint()
            return True
        if pressed:
            self._editing.move(_point(place), viewport)
            self._repaint()
        return pressed

    def release(self, place: QPointF, viewport: Viewport) -> bool:
        """Set down what the press began."""
        if self._is_drawing:
            self._drawing.release(_point(place), viewport)
            self._just_drawn = not self._is_drawing
        else:
            self._editing.release()
        self._repaint()
        return True

    def double_click(self, place: QPointF, viewport: Viewport) -> bool:
        """Close a zone that is being drawn, or give one another corner."""
        if self._is_drawing:
            if self._places.mode is Mode.DRAW_ZONE:
                self._drawing.finish()
            return True
        if self._just_drawn:
            # The first of the two clicks ended the drawing.
            return True
        if self._editing.add_corner(_point(place), viewport):
            return True
        return self._editing.hit(_point(place), viewport, self._labels) is not None

    def key(self, event: QKeyEvent) -> bool:
        """Do what a key means for what is being drawn or selected."""
        handled = (self._drawing if self._is_drawing else self._editing).key(event)
        if handled:
            self._repaint()
        return handled

    def leave(self) -> None:
        """The pointer is elsewhere: what would be drawn next cannot be told."""
        self._drawing.forget_pointer()
        if self._is_drawing:
            self._repaint()

    def cursor(self, place: QPointF, viewport: Viewport) -> Qt.CursorShape | None:
        """Return the pointer's shape here."""
        if self._is_drawing:
            return Qt.CursorShape.CrossCursor
        hit = self._editing.hit(_point(place), viewport, self._labels)
        if hit is None:
            return None
        if hit.name != self._places.selected:
            return Qt.CursorShape.PointingHandCursor
        return Qt.CursorShape.SizeAllCursor

    @property
    def _is_drawing(self) -> bool:
        return self._places.mode in (Mode.DRAW_LINE, Mode.DRAW_ZONE)

    def _follow(self) -> None:
        if self._places.mode is not self._mode:
            self._mode = self._places.mode
            self._drawing.reset()
        self._editing.follow()
        self._repaint()


def _point(place: QPointF) -> Point:
    return place.x(), place.y()
