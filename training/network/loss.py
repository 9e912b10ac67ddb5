"""Task-aligned assignment and the detection loss.

Assignment follows TOOD (Feng et al., arXiv 2108.07755): an anchor's alignment with a person is
``score^a * IoU^b``; the best anchors of each person learn to find it, with a target score that is
their alignment, normalized so that the largest target is the largest IoU among them to the power
of ``quality``. Boxes of small people fit less well, and with TOOD's own power of 1 their scores
would be about their size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from training.config import LossConfig
from training.distributed import sum_scalar
from training.network.architecture import STRIDES
from training.network.model import anchor_points, decode_boxes
from training.network.yolox_teacher import SoftLabels

EPSILON = 1e-9
# An untrained network's alignment is tiny (0.01 * 0.05^6) and must still count as one.
MIN_ALIGNMENT = 1e-15
# A teacher's boxes below this score are background.
MIN_SOFT_SCORE = 0.05


@dataclass(frozen=True)
class Loss:
    """The loss of a batch: ``total = score + config.box * box``."""

    total: Tensor
    score: Tensor
    box: Tensor


@dataclass(frozen=True)
class Assignment:
    """What each anchor should learn.

    Attributes:
        scores: Target scores ``[batch, anchors]``, 0 for background.
        boxes: Target boxes ``[batch, anchors, 4]``, meaningful where ``scores`` > 0.
        weight: Weight of the score loss ``[batch, anchors]``: 0 inside ignored regions, but for
            what a teacher finds there.
    """

    scores: Tensor
    boxes: Tensor
    weight: Tensor


def box_iou(a: Tensor, b: Tensor) -> Tensor:
    """Return the IoU of boxes ``[..., 4]``, broadcast against each other."""
    intersection = _intersection(a, b)
    return intersection / (_area(a) + _area(b) - intersection + EPSILON)


def generalized_iou(a: Tensor, b: Tensor) -> Tensor:
    """Return the generalized IoU (Rezatofighi et al., arXiv 1902.09630) of boxes ``[..., 4]``."""
    intersection = _intersection(a, b)
    union = _area(a) + _area(b) - intersection + EPSILON
    low = torch.minimum(a[..., :2], b[..., :2])
    high = torch.maximum(a[..., 2:], b[..., 2:])
    hull = _product(high - low) + EPSILON
    return intersection / union - (hull - union) / hull


@torch.no_grad()
def assign(
    scores: Tensor,
    boxes: Tensor,
    points: Tensor,
    truths: Tensor,
    labels: Tensor,
    config: LossConfig,
) -> Assignment:
    """Decide which anchors learn to find which person.

    Args:
        scores: Predicted scores ``[batch, anchors]``, 0..1.
        boxes: Predicted boxes ``[batch, anchors, 4]``.
        points: Anchor centres ``[anchors, 2]``.
        truths: Labelled boxes ``[batch, people, 4]``, padded.
        labels: ``[batch, people]``: 1 a person, -1 a region to ignore, 0 padding.
        config: Constants.
    """
    people = labels == 1
    inside = _inside(points, truths) & people[..., None]
    iou = box_iou(truths[:, :, None], boxes[:, None]).clamp(0, 1)
    alignment = scores[:, None].pow(config.score_power) * iou.pow(config.iou_power) * inside

    count = min(config.candidates, alignment.shape[-1])
    best, where = alignment.topk(count, dim=-1)
    chosen = torch.zeros_like(inside).scatter_(-1, where, best > MIN_ALIGNMENT)
    # An anchor that several people want goes to the one it overlaps most.
    contested = chosen.sum(1, keepdim=True) > 1
    winner = F.one_hot((iou * chosen).argmax(1), truths.shape[1]).transpose(1, 2).bool()
    chosen = torch.where(contested, winner & chosen, chosen)

    alignment = alignment * chosen
    best_alignment = alignment.amax(-1, keepdim=True)
    best_iou = (iou * chosen).amax(-1, keepdim=True)
    largest = best_iou.pow(config.quality)
    target = (alignment / (best_alignment + MIN_ALIGNMENT) * largest).amax(1)
    owner = chosen.float().argmax(1)
    target_boxes = truths.gather(1, owner[..., None].expand(-1, -1, 4))
    target = target * chosen.any(1)

    ignored = (_inside(points, truths) & (labels == -1)[..., None]).any(1) & ~chosen.any(1)
    return Assignment(target, target_boxes, (~ignored).to(scores.dtype))


def softened(target: Assignment, teacher: SoftLabels) -> Assignment:
    """Let anchors that no labelled person claims learn what a teacher finds there.

    Inside ignored regions they weigh as much as the teacher is sure of them.
    """
    free = target.scores == 0
    return Assignment(
        torch.where(free, teacher.scores, target.scores),
        torch.where(free[..., None], teacher.boxes, target.boxes),
        torch.where(target.weight == 0, teacher.scores, target.weight),
    )


def detection_loss(
    logits: Tensor,
    log_distances: Tensor,
    truths: Tensor,
    labels: Tensor,
    size: tuple[int, int],
    config: LossConfig,
    teacher: SoftLabels | None = None,
) -> Loss:
    """Compute the loss of a batch.

    Args:
        logits: ``[batch, anchors]``.
        log_distances: ``[batch, anchors, 4]``.
        truths: Labelled boxes ``[batch, people, 4]``, x1 y1 x2 y2 in input pixels, padded.
        labels: ``[batch, people]``: 1 a person, -1 a region to ignore, 0 padding.
        size: ``(height, width)`` of the input.
        config: Weights and constants.
        teacher: What a teacher finds in the same views.

    Returns:
        Binary cross-entropy of the scores and generalized-IoU loss of the boxes, both divided by
        the sum of all target scores. In data-parallel training that is the sum over all processes,
        so that the losses of the processes add up to the loss of the whole batch.
    """
    logits, log_distances = logits.float(), log_distances.float()
    points, strides = anchor_points(*size, device=logits.device)
    boxes = decode_boxes(log_distances, points, strides)
    target = assign(logits.sigmoid(), boxes, points, truths, labels, config)
    positive = target.scores > 0
    if teacher is not None:
        positive |= teacher.scores > MIN_SOFT_SCORE
        target = softened(target, teacher)
    normalizer = sum_scalar(target.scores.sum()).clamp(min=1.0)
    score = F.binary_cross_entropy_with_logits(
        logits, target.scores, weight=target.weight, reduction="sum"
    )
    box = (1 - generalized_iou(boxes[positive], target.boxes[positive])) * target.scores[positive]
    score, box = score / normalizer, box.sum() / normalizer
    return Loss(score + config.box * box, score.detach(), box.detach())


def _area(boxes: Tensor) -> Tensor:
    return _product(boxes[..., 2:] - boxes[..., :2])


def _intersection(a: Tensor, b: Tensor) -> Tensor:
    low = torch.maximum(a[..., :2], b[..., :2])
    high = torch.minimum(a[..., 2:], b[..., 2:])
    return _product(high - low)


def _product(sides: Tensor) -> Tensor:
    # Over a last dimension of 2, ``prod`` takes several times as long.
    width, height = sides.clamp(min=0).unbind(-1)
    return width * height


def _inside(points: Tensor, boxes: Tensor) -> Tensor:
    """Whether each anchor centre lies in each box; ``[batch, people, anchors]``.

    A person narrower than the finest stride may hold no centre at all, so a box counts as at
    least a little more than one finest cell wide and high.
    """
    centre = (boxes[..., :2] + boxes[..., 2:]) / 2
    half = ((boxes[..., 2:] - boxes[..., :2]) / 2).clamp(min=0.6 * min(STRIDES))
    across, down = (
        (points[:, side] - centre[..., side, None]).abs() < half[..., side, None] for side in (0, 1)
    )
    return across & down
