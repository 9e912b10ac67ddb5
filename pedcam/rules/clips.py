"""The last seconds of a stream in little memory, and clips of what came before and after."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.output.annotate import PeopleAnnotator, PeopleBlur
from pedcam.video.output.video_writer import VideoWriter
from pedcam.video.people.counts import Event

LARGEST_SIDE = 1280  # pixels
PER_SECOND = 15
MEMORY = 64 * 2**20  # bytes
LONGEST = 60.0  # seconds of a clip that several alerts have together
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


class Ring:
    """The pictures of the last seconds; the oldest go first, also where memory is short.

    Attributes:
        seconds: How far back it goes.
        size: Bytes of its pictures.
    """

    def __init__(self, seconds: float, memory: int = MEMORY) -> None:
        self.seconds = seconds
        self.size = 0
        self._memory = memory
        self._pictures: deque[Picture] = deque()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        return tuple(self._pictures)

    def add(self, picture: Picture) -> None:
        self._pictures.append(picture)
        self.size += len(picture.jpeg)
        while self.size > self._memory or self._pictures[0].time < picture.time - self.seconds:
            self.size -= len(self._pictures.popleft().jpeg)
            if not self._pictures:
                return

    def clear(self) -> None:
        self._pictures.clear()
        self.size = 0


class Clip:
    """One clip: pictures wait in bounded memory until :meth:`write` is called for each.

    An alert that comes while it goes on can join it, which makes it longer; otherwise it gets a
    clip of its own, which may hold some of the same pictures.

    Attributes:
        events: The alerts that it is about.
        complete: Whether no more pictures belong to it.
        dropped: Pictures left out as they could not be written as fast as they came.
    """

    def __init__(
        self, writer: VideoWriter, before: Sequence[Picture], event: Event, after: float
    ) -> None:
        """Begin with the pictures before an event, to end ``after`` seconds after it."""
        self.writer = writer
        self.events = [event]
        self.complete = False
        self.dropped = 0
        self._begin = before[0].time if before else event.time
        self._end = event.time + after
        self._waiting: deque[Picture] = deque(before)
        self._size = sum(len(picture.jpeg) for picture in before)

    @property
    def waits(self) -> bool:
        """Whether there is a picture to write."""
        return bool(self._waiting)

    def join(self, event: Event, after: float) -> bool:
        """Go on until ``after`` seconds after another alert; false if that is too long."""
        end = event.time + after
        if self.complete or end - self._begin > LONGEST:
            return False
        self.events.append(event)
        self._end = max(self._end, end)
        return True

    def add(self, picture: Picture) -> None:
        """Take the next picture, unless the clip ends before it."""
        self.complete = self.complete or picture.time > self._end
        if self.complete:
            return
        if self._size + len(picture.jpeg) > MEMORY:
            self.dropped += 1
            return
        self._waiting.append(picture)
        self._size += len(picture.jpeg)

    def write(self, *, marked: bool) -> None:
        """Write the next picture, or raise OutputError."""
        picture = self._waiting.popleft()
        self._size -= len(picture.jpeg)
        self.writer.write(picture.image(marked=marked), picture.time)

    def close(self, *, marked: bool) -> None:
        """Write what waits and complete the file, or raise OutputError."""
        while self._waiting:
            self.write(marked=marked)
        self.writer.close()
