"""The picture with the people found in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, QSize, Qt, QTimer
from PyQt6.QtGui import QFocusEvent, QPainter, QPen
from PyQt6.QtWidgets import QWidget

from pedcam.ui.picture.boxes import draw_boxes
from pedcam.ui.picture.colors import BRIGHT, draw_badge, draw_caption
from pedcam.ui.picture.info_overlay import draw_info
from pedcam.ui.picture.picture_view import PictureView
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.picture.viewport import Viewport
from pedcam.video.stream.results import Result

FLASH_MS = 2000
_TAB_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class VideoView(PictureView):
    """Shows the latest result, as large as fits with its aspect kept, or nearer.

    Boxes are drawn at the widget's own resolution, so that they stay sharp at any scale.
    """

    def __init__(self, options: ViewOptions, parent: QWidget | None = None) -> None:
        super().__init__(options, parent)
        self.setMinimumSize(320, 180)
        self.setAccessibleName("Picture")
        self._flash = ""
        self._info: Callable[[], Sequence[str]] | None = None
        self._ring = False
        self._flash_timer = QTimer(self)
        self._flash_timer.setSingleShot(True)
        self._flash_timer.timeout.connect(self.update)

    def set_result(self, result: Result | None, others: NDArray[np.generic] | None = None) -> None:
        super().set_result(result, others)
        people = f"People in the picture: {len(result.detections)}" if result is not None else ""
        self.setAccessibleDescription(people)

    def show_info(self, lines: Callable[[], Sequence[str]] | None) -> None:
        """Show lines in the corner of the picture, or none.

        Args:
            lines: Returns them; called whenever the picture is drawn.
        """
        self._info = lines
        self.update()

    def flash(self, text: str) -> None:
        """Show a few words over the picture for a moment."""
        self._flash = text
        self._flash_timer.start(FLASH_MS)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(960, 540)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Show the focus if the keyboard brought it."""
        super().focusInEvent(event)
        self._ring = event is not None and event.reason() in _TAB_REASONS

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        self._ring = False

    def paint_over(self, painter: QPainter, viewport: Viewport | None) -> None:
        if viewport is not None and self.result is not None:
            self._paint_marks(painter, viewport, self.result)
        if self._ring:
            painter.setPen(QPen(BRIGHT, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))

    def _paint_marks(self, painter: QPainter, viewport: Viewport, result: Result) -> None:
        visible = QRectF(*viewport.visible_rect)
        if self.options.boxes:
            draw_boxes(
                painter,
                QRectF(*viewport.rect),
                viewport.picture,
                result.detections,
                scores=self.options.scores,
                identities=self.options.identities,
                visible=visible,
            )
        if self.tool is not None:
            painter.save()
            self.tool.paint(painter, viewport)
            painter.restore()
        if viewport.zoomed:
            draw_badge(painter, visible, f"{round(100 * viewport.scale)} %")
        if self._info is not None:
            draw_info(painter, visible, self._info())
        if self._flash_timer.isActive():
            draw_caption(painter, visible, self._flash)
