import pytest

from tests.benchmarks.cluster import Costs, simulate


def test_simulated_times_by_hand() -> None:
    # A range of 60 s has 1500 frames: 15 s at 10 ms; joining 120 s, 3000 frames, takes 3 s.
    costs = Costs(look=0.01, join=0.001, driver=0.5)
    # One core: four ranges one after another, the first begun after 0.5 s, then two joints.
    assert simulate(costs, 1, 1, 2, 120.0) == pytest.approx(0.5 + 4 * 15 + 2 * 3)
    # Four cores: ranges begin at 0.5, 1, 1.5 and 2 s and end at 15.5 to 17 s; joints follow.
    assert simulate(costs, 2, 2, 2, 120.0) == pytest.approx(17 + 3)
