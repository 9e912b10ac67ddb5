"""The image files that labels are about: their headers, their pixels, and what is wrong."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pedcam.measure.labels.base import LabelError, printable
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
    """Turn boxes ``[people, 4]``, x1 y1 x2 y2, as the stored picture is turned upright."""
    width, height = header.stored_size
    x1, y1, x2, y2 = boxes.T
    if header.orientation in LYING:
        x1, y1, x2, y2, width, height = y1, x1, y2, x2, height, width
    if header.orientation in MIRRORED_ACROSS:
        x1, x2 = width - x2, width - x1
    if header.orientation in MIRRORED_DOWN:
        y1, y2 = height - y2, height - y1
    return np.stack((x1, y1, x2, y2), axis=1)


def load_picture(path: Path) -> NDArray[np.uint8]:
    """Read a picture file upright, H x W x 3 uint8, BGR.

    Raises:
        ValueError: It is missing, damaged or no picture; the message says which.
    """
    try:
        if not path.is_file():
            raise ValueError("does not exist")
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:  # a name that no file can have
        raise ValueError("does not exist") from error
    if ends_too_soon(content):
        raise ValueError("is a truncated JPEG file")
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # an empty file, or one with too many pixels
        image = None
    if image is None:
        raise ValueError("cannot be read as a picture")
    return np.asarray(image, np.uint8)


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image file as H x W x 3 uint8, BGR.

    Raises:
        LabelError: It is missing, empty, too large or cannot be decoded.
    """
    try:
        return load_picture(path)
    except ValueError as error:
        raise LabelError(f"Image {printable(path)}, named by the labels, {error}.") from error


def picture_fault(path: Path) -> str:
    """Say what is wrong with a file of which no picture could be had."""
    try:
        load_picture(path)
    except ValueError as error:
        return str(error)
    return "could not be read"


def ends_too_soon(content: bytes) -> bool:
    """Return whether a file is JPEG but lacks the end of its picture.

    Decoders before OpenCV 5 fill in what is missing and say nothing. The end is looked for after
    the header, which may hold a whole small picture, and need not be the file's: phones append.
    """
    if not content.startswith(b"\xff\xd8"):
        return False
    position = 2
    while (marker := content[position : position + 2]) != b"\xff\xda":  # start of scan
        if len(marker) < 2 or marker[0] != 0xFF:
            return len(marker) < 2
        if marker[1] == 0xFF:  # padding
            position += 1
        else:
            length = int.from_bytes(content[position + 2 : position + 4], "big")
            position += 2 + max(2, length)
    # Among the values of a scan, 0xFF is only ever followed by 0 or the mark of a restart.
    return content.find(b"\xff\xd9", position) < 0
