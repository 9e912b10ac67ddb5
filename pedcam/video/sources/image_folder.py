"""A folder of images as a source."""

from __future__ import annotations

import math
import re
import threading
import time
import warnings
from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from pedcam.files import is_hidden
from pedcam.orientation import FORMATS
from pedcam.video.sources.frame import MAX_PIXELS, Frame, Source, SourceError, as_bgr

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
PICTURES_PER_SECOND = 2
ROUNDING = 0.001  # seconds by which a time may miss a picture's
_DEEP_GRAY = ("I;16", "I;16B", "I;16L", "I;16N", "I")

# Pillow warns of pictures above a limit of its own; ours are checked before they are decoded.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


class ImageFolderSource(Source):
    """The pictures of one folder, in the order in which people number them: 2 before 10.

    Every picture has half a second, also one that cannot be read: it is left out, and the numbers
    and times of the others stay. Folders within it are not looked into.
    """

    live = False
    rate = float(PICTURES_PER_SECOND)
    time_base = Fraction(1, PICTURES_PER_SECOND)

    def __init__(self, folder: Path) -> None:
        self.title = folder.name or str(folder)
        try:
            entries = [entry for entry in folder.iterdir() if _is_picture(entry)]
        except OSError as error:
            raise SourceError(f"{folder} cannot be read: {error.strerror}.") from None
        if not entries:
            raise SourceError(
                f"{folder} holds no pictures ({', '.join(s[1:] for s in SUFFIXES)}). "
                "Name a folder that does, or a video."
            )
        self._paths = sorted(entries, key=_natural)
        self.duration = len(self._paths) / PICTURES_PER_SECOND
        self._problems: dict[str, str] = {}
        self._next = 0
        self._cached: tuple[int, NDArray[np.uint8]] | None = None
        self._interrupted = threading.Event()
        first = self._readable(range(len(self._paths)))
        if first is None or self._cached is None:
            raise SourceError(
                f"None of the {len(self._paths)} pictures in {folder} can be read. "
                f"The first: {self.problems[0]}."
            )
        height, width = self._cached[1].shape[:2]
        self.size = (width, height)

    @property
    def problems(self) -> tuple[str, ...]:
        return tuple(f"{name}: {reason}" for name, reason in self._problems.items())

    def read(self) -> Frame | None:
        index = self._readable(range(self._next, len(self._paths)))
        if index is None or self._cached is None:
            self._next = len(self._paths)
            return None
        image = self._cached[1]
        self._cached = None
        self._next = index + 1
        return Frame(image, index, index / PICTURES_PER_SECOND, time.perf_counter())

    def skip(self) -> bool:
        if self._next >= len(self._paths):
            return False
        self._next += 1
        return True

    def seek(self, time: float, *, before: bool = False) -> None:
        count = len(self._paths)
        wanted = min(count, max(0, math.ceil((time - ROUNDING) * PICTURES_PER_SECOND)))
        after, backwards = range(wanted, count), range(wanted - 1, -1, -1)
        index = self._readable(chain(backwards, after) if before else chain(after, backwards))
        self._next = count if index is None else index

    def interrupt(self) -> None:
        self._interrupted.set()

    def _readable(self, indices: Iterable[int]) -> int | None:
        """Return the first of some numbers whose picture can be read; keeps that picture."""
        for index in indices:
            if self._interrupted.is_set():
                return None
            if self._cached is not None and self._cached[0] == index:
                return index
            path = self._paths[index]
            try:
                self._cached = index, read_picture(path)
            except ValueError as error:
                self._problems[path.name] = str(error)
                continue
            return index
        return None


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read an image file as the camera stood, in 8 bits and without transparency.

    Returns:
        H x W x 3 uint8, BGR.

    Raises:
        ValueError: It is no picture, damaged or larger than
            :data:`~pedcam.video.sources.frame.MAX_PIXELS`; the message says which.
    """
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f"{image.width} x {image.height} pixels are too many")
            return _as_bgr(ImageOps.exif_transpose(image))
    except UnidentifiedImageError:
        raise ValueError("not a picture") from None
    except Image.DecompressionBombError:
        raise ValueError("far too many pixels") from None
    # Pillow lets out whatever its parsers meet in a damaged file.
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error


def _as_bgr(image: Image.Image) -> NDArray[np.uint8]:
    if image.mode in _DEEP_GRAY:
        return as_bgr(np.asarray(image).clip(0, 65535).astype(np.uint16))
    if image.mode == "F":
        raise ValueError("its pixels are fractions, of unknown range")
    if image.has_transparency_data:
        colors = np.asarray(image.convert("RGBA"), np.uint8)
        return as_bgr(np.asarray(cv2.cvtColor(colors, cv2.COLOR_RGBA2BGRA), np.uint8))
    colors = np.asarray(image.convert("RGB"), np.uint8)
    return np.asarray(cv2.cvtColor(colors, cv2.COLOR_RGB2BGR), np.uint8)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not is_hidden(path) and path.is_file()


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sort key in which numbers within a name count as numbers."""
    parts = re.split(r"(\d+)", path.name.casefold(), flags=re.ASCII)
    key = [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in parts if part]
    return [*key, (2, 0, path.name)]
