from collections import Counter
from dataclasses import replace

import pytest

from tests.benchmarks.soak import Figures, main

GOOD = Figures(
    frames=1000,
    switches=3,
    wanted_switches=3,
    recorded=1000,
    early_memory=100.0,
    late_memory=119.9,
    alerts=Counter(stays=2, crowd=3),
    kept=5,
)


def test_a_short_run(capsys: pytest.CaptureFixture[str]) -> None:
    # Memory is still settling after so few frames.
    short = ["--frames", "200", "--switch", "45", "--rotate", "80", "--clip", "30"]
    assert main([*short, "--bound", "500"]) == 0
    printed = capsys.readouterr().out
    assert "out of order: 0; recorded: 200 of 200; switches: 4 of 4; threads left: 0" in printed
    assert main(["--frames", "40", "--clip", "30", "--bound", "-500"]) == 1
    assert "FAILED: memory grew by" in capsys.readouterr().out


def test_good_figures() -> None:
    assert GOOD.broken(1000, 20.0) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"failure": "the stream stands still"}, "the stream stands still"),
        ({"frames": 999, "recorded": 999}, "only 999 of 1000 frames"),
        ({"disordered": 1}, "1 frames out of order"),
        ({"recorded": 998}, "998 of 1000 frames recorded"),
        ({"switches": 2}, "2 of 3 switches"),
        ({"late_memory": 120.0}, "memory grew by 20.0 MiB"),
        ({"alerts": Counter(), "kept": 0}, "no rule fired"),
        ({"kept": 4}, "4 snapshots and clips of 5 alerts"),
        ({"threads_left": ["a", "b"]}, "threads left: a, b"),
    ],
)
def test_every_bound(changes: dict[str, object], complaint: str) -> None:
    assert replace(GOOD, **changes).broken(1000, 20.0) == [complaint]
