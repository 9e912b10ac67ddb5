"""Training images, decoded once into one memory-mapped file that all workers share."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.errors import UserError
from pedcam.measure.labels import LabelledImage
from training.augment import Boxes, Image, Kinds

MAX_IMAGE_SIDE = 2048


class DataError(UserError):
    """Training data that cannot be used; the message says what, where and what to do."""


class ImageCache:
    """Decoded images with their labels.

    Attributes:
        unreadable: Paths left out because their image could not be decoded.
    """

    def __init__(
        self, images: Sequence[LabelledImage], folder: Path, purpose: str = "training"
    ) -> None:
        """Decode the images, or reuse what an earlier run decoded.

        Images larger than :data:`MAX_IMAGE_SIDE` are shrunk to it, with their boxes.

        Args:
            images: What to decode.
            folder: Where the cache lives; it is made when missing.
            purpose: What the images are for, as messages call it.

        Raises:
            DataError: There is nothing to train on.
        """
        if not images:
            raise DataError(
                f"The {purpose} set is empty: name at least one label file with images."
            )
        key = hashlib.sha256()
        for image in images:
            try:
                stat = image.path.stat()
                key.update(f"{image.path}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
            except (OSError, ValueError):
                key.update(f"{image.path}:missing\n".encode())
        folder.mkdir(parents=True, exist_ok=True)
        self._pixels_path = folder / f"{key.hexdigest()[:16]}.pixels"
        table_path = self._pixels_path.with_suffix(".npy")
        if not (table_path.exists() and self._pixels_path.exists()):
            _decode_all(images, self._pixels_path, table_path)
        # Rows: offset, height, width, and the factor from file pixels to cached pixels; height 0
        # marks an unreadable image.
        table = np.load(table_path, allow_pickle=False)
        good = np.flatnonzero(table[:, 1] > 0)
        self.unreadable = [images[i].path for i in np.flatnonzero(table[:, 1] == 0)]
        if not len(good):
            raise DataError(
                f"None of the {len(images)} {purpose} images could be read, starting with "
                f"{images[0].path}: check the image folder."
            )
        self._table = table[good]
        self._boxes = [(images[i].boxes * table[i, 3]).astype(np.float32) for i in good]
        self._kinds = [np.where(images[i].ignored, -1, 1).astype(np.int8) for i in good]
        self._pixels: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._boxes)

    def __getitem__(self, index: int) -> tuple[Image, Boxes, Kinds]:
        """Return an image (H x W x 3 uint8 BGR, not to be written to), its boxes and kinds.

        Boxes are ``[people, 4]`` x1 y1 x2 y2 in pixels; kinds are 1 (a person) or -1 (ignore).
        """
        if self._pixels is None:
            # Opened late, so that workers map the file instead of copying it.
            self._pixels = np.memmap(self._pixels_path, np.uint8, "r")
        offset, height, width = (int(value) for value in self._table[index, :3])
        image = self._pixels[offset : offset + height * width * 3].reshape(height, width, 3)
        return image, self._boxes[index], self._kinds[index]


def _decode(path: Path) -> tuple[Image | None, float]:
    try:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, ValueError, cv2.error):  # missing, impossible name, empty, too large
        return None, 1.0
    if image is None:
        return None, 1.0
    factor = min(1.0, MAX_IMAGE_SIDE / max(image.shape[:2]))
    if factor < 1:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return image.astype(np.uint8, copy=False), factor


def _decode_all(images: Sequence[LabelledImage], pixels_path: Path, table_path: Path) -> None:
    rows, offset = [], 0
    temporary = pixels_path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file, ThreadPoolExecutor(os.cpu_count()) as pool:
            # In chunks, so that decoded images do not pile up faster than they are written.
            for start in range(0, len(images), 256):
                chunk = [image.path for image in images[start : start + 256]]
                for pixels, factor in pool.map(_decode, chunk):
                    height, width = (0, 0) if pixels is None else pixels.shape[:2]
                    rows.append((offset, height, width, factor))
                    if pixels is not None:
                        file.write(np.ascontiguousarray(pixels).data)
                        offset += pixels.size
        os.replace(temporary, pixels_path)
    finally:
        temporary.unlink(missing_ok=True)
    table_temporary = table_path.with_suffix(f".{os.getpid()}.tmp.npy")
    np.save(table_temporary, np.array(rows, np.float64))
    os.replace(table_temporary, table_path)
