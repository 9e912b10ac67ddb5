"""What can take the mouse and the keys over the picture."""

from __future__ import annotations

from typing import Protocol

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QKeyEvent, QPainter

from pedcam.ui.picture.viewport import Viewport


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
