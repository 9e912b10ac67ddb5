from collections.abc import Iterator

import pytest
import torch

from training.run import threads
from training.run.threads import settle_threads


@pytest.fixture(autouse=True)
def four_processors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 4)
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("busy", "expected"), [(0.0, 4), (0.4, 4), (1.0, 3), (2.2, 2), (3.0, 1), (4.0, 1)]
)
def test_busy_processors_are_left_alone(
    busy: float, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_busy_processors", lambda: busy)
    said: list[str] = []
    assert settle_threads(0, said.append) == torch.get_num_threads() == expected
    assert said == [
        f"other programs are busy: {expected} of 4 threads train; --set threads=4 takes all"
    ] * (expected < 4)


@pytest.mark.parametrize(
    ("wanted", "variable", "expected"), [(3, None, 3), (3, "4", 3), (0, "4", 4), (5, None, 5)]
)
def test_what_was_asked_for_counts(
    wanted: int, variable: str | None, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_busy_processors", lambda: 4.0)
    if variable:
        monkeypatch.setenv("OMP_NUM_THREADS", variable)
    said: list[str] = []
    assert settle_threads(wanted, said.append) == torch.get_num_threads() == expected
    assert said == []
