"""Pictures of people as they may be kept: small, and blurred where that is wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.output.annotate import PeopleAnnotator, PeopleBlur

LARGEST_SIDE = 1280  # pixels
_QUALITY = 85


@dataclass(frozen=True)
class Picture:
    """A picture that is kept: at most :data:`LARGEST_SIDE` wide and high."""

    jpeg: bytes
    people: sv.Detections  # boxes in pixels of this picture
    time: float  # seconds of the source

    @classmethod
    def of(
        cls,
        image: NDArray[np.uint8],
        people: sv.Detections,
        time: float,
        blurred: NDArray[np.float64] | None = None,
    ) -> Picture:
        """Make one of a frame, H x W x 3 uint8 BGR; boxes are in pixels of the frame.

        ``blurred`` are N x 4 boxes of people to make unrecognizable; ``None`` for nobody.
        """
        height, width = image.shape[:2]
        scale = min(1.0, LARGEST_SIDE / max(width, height))
        if scale < 1:
            size = max(1, round(width * scale)), max(1, round(height * scale))
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        if blurred is not None:
            image = hide_people(image, blurred * scale)
        jpeg = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1]
        return cls(jpeg.tobytes(), replace(people, xyxy=people.xyxy * scale), time)

    def image(self, *, marked: bool) -> NDArray[np.uint8]:
        """Return it decoded, H x W x 3 uint8 BGR, with people marked where that is wanted."""
        image = np.asarray(
            cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8
        )
        return mark_people(image, self.people) if marked else image


def hide_people(image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return a picture in which the people in N x 4 boxes, in pixels, cannot be recognized."""
    return PeopleBlur().annotate(image, sv.Detections(xyxy=boxes), 0.0)


def mark_people(image: NDArray[np.uint8], people: sv.Detections) -> NDArray[np.uint8]:
    """Return a picture with boxes and scores; the boxes are in its pixels."""
    height, width = image.shape[:2]
    return PeopleAnnotator((width, height)).annotate(image, people)
