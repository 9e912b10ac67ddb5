"""Lines and zones under the mouse and the keys."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent, QPainter

from pedcam.ui.picture.tool import PictureTool
from pedcam.ui.picture.viewport import Viewport
from pedcam.ui.zones.drawing import ZoneDrawing
from pedcam.ui.zones.editing import ZoneEditing
from pedcam.ui.zones.paint import paint_hint, paint_zones
from pedcam.ui.zones.state import Zones
from pedcam.video.people.counters import Point


class ZoneTool(PictureTool):
    """Paints, draws and edits lines and zones.

    It can stay in the picture all the time: it takes the mouse only where a line or zone is, or
    while one is being drawn.
    """

    def __init__(self, zones: Zones, repaint: Callable[[], None]) -> None:
        """Work on ``zones``; ``repaint`` is called whenever the picture should be painted again."""
        self._zones = zones
        self._repaint = repaint
        self._drawing = ZoneDrawing(zones)
        self._editing = ZoneEditing(zones)
        self._mode = zones.mode
        self._just_drawn = False
        zones.subscribe(self._follow)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        editing, zones = self._editing, self._zones
        editing.labels = paint_zones(painter, viewport, zones, editing.shapes(), editing.point)
        if zones.drawing:
            self._drawing.paint(painter, viewport)
        elif zones.problem:
            paint_hint(painter, viewport, zones.problem)

    def press(self, pos: Point, viewport: Viewport) -> bool:
        drew = self._zones.drawing
        taken = self._active.press(pos, viewport)
        self._just_drawn = drew and not self._zones.drawing
        self._repaint()
        return taken

    def move(self, pos: Point, viewport: Viewport, pressed: bool) -> None:
        self._active.move(pos, viewport, pressed)
        if pressed or self._zones.drawing:
            self._repaint()

    def release(self, pos: Point, viewport: Viewport) -> None:
        drew = self._zones.drawing
        self._active.release(pos, viewport)
        self._just_drawn |= drew and not self._zones.drawing
        self._repaint()

    def double_click(self, pos: Point, viewport: Viewport) -> bool:
        # Where the first of the two clicks ended the drawing, the second means nothing.
        return self._just_drawn or self._active.double_click(pos, viewport)

    def key(self, event: QKeyEvent) -> bool:
        handled = self._active.key(event)
        if handled:
            self._repaint()
        return handled

    def leave(self) -> None:
        self._drawing.leave()
        self._repaint()

    def cursor(self, pos: Point, viewport: Viewport) -> Qt.CursorShape | None:
        return self._active.cursor(pos, viewport)

    @property
    def _active(self) -> PictureTool:
        return self._drawing if self._zones.drawing else self._editing

    def _follow(self) -> None:
        if self._zones.mode is not self._mode:
            self._mode = self._zones.mode
            self._drawing.reset()
        self._editing.follow()
        self._repaint()
