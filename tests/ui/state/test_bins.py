import numpy as np

from pedcam.ui.state.bins import Bins


def put(bins: Bins, at: float, people: int, *, cut: bool = False) -> None:
    bins.put(
        at,
        wall=1000.0 + at,
        position=at,
        people=people,
        total=people,
        per_minute=float(people),
        cut=cut,
    )


def test_a_row_keeps_the_most_and_the_newest() -> None:
    bins = Bins(1.0, 10)
    for at, people in ((2.1, 3), (2.5, 5), (2.9, 4), (3.0, 1)):
        put(bins, at, people)
    rows = bins.rows
    assert rows["start"].tolist() == [2.0, 3.0]
    assert rows["people"].tolist() == [5, 1]
    assert rows["total"].tolist() == [4, 1]
    assert rows["wall"].tolist() == [1002.1, 1003.0]


def test_a_cut_begins_a_row() -> None:
    bins = Bins(1.0, 10)
    put(bins, 2.1, 3)
    put(bins, 2.2, 5, cut=True)
    assert bins.rows["people"].tolist() == [3, 5]
    assert bins.rows["cut"].tolist() == [False, True]


def test_only_the_newest_are_kept_in_bounded_memory() -> None:
    bins = Bins(0.25, 300)
    for number in range(10_000):
        put(bins, number / 4, number % 7)
    assert np.array_equal(bins.rows["start"], np.arange(9700, 10_000) / 4)
    assert np.array_equal(bins.rows["people"], np.arange(9700, 10_000) % 7)
    assert len(bins._table) == 600


def test_dropping_the_end_and_everything() -> None:
    bins = Bins(1.0, 10)
    for at in range(6):
        put(bins, at, at)
    bins.drop_from(4.0)
    assert bins.rows["start"].tolist() == [0, 1, 2, 3]
    put(bins, 4.5, 9)
    assert bins.rows["people"].tolist() == [0, 1, 2, 3, 9]
    bins.clear()
    assert len(bins.rows) == 0
