"""How pictures are turned and mirrored to stand as the camera stood, in the numbers of EXIF.

They serve for video as well: 1 is upright, 2 mirrored, 3 upside down, 6 to be turned clockwise by
a quarter, 8 anticlockwise; 4, 5 and 7 are 3, 6 and 8 mirrored.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

UPRIGHT = 1
LYING = range(5, 9)  # in which width and height change places
MIRRORED_ACROSS = (2, 3, 6, 7)  # left becomes right, after width and height have changed places
MIRRORED_DOWN = (3, 4, 7, 8)
# Of the formats that Pillow knows, those that are taken for photographs.
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF")
_TAG = 0x0112


def turned(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn and mirror a stored picture, H x W or H x W x C, as its orientation says."""
    if orientation in LYING:
        image = image.swapaxes(0, 1)
    if orientation in MIRRORED_ACROSS:
        image = image[:, ::-1]
    if orientation in MIRRORED_DOWN:
        image = image[::-1]
    return np.ascontiguousarray(image)


def exif_orientation(image: Image.Image) -> int:
    """Return the orientation of an open picture file, 1 where it has none or nonsense."""
    try:
        said = image.getexif().get(_TAG)
    except Exception:  # Pillow names no errors for broken EXIF; others show such a file unturned
        return UPRIGHT
    return said if isinstance(said, int) and 1 <= said <= 8 else UPRIGHT


def file_orientation(path: Path) -> int | None:
    """Return the orientation of a picture file, ``None`` if it is no picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd inside is for whoever decodes it
            with Image.open(path, formats=FORMATS) as image:
                return exif_orientation(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
