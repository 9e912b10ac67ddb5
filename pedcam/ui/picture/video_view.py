"""The picture with the people found in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from pedcam.ui.picture.boxes import draw_boxes
from pedcam.ui.picture.colors import BACKGROUND, BRIGHT, HINT, draw_badge, draw_caption
from pedcam.ui.picture.frame_image import FrameImage
from pedcam.ui.picture.info_overlay import draw_info
from pedcam.ui.picture.layers import PictureLayers
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.picture.viewport import Viewport
from pedcam.ui.picture.zoom_view import ZoomView
from pedcam.video.stream.results import Result

FLASH_MS = 2000


class VideoView(ZoomView):
    """Shows the latest result, as large as fits with its aspect kept, or nearer.

    Boxes are drawn at the widget's own resolution, so that they stay sharp at any scale.

    Attributes:
        drawing_ms: Milliseconds that drawing the picture took the last time.
    """

    shown = pyqtSignal(object)
    """A :class:`~pedcam.video.stream.results.Result` was painted for the first time."""

    def __init__(self, options: ViewOptions | None = None, parent: QWidget | None = None) -> None:
        """Start without a picture.

        Args:
            options: What is drawn over it; the usual without them.
            parent: The widget it is part of.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 180)
        self.setAccessibleName("Picture")
        self._options = options or ViewOptions()
        self._result: Result | None = None
        self._image = FrameImage()
        self._layers = PictureLayers()
        self._hint = ""
        self._new = False
        self._flash = ""
        self._info: Callable[[], Sequence[str]] | None = None
        self.drawing_ms = 0.0
        self._flash_timer = QTimer(self)
        self._flash_timer.setSingleShot(True)
        self._flash_timer.timeout.connect(lambda: self._set_flash(""))
        self._options.subscribe(self.update)

    @property
    def result(self) -> Result | None:
        """What is on the screen."""
        return self._result

    def set_result(self, result: Result | None) -> None:
        """Show a result, or nothing."""
        self._result = result
        self._new = result is not None
        if result is None:
            self._image.clear()
            self._layers.clear()
            self.setAccessibleDescription("")
            self.fit()
        else:
            self._layers.add(result)
            self.setAccessibleDescription(f"People in the picture: {len(result.detections)}")
        self.update()

    def end_source(self) -> None:
        """The next result begins another source; the picture stays until then."""
        self._layers.end()

    @property
    def hidden(self) -> NDArray[np.float64]:
        """N x 4 corners in pixels of everybody whom the privacy blur hides, also when missed."""
        return self._layers.hidden

    def set_hint(self, text: str) -> None:
        """Say what is going on while there is no picture."""
        if text != self._hint:
            self._hint = text
            self.update()

    def show_info(self, lines: Callable[[], Sequence[str]] | None) -> None:
        """Show lines in the corner of the picture, or none.

        Args:
            lines: Returns them; called whenever the picture is drawn.
        """
        self._info = lines
        self.update()

    def flash(self, text: str) -> None:
        """Show a few words over the picture for a moment."""
        self._set_flash(text)
        self._flash_timer.start(FLASH_MS)

    def picture_size(self) -> tuple[int, int] | None:
        """Return ``(width, height)`` of the frame in pixels, ``None`` without one."""
        if self._result is None:
            return None
        height, width = self._result.frame.image.shape[:2]
        return width, height

    def picture_rect(self) -> QRectF:
        """Where the whole picture lies, on whole device pixels; empty without one."""
        viewport = self.viewport
        return QRectF() if viewport is None else QRectF(*viewport.rect)

    def sizeHint(self) -> QSize:
        """Prefer a 16:9 picture."""
        return QSize(960, 540)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the picture, then what lies over it."""
        started = time.perf_counter()
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        viewport, result = self.viewport, self._result
        if viewport is None or result is None:
            painter.setPen(HINT)
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._hint
            )
        else:
            self._image.draw(painter, result.frame.image, viewport)
            self._layers.draw(painter, viewport, self._options)
            self._draw_people(painter, viewport, result)
            if self._tool is not None:
                painter.save()
                self._tool.paint(painter, viewport)
                painter.restore()
            self._draw_words(painter, viewport)
        if self.ring_shown:
            painter.setPen(QPen(BRIGHT, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()
        self.drawing_ms = 1000 * (time.perf_counter() - started)
        if self._new:
            self._new = False
            self.shown.emit(result)

    def _draw_people(self, painter: QPainter, viewport: Viewport, result: Result) -> None:
        if self._options.boxes:
            draw_boxes(
                painter,
                QRectF(*viewport.rect),
                viewport.picture,
                result.detections,
                scores=self._options.scores,
                identities=self._options.identities,
                visible=QRectF(*viewport.visible_rect),
            )

    def _draw_words(self, painter: QPainter, viewport: Viewport) -> None:
        visible = QRectF(*viewport.visible_rect)
        if viewport.zoomed:
            percent = round(100 * viewport.scale)
            draw_badge(painter, visible, f"{percent} %")
        if self._info is not None:
            draw_info(painter, visible, self._info())
        if self._flash:
            draw_caption(painter, visible, self._flash)

    def _set_flash(self, text: str) -> None:
        self._flash = text
        self.update()
