"""The picture with the people found in it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from pedcam.ui.picture.overlay import draw_boxes, draw_caption
from pedcam.video.stream import Result

BACKGROUND = QColor(14, 15, 18)
FLASH_MS = 2000
_HINT = QColor(176, 182, 190)


class VideoView(QWidget):
    """Shows the latest result, as large as fits with its aspect kept.

    Boxes are drawn at the widget's own resolution, so that they stay sharp at any scale.
    """

    shown = pyqtSignal(object)
    """A :class:`~pedcam.video.stream.Result` was painted for the first time."""

    double_clicked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without a picture."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 180)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAccessibleName(self.tr("Picture"))
        self._result: Result | None = None
        self._image = QImage()
        self._pixels: NDArray[np.uint8] | None = None
        self._made_for = 0.0
        self._hint = ""
        self._new = False
        self._flash = ""
        self._flash_timer = QTimer(self)
        self._flash_timer.setSingleShot(True)
        self._flash_timer.timeout.connect(lambda: self._set_flash(""))

    @property
    def result(self) -> Result | None:
        """What is on the screen."""
        return self._result

    def set_result(self, result: Result | None) -> None:
        """Show a result, or nothing."""
        self._result = result
        self._new = result is not None
        self._image, self._pixels = QImage(), None
        if result is not None:
            self.setAccessibleDescription(
                self.tr("People in the picture: {count}").format(count=len(result.detections))
            )
        self.update()

    def set_hint(self, text: str) -> None:
        """Say what is going on while there is no picture."""
        if text != self._hint:
            self._hint = text
            self.update()

    def flash(self, text: str) -> None:
        """Show a few words over the picture for a moment."""
        self._set_flash(text)
        self._flash_timer.start(FLASH_MS)

    def picture_rect(self) -> QRectF:
        """Where the picture lies in the widget, on whole device pixels; empty without one."""
        if self._result is None:
            return QRectF()
        ratio = self.devicePixelRatioF()
        room = QRectF(self.rect()).size() * ratio
        full_height, full_width, _ = self._result.frame.image.shape
        scale = min(room.width() / full_width, room.height() / full_height)
        width = max(1, round(full_width * scale))
        height = max(1, round(full_height * scale))
        left = (round(room.width()) - width) // 2
        top = (round(room.height()) - height) // 2
        return QRectF(left / ratio, top / ratio, width / ratio, height / ratio)

    def sizeHint(self) -> QSize:
        """Prefer a 16:9 picture."""
        return QSize(960, 540)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the picture, then the boxes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), BACKGROUND)
        if self._result is None:
            painter.setPen(_HINT)
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._hint
            )
            return
        target = self.picture_rect()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self._image_for(target))
        size = self._result.frame.image.shape
        draw_boxes(painter, target, (size[1], size[0]), self._result.detections)
        if self._flash:
            draw_caption(painter, target, self._flash)
        painter.end()
        if self._new:
            self._new = False
            self.shown.emit(self._result)

    def mouseDoubleClickEvent(self, event: object) -> None:
        """Tell that the picture was double-clicked."""
        self.double_clicked.emit()

    def _set_flash(self, text: str) -> None:
        self._flash = text
        self.update()

    def _image_for(self, target: QRectF) -> QImage:
        if self._result is None:
            return QImage()
        wanted = target.width() * self.devicePixelRatioF()
        if self._image.isNull() or self._made_for != wanted:
            self._made_for = wanted
            pixels = np.ascontiguousarray(self._result.frame.image)
            # QPainter interpolates between neighbours, which would skip pixels below half size.
            # Averaging two by two is the fastest way there.
            while pixels.shape[1] >= 2 * wanted and pixels.shape[0] > 1:
                height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
                half = np.empty((height, width, 3), np.uint8)
                cv2.resize(pixels, (width, height), dst=half, interpolation=cv2.INTER_AREA)
                pixels = half
            # QImage does not own the pixels: the array is kept as long as the image.
            self._pixels = pixels
            self._image = QImage(
                pixels.data,  # type: ignore[call-overload] # any buffer is taken, not only bytes
                pixels.shape[1],
                pixels.shape[0],
                pixels.strides[0],
                QImage.Format.Format_BGR888,
            )
        return self._image
