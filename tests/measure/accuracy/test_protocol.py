"""From boxes to the miss rate: hand-worked pictures, and a second, deliberately naive way."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from pedcam.measure.accuracy.caltech import EVERY, REASONABLE, SUBSETS
from pedcam.measure.accuracy.coco_ap import coco_average_precision
from pedcam.measure.accuracy.matching import ImageResult, average_precision, match
from pedcam.measure.accuracy.miss_rate import MAX_DETECTIONS, log_average_miss_rate
from tests.factories import image_result as image

PERSON = (10, 10, 30, 60)
ELSEWHERE = (100, 10, 120, 60)


def rate(results: Sequence[ImageResult], subset=REASONABLE, aspect=False, convention="caltech"):
    viewed = [subset.view(result, aspect) for result in results]
    return log_average_miss_rate(match(viewed, max_detections=MAX_DETECTIONS), convention)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([image([PERSON], [0.9], [PERSON])], 1e-10),
        ([image([], [], [PERSON])], 1.0),
        # One false alarm in one picture is 1 per image: only the last of the nine points has it.
        ([image([ELSEWHERE, PERSON], [0.9, 0.8], [PERSON])], 1e-10 ** (1 / 9)),
        # The same in 100 pictures, 99 of them without people: 0.01 per image, the first point.
        ([image([ELSEWHERE, PERSON], [0.9, 0.8], [PERSON]), *[image([], [], [])] * 99], 1e-10),
        # Two people, one found, and two detections in a region that is ignored: neither way.
        ([image([ELSEWHERE, (101, 11, 121, 61), PERSON], [0.9, 0.8, 0.7],
                [PERSON, (300, 10, 320, 60), (90, 0, 200, 100)], [False, False, True])], 0.5),
        # A duplicate is a false alarm: 1 per image, and before it half of the people are found.
        ([image([PERSON, PERSON, ELSEWHERE], [0.9, 0.8, 0.7], [PERSON, ELSEWHERE])],
         (0.5**8 * 1e-10) ** (1 / 9)),
        # Somebody small and somebody hidden do not count, found or not.
        ([image([PERSON, (200, 0, 220, 49)], [0.8, 0.9], [PERSON, (200, 0, 220, 49), ELSEWHERE],
                visibility=[1, 1, 0.5])], 1e-10),
        # A false alarm too small for the subset is dropped: 39 px < 50 / 1.25.
        ([image([(200, 0, 220, 39), PERSON], [0.9, 0.8], [PERSON])], 1e-10),
        # At 40 px it counts.
        ([image([(200, 0, 220, 40), PERSON], [0.9, 0.8], [PERSON])], 1e-10 ** (1 / 9)),
    ],
)  # fmt: skip
def test_worked_pictures(results: list[ImageResult], expected: float) -> None:
    assert rate(results) == pytest.approx(expected, rel=1e-6)


def test_conventions_differ_before_the_curve_begins_only() -> None:
    late = [image([ELSEWHERE, PERSON], [0.9, 0.8], [PERSON, (300, 10, 320, 60)])]
    # One of two people, from 1 false alarm per image on; the other eight points have nothing.
    assert rate(late) == pytest.approx(0.5 ** (1 / 9))
    assert rate(late, convention="citypersons") == pytest.approx(0.5)
    early = [image([PERSON], [0.9], [PERSON, ELSEWHERE])]
    assert rate(early) == rate(early, convention="citypersons") == pytest.approx(0.5)
    nothing = [image([], [], [PERSON])]
    assert rate(nothing) == rate(nothing, convention="citypersons") == 1


def random_set(rng: np.random.Generator, count: int = 25) -> list[ImageResult]:
    results = []
    for _ in range(count):
        people = int(rng.integers(0, 6))
        tall = rng.uniform(12, 160, people)
        corner = rng.uniform(0, 300, (people, 2))
        truths = np.concatenate(
            [corner, corner + np.stack([tall * rng.uniform(0.25, 0.8, people), tall], 1)], 1
        )
        near = np.repeat(truths, rng.integers(0, 3, people), 0)
        near = near + rng.normal(0, 1, near.shape) * (near[:, 3:] - near[:, 1:2]) * 0.07
        stray = rng.uniform(0, 300, (int(rng.integers(0, 5)), 2))
        size = rng.uniform(15, 120, stray.shape)
        found = np.concatenate([near, np.concatenate([stray, stray + size], 1)])
        found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 1)
        results.append(
            ImageResult(
                found.astype(np.float32),
                # Few different scores, so that many are equal.
                (rng.integers(1, 40, len(found)) / 40).astype(np.float32),
                truths.astype(np.float32),
                rng.uniform(size=people) < 0.15,
                rng.choice(np.array([0.1, 0.3, 0.65, 0.8, 1, 1], np.float32), people),
            )
        )
    return results


LIMITS = {
    "reasonable": (50, math.inf, 0.65, 1),
    "all": (20, math.inf, 0.2, 1),
    "near": (80, math.inf, 1, 1),
    "medium": (30, 80, 1, 1),
    "small": (50, 75, 0.65, 1),
    "heavy": (50, math.inf, 0.2, 0.65),
    "every": (0, math.inf, 0, 1),
}


def naive(results: list[ImageResult], name: str, aspect: bool, convention: str) -> float:
    """The protocol spelled out in plain Python, box by box, threshold by threshold."""
    low, high, least, most = LIMITS[name]

    def narrowed(box: list[float]) -> list[float]:
        x1, y1, x2, y2 = box
        half = 0.41 * (y2 - y1) / 2
        return [(x1 + x2) / 2 - half, y1, (x1 + x2) / 2 + half, y2]

    def overlap(one: list[float], other: list[float], inside: bool) -> float:
        width = min(one[2], other[2]) - max(one[0], other[0])
        height = min(one[3], other[3]) - max(one[1], other[1])
        both = width * height if width > 0 and height > 0 else 0.0
        first = (one[2] - one[0]) * (one[3] - one[1])
        second = (other[2] - other[0]) * (other[3] - other[1])
        return both / (first if inside else first + second - both)

    outcomes: list[tuple[float, bool]] = []
    number = 0
    for result in results:
        people, regions = [], []
        for box, ignored, seen in zip(
            result.truths.tolist(), result.ignored.tolist(), result.visibility, strict=True
        ):
            tall = box[3] - box[1]
            if not ignored and low <= tall < high and least - 1e-6 <= seen <= most + 1e-6:
                people.append(narrowed(box) if aspect else box)
            else:
                regions.append(box)
        number += len(people)
        taken: set[int] = set()
        found = list(zip(result.scores.tolist(), result.boxes.tolist(), strict=True))
        for score, box in sorted(found, key=lambda one: -one[0]):
            if not low / 1.25 <= box[3] - box[1] < high * 1.25:
                continue
            placed = narrowed(box) if aspect else box
            best, who = 0.5, None
            for index, person in enumerate(people):
                if index not in taken and (share := overlap(placed, person, False)) > best:
                    best, who = share, index
            if who is not None:
                taken.add(who)
                outcomes.append((score, True))
            elif not any(overlap(placed, region, True) >= 0.5 for region in regions):
                outcomes.append((score, False))
    if not number:
        return math.nan
    points = []
    for threshold in sorted({score for score, _ in outcomes}, reverse=True):
        passed = [true for score, true in outcomes if score >= threshold]
        points.append((passed.count(False) / len(results), 1 - passed.count(True) / number))
    logarithms = []
    for exponent in range(9):
        reached = [missed for false, missed in points if false <= 10 ** (exponent / 4 - 2)]
        if reached:
            missed = reached[-1]
        else:
            missed = points[-1][1] if points and convention == "citypersons" else 1.0
        logarithms.append(math.log(max(missed, 1e-10)))
    return math.exp(sum(logarithms) / 9)


@pytest.mark.parametrize("name", SUBSETS)
def test_agrees_with_the_naive_way(name: str) -> None:
    rng = np.random.default_rng(len(name))
    seen = set()
    for turn in range(25):
        # In few pictures a curve begins late, in many it does not.
        results = random_set(rng, count=(2, 8, 60)[turn % 3])
        for aspect in (False, True):
            for convention in ("caltech", "citypersons"):
                expected = naive(results, name, aspect, convention)
                value = rate(results, SUBSETS[name], aspect, convention)
                assert value == pytest.approx(expected, abs=1e-6, nan_ok=True)
                seen.add(round(value, 4))
    assert len(seen) > 20


@pytest.mark.parametrize("name", SUBSETS)
def test_average_precision_agrees_with_coco(name: str) -> None:
    pytest.importorskip("faster_coco_eval")
    rng = np.random.default_rng(len(name))
    seen = set()
    for _ in range(10):
        viewed = [SUBSETS[name].view(result) for result in random_set(rng)]
        ours = average_precision(match(viewed))
        if math.isnan(ours):
            continue
        ap, ap50 = coco_average_precision(viewed)
        assert ap50 == pytest.approx(ours, abs=1e-6)
        over = [average_precision(match(viewed, iou)) for iou in np.arange(0.5, 0.96, 0.05)]
        assert ap == pytest.approx(np.mean(over), abs=1e-6)
        assert ap < ap50
        seen.add(round(ours, 4))
    assert len(seen) > 3


def test_a_false_alarm_never_lowers_the_miss_rate() -> None:
    rng = np.random.default_rng(3)
    raised = 0
    for _ in range(60):
        results = random_set(rng, count=10)
        before = rate(results, EVERY)
        which = int(rng.integers(10))
        far = np.array([[900, 900, 930, 980]], np.float32)
        results[which] = replace(
            results[which],
            boxes=np.concatenate([results[which].boxes, far]),
            scores=np.append(results[which].scores, np.float32(rng.uniform(0, 1))),
        )
        after = rate(results, EVERY)
        assert after >= before
        raised += after > before
    assert raised > 10


def test_finding_one_more_person_at_the_best_score_never_raises_it() -> None:
    rng = np.random.default_rng(4)
    lowered = 0
    for _ in range(60):
        results = random_set(rng, count=10)
        # Somebody new, far from all others, missed and then found.
        far = np.array([[900, 900, 930, 980]], np.float32)
        which = int(rng.integers(10))
        missed = replace(
            results[which],
            truths=np.concatenate([results[which].truths, far]),
            ignored=np.append(results[which].ignored, False),
            visibility=np.append(results[which].visibility, np.float32(1)),
        )
        found = replace(
            missed,
            boxes=np.concatenate([missed.boxes, far]),
            scores=np.append(missed.scores, np.float32(1)),
        )
        before, after = (
            rate([*results[:which], one, *results[which + 1 :]], EVERY) for one in (missed, found)
        )
        assert after <= before
        lowered += after < before
    assert lowered > 50
