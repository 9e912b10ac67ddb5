"""Who crosses a line in the demo clip, computed from the world it was rendered from."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.walkers import WalkerClip
from training.walkers.__main__ import DEMO_SEED

End = tuple[float, float]


@dataclass(frozen=True)
class Crossings:
    """How many people cross a line.

    Attributes:
        into: From the left to the right of somebody who looks from its start to its end.
        out: The other way.
        margin: How far from the line's start the nearest of all passes, as a share of the picture.
    """

    into: int
    out: int
    margin: float


class DemoWorld:
    """The people of the demo clip, without a detector."""

    def __init__(self) -> None:
        self.clip = WalkerClip(DEMO_SEED)

    def picture(self, index: int) -> NDArray[np.uint8]:
        """Return a frame as it was rendered, before it was compressed."""
        return self.clip.frame(index).image

    def feet(self) -> NDArray[np.float64]:
        """Return where everybody stands in every frame.

        Returns:
            ``[people, frames, 2]``, fractions of the picture; ``nan`` behind the camera. Whoever
            is so near that the picture ends above the feet has them at its lower edge, which is
            where a box of what can be seen ends.
        """
        clip = self.clip
        places = np.full((len(clip.walkers), len(clip), 2), np.nan)
        for index in range(len(clip)):
            time = index / clip.rate
            ground = [(x, 0.0, z) for x, z in (walker.at(time) for walker in clip.walkers)]
            pixels, depth = clip.camera_at(time).project(np.array(ground, np.float32))
            seen = depth > 0
            places[seen, index] = pixels[seen] / (clip.camera.width, clip.camera.height_px)
        places[..., 1] = np.minimum(places[..., 1], 1.0)
        return places

    def crossings(self, start: End, end: End) -> Crossings:
        """Count who walks over a line.

        Args:
            start: The end that is in the picture, as fractions of it.
            end: The end at its lower edge.
        """
        a, b = np.array(start), np.array(end)
        direction = b - a
        normal = np.array([-direction[1], direction[0]])
        into = out = 0
        margin = np.inf
        for path in self.feet():
            side = (path - a) @ normal
            for before in np.flatnonzero(side[:-1] * side[1:] < 0):
                share = side[before] / (side[before] - side[before + 1])
                place = path[before] + share * (path[before + 1] - path[before])
                along = float((place - a) @ direction / (direction @ direction))
                margin = min(margin, abs(along) * float(np.hypot(*direction)))
                if along < 0 or along > 1 + 1e-6:
                    continue
                if side[before] < 0:
                    into += 1
                else:
                    out += 1
        return Crossings(into, out, margin)

    def likeness(self, index: int, image: NDArray[np.uint8]) -> float:
        """Return how much a picture differs from a frame as rendered, in gray levels."""
        return float(cv2.absdiff(self.picture(index), image).mean())
