"""Accuracy of a network in training, on letterboxed validation images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from pedcam.detect.postprocess import select
from pedcam.measure.precision import (
    ImageResult,
    average_precision,
    match,
    threshold_at_false_alarms,
)
from training.data import FittedViews, batches
from training.network import PedestrianNet, anchor_points, decode_boxes

LOWEST_SCORE = 0.01


@dataclass(frozen=True)
class Accuracy:
    """How good a network is on a validation set.

    Attributes:
        ap50: Average precision at IoU 0.5, 0..1.
        threshold: Score threshold at the false-alarm rate asked for.
        images: Number of images.
    """

    ap50: float
    threshold: float
    images: int


@torch.no_grad()
def evaluate(
    net: PedestrianNet, views: FittedViews, false_alarms: float, batch: int, workers: int
) -> Accuracy:
    """Measure a network.

    Args:
        net: The network, on any device.
        views: Letterboxed validation images.
        false_alarms: False alarms per image that the threshold should give.
        batch: Images at a time.
        workers: Processes that prepare images.
    """
    device = next(net.parameters()).device
    was_training = net.training
    net.eval()
    results = []
    loader = batches(views, 0, -(-len(views) // batch), batch, workers, last=len(views))
    for item in loader:
        images = item.images.to(device).to(memory_format=torch.channels_last) / 255
        logits, logs = net(images)
        points, strides = anchor_points(*images.shape[2:], device=device)
        boxes = decode_boxes(logs.float(), points, strides).cpu().numpy()
        scores = logits.float().sigmoid().cpu().numpy()
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
    net.train(was_training)
    matches = match(results)
    threshold = float(np.clip(threshold_at_false_alarms(matches, false_alarms), 0.05, 0.95))
    return Accuracy(average_precision(matches), threshold, len(results))
