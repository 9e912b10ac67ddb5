"""Miss rate over false alarms per image, and its log-average, as pedestrian benchmarks report it.

Dollar et al., "Pedestrian Detection: An Evaluation of the State of the Art", PAMI 2012.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pedcam.measure.accuracy.matching import Matches

FPPI_POINTS: NDArray[np.float64] = 10.0 ** np.linspace(-2, 0, 9)
LOWEST_MISS_RATE = 1e-10
MAX_DETECTIONS = 1000  # of an image

Convention = Literal["caltech", "citypersons"]


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

    Detections of equal score pass a threshold together, so they share one point. Without anybody
    to find the miss rates are nan.
    """
    last_of_score = np.append(matches.scores[1:] != matches.scores[:-1], True)
    last_of_score = last_of_score[: len(matches.scores)]
    found = np.cumsum(matches.true)[last_of_score]
    false = np.cumsum(~matches.true)[last_of_score]
    missed = 1 - found / matches.people if matches.people else np.full(len(found), np.nan)
    return MissRateCurve(false / max(1, matches.images), missed)


def miss_rates(
    matches: Matches, fppi: NDArray[np.float64] = FPPI_POINTS, convention: Convention = "caltech"
) -> NDArray[np.float64]:
    """Return the miss rate at given numbers of false alarms per image.

    At each of them the curve's last point not beyond it counts; a curve that ends before it keeps
    its last miss rate. Where a curve only starts beyond it, the published codes differ:

    - ``caltech``: nobody is found there, 1.0 (``dbEval.m`` of the Caltech toolbox);
    - ``citypersons``: the *last* miss rate of the curve (``eval_MR_multisetup.py`` takes element
      -1), which flatters detectors whose best detections are false alarms.

    Images without people count in "per image". Without anybody to find the miss rates are nan.
    """
    if not matches.people:
        return np.full(len(fppi), np.nan)
    curve = miss_rate_curve(matches)
    points = np.searchsorted(curve.fppi, fppi, side="right")
    last = curve.miss_rate[-1] if len(curve.miss_rate) else 1.0
    start = 1.0 if convention == "caltech" else last
    missed: NDArray[np.float64] = np.append(start, curve.miss_rate)[points]
    return missed


def log_average_miss_rate(matches: Matches, convention: Convention = "caltech") -> float:
    """Return the geometric mean of the miss rate at nine numbers of false alarms per image.

    ``exp(mean(log(max(1e-10, miss rate))))`` over 10^-2, 10^-1.75 ... 10^0 false alarms per image;
    nan when there is nobody to find. For ``convention`` see :func:`miss_rates`.
    """
    missed = miss_rates(matches, FPPI_POINTS, convention)
    return float(np.exp(np.log(np.maximum(missed, LOWEST_MISS_RATE)).mean()))
