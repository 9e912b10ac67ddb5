"""The last seconds of a stream in little memory, and clips of what came before and after."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from pedcam.rules.pictures import Picture
from pedcam.video.output.partial_file import OutputError
from pedcam.video.output.video_writer import VideoWriter
from pedcam.video.people.counts import Event

PER_SECOND = 15
MEMORY = 64 * 2**20  # bytes
LONGEST = 60.0  # seconds of a clip that several alerts have together


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
        failed: Whether it could not be written to its end.
        size: Bytes of the pictures that wait.
    """

    def __init__(
        self,
        writer: VideoWriter,
        before: Sequence[Picture],
        event: Event,
        after: float,
        *,
        marked: bool,
    ) -> None:
        """Begin with the pictures before an event, to end ``after`` seconds after it.

        ``marked`` says whether people are.
        """
        self.writer = writer
        self.events = [event]
        self.complete = self.failed = False
        self._marked = marked
        self._begin = before[0].time if before else event.time
        self._end = event.time + after
        self._waiting: deque[Picture] = deque(before)
        self.size = sum(len(picture.jpeg) for picture in before)

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
        """Take the next picture, unless the clip ends before it or has too much to write."""
        self.complete = self.complete or picture.time > self._end
        if not self.complete and self.size + len(picture.jpeg) <= MEMORY:
            self._waiting.append(picture)
            self.size += len(picture.jpeg)

    def write(self) -> None:
        """Write the next picture; after an OutputError the clip is complete as it is."""
        picture = self._waiting.popleft()
        self.size -= len(picture.jpeg)
        try:
            self.writer.write(picture.image(marked=self._marked), picture.time)
        except OutputError:
            self.complete = self.failed = True
            self._waiting.clear()
            self.size = 0
            raise

    def close(self) -> None:
        """Write what waits and complete the file, or raise OutputError."""
        while self._waiting:
            self.write()
        self.writer.close()
