"""The running figures under the picture; knows nothing of Qt."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from pedcam.video.stream import Result

SHORTEST = 0.25  # seconds of pictures that make a rate


@dataclass(frozen=True)
class Figures:
    """What the user reads; ``None`` means nothing to say yet.

    Attributes:
        rate: Pictures shown per second, over the last two seconds.
        detect_ms: Median time of a detection by the running preset.
        latency_ms: Median time from capture to result.
        people: Number of people in the picture on screen.
        dropped: Frames of this source left out so far to stay in real time.
    """

    rate: float | None = None
    detect_ms: float | None = None
    latency_ms: float | None = None
    people: int | None = None
    dropped: int | None = None


@dataclass(frozen=True)
class _Sample:
    time: float
    preset: str
    detect_ms: float
    latency_ms: float


class FigureMeter:
    """Turns the results that reached the screen into figures."""

    def __init__(self, span: float = 2.0, clock: Callable[[], float] = time.perf_counter) -> None:
        """Average over the last ``span`` seconds of ``clock``."""
        self._span = span
        self._clock = clock
        self._samples: deque[_Sample] = deque()
        self._last: Result | None = None

    def clear(self) -> None:
        """Forget everything: a new source begins."""
        self._samples.clear()
        self._last = None

    def add(self, result: Result) -> None:
        """Count a result that was painted."""
        again = self._last is not None and self._last.frame is result.frame
        self._last = result
        if again:
            # The same frame under another preset or threshold: neither a new picture nor, since
            # it waited for the user, a measure of latency.
            self._samples.clear()
            return
        self._samples.append(
            _Sample(self._clock(), result.preset, result.detect_ms, result.latency_ms)
        )
        self._forget_old()

    def figures(self) -> Figures:
        """Return the figures as of now."""
        self._forget_old()
        if self._last is None:
            return Figures()
        samples = [sample for sample in self._samples if sample.preset == self._last.preset]
        return Figures(
            rate=self._rate(),
            detect_ms=(
                statistics.median(sample.detect_ms for sample in samples)
                if samples
                else self._last.detect_ms
            ),
            latency_ms=(
                statistics.median(sample.latency_ms for sample in samples) if samples else None
            ),
            people=len(self._last.detections),
            dropped=self._last.dropped,
        )

    def _rate(self) -> float | None:
        if len(self._samples) < 2:
            return None
        first, last = self._samples[0].time, self._samples[-1].time
        pictures = len(self._samples) - 1
        # A picture that is overdue counts against the rate at once.
        seconds = max(last - first, self._clock() - first - (last - first) / pictures)
        # After a pause, two pictures in quick succession say nothing yet.
        return pictures / seconds if seconds >= SHORTEST else None

    def _forget_old(self) -> None:
        oldest = self._clock() - self._span
        while self._samples and self._samples[0].time < oldest:
            self._samples.popleft()
