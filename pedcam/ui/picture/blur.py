"""People made unrecognizable on the screen; knows nothing of Qt."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.output.annotate import SMALLEST_CELL, HeldBoxes, grown

_SAMPLES = 16  # pixels along each side of a cell that are averaged; more look the same


class Patch(NamedTuple):
    """What is shown instead of a part of the picture.

    Attributes:
        box: ``(left, top, right, bottom)`` of that part in whole pixels.
        cells: Rows x columns x BGRA, one colour for each cell of the part.
    """

    box: tuple[int, int, int, int]
    cells: NDArray[np.uint8]


class ScreenBlur(HeldBoxes):
    """Replaces people by a handful of colours, to be drawn enlarged.

    It covers what :class:`~pedcam.video.output.annotate.PeopleBlur` covers in recordings, in cells
    of the same size. Drawing so few colours is what makes it quick enough for the window's thread.
    """

    def patches(self, image: NDArray[np.uint8]) -> list[Patch]:
        """Return what hides everybody in this picture (H x W x 3, BGR)."""
        height, width = image.shape[:2]
        patches = []
        for box in sv.clip_boxes(grown(self.boxes), (width, height)).astype(int).tolist():
            left, top, right, bottom = box
            if left < right and top < bottom:
                cells = _cells(image[top:bottom, left:right])
                patches.append(Patch((left, top, right, bottom), cells))
        return patches


def _cells(part: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = part.shape[:2]
    side = max(SMALLEST_CELL, min(width, height) // 2)
    columns, rows = max(1, width // side), max(1, height // side)
    across = max(1, width // (columns * _SAMPLES))
    down = max(1, height // (rows * _SAMPLES))
    sample = np.ascontiguousarray(part[::down, ::across])
    cells = cv2.resize(sample, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(cells, cv2.COLOR_BGR2BGRA), np.uint8)
