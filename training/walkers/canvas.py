"""A canvas measured in metres."""

from __future__ import annotations

import cv2
import numpy as np

from training.walkers.arrays import Image
from training.walkers.colors import Bgr

LAMP_LEVEL = 0.58
"""In the picture of a front with lamps only what is brighter than this shines by itself."""

FINE = 24.0
"""From this many pixels per metre on, edges need no smoothing: the picture is warped anyway."""


class Canvas:
    """A canvas in metres, the origin at the bottom left; `scale` is pixels per metre."""

    def __init__(
        self, width: float, height: float, scale: float, color: Bgr, most: float = 1.0
    ) -> None:
        """Start with one colour; `most` caps what is not lit, see `LAMP_LEVEL`."""
        self.scale, self.height, self.most = scale, height, most
        # Bars and frames thinner than a third of a pixel are not worth drawing.
        self.least = 0.34 / scale
        w, h = max(round(width * scale), 2), max(round(height * scale), 2)
        self.image: Image = np.empty((h, w, 3), np.uint8)
        self.image[:] = [int(min(c, most) * 255) for c in color]

    def rect(
        self, x1: float, y1: float, x2: float, y2: float, color: Bgr, *, lit: bool = False
    ) -> None:
        """Fill a rectangle, metres; `lit` lets it shine by itself."""
        if x2 - x1 < self.least or y2 - y1 < self.least:
            return
        s, most = self.scale, 255 if lit else 255 * self.most
        fill = [min(c * 255, most) for c in color]
        if s > FINE:
            first = round(x1 * s), round((self.height - y2) * s)
            last = round(x2 * s) - 1, round((self.height - y1) * s) - 1
            # A bar keeps at least one row or column of pixels.
            last = max(last[0], first[0]), max(last[1], first[1])
            cv2.rectangle(self.image, first, last, fill, cv2.FILLED)
            return
        s *= 16
        low = round(x1 * s) - 8, round((self.height - y2) * s) - 8
        high = round(x2 * s) - 8, round((self.height - y1) * s) - 8
        corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])], np.int32)
        cv2.fillConvexPoly(self.image, corners, fill, cv2.LINE_AA, 4)

    def slope(self, x1: float, y1: float, x2: float, y2: float, top: Bgr, bottom: Bgr) -> None:
        """Fill with a vertical gradient."""
        h, w = self.image.shape[:2]
        c1, c2 = max(int(x1 * self.scale), 0), min(int(np.ceil(x2 * self.scale)), w)
        r1 = max(int((self.height - y2) * self.scale), 0)
        r2 = min(int(np.ceil((self.height - y1) * self.scale)), h)
        if c2 <= c1 or r2 <= r1:
            return
        u = np.linspace(0, 1, r2 - r1, dtype=np.float32)[:, None, None]
        fill = (np.array(top, np.float32) * (1 - u) + np.array(bottom, np.float32) * u) * 255
        self.image[r1:r2, c1:c2] = np.clip(fill, 0, 255).astype(np.uint8)
