"""Small pictures of the people of live sources."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.output.annotate import BOX_COLOR, HOLD, PeopleBlur, black_out
from pedcam.video.people.counters import IgnoredZone
from pedcam.video.stream.results import Result

PER_SECOND = 4
WIDTH = 320  # pixels; high pictures are as high instead
MOST_BYTES = 40_000
_QUALITIES = (80, 55, 30)


class Snapshots:
    """Takes the pictures of one session, a few a second."""

    def __init__(self) -> None:
        self._boxes: deque[tuple[float, int, NDArray[Any]]] = deque()
        self._taken: deque[float] = deque()

    def see(self, result: Result) -> None:
        """Note where people are, as the detector may miss them in the frame of a picture."""
        frame = result.frame
        if self._boxes and self._boxes[-1][1] != frame.segment:
            self._boxes.clear()
            self._taken.clear()
        self._boxes.append((frame.time, frame.segment, result.detections.xyxy))
        while self._boxes[0][0] < frame.time - HOLD:
            self._boxes.popleft()

    def take(self, track: int, result: Result, *, blurred: bool) -> bytes | None:
        """Return a JPEG of somebody, with 0 of everybody, in the frame that was seen last.

        ``None`` if that has no image, they are not in it, or there are enough pictures.
        """
        ids, time = result.detections.tracker_id, result.frame.time
        while self._taken and self._taken[0] <= time - 1:
            self._taken.popleft()
        wanted = None if ids is None else ids == track if track else ids > 0
        found = np.flatnonzero(wanted) if wanted is not None else np.empty(0, np.intp)
        if not result.frame.image.size or not len(found) or len(self._taken) >= PER_SECOND:
            return None
        self._taken.append(time)
        hidden = np.concatenate([boxes for *_, boxes in self._boxes]) if blurred else None
        boxes = result.detections.xyxy[found]
        return snapshot(result.frame.image, boxes, hidden, result.ignored)


def snapshot(
    image: NDArray[np.uint8],
    marked: NDArray[np.number],
    blurred: NDArray[np.float32] | None = None,
    ignored: Sequence[IgnoredZone] = (),
) -> bytes | None:
    """Return a JPEG of the whole picture, small, with people marked.

    Args:
        image: H x W x 3 uint8, BGR; it stays as it is.
        marked: N x 4 boxes to mark: left, top, right and bottom edges in pixels.
        blurred: N x 4 boxes of people to make unrecognizable; ``None`` for nobody.
        ignored: Zones, of which some may be blacked out.

    Returns:
        :data:`MOST_BYTES` at most; ``None`` if the picture cannot be made as small.
    """
    height, width = image.shape[:2]
    scale = min(1.0, WIDTH / max(width, height))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    if blurred is not None:
        # Blurred when small, the cells are the coarser for it.
        people = sv.Detections(xyxy=(blurred * scale).reshape(-1, 4))
        small = PeopleBlur().annotate(small, people, 0.0)
    small = black_out(small, ignored)
    for color, thickness in (((0, 0, 0), 4), (BOX_COLOR.as_bgr(), 2)):
        for left, top, right, bottom in np.rint(marked * scale).astype(int).tolist():
            cv2.rectangle(small, (left, top), (right, bottom), color, thickness)
    for quality in _QUALITIES:
        done, encoded = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, quality))
        if done and encoded.size <= MOST_BYTES:
            return encoded.tobytes()
    return None
