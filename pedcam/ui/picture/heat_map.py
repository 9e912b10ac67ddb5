"""Where people stood; knows nothing of Qt."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

CELLS = 240  # along the longer side: an eighth of a full-HD picture
HALF_LIFE = 60.0  # seconds
LEAST_PEAK = 3.0  # seconds of one person's presence that look hot where nothing is hotter
OPACITY = 0.75
_WIDEST, _NARROWEST = 8.0, 1.5  # cells, standard deviation of the spot that a person makes


class HeatMap:
    """Adds up for how long people stood where, in a coarse grid over the picture.

    What was added fades with a half-life of :data:`HALF_LIFE` seconds, so that it shows the
    present use of a place after hours, too. Time counts, not the number of frames.
    """

    def __init__(self) -> None:
        self._grid = np.zeros((0, 0), np.float32)
        self._layer: NDArray[np.uint8] | None = None

    def add(self, seconds: float, size: tuple[int, int], boxes: NDArray[np.generic]) -> None:
        """Let time go by.

        Args:
            seconds: Since the frame before.
            size: ``(width, height)`` of the picture.
            boxes: N x 4 corners of the people's boxes in pixels.
        """
        cell = max(size) / CELLS
        shape = (max(1, round(size[1] / cell)), max(1, round(size[0] / cell)))
        if self._grid.shape != shape:
            self._grid = np.zeros(shape, np.float32)
        self._grid *= 0.5 ** (seconds / HALF_LIFE)
        for left, _, right, bottom in boxes.tolist():
            spread = min(max((right - left) / cell / 4, _NARROWEST), _WIDEST)
            # Half a cell above the lower edge, where feet are, also at the picture's own edge.
            self._stamp((left + right) / 2 / cell, bottom / cell - 0.5, spread, seconds)
        self._layer = None

    def layer(self) -> NDArray[np.uint8]:
        """Return the colours as rows x columns x BGRA, premultiplied with their opacity."""
        if self._layer is None:
            peak = max(float(self._grid.max(initial=0.0)), LEAST_PEAK)
            levels = np.minimum(self._grid * (255 / peak), 255).astype(np.uint8)
            self._layer = _colors()[levels]
        return self._layer

    def _stamp(self, x: float, y: float, spread: float, seconds: float) -> None:
        spot = _spot(round(spread * 2))
        reach = spot.shape[0] // 2
        height, width = self._grid.shape
        left, top = int(x) - reach, int(y) - reach
        rows = slice(max(top, 0), min(top + 2 * reach + 1, height))
        columns = slice(max(left, 0), min(left + 2 * reach + 1, width))
        if rows.start < rows.stop and columns.start < columns.stop:
            part = spot[rows.start - top : rows.stop - top, columns.start - left :]
            self._grid[rows, columns] += seconds * part[:, : columns.stop - columns.start]


@cache
def _spot(half_cells: int) -> NDArray[np.float32]:
    """A bell of the given spread, 1 in its middle."""
    spread = half_cells / 2
    reach = int(np.ceil(2.5 * spread))
    line = np.exp(-0.5 * (np.arange(-reach, reach + 1) / spread) ** 2)
    return np.outer(line, line).astype(np.float32)


@cache
def _colors() -> NDArray[np.uint8]:
    """256 x BGRA from nothing to hot; lighter is hotter, which can be seen without any hue."""
    ramp = np.arange(256, dtype=np.uint8)
    colors = cv2.applyColorMap(ramp[:, None], cv2.COLORMAP_PLASMA)[:, 0]
    # The square root shows also where few people went.
    opacity = OPACITY * np.sqrt(ramp / 255)
    opacity[:4] = 0
    return np.rint(np.column_stack([colors * opacity[:, None], 255 * opacity])).astype(np.uint8)
