"""Average precision by faster-coco-eval, the reference's C++ double, where it is installed."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pedcam.measure.accuracy.matching import ImageResult

AP, AP50 = 0, 1  # places in COCO's summary


def coco_average_precision(results: Sequence[ImageResult]) -> tuple[float, float] | None:
    """Return COCO's AP (mean over IoU 0.5 to 0.95) and AP50.

    Ignored regions become crowds, which take any number of detections, by the share of each that
    lies inside. ``None`` is returned where faster-coco-eval is not installed.
    """
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ImportError:
        return None
    truths: list[dict[str, Any]] = []
    found: list[dict[str, Any]] = []
    for number, result in enumerate(results, 1):
        for box, ignored in zip(result.truths.astype(float), result.ignored, strict=True):
            size = box[2:] - box[:2]
            truth = _annotation(number, box[:2], size) | {"id": len(truths) + 1}
            truths.append(truth | {"area": float(size.prod()), "iscrowd": int(ignored)})
        for box, score in zip(result.boxes.astype(float), result.scores, strict=True):
            # A broken detector may give boxes inside out; those have no area and not a negative.
            size = np.maximum(box[2:] - box[:2], 0)
            found.append(_annotation(number, box[:2], size) | {"score": float(score)})
    if not found:
        return 0.0, 0.0
    # It reports its progress on standard output, where our JSON goes.
    with contextlib.redirect_stdout(io.StringIO()):
        reference = COCO(
            {
                "images": [{"id": number + 1} for number in range(len(results))],
                "annotations": truths,
                "categories": [{"id": 1, "name": "person"}],
            }
        )
        evaluation = COCOeval_faster(reference, reference.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    stats = np.asarray(evaluation.stats, float)
    return float(stats[AP]), float(stats[AP50])


def _annotation(
    image: int, corner: NDArray[np.float64], size: NDArray[np.float64]
) -> dict[str, Any]:
    return {"image_id": image, "category_id": 1, "bbox": [*corner.tolist(), *size.tolist()]}
