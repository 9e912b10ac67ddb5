"""A picture that can be zoomed and moved, and worked on with a tool."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QWidget

from pedcam.ui.picture.colors import BACKGROUND, HINT
from pedcam.ui.picture.frame_image import FrameImage
from pedcam.ui.picture.layers import PictureLayers
from pedcam.ui.picture.tool import PictureTool
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.picture.viewport import Point, Viewport
from pedcam.video.stream.results import Result

ZOOM_STEP = 1.25
PAN_STEP = 64.0  # widget coordinates
_NOTCH = 120  # what a wheel reports for one click
_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class PictureView(QWidget):
    """Shows a frame and its layers, over which subclasses paint the people found.

    Zooms about the pointer with the wheel or two fingers and pans by dragging or Alt+arrows. A
    tool, where there is one, gets the left button and the keys first.

    Attributes:
        options: What is drawn over the picture.
        result: What is on the screen, see :meth:`set_result`.
        tool: What works on the picture, see :meth:`set_tool`.
        drawing_ms: Milliseconds that drawing the picture took the last time.
        zoom: 1 shows the whole picture, as large as fits.
        center: The point of the picture, in fractions, that is wanted in the middle.
    """

    double_clicked = pyqtSignal()
    """The picture was double-clicked and no tool wanted it."""

    looked = pyqtSignal(float, tuple)
    """The picture is shown at this zoom with this point, in fractions, in the middle."""

    shown = pyqtSignal(object)
    """A :class:`~pedcam.video.stream.results.Result` was painted for the first time."""

    def __init__(self, options: ViewOptions, parent: QWidget | None = None) -> None:
        """Start without a picture and without a tool; ``options`` say what is drawn over it."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.zoom = 1.0
        self.center: Point = (0.5, 0.5)
        self.options = options
        self.result: Result | None = None
        self.tool: PictureTool | None = None
        self.drawing_ms = 0.0
        self._new = False
        self._image = FrameImage()
        self._layers = PictureLayers()
        self._hint = ""
        self._tool_holds = False
        self._pan_button: Qt.MouseButton | None = None
        self._dragged_from = QPointF()
        self._key_done: int | None = None
        options.subscribe(self.update)

    @property
    def viewport(self) -> Viewport | None:
        """Where the picture lies; ``None`` without one."""
        if self.result is None:
            return None
        height, width = self.result.frame.image.shape[:2]
        room = (float(self.width()), float(self.height()))
        return Viewport(room, (width, height), self.devicePixelRatioF(), self.zoom, self.center)

    @property
    def hidden(self) -> NDArray[np.float64]:
        """N x 4 corners in pixels of everybody whom the privacy blur hides, also when missed."""
        return self._layers.hidden

    def set_result(self, result: Result | None, others: NDArray[np.generic] | None = None) -> None:
        """Show a result, or nothing; ``others`` are boxes of people that only the blur needs."""
        self.result, self._new = result, result is not None
        if result is None:
            self._image.clear()
            self._layers.clear()
            self.fit()
        else:
            self._layers.add(result, others)
        self.update()

    def end_source(self) -> None:
        """The next result begins another source; the picture stays until then."""
        self._layers.end()

    def set_hint(self, text: str) -> None:
        """Say what is going on while there is no picture."""
        if text != self._hint:
            self._hint = text
            self.update()

    def zoom_in(self) -> None:
        self._zoom_to(self.zoom * ZOOM_STEP)

    def zoom_out(self) -> None:
        """Zoom out a step, at most until the whole picture is seen."""
        self._zoom_to(self.zoom / ZOOM_STEP)

    def fit(self) -> None:
        """Show the whole picture."""
        self.look(1.0, (0.5, 0.5))

    def actual_size(self) -> None:
        """Show a pixel of the picture on a pixel of the screen, where it is larger than fits."""
        viewport = self.viewport
        if viewport is not None:
            self._zoom_to(viewport.actual_zoom)

    def pan(self, dx: float, dy: float) -> None:
        """Move a zoomed picture by widget coordinates."""
        viewport = self.viewport
        if viewport is not None and viewport.zoomed:
            moved = viewport.moved_by(dx, dy)
            self.look(moved.zoom, moved.center)

    def look(self, zoom: float, center: Point) -> None:
        """Show the picture at a zoom with this point, in fractions, in the middle."""
        if (zoom, center) != (self.zoom, self.center):
            self.zoom, self.center = zoom, center
            self.update()
            self.looked.emit(zoom, center)

    def set_tool(self, tool: PictureTool | None) -> None:
        """Let a tool work on the picture, or none."""
        if self.tool is not None and tool is not self.tool:
            self.tool.leave()
        self.tool, self._tool_holds, self._key_done = tool, False, None
        self.unsetCursor()
        self.update()

    def paint_over(self, painter: QPainter, viewport: Viewport | None) -> None:
        """Paint over the picture, or over the hint where ``viewport`` is ``None``."""

    def paintEvent(self, event: QPaintEvent | None) -> None:
        started = time.perf_counter()
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        viewport = self.viewport
        if viewport is None or self.result is None:
            painter.setPen(HINT)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, self._hint)
        else:
            self._image.draw(painter, self.result.frame.image, viewport)
            self._layers.draw(painter, viewport, self.options)
        self.paint_over(painter, viewport)
        painter.end()
        self.drawing_ms = 1000 * (time.perf_counter() - started)
        if self._new:
            self._new = False
            self.shown.emit(self.result)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        viewport = self.viewport
        if event is None or viewport is None or self._tool_holds or self._pan_button:
            return
        pos, button = event.position(), event.button()
        left = button == Qt.MouseButton.LeftButton
        if left and self.tool is not None and self.tool.press((pos.x(), pos.y()), viewport):
            self._tool_holds = True
        elif viewport.zoomed and (left or button == Qt.MouseButton.MiddleButton):
            self._pan_button, self._dragged_from = button, pos
        self._show_cursor(pos)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        viewport = self.viewport
        if event is None or viewport is None:
            return
        pos = event.position()
        if self._pan_button is not None:
            moved, self._dragged_from = pos - self._dragged_from, pos
            self.pan(moved.x(), moved.y())
        elif self.tool is not None:
            self.tool.move((pos.x(), pos.y()), viewport, self._tool_holds)
        self._show_cursor(pos)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        viewport, pos = self.viewport, event.position()
        if event.button() == self._pan_button:
            self._pan_button = None
        elif event.button() == Qt.MouseButton.LeftButton and self._tool_holds:
            self._tool_holds = False
            if self.tool is not None and viewport is not None:
                self.tool.release((pos.x(), pos.y()), viewport)
        self._show_cursor(pos)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        viewport, pos = self.viewport, event.position()
        if (
            self.tool is None
            or viewport is None
            or not self.tool.double_click((pos.x(), pos.y()), viewport)
        ):
            self.double_clicked.emit()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is None:
            return
        turned = event.angleDelta().y() or event.pixelDelta().y()
        self._zoom_to(self.zoom * ZOOM_STEP ** (turned / _NOTCH), event.position())
        # Whatever lies behind must not scroll at the end of the range.
        event.accept()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        if self._key_done == event.key():
            self._key_done = None
            return
        direction = _ARROWS.get(Qt.Key(event.key()))
        alt_only = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if direction is None or alt_only != Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
        else:
            self.pan(direction[0] * PAN_STEP, direction[1] * PAN_STEP)

    def event(self, event: QEvent | None) -> bool:
        """Also take pinches, and give keys to the tool before the window's shortcuts get them."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom_to(self.zoom * (1 + event.value()), event.position())
                return True
        elif (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self.tool is not None
            and self.viewport is not None
            and self.tool.key(event)
        ):
            # The same key comes once more, as a press.
            self._key_done = event.key()
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        # Tab may have been for the tool.
        if self._key_done in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return False
        return super().focusNextPrevChild(next)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        self._key_done = None

    def enterEvent(self, event: QEnterEvent | None) -> None:
        if event is not None:
            self._show_cursor(event.position())

    def leaveEvent(self, event: QEvent | None) -> None:
        if self.tool is not None:
            self.tool.leave()

    def _zoom_to(self, zoom: float, about: QPointF | None = None) -> None:
        viewport = self.viewport
        if viewport is not None:
            # A hair's breadth above 1 is the rounding of steps there and back.
            zoom = 1.0 if zoom < 1.001 else zoom
            nearer = viewport.zoomed_to(zoom, (about.x(), about.y()) if about else None)
            self.look(nearer.zoom, nearer.center)
            self._show_cursor(about)

    def _show_cursor(self, pos: QPointF | None) -> None:
        viewport = self.viewport
        shape = None
        if self._pan_button is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif viewport is not None:
            if self.tool is not None and pos is not None:
                shape = self.tool.cursor((pos.x(), pos.y()), viewport)
            if shape is None and viewport.zoomed:
                shape = Qt.CursorShape.OpenHandCursor
        if shape is None:
            self.unsetCursor()
        elif shape != self.cursor().shape():
            self.setCursor(shape)
