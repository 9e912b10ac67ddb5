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
    average_precision,
    match,
    threshold_at_false_alarms,
)
from pedcam.measure.accuracy.miss_rate import log_average_miss_rate
from training.data import FittedViews, batches
from training.network import PedestrianNet, anchor_points, decode_boxes

LOWEST_SCORE = 0.01
# Boxes [batch, anchors, 4] and scores [batch, anchors].
Outputs = tuple[NDArray[Any], NDArray[Any]]


@dataclass(frozen=True)
class Accuracy:
    """How good a network is on a validation set.

    Attributes:
        ap50: Average precision at IoU 0.5, 0..1.
        miss_rate: Log-average miss rate, 0..1, of all labelled people whatever their size.
        threshold: Score threshold at the false-alarm rate asked for.
        images: Number of images.
    """

    ap50: float
    miss_rate: float
    threshold: float
    images: int


@torch.no_grad()
def evaluate(
    net: PedestrianNet,
    views: FittedViews,
    false_alarms: float,
    batch: int,
    workers: int,
    limit: int | None = None,
) -> Accuracy:
    """Measure a network.

    Args:
        net: The network, on any device.
        views: Letterboxed validation images.
        false_alarms: False alarms per image that the threshold should give.
        batch: Images at a time.
        workers: Processes that prepare images.
        limit: Number of images, by default all.
    """
    device = next(net.parameters()).device

    def infer(images: Tensor) -> Outputs:
        pictures = images.to(device).to(memory_format=torch.channels_last) / 255
        logits, logs = net(pictures)
        points, strides = anchor_points(*pictures.shape[2:], device=device)
        boxes = decode_boxes(logs.float(), points, strides).cpu().numpy()
        return boxes, logits.float().sigmoid().cpu().numpy()

    was_training = net.training
    net.eval()
    count = len(views) if limit is None else min(limit, len(views))
    accuracy = _measure(infer, views, false_alarms, batch, workers, count)
    net.train(was_training)
    return accuracy


def evaluate_preset(
    preset: Preset, views: FittedViews, false_alarms: float, batch: int, workers: int
) -> Accuracy:
    """Measure an exported preset, which may compute something else than a network in training."""
    detector = Detector(preset)

    def infer(images: Tensor) -> Outputs:
        frames = np.ascontiguousarray(images.permute(0, 2, 3, 1).numpy())
        found = [detector.infer(frame[None]) for frame in frames]
        return np.stack([boxes for boxes, _ in found]), np.stack([scores for _, scores in found])

    return _measure(infer, views, false_alarms, batch, workers, len(views))


def default_threshold(matches: Matches, false_alarms: float) -> float:
    """Return the score threshold, 0.05 to 0.95, at so many false alarms per image."""
    return float(np.clip(threshold_at_false_alarms(matches, false_alarms), 0.05, 0.95))


def _measure(
    infer: Callable[[Tensor], Outputs],
    views: FittedViews,
    false_alarms: float,
    batch: int,
    workers: int,
    count: int,
) -> Accuracy:
    results = []
    for item in batches(views, 0, -(-count // batch), batch, workers, last=count):
        boxes, scores = infer(item.images)
        for row in range(len(scores)):
            found, confidence = select(boxes[row], scores[row], LOWEST_SCORE)
            real = item.kinds[row] != 0
            results.append(
                ImageResult(
                    found,
                    confidence,
                    item.boxes[row][real].numpy(),
                    (item.kinds[row][real] == -1).numpy(),
                )
            )
    matches = match(results)
    threshold = default_threshold(matches, false_alarms)
    return Accuracy(
        average_precision(matches), log_average_miss_rate(matches), threshold, len(results)
    )
