"""What is kept of a frame, and small pictures of the people in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.output.annotate import BOX_COLOR, HOLD, PeopleBlur
from pedcam.video.people.counts import Counts

PER_SECOND = 4
WIDTH = 320  # pixels; high pictures are as high instead
MOST_BYTES = 40_000
_QUALITIES = (80, 55, 30)


@dataclass(frozen=True)
class Sighting:
    """What is kept of a result until it is dealt with.

    Attributes:
        counts: The counts.
        detections: The people, boxes in pixels.
        index: Number of the frame.
        time: Seconds of the source.
        segment: Number of the uninterrupted stretch that the frame belongs to.
        at: Seconds since 1970 (UTC).
        live: Whether the source is live.
        image: H x W x 3 uint8, BGR, where a picture is wanted.
    """

    counts: Counts
    detections: sv.Detections
    index: int
    time: float
    segment: int
    at: float
    live: bool
    image: NDArray[np.uint8] | None


class Pictures:
    """Takes the pictures of one session, a few a second."""

    def __init__(self) -> None:
        """Start without any."""
        self._boxes: deque[tuple[float, int, NDArray[Any]]] = deque()
        self._taken: deque[float] = deque()

    def see(self, sighting: Sighting) -> None:
        """Note where people are, whom the detector may miss in the frame of a picture."""
        if self._boxes and self._boxes[-1][1] != sighting.segment:
            self._boxes.clear()
            self._taken.clear()
        self._boxes.append((sighting.time, sighting.segment, sighting.detections.xyxy))
        while self._boxes[0][0] < sighting.time - HOLD:
            self._boxes.popleft()

    def take(self, track: int, sighting: Sighting, *, blurred: bool) -> bytes | None:
        """Return the picture of somebody in the frame that was seen last.

        Args:
            track: The person.
            sighting: The frame.
            blurred: Whether people are to be made unrecognizable.

        Returns:
            A JPEG; ``None`` where there is no picture, nobody of that number, or enough of both.
        """
        ids = sighting.detections.tracker_id
        if sighting.image is None or ids is None:
            return None
        found = np.flatnonzero(ids == track)
        while self._taken and self._taken[0] <= sighting.time - 1:
            self._taken.popleft()
        if not len(found) or len(self._taken) >= PER_SECOND:
            return None
        self._taken.append(sighting.time)
        hidden = np.concatenate([boxes for *_, boxes in self._boxes]) if blurred else None
        return snapshot(sighting.image, sighting.detections.xyxy[found[0]], hidden)


def snapshot(
    image: NDArray[np.uint8],
    box: NDArray[np.float32],
    blurred: NDArray[np.float32] | None = None,
) -> bytes | None:
    """Return the whole picture, small, with one person marked.

    Args:
        image: H x W x 3 uint8, BGR; it stays as it is.
        box: Left, top, right and bottom edge of the person in pixels.
        blurred: N x 4 boxes of people to make unrecognizable; ``None`` for nobody.

    Returns:
        A JPEG of :data:`MOST_BYTES` at most; ``None`` if the picture cannot be made as small.
    """
    height, width = image.shape[:2]
    scale = min(1.0, WIDTH / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    if blurred is not None:
        # Blurred when small, the cells are the coarser for it.
        people = sv.Detections(xyxy=(blurred * scale).reshape(-1, 4))
        small = PeopleBlur().annotate(small, people, 0.0)
    left, top, right, bottom = (round(float(edge) * scale) for edge in box)
    for color, thickness in (((0, 0, 0), 4), (BOX_COLOR.as_bgr(), 2)):
        cv2.rectangle(small, (left, top), (right, bottom), color, thickness)
    for quality in _QUALITIES:
        done, encoded = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, quality))
        if done and encoded.size <= MOST_BYTES:
            return encoded.tobytes()
    return None
