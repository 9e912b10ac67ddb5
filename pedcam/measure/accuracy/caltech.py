"""Who counts: the subsets of the Caltech pedestrian benchmark.

As ``dbEval.m`` 3.2.1 of the Caltech benchmark (Dollar et al., PAMI 2012, section 3) and, for
``small``, ``eval_MR_multisetup.py`` of CityPersons (Zhang et al., CVPR 2017). People that a subset
leaves out are ignored: who finds them gains nothing and loses nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pedcam.measure.accuracy.matching import ImageResult

# Detections may miss the heights by as much before they are dropped (PAMI 2012, section 3.3).
EXPANDED_FILTER = 1.25
PERSON_ASPECT = 0.41
# Corners in float32 turn a person of 50 px into one of 49.99999.
HEIGHT_DECIMALS = 3


@dataclass(frozen=True)
class Subset:
    """Which people count.

    Attributes:
        name: What the command line calls it.
        low: Least height in pixels.
        high: Height in pixels that is just too much.
        least_visible: Least visible share of a person, 0..1.
        most_visible: Largest visible share, 0..1.
    """

    name: str
    low: float = 0.0
    high: float = math.inf
    least_visible: float = 0.0
    most_visible: float = 1.0

    def counts(
        self, boxes: NDArray[np.float32], visibility: NDArray[np.float32] | None = None
    ) -> NDArray[np.bool_]:
        """Return which of the boxes ``[n, 4]`` count; by default everybody is in full view."""
        height = heights(boxes)
        seen = np.ones(len(boxes), np.float32) if visibility is None else visibility
        counted = (height >= self.low) & (height < self.high)
        # Compared in float32, in which 0.65 is the limit's own 0.65.
        counted &= seen >= np.float32(self.least_visible)
        counted &= seen <= np.float32(self.most_visible)
        return counted

    def view(self, result: ImageResult, aspect: bool = False) -> ImageResult:
        """Return an image's result as this subset sees it.

        People who do not count become ignored regions. Detections whose height is not in
        ``[low / 1.25, high * 1.25)`` are dropped. With ``aspect`` people and detections get the
        width 0.41 of their height, about their centre, as boxes of the benchmark have it; ignored
        regions keep their shape.
        """
        ignored = result.ignored | ~self.counts(result.truths, result.visibility)
        height = heights(result.boxes)
        kept = height >= self.low / EXPANDED_FILTER
        kept &= height < self.high * EXPANDED_FILTER
        boxes, truths = result.boxes[kept], result.truths
        if aspect:
            boxes = with_aspect(boxes)
            truths = np.where(ignored[:, None], truths, with_aspect(truths))
        return replace(
            result, boxes=boxes, scores=result.scores[kept], truths=truths, ignored=ignored
        )

    def describe(self) -> str:
        parts = []
        if self.low or self.high < math.inf:
            below = f" and below {self.high:g} px" if self.high < math.inf else ""
            parts.append(f"{self.low:g} px or taller{below}")
        if self.least_visible == 1:
            parts.append("in full view")
        elif self.most_visible < 1:
            parts.append(f"{self.least_visible:.0%} to {self.most_visible:.0%} visible")
        elif self.least_visible:
            parts.append(f"at least {self.least_visible:.0%} visible")
        return ", ".join(parts) or "everybody"


EVERY = Subset("every")
REASONABLE = Subset("reasonable", low=50, least_visible=0.65)
SUBSETS: Mapping[str, Subset] = {
    subset.name: subset
    for subset in (
        REASONABLE,
        Subset("all", low=20, least_visible=0.2),
        Subset("near", low=80, least_visible=1),
        Subset("medium", low=30, high=80, least_visible=1),
        Subset("small", low=50, high=75, least_visible=0.65),
        Subset("heavy", low=50, least_visible=0.2, most_visible=0.65),
        EVERY,
    )
}

HEIGHT_BANDS: Sequence[tuple[float, float]] = ((50, 80), (80, 120), (120, math.inf))


def height_bands(subset: Subset) -> list[Subset]:
    """Return a subset for each of :data:`HEIGHT_BANDS`, visibility as in ``subset``."""
    return [replace(subset, low=low, high=high) for low, high in HEIGHT_BANDS]


def heights(boxes: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the heights ``[n]`` of boxes ``[n, 4]``, rounded to 1/1000 px."""
    tall: NDArray[np.float64] = boxes[:, 3].astype(np.float64) - boxes[:, 1]
    return tall.round(HEIGHT_DECIMALS)


def with_aspect(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return boxes ``[n, 4]`` of width 0.41 times their height, with the same height and centre."""
    centre = (boxes[:, 0] + boxes[:, 2]) / 2
    half = (boxes[:, 3] - boxes[:, 1]) * np.float32(PERSON_ASPECT / 2)
    return np.stack([centre - half, boxes[:, 1], centre + half, boxes[:, 3]], 1)
