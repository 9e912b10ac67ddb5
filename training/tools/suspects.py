"""Which labels a teacher doubts, and how to correct them.

A teacher is a detector, or several, whose boxes are compared with the labels of a picture. No label
is deleted because of it: what is not certain becomes an ignored region, which counts neither way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pedcam.measure.accuracy.matching import pairwise_iou
from pedcam.measure.labels.base import LabelledImage

Boxes = NDArray[np.float32]
Fault = Literal["missing", "doubtful", "loose", "group"]
FAULTS: tuple[Fault, ...] = ("missing", "doubtful", "loose", "group")

FUSED = 0.55  # IoU from which boxes mean one person, as in the paper
FITS = 0.6  # IoU from which a label fits its person for certain
SAME = 0.5  # IoU from which it may, and share of a box in a region that puts it there
TOUCHES = 0.3  # IoU from which a label and a teacher's box may mean one person at all
WITHIN = 0.7  # share of a box in another from which it may be a part of it
EASY = 0.2  # side of a label, of the picture's, from which a teacher overlooks nobody
SURE, UNSURE = 0.6, 0.25


@dataclass(frozen=True)
class Suspect:
    """A fault of the labels, as the teacher sees it.

    Attributes:
        fault: ``missing``, a person without a label; ``doubtful``, a label without a person;
            ``loose``, a label that does not fit its person; ``group``, one label for several.
        box: The label, or the teacher's box of somebody missing; x1 y1 x2 y2 in pixels.
        score: Suspicion, 0..1.
        label: Index among the boxes of the picture; ``None`` for somebody missing.
        people: The teacher's boxes there ``[n, 5]``, x1 y1 x2 y2 score; of a group those that have
            no label of their own.
    """

    fault: Fault
    box: Boxes
    score: float
    label: int | None
    people: Boxes


def fuse(runs: Sequence[Boxes], iou_threshold: float = FUSED) -> Boxes:
    """Join what several runs found by weighted box fusion (Solovyev et al., arXiv 1910.13302).

    Best first, each box joins the fused box that it overlaps most, if by more than the threshold
    and if no box of the same run is in there; otherwise it begins a new one. Of members ``b_i``
    with scores ``s_i`` out of N runs

        box = sum(s_i * b_i) / sum(s_i)        score = sum(s_i) / N

    Args:
        runs: For each of N runs ``[n, 5]``, x1 y1 x2 y2 score.
        iou_threshold: Overlap of boxes that mean one person.

    Returns:
        ``[m, 5]``, best first.
    """
    boxes = np.concatenate(runs)
    run = np.repeat(np.arange(len(runs)), [len(one) for one in runs])
    fused, sums = np.zeros((len(boxes), 5), np.float32), np.zeros((len(boxes), 4))
    taken = np.zeros((len(boxes), len(runs)), bool)
    count = 0
    for index in np.argsort(-boxes[:, 4], kind="stable"):
        box, score = boxes[index, :4], boxes[index, 4]
        iou = pairwise_iou(box[None], fused[:count, :4])[0]
        iou[taken[:count, run[index]]] = 0
        at = int(iou.argmax()) if count and iou.max() > iou_threshold else count
        count = max(count, at + 1)
        taken[at, run[index]] = True
        sums[at] += score * box
        fused[at, 4] += score
        fused[at, :4] = sums[at] / fused[at, 4]
    fused = fused[:count]
    fused[:, 4] /= len(runs)
    return fused[np.argsort(-fused[:, 4], kind="stable")]


def find_suspects(
    image: LabelledImage,
    found: Boxes,
    size: tuple[int, int],
    sure: float = SURE,
    unsure: float = UNSURE,
) -> list[Suspect]:
    """Compare the labels of a picture with a teacher's boxes.

    1. A label whose IoU with a teacher's box is :data:`FITS` or more is right.
    2. Of the others, a label is a ``group`` if two or more sure boxes lie side by side in it and
       the box around them fits it better than each of them; suspicion is the second-best score.
    3. It is ``loose`` if only one box overlaps it by :data:`TOUCHES` or more, that box is sure, and
       overlaps it by less than :data:`SAME`; suspicion is ``score * (1 - IoU)``.
    4. It is ``doubtful`` if no box overlaps it by :data:`TOUCHES`; suspicion is ``(1 - seen) *
       visibility * min(1, side / EASY)``, with ``side`` the square root of the label's share of the
       picture, and ``seen`` the best of ``min(1, score / unsure) * IoU / TOUCHES``.
    5. Somebody is ``missing`` at a box that no label accounts for, outside ignored regions;
       suspicion is its score, half of it where it may show a part of somebody labelled.

    Args:
        image: The labels.
        found: The teacher's boxes ``[n, 5]``, x1 y1 x2 y2 score, best first.
        size: ``(width, height)`` of the picture.
        sure: Score from which the teacher is trusted.
        unsure: Suspicion from which there is one.
    """
    corners, scores = found[:, :4], found[:, 4]
    people = np.flatnonzero(~image.ignored)
    iou = pairwise_iou(corners, image.boxes)
    within = _shares(corners, image.boxes)
    iou[:, image.ignored] = 0
    suspects = []
    fitting = _match(iou, FITS)
    # Nobody is missing where somebody is labelled, nor in a region that does not count.
    known = np.any(iou >= SAME, 1) | np.any(within[:, image.ignored] >= SAME, 1)

    def suspect(fault: Fault, label: int, score: float, rows: list[int]) -> None:
        if score >= unsure:
            suspects.append(Suspect(fault, image.boxes[label], score, label, found[rows]))

    labels = [label for label in people.tolist() if label not in fitting]
    for label in tuple(labels):
        members = _group(image.boxes[label], found, sure)
        if len(members) > 1:
            elsewhere = np.delete(iou, label, 1).max(1, initial=0) >= SAME
            new = [row for row in members if not elsewhere[row]]
            suspect("group", label, float(np.sort(scores[members])[-2]), new)
            known[members] = True
            labels.remove(label)

    rest = np.zeros_like(iou)
    rest[:, labels] = iou[:, labels]
    rest[list(fitting.values())] = 0
    touching = _match(rest, TOUCHES)
    for label in labels:
        overlap = iou[:, label]
        if label in touching:
            row = touching[label]
            known[row] = True
            only = ((overlap >= TOUCHES) & (scores >= unsure)).sum() == 1
            if only and scores[row] >= sure and overlap[row] < SAME:
                suspect("loose", label, float(scores[row] * (1 - overlap[row])), [row])
            continue
        sides = image.boxes[label, 2:] - image.boxes[label, :2]
        side = float(np.sqrt(sides.prod() / (size[0] * size[1])))
        seen = (np.minimum(1, scores / unsure) * np.minimum(1, overlap / TOUCHES)).max(initial=0)
        visible = 1.0 if image.visibility is None else float(image.visibility[label])
        suspect("doubtful", label, float(1 - seen) * visible * min(1, side / EASY), [])

    lonely = found.copy()
    lonely[np.any(within[:, people] >= WITHIN, 1), 4] /= 2
    for row in np.flatnonzero(~known & (lonely[:, 4] >= unsure)).tolist():
        score = float(lonely[row, 4])
        suspects.append(Suspect("missing", corners[row], score, None, lonely[[row]]))
    return suspects


def correct(
    image: LabelledImage, suspects: Sequence[Suspect], sure: float = SURE
) -> list[dict[str, Any]]:
    """Return the annotations of a picture, in COCO's form, after the suspects are dealt with.

    - Somebody missing is added from a score of ``sure`` up, and is an ignored region below.
    - A group becomes an ignored region, and the people found in it are added.
    - A doubtful label becomes an ignored region from a suspicion half way from ``sure`` to 1 up.
      Below it stays: too many are people whom a teacher overlooks.
    - A loose label becomes an ignored region. The teacher's box is not always the better one, and
      is added only from a score half way from ``sure`` to 1 up.

    What is new or changed has ``audit``, the kind of suspect, and ``score``, the suspicion.
    """
    certain = (1 + sure) / 2
    changed = {
        one.label: one for one in suspects if one.fault != "doubtful" or one.score >= certain
    }
    annotations = []
    for index, (box, ignored) in enumerate(zip(image.boxes, image.ignored, strict=True)):
        suspect = changed.get(index)
        annotation = _annotation(box, bool(ignored or suspect), suspect)
        if image.visibility is not None:
            annotation["vis_ratio"] = round(float(image.visibility[index]), 4)
        annotations.append(annotation)
    for one in suspects:
        for *box, score in one.people:
            if one.fault != "loose" or score >= certain:
                annotations.append(_annotation(np.array(box), bool(score < sure), one))
    return annotations


def _match(iou: NDArray[np.float32], threshold: float) -> dict[int, int]:
    # By column: the best overlap first, each row at most once.
    pairs: dict[int, int] = {}
    rows, columns = np.nonzero(iou >= threshold)
    for at in np.argsort(-iou[rows, columns], kind="stable"):
        row, column = int(rows[at]), int(columns[at])
        if column not in pairs and row not in pairs.values():
            pairs[column] = row
    return pairs


def _group(box: Boxes, found: Boxes, sure: float) -> list[int]:
    # Sure boxes that lie side by side in a box and make it up, if several.
    corners = found[:, :4]
    alone = pairwise_iou(corners, box[None])[:, 0]
    within = _shares(corners, box[None])[:, 0]
    members: list[int] = []
    for row in np.flatnonzero((found[:, 4] >= sure) & (within >= WITHIN) & (alone < FITS)):
        others, one = corners[members], corners[row][None]
        if not (_shares(one, others) > SAME).any() and not (_shares(others, one) > SAME).any():
            members.append(int(row))
    if len(members) < 2:
        return []
    around = np.r_[corners[members, :2].min(0), corners[members, 2:].max(0)]
    together = pairwise_iou(around[None], box[None])[0, 0]
    return members if together >= SAME and together > alone[members].max() else []


def _shares(boxes: Boxes, others: Boxes) -> Boxes:
    return pairwise_iou(boxes, others, np.ones(len(others), bool))


def _annotation(box: NDArray[Any], ignored: bool, suspect: Suspect | None) -> dict[str, Any]:
    x1, y1, x2, y2 = (round(float(value), 2) for value in box)
    width, height = round(x2 - x1, 2), round(y2 - y1, 2)
    annotation: dict[str, Any] = {"bbox": [x1, y1, width, height], "area": round(width * height, 2)}
    if suspect is not None:
        annotation |= {"audit": suspect.fault, "score": round(suspect.score, 4)}
    return annotation | {"iscrowd": int(ignored), "ignore": int(ignored)}
