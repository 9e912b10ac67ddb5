import math

import numpy as np
import pytest

from pedcam.measure.accuracy.matching import (
    FALSE,
    IGNORED,
    TRUE,
    ImageResult,
    Matches,
    average_precision,
    match,
    match_image,
    pairwise_iou,
    threshold_at_fppi,
)
from tests.factories import image_result as image

PERSON = (10, 10, 30, 60)
ELSEWHERE = (100, 10, 120, 60)


def test_iou() -> None:
    a = np.array([(0, 0, 10, 10), (20, 20, 20, 20)], np.float32)
    b = np.array([(0, 5, 10, 15), (0, 0, 10, 10)], np.float32)
    assert pairwise_iou(a, b) == pytest.approx(np.array([[1 / 3, 1], [0, 0]]))
    crowd = np.array([True, False])
    assert pairwise_iou(a, b, crowd)[0] == pytest.approx([0.5, 1])


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([image([PERSON], [0.9], [PERSON])], 1.0),
        ([image([], [], [PERSON])], 0.0),
        # The false alarm is better than the hit: precision 1/2 at recall 1.
        ([image([PERSON, ELSEWHERE], [0.5, 0.9], [PERSON])], 0.5),
        # ... and worse than it: costs nothing.
        ([image([PERSON, ELSEWHERE], [0.9, 0.5], [PERSON])], 1.0),
        # Half of the people found: recalls 0 to 0.5 are 51 of 101 points.
        ([image([PERSON], [0.9], [PERSON, ELSEWHERE])], 51 / 101),
        # A second detection of the same person is a false alarm.
        ([image([PERSON, PERSON], [0.9, 0.8], [PERSON, ELSEWHERE])], 51 / 101),
        # Two detections in an ignored region count neither way.
        (
            [image([ELSEWHERE, ELSEWHERE, PERSON], [0.9, 0.8, 0.7], [PERSON, ELSEWHERE],
                   [False, True])],
            1.0,
        ),
        # A false alarm in an image without people counts.
        ([image([PERSON], [0.5], [PERSON]), image([PERSON], [0.9], [])], 0.5),
    ],
)  # fmt: skip
def test_worked_cases(results: list[ImageResult], expected: float) -> None:
    assert average_precision(match(results)) == pytest.approx(expected, abs=1e-6)


def test_matches_of_one_image() -> None:
    region = (200, 0, 300, 100)
    shifted = (12, 10, 32, 60)
    order, outcome, lost = match_image(
        image(
            [shifted, (210, 10, 230, 60), PERSON, (220, 10, 240, 60), ELSEWHERE],
            [0.5, 0.6, 0.9, 0.7, 0.8],
            [PERSON, region, ELSEWHERE, (400, 0, 420, 50)],
            [False, True, False, False],
        )
    )
    assert order.tolist() == [2, 4, 3, 1, 0]
    # The person is taken by the better detection, the region takes both of its own.
    assert outcome.tolist() == [TRUE, TRUE, IGNORED, IGNORED, FALSE]
    assert lost.tolist() == [False, False, False, True]


def test_a_detection_takes_the_nearest_person_and_a_person_before_a_region() -> None:
    around = (0, 0, 100, 100)
    other = (13, 10, 33, 60)
    found = image([(11, 10, 31, 60)], [0.9], [around, other, PERSON], [True, False, False])
    _, outcome, lost = match_image(found)
    assert outcome.tolist() == [TRUE]
    assert lost.tolist() == [False, True, False]


def test_only_the_best_detections_of_an_image_count() -> None:
    many = image([ELSEWHERE] * 120 + [PERSON], [0.9] * 120 + [0.1], [PERSON])
    assert (len(match([many]).scores), match([many]).true.sum()) == (100, 0)
    matches = match([many], max_detections=1000)
    assert (len(matches.scores), matches.true.sum()) == (121, 1)


def test_nobody_to_find() -> None:
    assert math.isnan(average_precision(match([image([PERSON], [0.9], [])])))


def test_agrees_with_coco() -> None:
    coco = pytest.importorskip("faster_coco_eval")
    rng = np.random.default_rng(1)
    results, truths, detections = [], [], []
    for number in range(40):
        count = int(rng.integers(0, 6))
        corner = rng.uniform(0, 300, (count, 2))
        people = np.concatenate([corner, corner + rng.uniform(15, 120, (count, 2))], 1)
        ignored = rng.uniform(size=count) < 0.2
        near = people[rng.uniform(size=count) < 0.8]
        near = near + rng.normal(0, 5, near.shape)
        stray = rng.uniform(0, 300, (int(rng.integers(0, 4)), 2))
        boxes = np.concatenate([near, np.concatenate([stray, stray + 40], 1)]).astype(np.float32)
        boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
        scores = rng.uniform(0.01, 1, len(boxes)).astype(np.float32)
        results.append(ImageResult(boxes, scores, people.astype(np.float32), ignored))
        for box, crowd in zip(people, ignored, strict=True):
            truths.append(
                {
                    "id": len(truths) + 1,
                    "image_id": number,
                    "category_id": 1,
                    "bbox": [*box[:2], *(box[2:] - box[:2])],
                    "area": float(np.prod(box[2:] - box[:2])),
                    "iscrowd": int(crowd),
                }
            )
        for box, score in zip(boxes, scores, strict=True):
            detections.append(
                {
                    "image_id": number,
                    "category_id": 1,
                    "bbox": [float(v) for v in (*box[:2], *(box[2:] - box[:2]))],
                    "score": float(score),
                }
            )
    reference = coco.COCO(
        {
            "images": [{"id": i, "width": 500, "height": 500} for i in range(40)],
            "annotations": truths,
            "categories": [{"id": 1, "name": "person"}],
        }
    )
    evaluation = coco.COCOeval_faster(reference, reference.loadRes(detections), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert average_precision(match(results)) == pytest.approx(evaluation.stats[1], abs=1e-6)


@pytest.mark.parametrize(("allowed", "expected_false"), [(0.0, 0), (0.5, 1), (1.0, 2), (9.0, 3)])
def test_threshold_keeps_the_false_alarms_asked_for(allowed: float, expected_false: int) -> None:
    matches = Matches(
        np.array([0.9, 0.8, 0.7, 0.6, 0.5], np.float32),
        np.array([True, False, True, False, False]),
        people=2,
        images=2,
    )
    threshold = threshold_at_fppi(matches, allowed)
    kept = matches.scores >= np.float32(threshold)
    assert (kept & ~matches.true).sum() == expected_false
