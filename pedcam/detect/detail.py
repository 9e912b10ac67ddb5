"""How closely pictures are searched: whole, in overlapping tiles, or whichever suits them."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from statistics import median
from typing import TYPE_CHECKING

from pedcam.detect.pool import MOST_LANES
from pedcam.detect.tiles import Size, is_panorama

if TYPE_CHECKING:
    import supervision as sv

BLOCK = 50  # frames that are judged together
SMALL = 1 / 8  # of the picture's height: from there on down tiles find more
LARGE = 1 / 6  # from there on up the whole picture is enough
DELAY = MOST_LANES  # frames until a decision holds: those on their way then change nothing


class Detail(StrEnum):
    """What the user wants; the values are those of ``--detail``."""

    WHOLE = "whole"
    AUTO = "auto"
    FINER = "finer"
    FINEST = "finest"

    @property
    def rows(self) -> int:
        """Rows of tiles for :func:`~pedcam.detect.tiles.lay_tiles`; :data:`AUTO` may want more."""
        return {Detail.WHOLE: 0, Detail.AUTO: 1, Detail.FINER: 2, Detail.FINEST: 3}[self]


class AutomaticDetail:
    """Decides on rows of tiles by the people found, for :data:`Detail.AUTO`.

    One row cuts a panorama into parts, and is the whole of any other picture. Two rows it takes
    where in most of the last frames there were people, and most of them were less than an eighth
    as high as the picture, until they are a sixth as high, or gone. Frames are judged in blocks, so
    that nothing flickers; and by the picture's own height, so that no change of preset changes it.
    """

    def __init__(self) -> None:
        self.rows = Detail.AUTO.rows
        self._heights: list[float | None] = []
        self._planned = deque([self.rows] * DELAY, maxlen=DELAY)

    def plan(self) -> int:
        """Return the rows for the next frame."""
        return self._planned.popleft() if self._planned else self.rows

    def put(self, people: sv.Detections, size: Size) -> None:
        """Take in whom the next frame shows; ``size`` is its width and height."""
        heights = (people.xyxy[:, 3] - people.xyxy[:, 1]) / size[1]
        typical = float(median(heights)) if len(heights) and not is_panorama(size) else None
        self._heights.append(typical)
        if len(self._heights) == BLOCK:
            self._decide([height for height in self._heights if height is not None])
            self._heights.clear()
        self._planned.append(self.rows)

    def _decide(self, heights: list[float]) -> None:
        if 2 * len(heights) < BLOCK or median(heights) > LARGE:
            self.rows = Detail.AUTO.rows
        elif median(heights) < SMALL:
            self.rows = Detail.FINER.rows
