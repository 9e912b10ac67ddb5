"""Training images, decoded once into one memory-mapped file that all workers share."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.errors import UserError
from pedcam.measure.labels.base import LabelledImage, printable
from pedcam.measure.labels.image_files import load_picture, picture_fault
from training.data.augment import Boxes, Image, Labels

MAX_IMAGE_SIDE = 2048
UNUSED_DAYS = 30
LEAST_SIDE = 1.0  # pixels; of a box with a shorter side in the picture nothing can be seen
# To be raised whenever files are laid out or images are decoded in another way.
FORMAT = 3
# Those of earlier versions too, whose tables had files of their own.
OWN_NAME = re.compile(r"[0-9a-f]{16}(\.\w+)*\.(pixels|npy|tmp)")
COLUMNS = ("offset", "height", "width", "factor")  # of image pixels to cached pixels


class DataError(UserError):
    """Training data that cannot be used; the message says what, where and what to do."""


class ImageCache:
    """Decoded images with their labels.

    Attributes:
        kept: For each image, its number among those that were asked for; unreadable ones lack.
        problems: One line per image of which something, or all, had to be left out.
    """

    def __init__(
        self, images: Sequence[LabelledImage], folder: Path, purpose: str = "training"
    ) -> None:
        """Decode the images into a folder, or reuse what an earlier run decoded there.

        Images larger than :data:`MAX_IMAGE_SIDE` are shrunk to it, with their boxes. Boxes are cut
        to the picture; those of which nothing is left are dropped. Messages name the ``purpose``.

        Raises:
            DataError: There is no image that can be read, or the folder cannot be written to.
        """
        if not images:
            raise DataError(f"The {purpose} set is empty: name labels with at least one image.")
        paths = list(dict.fromkeys(image.path for image in images))
        self._path = folder / f"{_key(paths)}.pixels"
        table = _read_table(self._path, len(paths))
        if table is None:
            table = _write(paths, self._path)
        with suppress(OSError):  # somebody else's cache can be read without leaving a mark
            os.utime(self._path)
        rows = dict(zip(paths, table, strict=True))
        self.problems: list[str] = []
        self._table, self._boxes, self._labels, kept = [], [], [], []
        for number, image in enumerate(images):
            row = rows[image.path]
            if not row[1]:
                self.problems.append(
                    f"{printable(image.path)}: {picture_fault(image.path)}, left out"
                )
                continue
            boxes, seen = _cut(image.boxes, row)
            if not seen.all():
                lost = int((~seen).sum())
                self.problems.append(
                    f"{printable(image.path)}: {lost} {'box' if lost == 1 else 'boxes'} out of "
                    f"the picture of {row[2] / row[3]:.0f}x{row[1] / row[3]:.0f} pixels, left out"
                )
            kept.append(number)
            self._table.append(row)
            self._boxes.append(boxes)
            self._labels.append(np.where(image.ignored, -1, 1).astype(np.int8)[seen])
        if not kept:
            raise DataError(
                f"None of the {len(images)} {purpose} images could be read, starting with "
                f"{printable(images[0].path)}: check the image folder."
            )
        self.kept: NDArray[np.int64] = np.array(kept)
        self._pixels: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self._boxes)

    def __getitem__(self, index: int) -> tuple[Image, Boxes, Labels]:
        """Return an image (H x W x 3 uint8 BGR, not to be written to), its boxes and labels.

        Boxes are ``[people, 4]`` x1 y1 x2 y2 in pixels; labels are 1 (a person) or -1 (ignore).
        """
        if self._pixels is None:
            # Opened late, so that workers map the file instead of copying it.
            self._pixels = np.asarray(np.memmap(self._path, np.uint8, "r"))
        offset, height, width = (int(value) for value in self._table[index][:3])
        image = self._pixels[offset : offset + height * width * 3].reshape(height, width, 3)
        return image, self._boxes[index], self._labels[index]

    def __getstate__(self) -> dict[str, Any]:
        """Leave the pixels out of what is sent to a worker: it maps them itself."""
        return {**self.__dict__, "_pixels": None}

    def count(self) -> tuple[int, int]:
        """Return how many people and how many regions to ignore there are."""
        labels = np.concatenate(self._labels)
        return int((labels == 1).sum()), int((labels == -1).sum())


def _key(paths: Sequence[Path]) -> str:
    """Return a name that changes when any file does."""
    key = hashlib.sha256(f"{FORMAT} {MAX_IMAGE_SIDE}\n".encode())
    for path in paths:
        # A name from a label file may hold what no encoding allows, or what no file can have.
        name = os.fspath(path.absolute()).encode("utf-8", "surrogatepass")
        try:
            stat = path.stat()
            state = f"{stat.st_size}:{stat.st_mtime_ns}"
        except (OSError, ValueError):
            state = "missing"
        key.update(name + f":{state}\n".encode())
    return key.hexdigest()[:16]


def _cut(boxes: Boxes, row: NDArray[np.float64]) -> tuple[Boxes, NDArray[np.bool_]]:
    # The boxes that show in a cached image, cut to it, and which of all they are.
    limit = np.array([row[2], row[1]] * 2)
    cut = np.clip(boxes.astype(np.float64) * row[3], 0, limit)
    seen = ((cut[:, 2:] - cut[:, :2]) >= LEAST_SIDE * row[3]).all(axis=1)
    return cut[seen].astype(np.float32), seen


def _decode(path: Path) -> tuple[Image | None, float]:
    try:
        image = load_picture(path)
    except ValueError:
        return None, 1.0
    factor = min(1.0, MAX_IMAGE_SIDE / max(image.shape[:2]))
    if factor < 1:
        size = [max(1, round(side * factor)) for side in image.shape[1::-1]]
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return image, factor


def _read_table(path: Path, count: int) -> NDArray[np.float64] | None:
    """Return the table at the beginning of a file, ``None`` if the file is missing or damaged.

    Rows are :data:`COLUMNS`; height 0 marks an unreadable image.
    """
    try:
        table = np.fromfile(path, np.float64, count * len(COLUMNS)).reshape(count, len(COLUMNS))
        size = table.nbytes + int(3 * (table[:, 1] * table[:, 2]).sum())
        return table if path.stat().st_size == size else None
    except (OSError, ValueError, OverflowError):
        return None


def _write(paths: Sequence[Path], target: Path) -> NDArray[np.float64]:
    """Decode images into a file, which appears under its name only once it is complete."""
    folder = target.parent
    # Nobody else's name, even of another machine that shares the folder.
    temporary = target.with_suffix(f".{secrets.token_hex(8)}.tmp")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_unused(folder)
        try:
            with temporary.open("wb") as file:
                table = _decode_all(paths, file)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        advice = "choose another folder, e.g. --set data.cache=/somewhere/else"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DataError(
                f"There is no space left for the {len(paths)} decoded images in {folder}: make "
                f"room or {advice}."
            ) from error
        raise DataError(
            f"Decoded images cannot be kept in {folder} ({error.strerror}): {advice}."
        ) from error
    return table


def _decode_all(paths: Sequence[Path], file: BinaryIO) -> NDArray[np.float64]:
    table = np.zeros((len(paths), len(COLUMNS)))
    offset = table.nbytes
    file.write(table.tobytes())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        # In chunks, so that decoded images do not pile up faster than they are written.
        for start in range(0, len(paths), 32):
            decoded = pool.map(_decode, paths[start : start + 32])
            for row, (pixels, factor) in enumerate(decoded, start):
                height, width = (0, 0) if pixels is None else pixels.shape[:2]
                table[row] = offset, height, width, factor
                if pixels is not None:
                    file.write(np.ascontiguousarray(pixels).data)
                    offset += pixels.size
    file.seek(0)
    file.write(table.tobytes())
    return table


def _remove_unused(folder: Path) -> None:
    """Remove what no run has used for a month: sets that were changed since, and remains."""
    oldest = time.time() - UNUSED_DAYS * 86400
    for path in folder.iterdir():
        # Another run may be faster, and Windows keeps what is open.
        with suppress(OSError):
            if OWN_NAME.fullmatch(path.name) and path.stat().st_mtime < oldest:
                path.unlink()
