"""Miss rate over false alarms per image, and its log-average, as pedestrian benchmarks report it.

Dollar et al., "Pedestrian Detection: An Evaluation of the State of the Art", PAMI 2012.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pedcam.measure.precision import Matches

FPPI_POINTS: NDArray[np.float64] = 10.0 ** np.linspace(-2, 0, 9)
LOWEST_MISS_RATE = 1e-10


@dataclass(frozen=True)
class MissRateCurve:
    """What is missed at what price, one point per score that occurs, best score first.

    Attributes:
        fppi: ``[n]`` float64, false alarms per image, not falling.
        miss_rate: ``[n]`` float64, 0..1, share of the people missed, not rising.
    """

    fppi: NDArray[np.float64]
    miss_rate: NDArray[np.float64]


def miss_rate_curve(matches: Matches) -> MissRateCurve:
    """Return the points that a score threshold can reach.

    Detections of equal score pass a threshold together, so they share one point.

    Args:
        matches: Detections told true from false.

    Returns:
        The curve; empty without detections, its miss rates nan when there is nobody to find.
    """
    last_of_score = np.append(matches.scores[1:] != matches.scores[:-1], True)
    last_of_score = last_of_score[: len(matches.scores)]
    found = np.cumsum(matches.true)[last_of_score]
    false = np.cumsum(~matches.true)[last_of_score]
    missed = 1 - found / matches.people if matches.people else np.full(len(found), np.nan)
    return MissRateCurve(false / max(1, matches.images), missed)


def log_average_miss_rate(matches: Matches) -> float:
    """Return the geometric mean of the miss rate at nine numbers of false alarms per image.

    ``exp(mean(log(max(1e-10, miss rate))))`` over 10^-2, 10^-1.75 ... 10^0 false alarms per image.
    At each of them the curve's last point not beyond it counts. A curve that only starts beyond it
    counts as missing everybody there, 1.0; one that ends before it keeps its last miss rate.

    Args:
        matches: Detections told true from false. Images without people count in "per image".

    Returns:
        1e-10..1; nan when there is nobody to find.
    """
    if not matches.people:
        return float("nan")
    curve = miss_rate_curve(matches)
    points = np.searchsorted(curve.fppi, FPPI_POINTS, side="right")
    missed = np.append(1.0, curve.miss_rate)[points]
    return float(np.exp(np.log(np.maximum(missed, LOWEST_MISS_RATE)).mean()))
