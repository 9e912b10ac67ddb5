"""Labelled images: reading, caching, and endless reproducible batches.

Labels are COCO json: one box list per image, ``iscrowd`` or ``ignore`` marking regions that count
neither way. Every image is decoded once into one memory-mapped file that all workers share.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from pedcam.detect.letterbox import Letterbox
from training.augment import (
    AugmentConfig,
    Boxes,
    Image,
    Kinds,
    clip_boxes,
    map_boxes,
    mosaic_regions,
    place,
    vary_colour,
)

MAX_IMAGE_SIDE = 2048


class DataError(Exception):
    """Training data that cannot be used; the message says what, where and what to do."""


@dataclass(frozen=True)
class Sample:
    """One labelled image.

    Attributes:
        path: The image file.
        boxes: ``[people, 4]`` float32, x1 y1 x2 y2 in pixels of the file.
        kinds: ``[people]`` int8, 1 a person, -1 a region to ignore.
    """

    path: Path
    boxes: Boxes
    kinds: Kinds


def read_coco(labels: Path, images: Path) -> list[Sample]:
    """Read a COCO json file.

    Boxes without area are dropped.

    Args:
        labels: The json file.
        images: The folder that ``file_name`` is relative to.

    Returns:
        One sample per image, in the file's order, people or not.

    Raises:
        DataError: The file cannot be read or is not COCO json.
    """
    try:
        document = json.loads(labels.read_text(encoding="utf-8"))
        people: dict[int, list[tuple[list[float], int]]] = {
            image["id"]: [] for image in document["images"]
        }
        for annotation in document["annotations"]:
            x, y, width, height = map(float, annotation["bbox"])
            if width > 0 and height > 0:
                ignore = annotation.get("iscrowd", 0) or annotation.get("ignore", 0)
                people[annotation["image_id"]].append(
                    ([x, y, x + width, y + height], -1 if ignore else 1)
                )
        return [
            Sample(
                images / image["file_name"],
                np.array([box for box, _ in people[image["id"]]], np.float32).reshape(-1, 4),
                np.array([kind for _, kind in people[image["id"]]], np.int8),
            )
            for image in document["images"]
        ]
    except OSError as error:
        raise DataError(f"Labels {labels} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"Labels {labels} are not COCO json (an object with 'images' and 'annotations'): "
            f"{type(error).__name__} {error}."
        ) from error


class ImageCache:
    """Decoded images in one memory-mapped file.

    Attributes:
        samples: The samples whose images could be decoded; boxes fit the cached pixels.
        unreadable: Paths left out because their image could not be decoded.
    """

    def __init__(self, samples: Sequence[Sample], folder: Path) -> None:
        """Decode the images, or reuse what an earlier run decoded.

        Images larger than :data:`MAX_IMAGE_SIDE` are shrunk to it.

        Args:
            samples: What to decode.
            folder: Where the cache lives; it is made when missing.

        Raises:
            DataError: There is nothing to train on.
        """
        if not samples:
            raise DataError("The training set is empty: name at least one label file with images.")
        key = hashlib.sha256()
        for sample in samples:
            try:
                stat = sample.path.stat()
                key.update(f"{sample.path}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
            except OSError:
                key.update(f"{sample.path}:missing\n".encode())
        folder.mkdir(parents=True, exist_ok=True)
        self._pixels_path = folder / f"{key.hexdigest()[:16]}.pixels"
        table_path = self._pixels_path.with_suffix(".npy")
        if not (table_path.exists() and self._pixels_path.exists()):
            _decode_all(samples, self._pixels_path, table_path)
        # Rows: offset, height, width, and the factor from file pixels to cached pixels; height 0
        # marks an unreadable image.
        table = np.load(table_path, allow_pickle=False)
        good = np.flatnonzero(table[:, 1] > 0)
        self.unreadable = [samples[i].path for i in np.flatnonzero(table[:, 1] == 0)]
        if not len(good):
            raise DataError(
                f"None of the {len(samples)} training images could be read, starting with "
                f"{samples[0].path}: check the image folder."
            )
        self._table = table[good]
        self.samples = [
            Sample(
                samples[i].path, (samples[i].boxes * table[i, 3]).astype(np.float32), samples[i].kinds
            )
            for i in good
        ]
        self._pixels: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.samples)

    def image(self, index: int) -> Image:
        """Return an image, H x W x 3 uint8 BGR, not to be written to."""
        if self._pixels is None:
            # Opened late, so that workers map the file instead of copying it.
            self._pixels = np.memmap(self._pixels_path, np.uint8, "r")
        offset, height, width = (int(value) for value in self._table[index, :3])
        return self._pixels[offset : offset + height * width * 3].reshape(height, width, 3)


def _decode(path: Path) -> tuple[Image | None, float]:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        return None, 1.0
    factor = min(1.0, MAX_IMAGE_SIDE / max(image.shape[:2]))
    if factor < 1:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return image.astype(np.uint8, copy=False), factor


def _decode_all(samples: Sequence[Sample], pixels_path: Path, table_path: Path) -> None:
    rows, offset = [], 0
    temporary = pixels_path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file, ThreadPoolExecutor(os.cpu_count()) as pool:
            for start in range(0, len(samples), 256):
                chunk = [sample.path for sample in samples[start : start + 256]]
                for image, factor in pool.map(_decode, chunk):
                    height, width = (0, 0) if image is None else image.shape[:2]
                    rows.append((offset, height, width, factor))
                    if image is not None:
                        file.write(np.ascontiguousarray(image).data)
                        offset += image.size
        os.replace(temporary, pixels_path)
    finally:
        temporary.unlink(missing_ok=True)
    table_temporary = table_path.with_suffix(f".{os.getpid()}.tmp.npy")
    np.save(table_temporary, np.array(rows, np.float64))
    os.replace(table_temporary, table_path)


@dataclass(frozen=True)
class TrainingItem:
    """One view: image ``[3, H, W]`` uint8, boxes ``[people, 4]``, kinds ``[people]``."""

    image: Tensor
    boxes: Tensor
    kinds: Tensor


class RandomViews(Dataset[TrainingItem]):
    """Random views by number: view ``i`` is the same whenever and wherever it is made.

    That is what makes an interrupted run continue with exactly the views it would have seen.
    """

    def __init__(
        self,
        cache: ImageCache,
        size: tuple[int, int],
        config: AugmentConfig,
        seed: int,
        plain_from: int,
    ) -> None:
        """Make the data set.

        Args:
            cache: The images.
            size: ``(width, height)`` of a view.
            config: How far views stray.
            seed: Seed of everything.
            plain_from: Number of the view from which on there are no more mosaics.
        """
        self._cache, self._size, self._config = cache, size, config
        self._seed, self._plain_from = seed, plain_from

    def __getitem__(self, index: int) -> TrainingItem:
        """Make view ``index``."""
        rng = np.random.default_rng((self._seed, index))
        config, (width, height) = self._config, self._size
        epoch, place_in_epoch = divmod(index, len(self._cache))
        order = np.random.default_rng((self._seed, 2**32 + epoch)).permutation(len(self._cache))
        chosen = [int(order[place_in_epoch])]
        regions = [(0, 0, width, height)]
        if index < self._plain_from and rng.uniform() < config.mosaic:
            regions = mosaic_regions(rng, self._size)
            chosen += rng.integers(len(self._cache), size=3).tolist()
        view = np.empty((height, width, 3), np.uint8)
        boxes, kinds = [], []
        for region, which in zip(regions, chosen, strict=True):
            sample = self._cache.samples[which]
            image, covering = self._cache.image(which), len(chosen) > 1
            found = place(
                view, image, sample.boxes, sample.kinds, region, rng, config, covering=covering
            )
            boxes.append(found[0])
            kinds.append(found[1])
        view = vary_colour(view, rng, config)
        return TrainingItem(
            torch.from_numpy(np.ascontiguousarray(view.transpose(2, 0, 1))),
            torch.from_numpy(np.concatenate(boxes)),
            torch.from_numpy(np.concatenate(kinds)),
        )


class FittedViews(Dataset[TrainingItem]):
    """Every image once, letterboxed, as the app would see it: for validation and calibration."""

    def __init__(self, cache: ImageCache, size: tuple[int, int]) -> None:
        """Make the data set at ``size`` (width, height)."""
        self._cache, self._size = cache, size

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._cache)

    def __getitem__(self, index: int) -> TrainingItem:
        """Make view ``index``."""
        image, sample = self._cache.image(index), self._cache.samples[index]
        letterbox = Letterbox.fit((image.shape[1], image.shape[0]), self._size)
        view = np.empty((self._size[1], self._size[0], 3), np.uint8)
        letterbox.apply(image, view)
        matrix = np.array(
            [[letterbox.scale, 0, letterbox.left], [0, letterbox.scale, letterbox.top]]
        )
        boxes, kinds = clip_boxes(
            map_boxes(sample.boxes, matrix),
            sample.kinds,
            (0, 0, *self._size),
            AugmentConfig(min_visible=0, min_height=0),
        )
        return TrainingItem(
            torch.from_numpy(np.ascontiguousarray(view.transpose(2, 0, 1))),
            torch.from_numpy(boxes),
            torch.from_numpy(kinds),
        )


@dataclass(frozen=True)
class Batch:
    """Images ``[batch, 3, H, W]`` uint8, boxes ``[batch, people, 4]``, kinds ``[batch, people]``.

    ``kinds`` is 1 for a person, -1 for a region to ignore, 0 for padding.
    """

    images: Tensor
    boxes: Tensor
    kinds: Tensor

    def pin_memory(self) -> Batch:
        """Return the batch in page-locked memory."""
        return Batch(self.images.pin_memory(), self.boxes.pin_memory(), self.kinds.pin_memory())

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(*(t.to(device, non_blocking=True) for t in (self.images, self.boxes, self.kinds)))


def collate(items: Sequence[TrainingItem]) -> Batch:
    """Stack views, padding their boxes to the same number."""
    people = max(1, *(len(item.boxes) for item in items)) if items else 1
    boxes = torch.zeros(len(items), people, 4)
    kinds = torch.zeros(len(items), people, dtype=torch.int8)
    for row, item in enumerate(items):
        boxes[row, : len(item.boxes)] = item.boxes
        kinds[row, : len(item.kinds)] = item.kinds
    return Batch(torch.stack([item.image for item in items]), boxes, kinds)


class _Span(Sampler[int]):
    def __init__(self, start: int, stop: int) -> None:
        self._range = range(start, stop)

    def __iter__(self) -> Iterator[int]:
        return iter(self._range)

    def __len__(self) -> int:
        return len(self._range)


def batches(
    views: Dataset[TrainingItem],
    start: int,
    stop: int,
    batch: int,
    workers: int,
    *,
    last: int | None = None,
    pin: bool = False,
) -> DataLoader[Batch]:
    """Return a loader of views ``start * batch`` to ``stop * batch``, at most to ``last``, in order.

    OpenCV keeps to one thread from here on: the workers are the parallelism, and its thread pool
    does not survive their being forked.
    """
    cv2.setNumThreads(0)
    return DataLoader(
        views,
        batch_size=batch,
        sampler=_Span(start * batch, min(stop * batch, last or stop * batch)),
        num_workers=workers,
        collate_fn=collate,
        pin_memory=pin,
        prefetch_factor=4 if workers else None,
    )
