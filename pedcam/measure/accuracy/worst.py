"""The worst mistakes on one sheet: who is missed, and what is taken for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pedcam.measure.accuracy.matching import FALSE, TRUE, ImageResult, match_image, pairwise_iou
from pedcam.measure.contact_sheet import ContactSheet, Mark, crop
from pedcam.measure.labels.base import LabelledImage
from pedcam.measure.labels.image_files import read_image

MISSED, FALSE_ALARM, FOUND, TRUTH = (40, 40, 230), (0, 140, 255), (90, 190, 0), (230, 160, 40)
LEGEND = {"missed": MISSED, "false alarm": FALSE_ALARM, "found": FOUND, "labelled person": TRUTH}


@dataclass(frozen=True)
class Mistake:
    """Somebody missed or a false alarm.

    Attributes:
        image: Index of the image.
        box: x1 y1 x2 y2.
        caption: What is written below, line by line.
        weight: The larger, the worse.
    """

    image: int
    box: NDArray[np.float32]
    caption: tuple[str, ...]
    weight: float


def worst_mistakes(
    results: Sequence[ImageResult], threshold: float
) -> tuple[list[Mistake], list[Mistake]]:
    """Return the misses and the false alarms at a score threshold, the worst first.

    The worst miss is the person with the most pixels from top to bottom that are not hidden, who
    should have been the easiest; the worst false alarm the one with the highest score.
    """
    missed, alarms = [], []
    for number, result in enumerate(results):
        kept = result.scores >= threshold
        matched = replace(result, boxes=result.boxes[kept], scores=result.scores[kept])
        order, outcome, lost = match_image(matched)
        for who in np.flatnonzero(lost):
            missed.append(_miss(number, result, int(who), threshold))
        false = order[outcome == FALSE]
        for box, score in zip(matched.boxes[false], matched.scores[false], strict=True):
            height = f"{box[3] - box[1]:.0f} px high"
            caption = (f"score {100 * score:.0f} %", height)
            alarms.append(Mistake(number, box, caption, float(score)))
    for mistakes in (missed, alarms):
        mistakes.sort(key=lambda one: -one.weight)
    return missed, alarms


def _miss(number: int, result: ImageResult, who: int, threshold: float) -> Mistake:
    box = result.truths[who]
    height = float(box[3] - box[1])
    seen = 1.0 if result.visibility is None else float(result.visibility[who])
    near = pairwise_iou(result.boxes, box[None])[:, 0] >= 0.5
    score = float(result.scores[near].max()) if near.any() else 0.0
    if score >= threshold:
        best = f"score {100 * score:.0f} % found another"
    else:
        best = f"best score {100 * score:.0f} %" if score else "nothing near"
    visible = f", {100 * seen:.0f} % visible" if seen < 1 else ""
    return Mistake(number, box, (best, f"{height:.0f} px high{visible}"), height * seen)


def draw_worst(
    images: Sequence[LabelledImage],
    results: Sequence[ImageResult],
    threshold: float,
    count: int,
    name: str,
) -> NDArray[np.uint8]:
    """Draw the worst misses and false alarms.

    Args:
        images: The labelled images.
        results: What was found in each.
        threshold: Score from which a detection counts.
        count: How many misses, and how many false alarms, at most.
        name: Of the detector.

    Returns:
        The sheet, H x W x 3 uint8, BGR.
    """
    missed, alarms = worst_mistakes(results, threshold)
    sheet = ContactSheet()
    sheet.add_line(f"{name}, score {100 * threshold:.0f} % and more", 0.6)
    sheet.add_legend(LEGEND)
    for what, mistakes, color in (
        ("missed", missed, MISSED), ("false alarms", alarms, FALSE_ALARM)
    ):  # fmt: skip
        shown = mistakes[:count]
        which = f", the worst {len(shown)} here" if len(shown) < len(mistakes) else ""
        sheet.add_line(f"{what}: {len(mistakes)} in all{which}")
        tiles = []
        for one in shown:
            path = images[one.image].path
            marks = [*_marks(results[one.image], threshold), (one.box, color, 2)]
            tiles.append((crop(read_image(path), one.box, marks), (*one.caption, path.name, name)))
        sheet.add_tiles(tiles)
    return sheet.picture


def _marks(result: ImageResult, threshold: float) -> list[Mark]:
    order, outcome, _ = match_image(result)
    found = order[(outcome == TRUE) & (result.scores[order] >= threshold)]
    return [
        *((box, TRUTH, 1) for box in result.truths[~result.ignored]),
        *((box, FOUND, 1) for box in result.boxes[found]),
    ]
