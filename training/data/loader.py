"""Views of labelled images, and endless reproducible batches of them."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from pedcam.detect.letterbox import Letterbox
from pedcam.endings import ending_signals
from training.config import AugmentConfig
from training.data.augment import clip_boxes, cut_out, map_boxes, mosaic_regions, place, vary_colour
from training.data.cache import ImageCache


@dataclass(frozen=True)
class View:
    """One view: image ``[3, H, W]`` uint8, boxes ``[people, 4]``, labels ``[people]``."""

    image: Tensor
    boxes: Tensor
    labels: Tensor

    @classmethod
    def of(cls, picture: NDArray[Any], boxes: NDArray[Any], labels: NDArray[Any]) -> View:
        image = torch.from_numpy(picture).permute(2, 0, 1)
        return cls(image, torch.from_numpy(boxes), torch.from_numpy(labels))


class TrainDataset(Dataset[View]):
    """Random views by number: view ``i`` is the same whenever and wherever it is made.

    That is what makes an interrupted run continue with exactly the views it would have seen, and
    several processes see together what one would have seen.

    Attributes:
        epoch_length: Views in which every image comes up as often as its weight says.
    """

    def __init__(
        self,
        cache: ImageCache,
        size: tuple[int, int],
        config: AugmentConfig,
        seed: int,
        plain_from: int,
        weights: Sequence[float] | NDArray[np.float64] | None = None,
        *,
        more_sizes: Sequence[tuple[int, int]] = (),
        batch: int = 1,
    ) -> None:
        """Take the images and how to vary them.

        Args:
            cache: The images.
            size: ``(width, height)`` of a view.
            config: How far views stray.
            seed: Seed of everything.
            plain_from: Number of the view from which on there are no more mosaics.
            weights: How often each image comes up in an epoch, by default once; 1.5 is once or
                twice.
            more_sizes: Further sizes, one of which a batch may be of instead.
            batch: Views that are of one size: ``batch * n`` to ``batch * n + batch - 1``.

        Raises:
            ValueError: The weights make no sense.
        """
        self._cache, self._config = cache, config
        self._sizes, self._batch = (size, *more_sizes), batch
        self._seed, self._plain_from = seed, plain_from
        self._weights = np.ones(len(cache)) if weights is None else np.array(weights, np.float64)
        if self._weights.shape != (len(cache),):
            raise ValueError(f"{self._weights.size} weights for {len(cache)} images")
        good = np.isfinite(self._weights).all() and (self._weights >= 0).all()
        if not good or not self._weights.any():
            raise ValueError("weights must be finite and not negative, and not all of them 0")
        self._cumulated = np.cumsum(self._weights)
        self.epoch_length = max(1, round(float(self._cumulated[-1])))
        self._drawn: tuple[int, NDArray[np.int64]] | None = None

    def __getitem__(self, index: int) -> View:
        rng = np.random.default_rng((self._seed, index))
        config, size = self._config, self._size(index)
        width, height = size
        chosen = [self.image(index)]
        regions = [(0, 0, width, height)]
        if index < self._plain_from and rng.uniform() < config.mosaic:
            regions = mosaic_regions(rng, size)
            chosen += self._partners(rng, 3)
        view = np.empty((height, width, 3), np.uint8)
        parts = []
        for region, which in zip(regions, chosen, strict=True):
            parts.append(
                place(view, *self._cache[which], region, rng, config, covering=len(chosen) > 1)
            )
        boxes, labels = (np.concatenate(values) for values in zip(*parts, strict=True))
        view = vary_colour(view, rng, config)
        labels = cut_out(view, boxes, labels, rng, config)
        return View.of(view, boxes, labels)

    def image(self, index: int) -> int:
        """Return the number of the image that a view is of, or mostly of."""
        epoch, place_in_epoch = divmod(index, self.epoch_length)
        return int(self._epoch(epoch)[place_in_epoch])

    def _size(self, index: int) -> tuple[int, int]:
        if len(self._sizes) == 1:
            return self._sizes[0]
        rng = np.random.default_rng((self._seed, 2**33 + index // self._batch))
        return self._sizes[rng.integers(len(self._sizes))]

    def _epoch(self, epoch: int) -> NDArray[np.int64]:
        # Nearly every view is of the same epoch as the one before.
        if self._drawn is None or self._drawn[0] != epoch:
            rng = np.random.default_rng((self._seed, 2**32 + epoch))
            counts = draw_counts(self._weights, self.epoch_length, rng)
            drawn = np.repeat(np.arange(len(counts)), counts)
            self._drawn = epoch, rng.permutation(drawn)
        return self._drawn[1]

    def _partners(self, rng: np.random.Generator, count: int) -> list[int]:
        points = rng.uniform(size=count) * self._cumulated[-1]
        found = np.searchsorted(self._cumulated, points, side="right")
        # A product can be rounded up to the very end.
        partners: list[int] = np.minimum(found, np.flatnonzero(self._weights)[-1]).tolist()
        return partners


def draw_counts(
    weights: NDArray[np.float64], total: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw how often each image comes up: its weight, rounded down or up.

    Systematic sampling: the fractions of the weights are laid end to end in random order, and
    points one apart, from a random offset, choose the images that come up once more. The counts
    add up to ``total``, the sum of the weights rounded (or 1 if that is 0).
    """
    counts = np.floor(weights).astype(np.int64)
    order = rng.permutation(len(weights))
    fractions = (weights - counts)[order]
    have, wanted = float(fractions.sum()), total - int(counts.sum())
    if wanted <= 0:
        return counts
    if wanted < have:
        fractions = fractions * (wanted / have)
    else:
        # Moved towards 1 instead, so that none gets beyond and could be chosen twice.
        possible = fractions > 0
        room = possible.sum() - have
        scale = max(0.0, (possible.sum() - wanted) / room) if room > 0 else 0.0
        fractions = np.where(possible, 1 - (1 - fractions) * scale, 0)
    ends = np.cumsum(fractions)
    # The last end is `wanted` but for rounding, and must be for as many to be chosen.
    ends[np.flatnonzero(fractions)[-1] :] = wanted
    passed = np.floor(ends + rng.uniform()).astype(np.int64)
    counts[order] += np.diff(passed, prepend=0)
    return counts


class ValDataset(Dataset[View]):
    """Every image once, letterboxed, as the app would see it: for validation."""

    def __init__(self, cache: ImageCache, size: tuple[int, int]) -> None:
        self._cache, self.size = cache, size

    def __len__(self) -> int:
        return len(self._cache)

    def __getitem__(self, index: int) -> View:
        image, image_boxes, image_labels = self._cache[index]
        letterbox = Letterbox.fit((image.shape[1], image.shape[0]), self.size)
        view = np.empty((self.size[1], self.size[0], 3), np.uint8)
        letterbox.apply(image, view)
        matrix = np.array(
            [[letterbox.scale, 0, letterbox.left], [0, letterbox.scale, letterbox.top]]
        )
        boxes, labels = clip_boxes(
            map_boxes(image_boxes, matrix),
            image_labels,
            (0, 0, *self.size),
            AugmentConfig(min_visible=0, min_height=0),
        )
        return View.of(view, boxes, labels)


class WholePictures(Dataset[View]):
    """The images of views by the views' numbers, whole and letterboxed: what the app would see."""

    def __init__(self, views: TrainDataset, pictures: ValDataset) -> None:
        """Take the views, and the same images letterboxed."""
        self._views, self._pictures = views, pictures

    def __getitem__(self, index: int) -> View:
        return self._pictures[self._views.image(index)]


@dataclass(frozen=True)
class Batch:
    """Images ``[batch, 3, H, W]`` uint8, boxes ``[batch, people, 4]``, labels ``[batch, people]``.

    ``labels`` is 1 for a person, -1 for a region to ignore, 0 for padding. The images'
    memory format is ``channels_last``.
    """

    images: Tensor
    boxes: Tensor
    labels: Tensor

    def __reduce__(self) -> tuple[Any, ...]:
        """Send a worker's boxes and labels as they are: shared memory only pays for the images."""
        return _received, (self.images, self.boxes.numpy(), self.labels.numpy())

    def pin_memory(self) -> Batch:
        return Batch(self.images.pin_memory(), self.boxes.pin_memory(), self.labels.pin_memory())

    def to(self, device: torch.device) -> Batch:
        return Batch(
            *(t.to(device, non_blocking=True) for t in (self.images, self.boxes, self.labels))
        )


def _received(images: Tensor, boxes: NDArray[np.float32], labels: NDArray[np.int8]) -> Batch:
    return Batch(images, torch.from_numpy(boxes), torch.from_numpy(labels))


def collate(items: Sequence[View]) -> Batch:
    """Stack views, padding their boxes to the same number."""
    people = max(1, *(len(item.boxes) for item in items)) if items else 1
    boxes = torch.zeros(len(items), people, 4)
    labels = torch.zeros(len(items), people, dtype=torch.int8)
    for row, item in enumerate(items):
        boxes[row, : len(item.boxes)] = item.boxes
        labels[row, : len(item.labels)] = item.labels
    # Colours stay together in memory, as in a picture, which is how convolutions take them fastest.
    images = torch.stack([item.image.permute(1, 2, 0) for item in items]).permute(0, 3, 1, 2)
    return Batch(images, boxes, labels)


class _ShareSampler(Sampler[int]):
    """The views of a range that have certain places in their batch."""

    def __init__(self, views: range, batch: int, places: range) -> None:
        self._views, self._batch, self._places = views, batch, places

    def __iter__(self) -> Iterator[int]:
        return (view for view in self._views if view % self._batch in self._places)

    def __len__(self) -> int:
        whole, rest = divmod(len(self._views), self._batch)
        return whole * len(self._places) + sum(place < rest for place in self._places)


def _start_worker(_: int) -> None:
    # A worker that is forked has this from its parent, one that is spawned has not.
    cv2.setNumThreads(0)
    # Ctrl-C, a terminal that goes, timeout, systemd and the like ask the whole group to stop. The
    # parent does, once it has completed its step, for which it needs its workers.
    for number in ending_signals():
        if number is not signal.SIGTERM:
            signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "sigwaitinfo"):  # not so on macOS and Windows
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Thread(target=_obey_parent_only, daemon=True).start()


def _obey_parent_only() -> None:
    """End this worker when it is its parent who says so, as an interpreter does that exits."""
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != os.getppid():
        pass
    os._exit(0)


def batches(
    views: Dataset[View],
    start: int,
    stop: int,
    batch: int,
    workers: int,
    *,
    last: int | None = None,
    pin: bool = False,
    process: int = 0,
    processes: int = 1,
) -> DataLoader[Batch]:
    """Return a loader of views ``start * batch`` to ``stop * batch`` (or ``last``), in order.

    Of several processes, each gets its part of every batch, so that together they see what one
    would have seen. OpenCV keeps to one thread from here on: the workers are the parallelism, and
    its thread pool does not survive their being forked.

    Args:
        views: What to load.
        start: Number of the first batch.
        stop: Number of the batch to stop before.
        batch: Views in a batch, of all processes together.
        workers: Processes that prepare this process's views; 0 prepares them in this one.
        last: Number of the view to stop before, if that is earlier.
        pin: Whether to put batches into page-locked memory.
        process: Number of this process.
        processes: How many processes train together.

    Raises:
        ValueError: The processes cannot share a batch equally, or there is no such process.
    """
    if batch % processes:
        raise ValueError(f"{processes} processes cannot share batches of {batch} equally")
    if not 0 <= process < processes:
        raise ValueError(f"there is no process {process} among {processes}")
    share, end = batch // processes, stop * batch if last is None else min(stop * batch, last)
    places = range(process * share, (process + 1) * share)
    cv2.setNumThreads(0)
    # Its items are batches: `collate_fn` makes them of views, which the stub cannot say.
    dataset: Dataset[Any] = views
    return DataLoader(
        dataset,
        batch_size=share,
        sampler=_ShareSampler(range(start * batch, end), batch, places),
        num_workers=workers,
        collate_fn=collate,
        pin_memory=pin,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_start_worker,
    )
