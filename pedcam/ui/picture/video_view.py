"""The picture with the people found in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PyQt6.QtCore import QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget

from pedcam.ui.picture.boxes import draw_boxes
from pedcam.ui.picture.colors import BRIGHT, draw_badge, draw_caption
from pedcam.ui.picture.info_overlay import draw_info
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.picture.zoom_view import ZoomView
from pedcam.video.stream.results import Result

FLASH_MS = 2000
_TAB_REASONS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)


class VideoView(ZoomView):
    """Shows the latest result, as large as fits with its aspect kept, or nearer.

    Boxes are drawn at the widget's own resolution, so that they stay sharp at any scale.

    Attributes:
        drawing_ms: Milliseconds that drawing the picture took the last time.
    """

    shown = pyqtSignal(object)
    """A :class:`~pedcam.video.stream.results.Result` was painted for the first time."""

    def __init__(self, options: ViewOptions, parent: QWidget | None = None) -> None:
        super().__init__(options, parent)
        self.setMinimumSize(320, 180)
        self.setAccessibleName("Picture")
        self._new = False
        self._flash = ""
        self._info: Callable[[], Sequence[str]] | None = None
        self._ring = False
        self.drawing_ms = 0.0
        self._flash_timer = QTimer(self)
        self._flash_timer.setSingleShot(True)
        self._flash_timer.timeout.connect(self.update)

    @property
    def result(self) -> Result | None:
        """What is on the screen."""
        return self._result

    def set_result(self, result: Result | None) -> None:
        """Show a result, or nothing."""
        self._new = result is not None
        self._take(result)
        if result is None:
            self.fit()
        people = f"People in the picture: {len(result.detections)}" if result is not None else ""
        self.setAccessibleDescription(people)

    def end_source(self) -> None:
        """The next result begins another source; the picture stays until then."""
        self._layers.end()

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

    def paintEvent(self, event: QPaintEvent | None) -> None:
        started = time.perf_counter()
        painter = QPainter(self)
        painted = self._paint_picture(painter)
        if painted is not None:
            viewport, result = painted
            visible = QRectF(*viewport.visible_rect)
            if self._options.boxes:
                draw_boxes(
                    painter,
                    QRectF(*viewport.rect),
                    viewport.picture,
                    result.detections,
                    scores=self._options.scores,
                    identities=self._options.identities,
                    visible=visible,
                )
            if self._tool is not None:
                painter.save()
                self._tool.paint(painter, viewport)
                painter.restore()
            if viewport.zoomed:
                draw_badge(painter, visible, f"{round(100 * viewport.scale)} %")
            if self._info is not None:
                draw_info(painter, visible, self._info())
            if self._flash_timer.isActive():
                draw_caption(painter, visible, self._flash)
        if self._ring:
            painter.setPen(QPen(BRIGHT, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()
        self.drawing_ms = 1000 * (time.perf_counter() - started)
        if self._new:
            self._new = False
            self.shown.emit(self._result)
