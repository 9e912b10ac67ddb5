"""What the numbers of a comparison say: means, spreads, and who is ahead by more than chance.

Methods are compared seed by seed: differences between two methods that began with the same seed,
their mean, their standard deviation, and in how many seeds the sign is that of the mean. A lead is
called clear when it is larger than that standard deviation and holds in more than half of at least
two seeds. That is a rule of thumb, not a test of significance.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from training.curves import Series
from training.logreader import Point, Run

# A preset that had to be compressed much further than was asked is no fair rival.
FAIR = 1.5
Metric = Literal["miss_rate", "ap50"]
METRICS: tuple[Metric, ...] = ("miss_rate", "ap50")
NAMES: dict[Metric, str] = {"miss_rate": "log-average miss rate", "ap50": "AP50"}


@dataclass(frozen=True)
class Spread:
    """Replicates of a number.

    Attributes:
        mean: Their mean.
        std: Their sample standard deviation; ``None`` of a single one.
        low: The smallest.
        high: The largest.
        count: How many.
    """

    mean: float
    std: float | None
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class Difference:
    """How far one method is ahead of another, seed by seed.

    Attributes:
        spread: Of the differences, above 0 where the first is better.
        better: Seeds in which the first is better.
    """

    spread: Spread
    better: int

    @property
    def is_clear(self) -> bool:
        """Whether the first is ahead by more than the spread over seeds."""
        if self.spread.std is None:
            return False
        return self.spread.mean > self.spread.std and 2 * self.better > self.spread.count


@dataclass(frozen=True)
class Verdict:
    """Who is ahead at a ratio.

    Attributes:
        metric: In what.
        ratio: At which compression.
        leader: Title of the best mean.
        runner_up: Title of the second best; empty where there is none.
        value: The leader's mean, 0..1.
        difference: The leader against the runner-up; ``None`` without seeds in common.
    """

    metric: Metric
    ratio: float
    leader: str
    runner_up: str
    value: float
    difference: Difference | None

    @property
    def is_clear(self) -> bool:
        """Whether there is a winner."""
        return self.difference is not None and self.difference.is_clear


def spread(values: Iterable[float]) -> Spread:
    """Return mean, sample standard deviation and range of one number or more."""
    numbers = list(values)
    return Spread(
        statistics.fmean(numbers),
        statistics.stdev(numbers) if len(numbers) > 1 else None,
        min(numbers),
        max(numbers),
        len(numbers),
    )


def compare(
    first: Mapping[int, Point], second: Mapping[int, Point], metric: Metric
) -> Difference | None:
    """Compare two methods over the seeds they have in common; ``None`` if there are none.

    Args:
        first: A preset by seed.
        second: The other method's.
        metric: What is compared; of miss rates, the lower one is better.
    """
    sign = -1 if metric == "miss_rate" else 1
    differences = [
        sign * (value_of(first[seed], metric) - value_of(second[seed], metric))
        for seed in sorted(first.keys() & second.keys())
    ]
    if not differences:
        return None
    return Difference(spread(differences), sum(value > 0 for value in differences))


def judge(series: Sequence[Series], ratio: float, metric: Metric) -> Verdict | None:
    """Say who is ahead at a ratio.

    Presets of more than 1.5 times the ratio are left out.

    Returns:
        The verdict; ``None`` if fewer than two methods have a preset there.
    """
    entries = fair_entries(series, ratio)
    if len(entries) < 2:
        return None
    sign = 1 if metric == "miss_rate" else -1
    means = {title: mean_of(points, metric) for title, points in entries.items()}
    leader, runner_up, *_ = sorted(means, key=lambda title: sign * means[title])
    return Verdict(
        metric,
        ratio,
        leader,
        runner_up,
        means[leader],
        compare(entries[leader], entries[runner_up], metric),
    )


def fair_entries(series: Sequence[Series], ratio: float) -> dict[str, dict[int, Point]]:
    """Return the presets at a ratio by title and seed, without those far beyond it."""
    entries = {}
    for one in series:
        points = {
            seed: point for seed, point in one.at_ratio(ratio).items() if is_fair(point, ratio)
        }
        if points:
            entries[one.title] = points
    return entries


def is_fair(point: Point, ratio: float) -> bool:
    """Whether a preset is near enough to a ratio to be compared at it."""
    return point.ratio <= FAIR * ratio


def mean_of(points: Mapping[int, Point], metric: Metric) -> float:
    """Return the mean over seeds."""
    return statistics.fmean(value_of(point, metric) for point in points.values())


def value_of(point: Point, metric: Metric) -> float:
    """Return a preset's figure, 0..1."""
    return point.miss_rate if metric == "miss_rate" else point.ap50


def sensitivity_spreads(runs: Sequence[Run]) -> dict[str, Spread]:
    """Return mean and range of every layer's loss increase, over the runs that measured it."""
    found: dict[str, list[float]] = {}
    for run in runs:
        for name, value in run.sensitivity.items():
            found.setdefault(name, []).append(value)
    return {name: spread(values) for name, values in found.items()}
