"""The size of a picture, without decoding it."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from PIL import Image

# Those that OpenCV decodes as well; what else PIL knows only adds ways to go wrong.
FORMATS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")
ORIENTATION = 0x0112
LYING = range(5, 9)


def picture_size(path: Path) -> tuple[int, int] | None:
    """Return ``(width, height)`` in pixels as OpenCV would decode the file.

    OpenCV turns pictures upright by their EXIF orientation, so width and height change places
    where that says a quarter turn.

    Returns:
        ``None`` if the header cannot be read.
    """
    if not os.path.isfile(path):  # opening a pipe would wait for somebody to write into it
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PIL reports what is odd inside; the size is enough
            with Image.open(path, formats=FORMATS) as picture:
                width, height = picture.size
                # PIL has turned the size of a TIFF already.
                turned = picture.format != "TIFF" and _orientation(picture) in LYING
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return (height, width) if turned else (width, height)


def _orientation(picture: Image.Image) -> object:
    try:
        return picture.getexif().get(ORIENTATION)
    except Exception:  # PIL names no errors for broken EXIF; OpenCV decodes such a file unturned
        return None
