"""From all anchors to people: thresholding and non-maximum suppression."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

NMS_IOU_THRESHOLD = 0.5
MAX_CANDIDATES = 1000
MAX_PEOPLE = 300


def select(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], score_threshold: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Threshold and greedy non-maximum suppression.

    Args:
        boxes: N x 4, x1 y1 x2 y2.
        scores: N, 0..1.
        score_threshold: Lowest score kept.

    Returns:
        The boxes and scores kept, best first, at most :data:`MAX_PEOPLE`.
    """
    # A broken preset may give anything; what is no box is nobody.
    candidates = np.flatnonzero((scores >= score_threshold) & np.isfinite(boxes).all(1))
    if len(candidates) > MAX_CANDIDATES:
        best = np.argpartition(scores[candidates], -MAX_CANDIDATES)[-MAX_CANDIDATES:]
        candidates = candidates[best]
    if not len(candidates):
        return np.empty((0, 4), np.float32), np.empty(0, np.float32)
    boxes, scores = boxes[candidates], scores[candidates]
    corner_and_size = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    # The stub knows lists only; arrays are what is fast.
    suppress: Any = cv2.dnn.NMSBoxes
    keep = suppress(corner_and_size, scores, 0.0, NMS_IOU_THRESHOLD, top_k=0)
    order = np.asarray(keep, np.int64).reshape(-1)[:MAX_PEOPLE]
    return boxes[order], scores[order]
