"""From all anchors to people: thresholding, non-maximum suppression, box voting."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

NMS_IOU_THRESHOLD = 0.5
# Boxes that overlap a reported one by more than this have a say in where it lies.
VOTING_IOU_THRESHOLD = 0.6
MAX_CANDIDATES = 1000
MAX_PEOPLE = 300


def select(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], score_threshold: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Threshold, greedy non-maximum suppression, and box voting.

    Each box reported is the mean of those that mean the same person, weighted by their scores
    (Gidaris and Komodakis, arXiv 1505.01749), which fits better than the surest one.

    Args:
        boxes: N x 4, x1 y1 x2 y2.
        scores: N, 0..1.
        score_threshold: Lowest score kept.

    Returns:
        The boxes and scores kept, best first, at most :data:`MAX_PEOPLE`.
    """
    boxes, scores = _candidates(boxes, scores, score_threshold)
    kept = _suppress(boxes, scores)
    return _vote(boxes[kept], boxes, scores), scores[kept]


def suppress(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], score_threshold: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Threshold and greedy non-maximum suppression alone; otherwise as :func:`select`."""
    boxes, scores = _candidates(boxes, scores, score_threshold)
    kept = _suppress(boxes, scores)
    return boxes[kept], scores[kept]


def _candidates(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], score_threshold: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    # A broken preset may give anything; boxes that are not finite are dropped.
    candidates = np.flatnonzero((scores >= score_threshold) & np.isfinite(boxes).all(1))
    if len(candidates) > MAX_CANDIDATES:
        best = np.argpartition(scores[candidates], -MAX_CANDIDATES)[-MAX_CANDIDATES:]
        candidates = candidates[best]
    return boxes[candidates], scores[candidates]


def _suppress(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.int64]:
    if not len(boxes):
        return np.empty(0, np.int64)
    corner_and_size = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    # The stub knows lists only; arrays are what is fast.
    boxes_to_keep: Any = cv2.dnn.NMSBoxes
    keep = boxes_to_keep(corner_and_size, scores, 0.0, NMS_IOU_THRESHOLD, top_k=0)
    return np.asarray(keep, np.int64).reshape(-1)[:MAX_PEOPLE]


def _vote(
    kept: NDArray[np.float32], boxes: NDArray[np.float32], scores: NDArray[np.float32]
) -> NDArray[np.float32]:
    corners = np.maximum(kept[:, None, :2], boxes[None, :, :2])
    sizes = np.minimum(kept[:, None, 2:], boxes[None, :, 2:]) - corners
    shared = np.clip(sizes, 0, None).prod(2)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    own = (kept[:, 2:] - kept[:, :2]).prod(1)
    alike = shared > VOTING_IOU_THRESHOLD * (own[:, None] + areas[None] - shared)
    weights = np.where(alike, scores[None], np.float32(0))
    total = weights.sum(1, keepdims=True)
    # A box without an area is not even like itself, and stays.
    means = weights @ boxes / np.where(total > 0, total, 1)
    voted: NDArray[np.float32] = np.where(total > 0, means, kept).astype(np.float32)
    return voted
