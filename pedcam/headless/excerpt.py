"""A part of a source: from one time to another, and only every so many frames."""

from __future__ import annotations

import math

from pedcam.video.sources.frame import Frame, Source
from pedcam.video.stream.capture import ABANDON_AFTER, STALL_AFTER, Watchdog

GRACE = 1.0  # seconds for the last frames of a live source to be worked on
LOWEST_RATE = 1.0  # frames per second, assumed where a source gives none
ROUNDING = 0.001  # seconds; frames this little before the start belong to it


class Excerpt(Source):
    """Reads a part of a source; frames keep the numbers and times they have in the whole."""

    def __init__(
        self, source: Source, *, start: float = 0.0, end: float | None = None, every: int = 1
    ) -> None:
        """Take over an open source, which is closed with the excerpt.

        ``start`` and ``end`` are in seconds of the source; of its frames every so many are used.

        Raises:
            ValueError: A limit is negative, nothing lies between them, or ``every`` is below 1.
        """
        if start < 0 or (end is not None and end <= start):
            raise ValueError("the start must not be negative, and the end must come after it")
        if every < 1:
            raise ValueError("every how many frames to look must be 1 or more")
        self.title, self.live, self.size = source.title, source.live, source.size
        self.rate = source.rate / every
        self.duration, self.time_base = source.duration, source.time_base
        limits = [time for time in (end, source.duration) if time is not None]
        # About how many frames there will be.
        self.total = max(0, round((min(limits) - start) * self.rate)) if limits else None
        self._source = source
        self._start, self._end = start, end
        self._every = every
        self._begun = False

    def read(self) -> Frame | None:
        frame = self._next() if self._begun else self._first()
        self._begun = True
        # Some sources know only at their end that they have one.
        self.live = self._source.live
        if frame is None or (not self.live and self._beyond(frame)):
            return None
        return frame

    @property
    def problems(self) -> tuple[str, ...]:
        return self._source.problems

    def over(self, frame: Frame) -> bool:
        """Whether a frame of a live source comes after the end.

        A live source that ended itself would be taken for a lost connection.
        """
        return self.live and self._beyond(frame)

    def early(self, frame: Frame) -> bool:
        """Whether a frame of a live source comes before the start, as after a reconnect."""
        return self.live and frame.time < self._start - ROUNDING

    def deadline(self, now: float) -> float:
        """Return the time, on the clock of ``now``, at which a live source is over."""
        return now + self._end + GRACE if self.live and self._end is not None else math.inf

    def watchdog(self) -> Watchdog:
        """Return one that does not take the frames passed over for silence."""
        passed = max(self._every / (self.rate * self._every or LOWEST_RATE), self._start)
        return Watchdog(STALL_AFTER + passed, ABANDON_AFTER + passed)

    def again(self, source: Source) -> Excerpt:
        """Continue with a live source that was opened anew."""
        return Excerpt(source, start=0.0, end=self._end, every=self._every)

    def close(self) -> None:
        self._source.close()

    def interrupt(self) -> None:
        self._source.interrupt()

    def _beyond(self, frame: Frame) -> bool:
        return self._end is not None and frame.time >= self._end

    def _first(self) -> Frame | None:
        if self._start and not self.live:
            self._source.seek(self._start)
        frame = self._source.read()
        # A jump beyond the end gives the last frame, which is not asked for here.
        while frame is not None and frame.time < self._start - ROUNDING:
            frame = self._source.read()
        return frame

    def _next(self) -> Frame | None:
        for _ in range(self._every - 1):
            # Passing over a frame saves its conversion to BGR.
            if not self._source.skip():
                return None
        return self._source.read()
