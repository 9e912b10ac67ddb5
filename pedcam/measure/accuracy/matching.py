"""Average precision of one class at one IoU, as COCO computes it, in numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RECALL_POINTS = 101
COCO_MAX_DETECTIONS = 100
FALSE, TRUE, IGNORED = 0, 1, 2  # what a detection can be


@dataclass(frozen=True)
class ImageResult:
    """What was found and what is there, in one image.

    Attributes:
        boxes: Detections ``[n, 4]``, x1 y1 x2 y2 in pixels.
        scores: ``[n]``.
        truths: Labelled boxes ``[m, 4]``.
        ignored: ``[m]`` bool, regions that count neither way.
        visibility: ``[m]``, share of each person that is not hidden; ``None`` if not known.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    truths: NDArray[np.float32]
    ignored: NDArray[np.bool_]
    visibility: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class Matches:
    """Detections of a whole set, best first, each true or false.

    Attributes:
        scores: ``[n]``, falling.
        true: ``[n]`` bool.
        people: Number of labelled people.
        images: Number of images.
    """

    scores: NDArray[np.float32]
    true: NDArray[np.bool_]
    people: int
    images: int


def pairwise_iou(
    boxes: NDArray[np.float32], truths: NDArray[np.float32], crowd: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """Return the IoU ``[n, m]``; for a ``crowd`` the share of the *detection* that lies inside."""
    low = np.maximum(boxes[:, None, :2], truths[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], truths[None, :, 2:])
    overlap = np.clip(high - low, 0, None).prod(-1)
    area = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(-1)[:, None]
    other = np.clip(truths[:, 2:] - truths[:, :2], 0, None).prod(-1)[None]
    union = area + other - overlap
    if crowd is not None:
        union = np.where(crowd[None], np.broadcast_to(area, union.shape), union)
    iou: NDArray[np.float32] = (overlap / np.maximum(union, 1e-9)).astype(np.float32)
    return iou


def match(
    results: Sequence[ImageResult],
    iou_threshold: float = 0.5,
    max_detections: int = COCO_MAX_DETECTIONS,
) -> Matches:
    """Match detections to people greedily by score, each person at most once.

    A detection that matches no person but lies in an ignored region counts neither way. Only the
    best detections of an image count, 100 as in COCO; the protocol of
    :mod:`pedcam.measure.accuracy.miss_rate` takes 1000.
    """
    scores, true = [], []
    people = 0
    for result in results:
        order, outcome, _ = match_image(result, iou_threshold, max_detections)
        people += int((~result.ignored).sum())
        counted = outcome != IGNORED
        scores.append(result.scores[order][counted])
        true.append(outcome[counted] == TRUE)
    every = np.concatenate(scores) if scores else np.empty(0, np.float32)
    order = np.argsort(-every, kind="stable")
    hits = np.concatenate(true) if true else np.empty(0, bool)
    return Matches(every[order], hits[order], people, len(results))


def match_image(
    result: ImageResult, iou_threshold: float = 0.5, max_detections: int = COCO_MAX_DETECTIONS
) -> tuple[NDArray[np.intp], NDArray[np.int8], NDArray[np.bool_]]:
    """Match the detections of one image; see :func:`match`.

    Returns:
        Indices of the detections that count, best first; what each is, :data:`TRUE`,
        :data:`FALSE` or :data:`IGNORED`; and ``[m]`` whether each truth is a person nobody found.
    """
    order = np.argsort(-result.scores, kind="stable")[:max_detections]
    iou = pairwise_iou(result.boxes[order], result.truths, result.ignored)
    free = ~result.ignored
    in_ignored = (iou[:, result.ignored] >= iou_threshold).any(1)
    outcome = np.where(in_ignored, IGNORED, FALSE).astype(np.int8)
    if len(free):
        for row in np.flatnonzero((iou[:, free] >= iou_threshold).any(1)):
            best = int(np.where(free, iou[row], 0).argmax())
            if free[best] and iou[row, best] >= iou_threshold:
                free[best] = False
                outcome[row] = TRUE
    return order, outcome, free


def average_precision(matches: Matches) -> float:
    """Return the mean over 101 recalls of the best precision at that recall or beyond.

    It is nan when there is nobody to find.
    """
    if not matches.people:
        return float("nan")
    found = np.cumsum(matches.true)
    recall = found / matches.people
    precision = found / np.arange(1, len(found) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    where = np.searchsorted(recall, np.linspace(0, 1, RECALL_POINTS), side="left")
    return float(np.append(envelope, 0.0)[np.minimum(where, len(envelope))].mean())


def threshold_at_fppi(matches: Matches, per_image: float) -> float:
    """Return the lowest score threshold with at most ``per_image`` false alarms per image."""
    allowed = int(per_image * matches.images)
    false_scores = matches.scores[~matches.true]
    if len(false_scores) <= allowed:
        return float(matches.scores[-1]) if len(matches.scores) else 0.5
    # Just above the first false alarm too many.
    return float(np.nextafter(false_scores[allowed], np.float32(1)))
