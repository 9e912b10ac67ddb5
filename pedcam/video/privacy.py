"""People made unrecognizable."""

from __future__ import annotations

import numpy as np
import supervision as sv
from numpy.typing import NDArray

MARGIN = 0.1  # of the box's width and height on each side
SMALLEST_CELL = 8  # pixels
HOLD = 0.5  # seconds
SAME_PLACE = 0.5  # overlap, as intersection over union, from which a box takes another's place


class PeopleBlur:
    """Blurs people so that nobody can tell who they are, nor compute it back.

    Each box, grown by :data:`MARGIN`, becomes cells of half its shorter side, of which each takes
    the color of its middle, and is smoothed then; nothing else of it is left. Where nobody is found
    any more it stays blurred for :data:`HOLD` seconds, as the detector may miss somebody for a
    frame or two. Whoever is never found is not blurred.
    """

    def __init__(self) -> None:
        """Begin with nobody."""
        self._boxes = np.empty((0, 4))
        self._times = np.empty(0)
        self._smooth = sv.BlurAnnotator()

    def annotate(
        self, image: NDArray[np.uint8], detections: sv.Detections, time: float
    ) -> NDArray[np.uint8]:
        """Return the picture with everybody in it blurred; the one given stays as it is.

        Args:
            image: H x W x 3 uint8, BGR.
            detections: Boxes in pixels; they may reach beyond the picture.
            time: Seconds on any clock that goes forward.
        """
        self._remember(np.asarray(detections.xyxy, np.float64).reshape(-1, 4), time)
        if not len(self._boxes):
            return image
        height, width = image.shape[:2]
        scene = image.copy()
        for box in sv.clip_boxes(_grown(self._boxes), (width, height)):
            shorter = int(min(box[2] - box[0], box[3] - box[1]))
            if shorter <= 0:
                continue
            person = sv.Detections(xyxy=box[None])
            # Left to itself it would leave strips of one to three pixels as they are.
            cell = max(SMALLEST_CELL, shorter // 2)
            scene = sv.PixelateAnnotator(pixel_size=cell).annotate(scene, person)
            scene = self._smooth.annotate(scene, person)
        return scene

    def _remember(self, found: NDArray[np.float64], time: float) -> None:
        missed = time - self._times <= HOLD
        if len(found) and len(self._boxes):
            missed &= sv.box_iou_batch(self._boxes, found).max(axis=1) < SAME_PLACE
        self._boxes = np.concatenate([self._boxes[missed], found])
        self._times = np.concatenate([self._times[missed], np.full(len(found), time)])


def _grown(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    margin = MARGIN * (boxes[:, 2:] - boxes[:, :2])
    return np.hstack([np.floor(boxes[:, :2] - margin), np.ceil(boxes[:, 2:] + margin)])
