"""A picture that can be looked at more closely, and worked on with a tool."""

from __future__ import annotations

from typing import Protocol

from PyQt6.QtCore import QEvent, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QWheelEvent,
)
from PyQt6.QtWidgets import QWidget

from pedcam.ui.picture.viewport import Point, Viewport

ZOOM_STEP = 1.25
PAN_STEP = 64.0  # widget coordinates
_NOTCH = 120  # what a wheel reports for one click
_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_TAB_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class PictureTool(Protocol):
    """Works on the picture, for example draws a line to count at.

    Every ``place`` is in widget coordinates; ``viewport`` turns it into fractions of the picture.
    What returns true has dealt with the event: the view then neither pans nor goes full screen.
    Nothing is asked while there is no picture. The middle button always pans and is never told.
    """

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint over the boxes; the painter is put back as it was afterwards."""

    def press(
        self,
        place: QPointF,
        viewport: Viewport,
        modifiers: Qt.KeyboardModifier,
        button: Qt.MouseButton,
    ) -> bool:
        """A button went down."""

    def move(self, place: QPointF, viewport: Viewport, pressed: bool) -> bool:
        """The pointer moved; ``pressed`` after a press that was dealt with, until its release."""

    def release(self, place: QPointF, viewport: Viewport) -> bool:
        """The button of a press that was dealt with came up."""

    def double_click(self, place: QPointF, viewport: Viewport) -> bool:
        """The left button was clicked twice; the first click was told as press and release."""

    def key(self, event: QKeyEvent) -> bool:
        """A key went down while the picture has the focus.

        The tool is asked before the window's shortcuts; a key it does not deal with stays theirs.
        It may be asked twice about such a key.
        """

    def leave(self) -> None:
        """The pointer left the picture, or the tool is put away."""

    def cursor(self, place: QPointF, viewport: Viewport) -> Qt.CursorShape | None:
        """Return the pointer's shape here, ``None`` for the usual one."""


class ZoomView(QWidget):
    """Zooms about the pointer with the wheel or two fingers and pans by dragging or Alt+arrows.

    A tool, where there is one, comes first with the mouse and the keys.
    """

    double_clicked = pyqtSignal()
    """The picture was double-clicked and no tool wanted it."""

    zoom_changed = pyqtSignal(float)
    """The picture is shown at this zoom now; 1 shows all of it."""

    looked = pyqtSignal(float, tuple)
    """The picture is shown at this zoom with this place, in fractions, in the middle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with the whole picture and without a tool."""
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._zoom = 1.0
        self._center: Point = (0.5, 0.5)
        self._tool: PictureTool | None = None
        self._tool_button: Qt.MouseButton | None = None
        self._pan_button: Qt.MouseButton | None = None
        self._dragged_from = QPointF()
        self._key_done: int | None = None
        self._ring = False

    def picture_size(self) -> tuple[int, int] | None:
        """Return ``(width, height)`` of the picture in its own pixels, ``None`` without one."""
        return None

    @property
    def viewport(self) -> Viewport | None:
        """Where the picture lies; ``None`` without one."""
        size = self.picture_size()
        if size is None:
            return None
        room = (float(self.width()), float(self.height()))
        return Viewport(room, size, self.devicePixelRatioF(), self._zoom, self._center)

    @property
    def zoom(self) -> float:
        """1 shows the whole picture, as large as fits."""
        return self._zoom

    @property
    def center(self) -> Point:
        """The place of the picture, in fractions, that is wanted in the middle."""
        return self._center

    @property
    def ring_shown(self) -> bool:
        """Whether the focus came by the keyboard and should be seen."""
        return self._ring

    def zoom_in(self) -> None:
        """Come a step nearer."""
        self._zoom_to(self._zoom * ZOOM_STEP)

    def zoom_out(self) -> None:
        """Go back a step, at most until the whole picture is seen."""
        self._zoom_to(self._zoom / ZOOM_STEP)

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
            self._take(viewport.moved_by(dx, dy))

    def look(self, zoom: float, center: Point) -> None:
        """Show the picture at a zoom with this place, in fractions, in the middle."""
        changed, moved = zoom != self._zoom, (zoom, center) != (self._zoom, self._center)
        self._zoom, self._center = zoom, center
        self.update()
        if changed:
            self.zoom_changed.emit(zoom)
        if moved:
            self.looked.emit(zoom, center)

    def set_tool(self, tool: PictureTool | None) -> None:
        """Let a tool work on the picture, or none."""
        if self._tool is not None and tool is not self._tool:
            self._tool.leave()
        self._tool, self._tool_button, self._key_done = tool, None, None
        self.unsetCursor()
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Let the tool work, or begin to pan."""
        viewport = self.viewport
        if event is None or viewport is None or self._tool_button or self._pan_button:
            return
        place, button = event.position(), event.button()
        if (
            self._tool is not None
            and button != Qt.MouseButton.MiddleButton
            and self._tool.press(place, viewport, event.modifiers(), button)
        ):
            self._tool_button = button
        elif viewport.zoomed and button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pan_button, self._dragged_from = button, place
        self._show_cursor(place)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Pan, or let the tool follow."""
        viewport = self.viewport
        if event is None or viewport is None:
            return
        place = event.position()
        if self._pan_button is not None:
            moved, self._dragged_from = place - self._dragged_from, place
            self.pan(moved.x(), moved.y())
        elif self._tool is not None:
            self._tool.move(place, viewport, self._tool_button is not None)
        self._show_cursor(place)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Let go of the picture or of what the tool holds."""
        if event is None:
            return
        viewport = self.viewport
        if event.button() == self._pan_button:
            self._pan_button = None
        elif event.button() == self._tool_button:
            self._tool_button = None
            if self._tool is not None and viewport is not None:
                self._tool.release(event.position(), viewport)
        self._show_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """Tell that the picture was double-clicked, unless that was for the tool."""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        viewport = self.viewport
        if (
            self._tool is None
            or viewport is None
            or not self._tool.double_click(event.position(), viewport)
        ):
            self.double_clicked.emit()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Zoom about the pointer."""
        if event is None:
            return
        turned = event.angleDelta().y() or event.pixelDelta().y()
        self._zoom_to(self._zoom * ZOOM_STEP ** (turned / _NOTCH), event.position())
        # Whatever lies behind must not scroll at the end of the range.
        event.accept()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Let the tool work, or pan."""
        if event is None:
            return
        if self._key_done == event.key():
            self._key_done = None
            return
        if self._told_tool(event):
            return
        direction = _ARROWS.get(Qt.Key(event.key()))
        alt_only = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if direction is None or alt_only != Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
        else:
            self.pan(direction[0] * PAN_STEP, direction[1] * PAN_STEP)

    def event(self, event: QEvent | None) -> bool:
        """Also take pinches, and keys that the window has a shortcut for but the tool needs."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom_to(self._zoom * (1 + event.value()), event.position())
                return True
        elif (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self._told_tool(event)
        ):
            # The same key comes once more, as a press.
            self._key_done = event.key()
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Keep the focus where Tab was for the tool."""
        if self._key_done in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            return False
        return super().focusNextPrevChild(next)

    def enterEvent(self, event: QEnterEvent | None) -> None:
        """Show what can be done here."""
        if event is not None:
            self._show_cursor(event.position())

    def leaveEvent(self, event: QEvent | None) -> None:
        """Tell the tool that the pointer left."""
        if self._tool is not None:
            self._tool.leave()

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Show the focus if the keyboard brought it."""
        self._ring = event is not None and event.reason() in _TAB_REASONS
        self.update()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """The focus went elsewhere."""
        self._ring, self._key_done = False, None
        self.update()

    def _told_tool(self, event: QKeyEvent) -> bool:
        return self._tool is not None and self.viewport is not None and self._tool.key(event)

    def _zoom_to(self, zoom: float, about: QPointF | None = None) -> None:
        viewport = self.viewport
        if viewport is not None:
            # A hair's breadth above 1 is the rounding of steps there and back.
            zoom = 1.0 if zoom < 1.001 else zoom
            self._take(viewport.zoomed_to(zoom, (about.x(), about.y()) if about else None))
            self._show_cursor(about)

    def _take(self, viewport: Viewport) -> None:
        if (viewport.zoom, viewport.center) != (self._zoom, self._center):
            self.look(viewport.zoom, viewport.center)

    def _show_cursor(self, place: QPointF | None) -> None:
        viewport = self.viewport
        shape = None
        if self._pan_button is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif viewport is not None:
            if self._tool is not None and place is not None:
                shape = self._tool.cursor(place, viewport)
            if shape is None and viewport.zoomed:
                shape = Qt.CursorShape.OpenHandCursor
        if shape is None:
            self.unsetCursor()
        elif shape != self.cursor().shape():
            self.setCursor(shape)
