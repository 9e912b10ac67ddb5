"""Accuracy of a network in training, on letterboxed validation images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pedcam.detect.detector import Detector
from pedcam.detect.postprocess import select
from pedcam.detect.presets import Preset
from pedcam.measure.accuracy.matching import (
    ImageResult,
    Matches,
    at_threshold,
    average_precision,
    match,
    threshold_at_fppi,
)
from pedcam.measure.accuracy.miss_rate import log_average_miss_rate
from training.data.loader import ValDataset, batches
from training.network.architecture import STRIDES
from training.network.model import PedestrianNet, anchor_points, decode_boxes

LOWEST_SCORE = 0.01
TIED_ABOVE = 0.05
# As many detections with one and the same score are a level that cannot say more.
TIE_SIZE, TIE_SHARE = 5, 0.005
# Boxes [batch, anchors, 4] and scores [batch, anchors].
Outputs = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class Accuracy:
    """How good a network is on a validation set.

    Attributes:
        ap50: Average precision at IoU 0.5, 0..1.
        miss_rate: Log-average miss rate, 0..1, of all labelled people whatever their size.
        threshold: Score threshold at the false-alarm rate asked for.
        found: Share of the people found at this threshold, 0..1.
        false_alarms: False alarms per image at this threshold.
        images: Number of images.
        levels: What each level of the pyramid can say: stride, highest score and 99th percentile
            of each image's highest score.
        tied: Share of the detections above :data:`TIED_ABOVE` that have the score of another one.
    """

    ap50: float
    miss_rate: float
    threshold: float
    found: float
    false_alarms: float
    images: int
    levels: tuple[tuple[int, float, float], ...] = ()
    tied: float = 0.0


@torch.no_grad()
def evaluate(
    net: PedestrianNet,
    views: ValDataset,
    fppi: float,
    batch: int,
    workers: int,
    limit: int | None = None,
) -> Accuracy:
    """Measure a network.

    Args:
        net: The network, on any device.
        views: Letterboxed validation images.
        fppi: False alarms per image that the threshold should give.
        batch: Images at a time.
        workers: Processes that prepare images.
        limit: Number of images, by default all.
    """
    device = next(net.parameters()).device

    def infer(images: Tensor) -> Outputs:
        pictures = images.to(device).to(memory_format=torch.channels_last) / 255
        logits, log_distances = net(pictures)
        height, width = pictures.shape[2:]
        points, strides = anchor_points(height, width, device=device)
        boxes = decode_boxes(log_distances.float(), points, strides).cpu().numpy()
        return boxes, logits.float().sigmoid().cpu().numpy()

    was_training = net.training
    net.eval()
    count = len(views) if limit is None else min(limit, len(views))
    accuracy = _measure(infer, views, fppi, batch, workers, count)
    net.train(was_training)
    return accuracy


def evaluate_preset(
    preset: Preset, views: ValDataset, fppi: float, batch: int, workers: int
) -> Accuracy:
    """Measure an exported preset, which may compute something else than a network in training."""
    detector = Detector(preset)

    def infer(images: Tensor) -> Outputs:
        frames = np.ascontiguousarray(images.permute(0, 2, 3, 1).numpy())
        found = [detector.infer(frame[None]) for frame in frames]
        return np.stack([boxes for boxes, _ in found]), np.stack([scores for _, scores in found])

    return _measure(infer, views, fppi, batch, workers, len(views))


def default_threshold(matches: Matches, fppi: float) -> float:
    """Return the score threshold, 0.05 to 0.95 in thousandths, at so many false alarms per image.

    It does not lie within a hundredth above a score that many detections share, for then a hair
    would decide on all of them: where most of them are people it goes below, and false alarms may
    be more; otherwise further above. Where there is no way out on that side it takes the other.
    """
    threshold = float(np.clip(threshold_at_fppi(matches, fppi), 0.05, 0.95))
    values, counts = np.unique(matches.scores, return_counts=True)
    shared = values[counts >= max(TIE_SIZE, TIE_SHARE * len(matches.scores))]
    near = shared[_close(shared, threshold)]
    if len(near):
        grid = np.arange(50, 951) / 1000
        free = grid[[not _close(shared, value).any() for value in grid]]
        lower, higher = free[free < threshold][-1:], free[free > threshold][:1]
        people = matches.true[np.isin(matches.scores, near)].mean() >= 0.5
        both = (lower, higher) if people else (higher, lower)
        threshold = float(np.concatenate([*both, [threshold]])[0])
    return round(threshold, 3)


def _close(scores: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
    # Scores are of single precision: what looks like a hundredth is one.
    return (scores > threshold - 0.01 + 1e-6) & (scores < threshold + 0.001 - 1e-6)


def tied_share(scores: NDArray[np.float32]) -> float:
    """Return the share of scores above :data:`TIED_ABOVE` that another one equals exactly."""
    _, counts = np.unique(scores[scores > TIED_ABOVE], return_counts=True)
    total = int(counts.sum())
    return float(counts[counts > 1].sum() / total) if total else 0.0


def _measure(
    infer: Callable[[Tensor], Outputs],
    views: ValDataset,
    fppi: float,
    batch: int,
    workers: int,
    count: int,
) -> Accuracy:
    results: list[ImageResult] = []
    tops: list[NDArray[Any]] = []
    width, height = views.size
    ends = np.cumsum([height // stride * (width // stride) for stride in STRIDES])
    for item in batches(views, 0, -(-count // batch), batch, workers, last=count):
        boxes, scores = infer(item.images)
        for row in range(len(scores)):
            tops.append(np.array([level.max() for level in np.split(scores[row], ends[:-1])]))
            found, confidence = select(boxes[row], scores[row], LOWEST_SCORE)
            real = item.labels[row] != 0
            results.append(
                ImageResult(
                    found,
                    confidence,
                    item.boxes[row][real].numpy(),
                    (item.labels[row][real] == -1).numpy(),
                )
            )
    matches = match(results)
    threshold = default_threshold(matches, fppi)
    highest, usual = np.max(tops, axis=0), np.percentile(tops, 99, axis=0)
    return Accuracy(
        average_precision(matches),
        log_average_miss_rate(matches),
        threshold,
        *at_threshold(matches, threshold),
        len(results),
        tuple((s, float(h), float(u)) for s, h, u in zip(STRIDES, highest, usual, strict=True)),
        tied_share(np.concatenate([result.scores for result in results])),
    )
