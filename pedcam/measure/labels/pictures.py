"""What the header of a picture file says, and boxes turned as its EXIF orientation says."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pedcam.orientation import (
    FORMATS,
    LYING,
    MIRRORED_ACROSS,
    MIRRORED_DOWN,
    UPRIGHT,
    exif_orientation,
)


@dataclass(frozen=True)
class Header:
    """What a picture file says of itself.

    Attributes:
        size: ``(width, height)`` in pixels as OpenCV decodes it, which turns it upright.
        orientation: How it is turned for that, 1 to 8 as in EXIF; 1 is not at all.
    """

    size: tuple[int, int]
    orientation: int = UPRIGHT

    @property
    def stored_size(self) -> tuple[int, int]:
        """``(width, height)`` in pixels before it is turned."""
        return self.size[::-1] if self.orientation in LYING else self.size


def picture_header(path: Path) -> Header | None:
    """Read the header of a picture file, ``None`` if that cannot be done."""
    if not os.path.isfile(path):  # opening a pipe would wait for somebody to write into it
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PIL reports what is odd inside; the size is enough
            with Image.open(path, formats=FORMATS) as picture:
                width, height = picture.size
                orientation = exif_orientation(picture)
                # PIL has turned the size of a TIFF already.
                turned = picture.format != "TIFF" and orientation in LYING
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return Header((height, width) if turned else (width, height), orientation)


def turned_boxes(boxes: NDArray[np.float64], header: Header) -> NDArray[np.float64]:
    """Turn boxes in the pixels of a stored picture as the picture is turned upright.

    Args:
        boxes: ``[people, 4]``, x1 y1 x2 y2.
        header: Of the picture.
    """
    width, height = header.stored_size
    x1, y1, x2, y2 = boxes.T
    if header.orientation in LYING:
        x1, y1, x2, y2, width, height = y1, x1, y2, x2, height, width
    if header.orientation in MIRRORED_ACROSS:
        x1, x2 = width - x2, width - x1
    if header.orientation in MIRRORED_DOWN:
        y1, y2 = height - y2, height - y1
    return np.stack((x1, y1, x2, y2), axis=1)
