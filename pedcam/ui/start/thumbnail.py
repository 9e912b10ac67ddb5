"""Small pictures of sources."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QImage


def thumbnail(image: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """Return a picture no wider than ``width`` and no higher than that either.

    Args:
        image: H x W x 3 uint8.
        width: Longest side in pixels.
    """
    scale = width / max(image.shape[:2])
    if scale >= 1:
        return image
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def as_image(picture: NDArray[np.uint8]) -> QImage:
    """Return a picture for Qt, as a copy; may be called on any thread.

    Args:
        picture: H x W x 3 uint8, BGR.
    """
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture).tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_BGR888).copy()
