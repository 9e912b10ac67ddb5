"""Small pictures of what happened."""

from __future__ import annotations

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.output.annotate import BOX_COLOR, PeopleBlur

WIDTH = 320  # pixels; high pictures are as high instead
MOST_BYTES = 40_000
_QUALITIES = (80, 55, 30)


def snapshot(
    image: NDArray[np.uint8],
    box: NDArray[np.float32],
    blurred: NDArray[np.float32] | None = None,
) -> bytes | None:
    """Return the whole picture, small, with one person marked.

    Args:
        image: H x W x 3 uint8, BGR; it stays as it is.
        box: Left, top, right and bottom edge of the person in pixels.
        blurred: N x 4 boxes of people to make unrecognizable; ``None`` for nobody.

    Returns:
        A JPEG of :data:`MOST_BYTES` at most; ``None`` if the picture cannot be made as small.
    """
    height, width = image.shape[:2]
    scale = min(1.0, WIDTH / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    if blurred is not None:
        # Blurred when small, the cells are the coarser for it.
        people = sv.Detections(xyxy=(blurred * scale).reshape(-1, 4))
        small = PeopleBlur().annotate(small, people, 0.0)
    left, top, right, bottom = (round(float(edge) * scale) for edge in box)
    for color, thickness in (((0, 0, 0), 4), (BOX_COLOR.as_bgr(), 2)):
        cv2.rectangle(small, (left, top), (right, bottom), color, thickness)
    for quality in _QUALITIES:
        done, encoded = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, quality))
        if done and encoded.size <= MOST_BYTES:
            return encoded.tobytes()
    return None
