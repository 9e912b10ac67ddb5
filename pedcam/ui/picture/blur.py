"""People made unrecognizable on the screen; knows nothing of Qt."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.output.annotate import HOLD, MARGIN, SAME_PLACE, SMALLEST_CELL

_SAMPLES = 16  # pixels along each side of a cell that are averaged; more look the same


@dataclass(frozen=True)
class Patch:
    """What is shown instead of a part of the picture.

    Attributes:
        box: ``(left, top, right, bottom)`` of that part in whole pixels.
        cells: Rows x columns x BGRA, one colour for each cell of the part.
    """

    box: tuple[int, int, int, int]
    cells: NDArray[np.uint8]


class ScreenBlur:
    """Replaces people by a handful of colours, to be drawn enlarged.

    It covers what :class:`~pedcam.video.output.annotate.PeopleBlur` covers in recordings: each
    box, grown by its margin, in cells of half the shorter side, and whoever was found less than
    ``HOLD`` seconds before. Drawing so few colours is what makes it quick enough for the window's
    thread.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self._boxes = np.empty((0, 4))
        self._times = np.empty(0)

    def clear(self) -> None:
        """Forget everybody: another source."""
        self._boxes, self._times = np.empty((0, 4)), np.empty(0)

    def add(self, boxes: NDArray[np.generic], time: float) -> None:
        """Take in a frame, or the same one again.

        Args:
            boxes: N x 4 corners of the people's boxes in pixels.
            time: Seconds of the source; may also go back, as a step back does.
        """
        found = np.asarray(boxes, np.float64).reshape(-1, 4)
        missed = np.abs(time - self._times) <= HOLD
        if len(found) and len(self._boxes):
            missed &= sv.box_iou_batch(self._boxes, found).max(axis=1) < SAME_PLACE
        self._boxes = np.concatenate([self._boxes[missed], found])
        self._times = np.concatenate([self._times[missed], np.full(len(found), time)])

    @property
    def boxes(self) -> NDArray[np.float64]:
        """N x 4 corners in pixels of everybody who is hidden, without the margin."""
        return self._boxes

    def patches(self, image: NDArray[np.uint8]) -> list[Patch]:
        """Return what hides everybody in this picture (H x W x 3, BGR)."""
        height, width = image.shape[:2]
        margin = MARGIN * (self._boxes[:, 2:] - self._boxes[:, :2])
        low = np.floor(self._boxes[:, :2] - margin).clip(0, (width, height))
        high = np.ceil(self._boxes[:, 2:] + margin).clip(0, (width, height))
        patches = []
        for (left, top), (right, bottom) in zip(
            low.astype(int).tolist(), high.astype(int).tolist(), strict=True
        ):
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
