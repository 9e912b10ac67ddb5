"""Pictures as they may be kept: small, people blurred and zones blacked out where that is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.output.annotate import PeopleAnnotator, PeopleBlur, black_out
from pedcam.video.people.counters import IgnoredZone
from pedcam.video.stream.results import Result

LARGEST_SIDE = 1280  # pixels
_QUALITY = 85

# Everywhere a picture is H x W x 3 uint8 BGR, and stays as it is.


@dataclass(frozen=True)
class Picture:
    """A picture that is kept: at most :data:`LARGEST_SIDE` wide and high."""

    jpeg: bytes
    people: sv.Detections  # boxes in pixels of this picture
    time: float  # seconds of the source

    @classmethod
    def of(cls, result: Result, hidden: NDArray[np.float64] | None) -> Picture:
        """Make one; ``hidden`` as in :func:`concealed`."""
        people = result.detections
        image, scale = shrunk(result.frame.image)
        # Blurred when small, which costs less.
        image = concealed(image, None if hidden is None else hidden * scale, result.ignored)
        people = replace(people, xyxy=people.xyxy * scale)
        return cls(to_jpeg(image), people, result.frame.time)

    def image(self, *, marked: bool) -> NDArray[np.uint8]:
        """Return it decoded, with people marked where that is wanted."""
        encoded = np.frombuffer(self.jpeg, np.uint8)
        image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
        return with_marks(image, self.people) if marked else image


def shrunk(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """Return a picture that is no larger than :data:`LARGEST_SIDE`, and how much smaller it is."""
    height, width = image.shape[:2]
    scale = min(1.0, LARGEST_SIDE / max(width, height))
    if scale == 1:
        return image, scale
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Where every pixel still counts, linear looks the same and takes a quarter of the time.
    way = cv2.INTER_LINEAR if scale > 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, size, interpolation=way), np.uint8), scale


def concealed(
    image: NDArray[np.uint8],
    hidden: NDArray[np.float64] | None,
    ignored: Sequence[IgnoredZone],
) -> NDArray[np.uint8]:
    """Return a picture without what nobody is to see.

    Args:
        image: The picture.
        hidden: N x 4 boxes in its pixels of people to make unrecognizable; ``None`` for nobody.
        ignored: Zones, of which some may be blacked out.
    """
    if hidden is not None:
        image = PeopleBlur().annotate(image, sv.Detections(xyxy=hidden), 0.0)
    return black_out(image, ignored)


def with_marks(image: NDArray[np.uint8], people: sv.Detections) -> NDArray[np.uint8]:
    """Return a picture with boxes and scores; the boxes are in its pixels."""
    height, width = image.shape[:2]
    return PeopleAnnotator((width, height)).annotate(image, people)


def to_jpeg(image: NDArray[np.uint8]) -> bytes:
    """Return a picture as a JPEG file."""
    return cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))[1].tobytes()
