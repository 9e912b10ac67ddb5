"""Auto: a stream's measurements in, the next preset out."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from pedcam.video.sources.frame import Frame
from pedcam.video.stream.governor import Governor, Move

WINDOW = 2.0  # seconds to look back
LEAST = 4  # frames without which nothing is said


class Auto:
    """Feeds a governor with what a stream measures; off until it is switched on.

    Attributes:
        reason: Why it last moved, for people; empty where it has not.
    """

    def __init__(self) -> None:
        """Start switched off."""
        self.reason = ""
        self._governor: Governor | None = None
        self._pace = Pace()

    @property
    def enabled(self) -> bool:
        """Whether it chooses the preset."""
        return self._governor is not None

    @property
    def target_rate(self) -> float | None:
        """Frames per second wanted; ``None`` for as many as the source gives."""
        return self._governor.target_rate if self._governor is not None else None

    @property
    def overloaded(self) -> bool:
        """Whether not even the fastest preset keeps up."""
        return self._governor is not None and self._governor.overloaded

    def switch_on(self, presets: Sequence[str], target_rate: float | None) -> None:
        """Choose among presets, the slowest first.

        Raises:
            ValueError: There is none, or the rate is not a positive number.
        """
        self._governor = Governor(presets, target_rate=target_rate)
        self.reason = ""

    def switch_off(self) -> None:
        """Leave the preset as it is."""
        self._governor = None
        self.reason = ""

    def leave_out(self, preset: str) -> tuple[str, ...]:
        """Never move to a preset again, as it is broken.

        Returns:
            The others, the slowest first.
        """
        if self._governor is None:
            return ()
        self._governor.remove(preset)
        return tuple(other for other in self._governor.presets if other != preset)

    def disturbed(self) -> None:
        """Forget the measurements of the moment, after a pause or jump or change of source."""
        if self._governor is not None:
            self._governor.reset()

    def observe(self, frame: Frame, preset: str, busy_ms: float, rate: float) -> Move | None:
        """Note that a frame is done.

        Args:
            frame: The frame.
            preset: The preset that it was detected with.
            busy_ms: Milliseconds that it kept the detector thread busy.
            rate: Frames per second that the source says it gives, 0 where unknown.

        Returns:
            The preset to go on with, where that is another one.
        """
        measured = self._pace.observe(frame)
        if self._governor is None:
            return None
        move = self._governor.observe(preset, busy_ms, time.perf_counter(), rate or measured)
        if move is not None:
            self.reason = move.reason
        return move


class Pace:
    """Measures the rate of a source by its frames, those that nobody saw included."""

    def __init__(self) -> None:
        """Start knowing nothing."""
        self._seen: deque[tuple[float, int]] = deque()
        self._segment = -1

    def observe(self, frame: Frame) -> float:
        """Note a frame.

        Returns:
            Frames per second over the last seconds, 0 while that is unknown.
        """
        if frame.segment != self._segment:
            self._seen.clear()
            self._segment = frame.segment
        self._seen.append((frame.captured, frame.index))
        while frame.captured - self._seen[0][0] > WINDOW and len(self._seen) > LEAST:
            self._seen.popleft()
        (start, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - start) if len(self._seen) >= LEAST and end > start else 0.0
