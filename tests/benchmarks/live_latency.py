"""How old pictures of a live camera are when the people in them are found.

``python -m tests.benchmarks.live_latency --preset pedestrian-28 --runs 100``
"""

from __future__ import annotations

import argparse
import queue
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from pedcam.detect.pool import DetectorPool
from pedcam.measure.options import choose_presets
from pedcam.video.sources.spec import SourceError, SourceSpec, open_source, parse_source
from pedcam.video.stream.results import Result, StreamState, StreamStatus
from pedcam.video.stream.stream import Stream
from tests.benchmarks.loopback_camera import RATE, LoopbackCamera, marked_number, write_clip

SETTLING = 2 * RATE  # first pictures, which waited while the connection was made
DECODED = 60  # pictures to time decoding with
LONGEST_WAIT = 30.0  # seconds


def live_latency(
    pool: DetectorPool, names: Sequence[str], source: SourceSpec, frames: int
) -> dict[str, dict[str, float]]:
    """Watch a camera of 1080p and 30 frames/s on loopback with each preset in turn.

    Args:
        pool: The presets.
        names: Which of them to time.
        source: A video file whose beginning the camera shows.
        frames: Results to time with each preset, 2 at least.

    Returns:
        By name, in milliseconds: ``frame_age_ms`` and ``frame_age_p95_ms`` (from the decoded
        picture to its result), ``sent_to_result_ms`` and ``sent_to_result_p95_ms`` (from the
        moment it was sent), ``decode_ms``, ``detect_ms``, and ``bound_ms``, which is these two and
        the time from frame to frame; and ``frames_per_second`` of the results.

    Raises:
        SourceError: The source cannot be read.
        PresetError: A preset cannot be used.
    """
    for name in names:
        pool.get(name)
    with tempfile.TemporaryDirectory(prefix="pedcam-") as folder:
        clip = Path(folder) / "camera.ts"
        write_clip(source, clip)
        decode = _decode_ms(clip)
        with LoopbackCamera(clip) as camera:
            return _watch(pool, names, camera, frames, decode)


@dataclass(frozen=True)
class _Seen:
    """What counts of a result; its picture would fill the memory."""

    preset: str
    number: int
    captured: float
    latency_ms: float
    detect_ms: float


def _watch(
    pool: DetectorPool, names: Sequence[str], camera: LoopbackCamera, frames: int, decode: float
) -> dict[str, dict[str, float]]:
    waiting: queue.Queue[_Seen | StreamStatus] = queue.Queue()

    def note(result: Result) -> None:
        number = marked_number(result.frame.image)
        waiting.put(
            _Seen(result.preset, number, result.frame.captured, result.latency_ms, result.detect_ms)
        )

    stream = Stream(
        parse_source(camera.address), pool, names[0], on_result=note, on_status=waiting.put
    )
    stream.start()
    rows = {}
    try:
        for name in names:
            stream.set_preset(name)
            seen = _results(waiting, name, SETTLING + max(2, frames))[SETTLING:]
            sent = []
            for result in seen:
                done = result.captured + result.latency_ms / 1000
                sent.append(1000 * (done - camera.sent(result.number, done)))
            ages = [result.latency_ms for result in seen]
            seconds = seen[-1].captured - seen[0].captured
            detect = statistics.median(result.detect_ms for result in seen)
            rows[name] = {
                "frame_age_ms": statistics.median(ages),
                "frame_age_p95_ms": float(np.percentile(ages, 95)),
                "sent_to_result_ms": statistics.median(sent),
                "sent_to_result_p95_ms": float(np.percentile(sent, 95)),
                "decode_ms": decode,
                "detect_ms": detect,
                "bound_ms": decode + detect + 1000 / RATE,
                "frames_per_second": (len(seen) - 1) / seconds,
            }
    finally:
        stream.close()
    return rows


def _results(waiting: queue.Queue[_Seen | StreamStatus], preset: str, count: int) -> list[_Seen]:
    seen: list[_Seen] = []
    while len(seen) < count:
        try:
            item = waiting.get(timeout=LONGEST_WAIT)
        except queue.Empty:
            raise SourceError("The camera for measuring gives no pictures any more.") from None
        if isinstance(item, _Seen):
            if item.preset == preset:
                seen.append(item)
        elif item.state in (StreamState.FAILED, StreamState.RECONNECTING):
            raise SourceError(item.message)
    return seen


def _decode_ms(clip: Path) -> float:
    """Median milliseconds of decoding a picture and converting it, with nothing beside it."""
    source = open_source(str(clip))
    times: list[float] = []
    try:
        while len(times) < DECODED:
            start = time.perf_counter()
            if source.read() is None:
                break
            times.append(1000 * (time.perf_counter() - start))
    finally:
        source.close()
    return statistics.median(times)


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", nargs="+", default=["all"], metavar="NAME", help="default: all")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="take the presets from here")
    parser.add_argument("--source", default="demo", metavar="CLIP", help="default: the demo clip")
    parser.add_argument("--runs", type=int, default=50, help="frames timed, default 50")
    args = parser.parse_args(arguments)
    presets = choose_presets(args.models, args.preset)
    names = [preset.name for preset in presets]
    pool = DetectorPool(presets)
    rows = live_latency(pool, names, parse_source(args.source), args.runs)
    pool.close()
    table = Table("preset, milliseconds", *next(iter(rows.values())))
    for name, row in rows.items():
        table.add_row(name, *(f"{value:.1f}" for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
