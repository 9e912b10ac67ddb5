"""Boxes and scores drawn into a picture, people made unrecognizable, and zones blacked out."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.people.counters import IgnoredZone

BOX_COLOR = sv.Color.from_hex("#00d27f")
TEXT_COLOR = sv.Color.BLACK
MARGIN = 0.1  # of the box's width and height on each side
SMALLEST_CELL = 8  # pixels
HOLD = 0.5  # seconds
SAME_PLACE = 0.5  # overlap, as intersection over union, from which a box takes another's place


class PeopleAnnotator:
    """Draws people as boxes with tracks and scores, in sizes that suit the picture."""

    def __init__(self, size: tuple[int, int]) -> None:
        scale = min(size) / 1080
        self._boxes = sv.BoxAnnotator(
            color=BOX_COLOR,
            thickness=max(1, sv.calculate_optimal_line_thickness(size)),
            color_lookup=sv.ColorLookup.INDEX,
        )
        self._labels = sv.LabelAnnotator(
            color=BOX_COLOR,
            text_color=TEXT_COLOR,
            text_scale=max(0.35, 0.8 * scale),
            text_thickness=max(1, round(2 * scale)),
            text_padding=max(2, round(6 * scale)),
            color_lookup=sv.ColorLookup.INDEX,
        )

    def annotate(self, image: NDArray[np.uint8], detections: sv.Detections) -> NDArray[np.uint8]:
        """Return a copy of a picture, H x W x 3 uint8 BGR, with everybody in it marked."""
        if not len(detections):
            return image
        # Confidences rather than classes would change the colors, which mean nothing here.
        scene = self._boxes.annotate(image.copy(), detections)
        return np.asarray(self._labels.annotate(scene, detections, labels_of(detections)), np.uint8)


def labels_of(detections: sv.Detections) -> list[str]:
    """Return what is written beside each box: ``#3 87%`` for track 3, ``87%`` without a track."""
    scores = detections.confidence
    assert scores is not None, "a detector gives every box a score"
    percent = [f"{100 * score:.0f}%" for score in scores]
    if detections.tracker_id is None:
        return percent
    return [
        f"#{track} {text}" if track >= 0 else text
        for track, text in zip(detections.tracker_id, percent, strict=True)
    ]


def black_out(image: NDArray[np.uint8], ignored: Sequence[IgnoredZone]) -> NDArray[np.uint8]:
    """Return a copy of a picture, H x W x 3 uint8 BGR, with the blacked-out zones black.

    Every pixel that such a zone touches is black. Done after a blur, which would smear its border.
    """
    zones = [zone.points for zone in ignored if zone.blacked_out]
    if not zones:
        return image
    height, width = image.shape[:2]
    scene = image.copy()
    for points in zones:
        corners = np.floor(np.array(points) * (width, height)).astype(np.int32)
        # The border that is drawn with it covers the pixels that it only touches.
        cv2.fillPoly(scene, [corners], (0, 0, 0))
    return scene


class HeldBoxes:
    """The boxes of everybody who was found less than :data:`HOLD` seconds ago.

    Attributes:
        boxes: N x 4 corners in pixels.
    """

    def __init__(self) -> None:
        self.boxes = np.empty((0, 4))
        self._times = np.empty(0)

    def add(self, boxes: NDArray[np.generic], time: float) -> None:
        """Take in a frame, or the same one again.

        Args:
            boxes: N x 4 corners of the people's boxes in pixels.
            time: Seconds of the source; may also go back, as a step back does.
        """
        found = np.asarray(boxes, np.float64).reshape(-1, 4)
        missed = np.abs(time - self._times) <= HOLD
        if len(found) and len(self.boxes):
            missed &= sv.box_iou_batch(self.boxes, found).max(axis=1) < SAME_PLACE
        self.boxes = np.concatenate([self.boxes[missed], found])
        self._times = np.concatenate([self._times[missed], np.full(len(found), time)])


def grown(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return boxes with :data:`MARGIN` around them, in whole pixels."""
    margin = MARGIN * (boxes[:, 2:] - boxes[:, :2])
    return np.hstack([np.floor(boxes[:, :2] - margin), np.ceil(boxes[:, 2:] + margin)])


class PeopleBlur:
    """Blurs people so that nobody can recognize them, nor compute the original back.

    Each box, grown by :data:`MARGIN`, becomes cells of half its shorter side, each with the color
    of its middle, which are then smoothed; nothing else of it is left. Where nobody is found any
    more it stays blurred for :data:`HOLD` seconds, as the detector may miss somebody for a frame or
    two. Whoever is never found is not blurred.
    """

    def __init__(self) -> None:
        self._held = HeldBoxes()
        self._smooth = sv.BlurAnnotator()

    def annotate(
        self, image: NDArray[np.uint8], detections: sv.Detections, time: float
    ) -> NDArray[np.uint8]:
        """Return a copy of a picture, H x W x 3 uint8 BGR, with everybody in it blurred.

        Boxes may reach beyond the picture; ``time`` is in seconds on any clock that goes forward.
        """
        self._held.add(detections.xyxy, time)
        if not len(self._held.boxes):
            return image
        height, width = image.shape[:2]
        scene = image.copy()
        for box in sv.clip_boxes(grown(self._held.boxes), (width, height)):
            shorter = int(min(box[2] - box[0], box[3] - box[1]))
            if shorter <= 0:
                continue
            person = sv.Detections(xyxy=box[None])
            # Left to itself it would leave strips of one to three pixels as they are.
            cell = max(SMALLEST_CELL, shorter // 2)
            scene = sv.PixelateAnnotator(pixel_size=cell).annotate(scene, person)
            scene = self._smooth.annotate(scene, person)
        return scene
