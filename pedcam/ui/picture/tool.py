"""What works on the picture by mouse and keys, for example draws a line to count at."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent, QPainter

from pedcam.ui.picture.viewport import Point, Viewport


class PictureTool:
    """Gets the left button and the keys before the picture does; by itself it does nothing.

    Every ``pos`` is in widget coordinates; ``viewport`` turns it into fractions of the picture.
    What returns true has handled the event: the picture then neither pans nor goes full screen.
    Nothing is called while there is no picture.
    """

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Paint over the boxes; the view saves and restores the painter."""

    def press(self, pos: Point, viewport: Viewport) -> bool:
        """The button went down."""
        return False

    def move(self, pos: Point, viewport: Viewport, pressed: bool) -> None:
        """The pointer moved; ``pressed`` after a press that was handled, until its release."""

    def release(self, pos: Point, viewport: Viewport) -> None:
        """The button of a press that was handled came up."""

    def double_click(self, pos: Point, viewport: Viewport) -> bool:
        """The button was clicked twice, after a press and release for the first click."""
        return False

    def key(self, event: QKeyEvent) -> bool:
        """A key went down while the picture has the focus, before the window's shortcuts."""
        return False

    def leave(self) -> None:
        """The pointer left the picture, or the tool is put away."""

    def cursor(self, pos: Point, viewport: Viewport) -> Qt.CursorShape | None:
        """Return the pointer's shape here, ``None`` for the usual one."""
        return None
