"""Presets timed in the real stream: read, fitted, inferred, selected, drawn.

One stream plays the source over and over and changes its preset every few frames, so that whatever
else the machine does slows all presets alike.
"""

from __future__ import annotations

import queue
import statistics
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Self

import psutil

from pedcam.detect.detector import STAGES
from pedcam.detect.pool import DetectorPool
from pedcam.video.output.annotate import PeopleAnnotator
from pedcam.video.sources.frame import Frame, Source, SourceError
from pedcam.video.sources.spec import SourceSpec, open_source
from pedcam.video.stream.results import Result, StreamState, StreamStatus
from pedcam.video.stream.stream import Stream

ROUNDS = 5
SETTLING = 4  # first frames of a turn, which still meet the caches of the preset before
WAITING_RESULTS = 4  # as many as without a window
LONGEST_WAIT = 30.0  # seconds until a stream that says nothing counts as hanging


@dataclass
class StreamTimes:
    """What a preset takes in the stream; every list has one entry per frame or turn.

    Attributes:
        stages: Milliseconds by stage: ``read_ms``, those of the detector, ``draw_ms``; one frame at
            a time.
        end_to_end: Milliseconds from the beginning of reading a frame to its drawn picture, one
            frame at a time.
        rates: Frames per second of each turn with reading, detecting and drawing side by side.
        cpu_shares: Share of all cores that was busy for this process in each of these turns, 0..1.
    """

    stages: dict[str, list[float]] = field(
        default_factory=lambda: {stage: [] for stage in ("read_ms", *STAGES, "draw_ms")}
    )
    end_to_end: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    cpu_shares: list[float] = field(default_factory=list)

    def stage_medians(self) -> dict[str, float]:
        """Median milliseconds of each stage."""
        return {stage: statistics.median(times) for stage, times in self.stages.items()}

    def slowest_ms(self) -> float:
        """Median milliseconds of reading, detecting or drawing, whichever takes longest alone."""
        medians = self.stage_medians()
        detecting = sum(medians[stage] for stage in STAGES)
        return max(medians["read_ms"], detecting, medians["draw_ms"])


def time_in_stream(
    pool: DetectorPool, names: Sequence[str], source: SourceSpec, frames: int
) -> dict[str, StreamTimes]:
    """Play a source with each preset in turn, one frame at a time and then as fast as it goes.

    Args:
        pool: The presets.
        names: Which of them to time.
        source: A file; it starts again whenever it ends.
        frames: Frames to time with each preset in either way, spread over :data:`ROUNDS` turns.

    Returns:
        The times by name of the preset.

    Raises:
        SourceError: The source cannot be read or is live, which has a pace of its own.
        PresetError: A preset cannot be used.
    """
    for name in names:
        pool.get(name)
    probe = open_source(source)
    size, live = probe.size, probe.live
    probe.close()
    if live:
        raise SourceError(f"{source.title} is live: time presets on a video file instead.")
    annotator = PeopleAnnotator(size)
    times = {name: StreamTimes() for name in names}
    turn = max(2, frames // ROUNDS)
    for measure in (_one_at_a_time, _side_by_side):
        measure(pool, names, source, annotator, turn, times)
    return times


def _one_at_a_time(
    pool: DetectorPool,
    names: Sequence[str],
    source: SourceSpec,
    annotator: PeopleAnnotator,
    turn: int,
    times: dict[str, StreamTimes],
) -> None:
    gate = _Gate()
    with _Playing(pool, names[0], source, gate) as playing:
        for name in _turns(names):
            playing.stream.set_preset(name)
            for number in range(SETTLING + turn):
                gate.permits.release()
                result = playing.next_result()
                drawing = time.perf_counter()
                annotator.annotate(result.frame.image, result.detections)
                done = time.perf_counter()
                if number < SETTLING:
                    continue
                taken = times[name]
                stages = result.stages | {
                    "read_ms": gate.read_ms, "draw_ms": 1000 * (done - drawing)
                }  # fmt: skip
                for stage, milliseconds in stages.items():
                    taken.stages[stage].append(milliseconds)
                taken.end_to_end.append(1000 * (done - gate.started))


def _side_by_side(
    pool: DetectorPool,
    names: Sequence[str],
    source: SourceSpec,
    annotator: PeopleAnnotator,
    turn: int,
    times: dict[str, StreamTimes],
) -> None:
    cores = psutil.cpu_count() or 1
    with _Playing(pool, names[0], source, None) as playing:
        for name in _turns(names):
            playing.stream.set_preset(name)
            seen = 0
            start = busy = 0.0
            while seen < SETTLING + WAITING_RESULTS + turn:
                result = playing.next_result()
                annotator.annotate(result.frame.image, result.detections)
                # Some results of the preset before are still on their way.
                seen += result.preset == name
                if seen == SETTLING + WAITING_RESULTS and not start:
                    start, busy = time.perf_counter(), time.process_time()
            seconds = time.perf_counter() - start
            times[name].rates.append(turn / seconds)
            times[name].cpu_shares.append((time.process_time() - busy) / seconds / cores)


def _turns(names: Sequence[str]) -> Generator[str]:
    """Every name once per round, in an order that runs back and forth."""
    for number in range(ROUNDS):
        yield from names if number % 2 == 0 else reversed(names)


class _Gate:
    """Lets one frame through at a time and remembers how long reading it took."""

    def __init__(self) -> None:
        self.permits = threading.Semaphore(0)
        self.started = 0.0
        self.read_ms = 0.0


class _Gated(Source):
    """A source behind a gate."""

    def __init__(self, source: Source, gate: _Gate) -> None:
        self._source = source
        self._gate = gate
        self.title, self.live, self.size = source.title, source.live, source.size
        self.rate, self.duration = source.rate, source.duration

    def read(self) -> Frame | None:
        self._gate.permits.acquire()
        self._gate.started = time.perf_counter()
        frame = self._source.read()
        self._gate.read_ms = 1000 * (time.perf_counter() - self._gate.started)
        if frame is None:
            # Nobody got a frame for this permit: it is for the first one of the next round.
            self._gate.permits.release()
        return frame

    def close(self) -> None:
        self._source.close()

    def interrupt(self) -> None:
        self._gate.permits.release()
        self._source.interrupt()


class _Playing:
    """A stream that detects on every frame, over and over, and its results in order."""

    def __init__(
        self, pool: DetectorPool, preset: str, source: SourceSpec, gate: _Gate | None
    ) -> None:
        self._waiting: queue.Queue[Result | StreamStatus] = queue.Queue(WAITING_RESULTS)
        self._abandoned = threading.Event()
        self._title = source.title

        def opener(spec: SourceSpec) -> Source:
            opened = open_source(spec)
            return opened if gate is None else _Gated(opened, gate)

        self.stream = Stream(
            source,
            pool,
            preset,
            complete=True,
            loop=True,
            on_result=self._hand_over,
            on_status=self._hand_over,
            opener=opener,
        )

    def __enter__(self) -> Self:
        self.stream.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._abandoned.set()
        self.stream.close()

    def next_result(self) -> Result:
        """Wait for the next result.

        Raises:
            SourceError: None comes any more.
        """
        while True:
            try:
                item = self._waiting.get(timeout=LONGEST_WAIT)
            except queue.Empty:
                raise SourceError(f"{self._title} gives no pictures any more.") from None
            if isinstance(item, Result):
                return item
            if item.state in (StreamState.FAILED, StreamState.ENDED):
                raise SourceError(item.message or f"{self._title} ended.")

    def _hand_over(self, item: Result | StreamStatus) -> None:
        while not self._abandoned.is_set():
            try:
                self._waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return
