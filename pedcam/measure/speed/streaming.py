"""Presets timed on a video: read, letterboxed, inferred, selected, drawn.

Presets take turns every few frames, so that whatever else the machine does slows all alike.
"""

from __future__ import annotations

import queue
import statistics
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import psutil

from pedcam.detect.detector import STAGES
from pedcam.detect.pool import DetectorPool
from pedcam.video.output.annotate import PeopleAnnotator
from pedcam.video.sources.frame import Frame, SourceError
from pedcam.video.sources.spec import SourceSpec, open_source
from pedcam.video.stream.results import Result, StreamState, StreamStatus
from pedcam.video.stream.stream import Stream

ROUNDS = 5
SETTLING = 4  # first frames of a turn, which still meet the caches of the preset before
WAITING_RESULTS = 4  # as many as without a window
LONGEST_WAIT = 30.0  # seconds until a stream that says nothing counts as hanging


@dataclass
class StreamTimes:
    """What a preset takes on a video; every list has one entry per frame or turn.

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

    Raises:
        SourceError: The source cannot be read or is live, which has a pace of its own.
        PresetError: A preset cannot be used.
    """
    for name in names:
        pool.get(name)
    with closing(open_source(source)) as probe:
        size, live = probe.size, probe.live
    if live:
        raise SourceError(f"{source.title} is live: time presets on a video file instead.")
    annotator = PeopleAnnotator(size)
    times = {name: StreamTimes() for name in names}
    turn = max(2, frames // ROUNDS)
    _time_one_at_a_time(pool, source, annotator, turn, times)
    _time_side_by_side(pool, source, annotator, turn, times)
    return times


def _time_one_at_a_time(
    pool: DetectorPool,
    source: SourceSpec,
    annotator: PeopleAnnotator,
    turn: int,
    times: dict[str, StreamTimes],
) -> None:
    with closing(_frames_over_and_over(source)) as frames:
        for name in _turns(list(times)):
            detector = pool.get(name)
            for number in range(SETTLING + turn):
                frame, started, read = next(frames)
                found = detector.detect(frame.image)
                detected = time.perf_counter()
                annotator.annotate(frame.image, found)
                done = time.perf_counter()
                if number < SETTLING:
                    continue
                taken = times[name]
                taken.stages["read_ms"].append(1000 * (read - started))
                for stage in STAGES:
                    taken.stages[stage].append(found.metadata[stage])
                taken.stages["draw_ms"].append(1000 * (done - detected))
                taken.end_to_end.append(1000 * (done - started))


def _frames_over_and_over(source: SourceSpec) -> Generator[tuple[Frame, float, float]]:
    """Yield frames, each with the times at which reading it began and ended."""
    while True:
        with closing(open_source(source)) as opened:
            started = time.perf_counter()
            frame = opened.read()
            if frame is None:
                raise SourceError(f"{source.title} gives no pictures.")
            while frame is not None:
                yield frame, started, time.perf_counter()
                started = time.perf_counter()
                frame = opened.read()


def _time_side_by_side(
    pool: DetectorPool,
    source: SourceSpec,
    annotator: PeopleAnnotator,
    turn: int,
    times: dict[str, StreamTimes],
) -> None:
    cores = psutil.cpu_count() or 1
    waiting: queue.Queue[Result | StreamStatus] = queue.Queue(WAITING_RESULTS)
    abandoned = threading.Event()

    def hand_over(item: Result | StreamStatus) -> None:
        while not abandoned.is_set():
            try:
                waiting.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    names = list(times)
    stream = Stream(
        source, pool, names[0], complete=True, loop=True, on_result=hand_over, on_status=hand_over
    )
    stream.start()
    try:
        for name in _turns(names):
            stream.set_preset(name)
            seen = 0
            start = busy = 0.0
            while seen < SETTLING + WAITING_RESULTS + turn:
                result = _next_result(waiting, source.title)
                annotator.annotate(result.frame.image, result.detections)
                # Some results of the preset before are still on their way.
                seen += result.preset == name
                if seen == SETTLING + WAITING_RESULTS and not start:
                    start, busy = time.perf_counter(), time.process_time()
            seconds = time.perf_counter() - start
            times[name].rates.append(turn / seconds)
            times[name].cpu_shares.append((time.process_time() - busy) / seconds / cores)
    finally:
        abandoned.set()
        stream.close()


def _next_result(waiting: queue.Queue[Result | StreamStatus], title: str) -> Result:
    while True:
        try:
            item = waiting.get(timeout=LONGEST_WAIT)
        except queue.Empty:
            raise SourceError(f"{title} gives no pictures any more.") from None
        if isinstance(item, Result):
            return item
        if item.state in (StreamState.FAILED, StreamState.ENDED):
            raise SourceError(item.message or f"{title} ended.")


def _turns(names: Sequence[str]) -> Generator[str]:
    # Back and forth.
    for number in range(ROUNDS):
        yield from names if number % 2 == 0 else reversed(names)
