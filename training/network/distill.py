"""Learning from the float network while binarizing (Hinton et al., arXiv 1503.02531).

The teacher's scores and boxes are soft labels for every anchor; its pyramid features are what the
student's should look like, as in Xu et al. (arXiv 1804.06332).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from training.config import DistillConfig
from training.distributed import sum_scalar, world_size
from training.network.architecture import STRIDES
from training.network.loss import generalized_iou
from training.network.model import PedestrianNet, anchor_points, decode_boxes


def distillation_loss(
    student: Mapping[str, Tensor], teacher: Mapping[str, Tensor], config: DistillConfig
) -> Tensor:
    """Compute how far the student is from the teacher, both as :meth:`PedestrianNet.values`.

    Returns:
        Weighted sum of the binary cross-entropy to the teacher's scores, the generalized-IoU loss
        to its boxes weighted by its scores (both divided by the sum of its scores), and the squared
        distance of the features p8, p16 and p32 relative to the square of the teacher's. Over all
        processes this adds up to the loss of the whole batch.
    """
    size = student["image"].shape[2:]
    logits, log_distances = (value.float() for value in PedestrianNet.predictions(student))
    with torch.no_grad():
        wanted, wanted_log_distances = (
            value.float() for value in PedestrianNet.predictions(teacher)
        )
        scores = wanted.sigmoid()
        normalizer = sum_scalar(scores.sum()).clamp(min=1.0)
    total = logits.new_zeros(())
    if config.score:
        total = total + config.score * (
            F.binary_cross_entropy_with_logits(logits, scores, reduction="sum") / normalizer
        )
    if config.box:
        points, strides = anchor_points(size[0], size[1], device=logits.device)
        overlap = generalized_iou(
            decode_boxes(log_distances, points, strides),
            decode_boxes(wanted_log_distances, points, strides),
        )
        total = total + config.box * ((1 - overlap) * scores).sum() / normalizer
    if config.feature:
        for stride in STRIDES:
            ours, theirs = student[f"p{stride}"].float(), teacher[f"p{stride}"].float()
            # Over the views of all processes: an average of their ratios would be another loss.
            least = 1e-6 * theirs.numel() * world_size()
            scale = sum_scalar(theirs.square().sum()).clamp(min=least)
            distance = (ours - theirs).square().sum() / scale
            total = total + config.feature * distance / len(STRIDES)
    return total
