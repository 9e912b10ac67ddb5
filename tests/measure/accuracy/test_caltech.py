"""Who counts under which subset, at the edges."""

import math

import numpy as np
import pytest

from pedcam.measure.accuracy.caltech import (
    EVERY,
    REASONABLE,
    SUBSETS,
    Subset,
    height_bands,
    heights,
    with_aspect,
)
from pedcam.measure.accuracy.matching import ImageResult, match
from tests.factories import image_result


def boxes(*tall: float, top: float = 10.0) -> np.ndarray:
    return np.array([(0, top, 20, top + height) for height in tall], np.float32).reshape(-1, 4)


def result(
    found: np.ndarray,
    truths: np.ndarray,
    ignored: list[bool] | None = None,
    visibility: list[float] | None = None,
) -> ImageResult:
    scores = np.linspace(0.9, 0.1, len(found)).tolist()
    return image_result(found, scores, truths, ignored, visibility)


@pytest.mark.parametrize(
    ("name", "counted", "not_counted"),
    [
        ("reasonable", [50, 51, 5000], [1, 49.9]),
        ("all", [20, 50, 5000], [19.9]),
        ("near", [80, 5000], [79.9]),
        ("medium", [30, 79.9], [29.9, 80]),
        ("small", [50, 74.9], [49.9, 75]),
        ("every", [0.5, 5000], []),
    ],
)
def test_heights(name: str, counted: list[float], not_counted: list[float]) -> None:
    assert SUBSETS[name].counts(boxes(*counted)).all()
    assert not SUBSETS[name].counts(boxes(*not_counted)).any()


def test_a_height_does_not_depend_on_where_the_person_stands() -> None:
    # In float32, 154.6 - 104.6 is 49.99999.
    tops = np.arange(0, 2000, 0.1)
    people = np.stack([tops, tops, tops + 20, tops + 50], 1).astype(np.float32)
    assert (people[:, 3] - people[:, 1] < 50).any()
    assert REASONABLE.counts(people).all()
    assert (heights(people) == 50).all()
    assert not Subset("", high=50).counts(people).any()


@pytest.mark.parametrize(
    ("name", "counted", "not_counted"),
    [
        ("reasonable", [0.65, 1], [0, 0.64]),
        ("all", [0.2, 1], [0, 0.19]),
        ("heavy", [0.2, 0.65], [0.19, 0.66, 1]),
        ("near", [1], [0.99]),
        ("medium", [1], [0.99]),
        ("every", [0, 1], []),
    ],
)
def test_visibility(name: str, counted: list[float], not_counted: list[float]) -> None:
    tall = 60 if name == "medium" else 100
    for shares, expected in ((counted, True), (not_counted, False)):
        seen = np.array(shares, np.float32)
        assert (SUBSETS[name].counts(boxes(*[tall] * len(shares)), seen) == expected).all()


def test_where_labels_say_nothing_everybody_is_in_full_view() -> None:
    assert REASONABLE.counts(boxes(50)).all()
    assert not SUBSETS["heavy"].counts(boxes(50)).any()


@pytest.mark.parametrize(
    ("name", "kept", "dropped"),
    [
        # 50 / 1.25 = 40 is kept, 75 * 1.25 = 93.75 is the first that is not.
        ("reasonable", [40, 5000], [39.9]),
        ("small", [40, 93.74], [39.9, 93.75]),
        ("medium", [24, 99.9], [23.9, 100]),
        ("every", [0.5, 5000], []),
    ],
)
def test_detections_may_miss_the_heights_by_a_quarter(
    name: str, kept: list[float], dropped: list[float]
) -> None:
    viewed = SUBSETS[name].view(result(boxes(*kept, *dropped), boxes(60)))
    assert viewed.boxes.tolist() == boxes(*kept).tolist()
    assert len(viewed.scores) == len(kept)


def test_who_does_not_count_is_ignored_and_takes_any_number_of_detections() -> None:
    small = boxes(45)
    seen = REASONABLE.view(result(np.concatenate([small, small + 1, small - 1]), small))
    assert seen.ignored.tolist() == [True]
    matches = match([seen])
    assert (matches.people, len(matches.scores)) == (0, 0)
    # With everybody counted the same are one hit and two false alarms.
    matches = match([EVERY.view(result(np.concatenate([small, small + 1, small - 1]), small))])
    assert (matches.people, matches.true.tolist()) == (1, [True, False, False])


def test_regions_stay_ignored() -> None:
    assert EVERY.view(result(boxes(), boxes(100, 100), [True, False])).ignored.tolist() == [
        True,
        False,
    ]


def test_aspect() -> None:
    wide = np.array([[0, 0, 100, 100], [10, 20, 20, 220]], np.float32)
    # Heights 100 and 200, so widths 41 and 82 about 50 and 15.
    expected = [[29.5, 0, 70.5, 100], [-26, 20, 56, 220]]
    assert with_aspect(wide) == pytest.approx(np.array(expected))
    viewed = REASONABLE.view(result(wide, wide, [False, True]), aspect=True)
    assert viewed.boxes == pytest.approx(np.array(expected))
    assert viewed.truths[0] == pytest.approx(np.array(expected[0]))
    assert viewed.truths[1].tolist() == wide[1].tolist()


def test_aspect_makes_a_wide_box_a_hit() -> None:
    person = np.array([[30, 0, 70, 100]], np.float32)
    arms_spread = np.array([[0, 0, 100, 100]], np.float32)
    plain = match([REASONABLE.view(result(arms_spread, person))])
    squared = match([REASONABLE.view(result(arms_spread, person), aspect=True)])
    assert (plain.true.tolist(), squared.true.tolist()) == ([False], [True])


def test_the_bands_of_height_hold_everybody_of_50_px_once() -> None:
    people = boxes(50, 79.9, 80, 119.9, 120, 5000)
    counted = np.array([band.counts(people) for band in height_bands(REASONABLE)])
    assert counted.sum(0).tolist() == [1] * 6
    assert counted.sum(1).tolist() == [2, 2, 2]
    heavy = height_bands(SUBSETS["heavy"])
    assert [(band.least_visible, band.most_visible) for band in heavy] == [(0.2, 0.65)] * 3
    assert heavy[-1].high == math.inf


def test_in_words() -> None:
    assert {name: subset.describe() for name, subset in SUBSETS.items()} == {
        "reasonable": "50 px or taller, at least 65% visible",
        "all": "20 px or taller, at least 20% visible",
        "near": "80 px or taller, in full view",
        "medium": "30 px or taller and below 80 px, in full view",
        "small": "50 px or taller and below 75 px, at least 65% visible",
        "heavy": "50 px or taller, 20% to 65% visible",
        "every": "everybody",
    }
