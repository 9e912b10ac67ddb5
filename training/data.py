"""Views of labelled images, and endless reproducible batches of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from pedcam.detect.letterbox import Letterbox
from training.augment import (
    AugmentConfig,
    clip_boxes,
    map_boxes,
    mosaic_regions,
    place,
    vary_colour,
)
from training.cache import ImageCache


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
            found = place(view, *self._cache[which], region, rng, config, covering=len(chosen) > 1)
            boxes.append(found[0])
            kinds.append(found[1])
        view = vary_colour(view, rng, config)
        return TrainingItem(
            torch.from_numpy(np.ascontiguousarray(view.transpose(2, 0, 1))),
            torch.from_numpy(np.concatenate(boxes)),
            torch.from_numpy(np.concatenate(kinds)),
        )


class FittedViews(Dataset[TrainingItem]):
    """Every image once, letterboxed, as the app would see it: for validation."""

    def __init__(self, cache: ImageCache, size: tuple[int, int]) -> None:
        """Make the data set at ``size`` (width, height)."""
        self._cache, self._size = cache, size

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._cache)

    def __getitem__(self, index: int) -> TrainingItem:
        """Make view ``index``."""
        image, image_boxes, image_kinds = self._cache[index]
        letterbox = Letterbox.fit((image.shape[1], image.shape[0]), self._size)
        view = np.empty((self._size[1], self._size[0], 3), np.uint8)
        letterbox.apply(image, view)
        matrix = np.array(
            [[letterbox.scale, 0, letterbox.left], [0, letterbox.scale, letterbox.top]]
        )
        boxes, kinds = clip_boxes(
            map_boxes(image_boxes, matrix),
            image_kinds,
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
        return Batch(
            *(t.to(device, non_blocking=True) for t in (self.images, self.boxes, self.kinds))
        )


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
    """Return a loader of views ``start * batch`` to ``stop * batch`` (or ``last``), in order.

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
