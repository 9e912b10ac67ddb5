"""The running figures under the picture; knows nothing of Qt."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pedcam.detect.detector import STAGES as DETECTOR_STAGES
from pedcam.video.stream.stream import Result

SHORTEST = 0.25  # seconds of pictures that make a rate
STAGE_SPAN = 10.0  # seconds over which the times of the stages are taken
READING, DRAWING = "read_ms", "draw_ms"
STAGES = (READING, *DETECTOR_STAGES, DRAWING)
"""The stages of a frame in turn; reading, detection and drawing run in parallel."""

_MOST = 1200  # frames that are remembered, whatever their rate


@dataclass(frozen=True)
class Figures:
    """What the user reads; ``None`` where nothing is known yet.

    Attributes:
        rate: Pictures shown per second, over the last two seconds.
        detect_ms: Median time of a detection by the running preset.
        latency_ms: Median time from capture to result.
        people: Number of people in the picture on screen; where they are followed, of those only.
        dropped: Frames of this source left out so far to stay in real time.
        total: Different people so far, where they are followed.
        per_minute: New people in a minute, where they are followed.
    """

    rate: float | None = None
    detect_ms: float | None = None
    latency_ms: float | None = None
    people: int | None = None
    dropped: int | None = None
    total: int | None = None
    per_minute: float | None = None


@dataclass(frozen=True)
class _Sample:
    time: float
    preset: str
    detect_ms: float
    latency_ms: float


def people_in(result: Result) -> int:
    """Return how many people there are; where they are followed, of those only."""
    return result.counts.now if result.counts is not None else len(result.detections)


class FigureMeter:
    """Turns the results that reached the screen into figures."""

    def __init__(self, span: float = 2.0, clock: Callable[[], float] = time.perf_counter) -> None:
        """Average over the last ``span`` seconds of ``clock``, the stages over ten."""
        self._span = span
        self._clock = clock
        self._samples: deque[_Sample] = deque(maxlen=_MOST)
        self._stages: deque[tuple[float, Mapping[str, float]]] = deque(maxlen=_MOST)
        self._drawing: deque[tuple[float, Mapping[str, float]]] = deque(maxlen=_MOST)
        self._last: Result | None = None

    def clear(self) -> None:
        """Forget everything: a new source begins."""
        self._samples.clear()
        self._stages.clear()
        self._drawing.clear()
        self._last = None

    def add(self, result: Result) -> None:
        """Count a result that was painted."""
        again = self._last is not None and self._last.frame is result.frame
        if self._last is not None and self._last.preset != result.preset:
            self._stages.clear()
        self._last = result
        now, stages = self._clock(), result.stages
        if again:
            # The same frame under another preset or threshold: it was read only once, and is
            # neither a new picture nor, since it waited for the user, a measure of latency.
            stages.pop(READING, None)
            self._samples.clear()
        else:
            self._samples.append(_Sample(now, result.preset, result.detect_ms, result.latency_ms))
        self._stages.append((now, stages))

    def add_drawing(self, milliseconds: float) -> None:
        """Count the time that painting a picture took."""
        self._drawing.append((self._clock(), {DRAWING: milliseconds}))

    def stages(self) -> dict[str, float]:
        """Return the median milliseconds of each of :data:`STAGES` by the running preset.

        A stage of which nothing is known is missing.
        """
        oldest = self._clock() - STAGE_SPAN
        times: dict[str, list[float]] = {stage: [] for stage in STAGES}
        for samples in (self._stages, self._drawing):
            # The last one stays: while nothing moves it still says how long it took.
            while len(samples) > 1 and samples[0][0] < oldest:
                samples.popleft()
            for _, stages in samples:
                for stage, milliseconds in stages.items():
                    times[stage].append(milliseconds)
        return {stage: statistics.median(values) for stage, values in times.items() if values}

    def figures(self) -> Figures:
        """Return the figures as of now."""
        oldest = self._clock() - self._span
        while self._samples and self._samples[0].time < oldest:
            self._samples.popleft()
        if self._last is None:
            return Figures()
        counts = self._last.counts
        samples = [sample for sample in self._samples if sample.preset == self._last.preset]
        detect_ms = [sample.detect_ms for sample in samples] or [self._last.detect_ms]
        latency_ms = [sample.latency_ms for sample in samples]
        return Figures(
            rate=self._rate(),
            detect_ms=statistics.median(detect_ms),
            latency_ms=statistics.median(latency_ms) if latency_ms else None,
            people=people_in(self._last),
            dropped=self._last.dropped,
            total=counts.total if counts is not None else None,
            per_minute=counts.per_minute if counts is not None else None,
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
