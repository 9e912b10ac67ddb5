import numpy as np

from pedcam.detect import postprocess
from pedcam.detect.postprocess import select, suppress


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_threshold_and_order() -> None:
    found, scores = select(
        boxes((0, 0, 10, 20), (50, 0, 60, 20), (90, 0, 99, 20)),
        np.array([0.3, 0.9, 0.29], np.float32),
        0.3,
    )
    assert scores.tolist() == np.array([0.9, 0.3], np.float32).tolist()
    assert found[0].tolist() == [50, 0, 60, 20]


def test_overlapping_boxes_leave_the_best() -> None:
    # IoU of the first two: 80 / 120 > 0.5; of the first and the third: 50 / 150 < 0.5.
    found, scores = select(
        boxes((0, 0, 10, 10), (0, 2, 10, 12), (0, 5, 10, 15)),
        np.array([0.8, 0.7, 0.6], np.float32),
        0.1,
    )
    assert scores.tolist() == np.array([0.8, 0.6], np.float32).tolist()
    np.testing.assert_allclose(found[1], [0, 5, 10, 15], rtol=1e-6)


def test_boxes_of_one_person_have_a_say() -> None:
    # IoU with the best: 95 / 105 and 80 / 120; of the last one, which has no say, 55 / 145.
    rows = boxes((0, 0, 10, 10), (0, 0.5, 10, 10.5), (0, 2, 10, 12), (0, 4.5, 10, 14.5))
    values = np.array([0.8, 0.4, 0.4, 0.1], np.float32)
    found, scores = select(rows, values, 0.05)
    assert scores.tolist() == values[[0, 3]].tolist()
    top = (0.8 * 0 + 0.4 * 0.5 + 0.4 * 2) / 1.6
    np.testing.assert_allclose(found[0], [0, top, 10, top + 10], rtol=1e-6)
    np.testing.assert_allclose(found[1], rows[3], rtol=1e-6)
    # Without, the best one's box stays.
    found, scores = suppress(rows, values, 0.05)
    assert found.tolist() == rows[[0, 3]].tolist()
    assert scores.tolist() == values[[0, 3]].tolist()


def test_boxes_without_an_area_stay_and_broken_ones_go() -> None:
    rows = boxes((0, 0, 10, 10), (50, 5, 50, 5), (np.nan, 0, 1, 1))
    found, scores = select(rows, np.array([0.5, 0.4, 0.9], np.float32), 0.1)
    assert scores.tolist() == np.array([0.5, 0.4], np.float32).tolist()
    np.testing.assert_allclose(found, rows[:2], rtol=1e-6)


def test_nothing_found() -> None:
    found, scores = select(boxes((0, 0, 1, 1)), np.array([0.1], np.float32), 0.5)
    assert found.shape == (0, 4)
    assert scores.shape == (0,)


def test_many_candidates_are_bounded_to_the_best() -> None:
    count = postprocess.MAX_CANDIDATES + 500
    x = np.arange(count, dtype=np.float32) * 20
    apart = np.stack([x, x * 0, x + 10, x * 0 + 10], 1)
    values = np.linspace(0.2, 0.9, count, dtype=np.float32)
    _, scores = select(apart, values, 0.1)
    assert len(scores) == postprocess.MAX_PEOPLE
    assert scores.tolist() == values[::-1][: postprocess.MAX_PEOPLE].tolist()
