"""The visible part of a frame as an image of exactly the screen's pixels."""

from __future__ import annotations

from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QImage, QPainter

from pedcam.ui.picture.viewport import Viewport


class FrameImage:
    """Converts a frame to what is drawn, once for each frame and viewport."""

    def __init__(self) -> None:
        self._frame: NDArray[np.uint8] | None = None
        self._viewport: Viewport | None = None
        self._corner = (0, 0)
        self._image = QImage()
        # Kept from frame to frame: fresh memory of this size costs as much as the arithmetic.
        self._scaled = np.empty((0, 0, 3), np.uint8)
        self._pixels = np.empty((0, 0, 4), np.uint8)

    def clear(self) -> None:
        self._frame = self._viewport = None

    def draw(self, painter: QPainter, frame: NDArray[np.uint8], viewport: Viewport) -> None:
        """Draw the part of a frame (H x W x 3, BGR) that can be seen."""
        if frame is not self._frame or viewport != self._viewport:
            self._frame, self._viewport = frame, viewport
            self._convert(frame, viewport)
        painter.save()
        # One pixel of the image onto one of the screen, whatever the scale: a plain copy.
        painter.scale(1 / viewport.ratio, 1 / viewport.ratio)
        painter.drawImage(*self._corner, self._image)
        painter.restore()

    def _convert(self, frame: NDArray[np.uint8], viewport: Viewport) -> None:
        left, top, width, height = viewport.device_rect
        room = [round(side * viewport.ratio) for side in viewport.widget]
        block = _block(frame.shape[:2], viewport.scale)
        columns, across = _part(frame.shape[1], left, width, room[0], block)
        rows, down = _part(frame.shape[0], top, height, room[1], block)
        part = frame[rows, columns]
        # Interpolating between neighbours would skip pixels below half size. Averaging two by two
        # is the fastest way there.
        for _ in range(block.bit_length() - 1):
            half = (part.shape[1] // 2, part.shape[0] // 2)
            part = np.asarray(cv2.resize(part, half, interpolation=cv2.INTER_AREA), np.uint8)
        shape = (down.stop - down.start, across.stop - across.start)
        if self._pixels.shape[:2] != shape:
            self._scaled = np.empty((*shape, 3), np.uint8)
            self._pixels = np.empty((*shape, 4), np.uint8)
        if part.shape[:2] != shape:
            cv2.resize(part, shape[::-1], dst=self._scaled, interpolation=cv2.INTER_LINEAR)
            part = self._scaled
        cv2.cvtColor(part, cv2.COLOR_BGR2BGRA, dst=self._pixels)
        self._corner = (across.start, down.start)
        self._image = bgra_image(self._pixels, opaque=True)


def bgra_image(pixels: NDArray[np.uint8], *, opaque: bool = False) -> QImage:
    """Wrap premultiplied BGRA pixels, H x W x 4, which must live as long as the image."""
    height, width = pixels.shape[:2]
    form = QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32_Premultiplied
    # Any buffer is taken, not only bytes.
    image: QImage = QImage(pixels.data, width, height, pixels.strides[0], form)  # type: ignore[call-overload]
    return image


def _block(shape: tuple[int, ...], scale: float) -> int:
    """How many pixels, as a power of two, are averaged to one before interpolating."""
    block = 1
    while 2 * block * scale <= 1 and 2 * block <= min(shape):
        block *= 2
    return block


def _part(length: int, start: int, span: int, room: int, block: int) -> tuple[slice, slice]:
    """Return the part of one side of a frame that is seen, and the device pixels that it fills.

    The frame has ``length`` pixels, which fill ``span`` device pixels from ``start`` on, of which
    the widget shows ``room``. The part is a little larger, for interpolating, and begins and ends
    at multiples of ``block``.
    """
    scale = span / length
    first = floor((max(start, 0) - start) / scale) - block
    last = ceil((min(start + span, room) - start) / scale) + block
    first = max(first - first % block, 0)
    last = min(last + -last % block, length)
    end = start + span if last == length else start + round(last * scale)
    begin = start + round(first * scale)
    whole = (last - first) // block * block
    return slice(first, first + whole), slice(begin, max(end, begin + 1))
