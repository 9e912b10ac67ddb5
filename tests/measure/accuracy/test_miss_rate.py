import math

import numpy as np
import pytest

from pedcam.measure.accuracy.matching import Matches
from pedcam.measure.accuracy.miss_rate import log_average_miss_rate, miss_rate_curve, miss_rates


def matches(scores: list[float], true: list[int], people: int, images: int = 1) -> Matches:
    return Matches(np.array(scores, np.float32), np.array(true, bool), people, images)


def test_curve() -> None:
    curve = miss_rate_curve(matches([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0], people=4, images=10))
    assert curve.fppi == pytest.approx([0, 0.1, 0.1, 0.2])
    assert curve.miss_rate == pytest.approx([0.75, 0.75, 0.5, 0.5])


def test_detections_of_equal_score_share_a_point_whatever_their_order() -> None:
    for true in ([1, 0, 1], [0, 1, 1], [1, 1, 0]):
        curve = miss_rate_curve(matches([0.9, 0.9, 0.9], true, people=4, images=10))
        assert curve.fppi == pytest.approx([0.1])
        assert curve.miss_rate == pytest.approx([0.5])


def test_curve_of_nothing() -> None:
    assert miss_rate_curve(matches([], [], people=3)).fppi.shape == (0,)
    nobody = miss_rate_curve(matches([0.5], [0], people=0))
    assert nobody.fppi == pytest.approx([1])
    assert np.isnan(nobody.miss_rate).all()


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        # Everybody and nothing else: the floor.
        (matches([0.9, 0.8], [1, 1], people=2), 1e-10),
        # Nobody.
        (matches([], [], people=2), 1.0),
        # Half of them and no false alarm: the last miss rate holds at all nine points.
        (matches([0.9], [1], people=2), 0.5),
        # In one image a false alarm costs 1 per image: it is reached at the last point only, and
        # there everybody is found. The other eight miss everybody: (1^8 * 1e-10)^(1/9).
        (matches([0.9, 0.8], [0, 1], people=1), 1e-10 ** (1 / 9)),
        # The same with equal scores.
        (matches([0.8, 0.8], [1, 0], people=1), 1e-10 ** (1 / 9)),
        # The same with the person first: found before the first false alarm.
        (matches([0.9, 0.8], [1, 0], people=1), 1e-10),
        # Two false alarms in one image lie beyond all points.
        (matches([0.9, 0.9, 0.8], [0, 0, 1], people=1), 1.0),
        # 100 images, most without people: one false alarm is 0.01 per image, the first point.
        (matches([0.9, 0.8], [0, 1], people=2, images=100), 0.5),
        # 99 images: just beyond the first point, where everybody is missed: (1 * 0.5^8)^(1/9).
        (matches([0.9, 0.8], [0, 1], people=2, images=99), 0.5 ** (8 / 9)),
        # 10 images, 0.1 per false alarm; points 1 to 4 are below it (miss rate 3/4), points 5 and 6
        # (0.1, 0.178) below 0.2 (2/4), points 7 to 9 (0.316 and up) above it (1/4).
        (
            matches([0.9, 0.8, 0.7, 0.6, 0.5], [1, 0, 1, 0, 1], people=4, images=10),
            (0.75**4 * 0.5**2 * 0.25**3) ** (1 / 9),
        ),
    ],
)  # fmt: skip
def test_worked_cases(measured: Matches, expected: float) -> None:
    assert log_average_miss_rate(measured) == pytest.approx(expected, rel=1e-9)


def test_nobody_to_find() -> None:
    assert math.isnan(log_average_miss_rate(matches([0.5], [0], people=0)))
    assert math.isnan(log_average_miss_rate(matches([], [], people=0, images=0)))


def test_before_and_after_the_curve() -> None:
    # 10 images: everybody missed before 0.1 false alarms per image, half from there on; end at 0.2.
    late = matches([0.9, 0.8, 0.7, 0.6], [0, 1, 1, 0], people=4, images=10)
    fppi = np.array([0, 0.09, 0.1, 0.2, 50])
    assert miss_rates(late, fppi) == pytest.approx([1, 1, 0.5, 0.5, 0.5])
    assert miss_rates(late, fppi, "citypersons") == pytest.approx([0.5] * 5)
    # Four of the nine points lie before 0.1.
    assert log_average_miss_rate(late) == pytest.approx(0.5 ** (5 / 9))
    assert log_average_miss_rate(late, "citypersons") == pytest.approx(0.5)
    nothing = matches([], [], people=4)
    for convention in ("caltech", "citypersons"):
        assert miss_rates(nothing, fppi, convention) == pytest.approx([1] * 5)
    assert np.isnan(miss_rates(matches([0.9], [0], people=0), fppi)).all()


def random_matches(rng: np.random.Generator) -> Matches:
    count = int(rng.integers(0, 60))
    # Few different scores, so that many are equal.
    scores = np.sort(rng.integers(1, 20, count) / 20)[::-1].astype(np.float32)
    true = rng.uniform(size=count) < rng.uniform()
    people = int(true.sum() + rng.integers(1, 10))
    return Matches(scores, true, people, int(rng.integers(1, 150)))


def naive(measured: Matches) -> float:
    """Try every threshold at every one of the nine points."""
    logarithms = []
    for exponent in (-2, -1.75, -1.5, -1.25, -1, -0.75, -0.5, -0.25, 0):
        lowest = 1.0
        for threshold in set(measured.scores.tolist()):
            false = found = 0
            for score, true in zip(measured.scores.tolist(), measured.true, strict=True):
                if score >= threshold and true:
                    found += 1
                elif score >= threshold:
                    false += 1
            # More false alarms allow no more misses, so the last point is the lowest.
            if false / measured.images <= 10**exponent:
                lowest = min(lowest, (measured.people - found) / measured.people)
        logarithms.append(math.log(max(lowest, 1e-10)))
    return math.exp(sum(logarithms) / 9)


def test_agrees_with_a_naive_implementation() -> None:
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(200):
        measured = random_matches(rng)
        value = log_average_miss_rate(measured)
        assert value == pytest.approx(naive(measured), rel=1e-9)
        seen.add(round(value, 3))
    assert len(seen) > 50


def test_a_false_alarm_never_lowers_it() -> None:
    rng = np.random.default_rng(1)
    raised = 0
    for _ in range(300):
        measured = random_matches(rng)
        score = np.float32(rng.integers(1, 20) / 20)
        where = int((measured.scores >= score).sum())
        worse = Matches(
            np.insert(measured.scores, where, score),
            np.insert(measured.true, where, False),
            measured.people,
            measured.images,
        )
        before, after = log_average_miss_rate(measured), log_average_miss_rate(worse)
        assert after >= before
        raised += after > before
    assert raised > 30
