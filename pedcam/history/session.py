"""What one session has to be told and written, between two writes; small pictures of its events."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.history.minutes import MinuteCounter
from pedcam.history.store import History
from pedcam.history.values import HistorySource, PastEvent
from pedcam.video.output.annotate import BOX_COLOR, HOLD, PeopleBlur
from pedcam.video.people.counts import Counts, Event

MOST_WAITING = 1000  # events, where they cannot be written
SNAPSHOTS_PER_SECOND = 4
LONGEST_AGO = 10.0  # seconds from an event to the frame at which it is known, at most
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


class Record:
    """What one session has to be told and written; for one thread.

    Attributes:
        untold: Events that nobody was told of.
        over: Whether nothing comes any more.
    """

    def __init__(self, source: HistorySource) -> None:
        """Begin with nothing."""
        self.untold: list[PastEvent] = []
        self.over = False
        self._source = source
        self._live = False
        self._started = self._ended = 0.0
        self._written_until = 0.0
        self._unwritten: deque[PastEvent] = deque()
        self._minutes = MinuteCounter()
        self._boxes: deque[tuple[float, int, NDArray[Any]]] = deque()
        self._pictures: deque[float] = deque()

    @property
    def urgent(self) -> bool:
        """Whether there is something to write that should not wait for more."""
        unfinished = self.over and self._ended > self._written_until
        return bool(self._unwritten) or self._minutes.finished or unfinished

    def add(self, sighting: Sighting, *, blurred: bool) -> int:
        """Take in a result.

        Args:
            sighting: The result.
            blurred: Whether people are to be blurred in pictures.

        Returns:
            How many events were given up, as too many wait to be written.
        """
        self._started = self._started or sighting.at
        self._ended = max(self._ended, sighting.at)
        self._live = sighting.live
        self._minutes.add(sighting.counts, sighting.at)
        self._remember(sighting)
        pictured: set[int] = set()
        for event in sighting.counts.events:
            # Somebody who left was last seen some time ago, unless the source jumped.
            ago = min(max(sighting.time - event.time, 0.0), LONGEST_AGO)
            picture = None
            # Another event of that person in the same frame would have the same picture.
            if event.track not in pictured:
                picture = self._picture(event, sighting, blurred=blurred)
            if picture is not None:
                pictured.add(event.track)
            past = PastEvent(event, sighting.at - ago, self._source, sighting.live, picture)
            self.untold.append(past)
            self._unwritten.append(past)
        surplus = max(0, len(self._unwritten) - MOST_WAITING)
        for _ in range(surplus):
            self._unwritten.popleft()
        return surplus

    def write(self, history: History, session: int | None) -> int | None:
        """Write what waits.

        Args:
            history: Where to.
            session: The session's number there, ``None`` where nothing of it is written yet.

        Returns:
            The session's number from now on.

        Raises:
            HistoryError: It cannot be written, and waits on.
        """
        if not self.urgent:
            return session
        number = history.write(
            self._source,
            live=self._live,
            started=self._started,
            ended=self._ended,
            session=session,
            events=tuple(self._unwritten),
            minutes=self._minutes.minutes,
        )
        self.forget()
        return number

    def forget(self) -> None:
        """Nothing of what waits is to be written any more."""
        self._unwritten.clear()
        self._minutes.drop_finished()
        self._written_until = self._ended

    def _remember(self, sighting: Sighting) -> None:
        """Note where people are, whom the detector may miss in the frame of a picture."""
        if self._boxes and self._boxes[-1][1] != sighting.segment:
            self._boxes.clear()
            self._pictures.clear()
        self._boxes.append((sighting.time, sighting.segment, sighting.detections.xyxy))
        while self._boxes[0][0] < sighting.time - HOLD:
            self._boxes.popleft()

    def _picture(self, event: Event, sighting: Sighting, *, blurred: bool) -> bytes | None:
        ids = sighting.detections.tracker_id
        if sighting.image is None or ids is None or event.frame != sighting.index:
            return None
        found = np.flatnonzero(ids == event.track)
        while self._pictures and self._pictures[0] <= sighting.time - 1:
            self._pictures.popleft()
        if not len(found) or len(self._pictures) >= SNAPSHOTS_PER_SECOND:
            return None
        self._pictures.append(sighting.time)
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
