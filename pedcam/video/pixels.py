"""From decoded pictures of any kind to the BGR pictures that detectors look at."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

# Enough for 12K video and for photographs of 100 million pixels. A header can announce far more,
# and all of it would be allocated.
MAX_PIXELS = 2**27
ASPECT_TOLERANCE = 0.02  # less than that nobody sees
LARGEST_ASPECT = 8  # anamorphic lenses reach 2; more is a broken header
_TURNS = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


def upright(picture: av.VideoFrame, aspect: Fraction | None) -> NDArray[np.uint8]:
    """Convert a decoded picture to BGR with square pixels, standing as the camera stood.

    Alpha is left out, and samples of more than 8 bits are scaled to 8.

    Args:
        picture: What the decoder gave.
        aspect: Width of a pixel divided by its height, ``None`` where unknown.

    Returns:
        H x W x 3 uint8.

    Raises:
        ValueError: The pixels cannot be converted.
    """
    width = picture.width
    if aspect is not None and abs(aspect - 1) > ASPECT_TOLERANCE:
        stretched = max(1, round(width * aspect))
        sensible = 1 / LARGEST_ASPECT <= aspect <= LARGEST_ASPECT
        if sensible and stretched * picture.height <= MAX_PIXELS:
            width = stretched
    image = np.asarray(picture.to_ndarray(format="bgr24", width=width), np.uint8)
    turn = _TURNS.get(round(picture.rotation / 90) * 90 % 360)
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)


def as_bgr(image: NDArray[np.uint8 | np.uint16]) -> NDArray[np.uint8]:
    """Bring the array of a camera or picture file into the form of frames.

    Args:
        image: H x W, H x W x 1, 3 (BGR) or 4 (BGR and alpha); uint8, or uint16 over its whole
            range. Where it is transparent it becomes black.

    Returns:
        H x W x 3 uint8, BGR.

    Raises:
        ValueError: It is none of these.
    """
    if image.dtype == np.uint16:
        image = np.asarray(cv2.convertScaleAbs(image, alpha=255 / 65535), np.uint8)
    channels = 1 if image.ndim == 2 else image.shape[2]
    if image.dtype != np.uint8 or image.ndim > 3 or channels not in (1, 3, 4):
        raise ValueError(f"no picture: {image.dtype} of shape {image.shape}")
    if channels == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    if channels == 4:
        alpha = cv2.cvtColor(np.ascontiguousarray(image[:, :, 3]), cv2.COLOR_GRAY2BGR)
        color = np.ascontiguousarray(image[:, :, :3])
        return np.asarray(cv2.multiply(color, alpha, scale=1 / 255), np.uint8)
    return np.ascontiguousarray(image, np.uint8)
