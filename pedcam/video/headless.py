"""Detection on a whole source without a window.

What ``pedcam detect walk.mp4 --output marked.mp4 --csv people.csv`` does, in Python::

    pool, errors = load_pool()
    summary = detect_video("walk.mp4", pool, output=Path("marked.mp4"), table=Path("people.csv"))
    print(summary.people)

and :func:`iterate_results` gives the results one by one.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import PresetError
from pedcam.video.drawing import PeopleAnnotator
from pedcam.video.excerpt import Excerpt
from pedcam.video.frames import Source, SourceError
from pedcam.video.outputs import OutputError, check_output
from pedcam.video.recording import VideoWriter, check_video_suffix
from pedcam.video.results import Result, StreamState, StreamStatus
from pedcam.video.sources import SourceSpec, open_source, parse_source
from pedcam.video.stream import Stream
from pedcam.video.table import TableWriter

WAITING_RESULTS = 4  # enough to keep reading and detecting busy while a frame is encoded
STOP_CHECK = 0.2  # seconds


@dataclass(frozen=True)
class Progress:
    """How far the work is.

    Attributes:
        frames: Frames done.
        total: Frames there will be, ``None`` where unknown.
        people: Boxes found so far.
    """

    frames: int
    total: int | None
    people: int


@dataclass(frozen=True)
class Summary:
    """What was done.

    Attributes:
        preset: Name of the preset.
        frames: Frames looked at.
        people: Boxes found in all of them together.
        seconds: Time that it took, without loading the preset.
        stopped: Whether it was ended early.
        outputs: The files written.
    """

    preset: str
    frames: int
    people: int
    seconds: float
    stopped: bool
    outputs: tuple[Path, ...]


def detect_video(
    source: str | SourceSpec,
    pool: DetectorPool,
    preset: str | None = None,
    *,
    output: Path | None = None,
    table: Path | None = None,
    score_threshold: float | None = None,
    every: int = 1,
    start: float = 0.0,
    end: float | None = None,
    overwrite: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> Summary:
    """Find the people in every frame of a source, and write down what was found.

    However it ends, the files hold what was found until then.

    Args:
        source: What to read.
        pool: The presets.
        preset: Name of the preset, the deepest by default.
        output: Video to write, with the people marked.
        table: CSV file to write, one row per person and frame.
        score_threshold: Lowest score kept, the preset's calibrated one by default.
        every: Use every so many frames and leave out the others.
        start: Seconds of the source to leave out.
        end: Seconds of the source at which to stop.
        overwrite: Whether existing files may be replaced.
        on_progress: Called after every frame.
        stop: Ends the work early when it is set, as on Ctrl-C.

    Raises:
        SourceError: The source cannot be opened or read to its end.
        PresetError: The preset cannot be used.
        OutputError: A file cannot be written.
        KeyError: There is no preset of that name.
        ValueError: An argument is out of range.
    """
    preset = preset or deepest_preset(pool)
    spec = parse_source(source) if isinstance(source, str) else source
    original = Path(spec.value) if spec.kind == "file" else None
    outputs = tuple(path for path in (output, table) if path is not None)
    if output is not None:
        check_video_suffix(output)
    for path in outputs:
        check_output(path, overwrite=overwrite, source=original)
    if output is not None and table is not None and output.absolute() == table.absolute():
        raise OutputError(f"{output} cannot be both the video and the table. Name two files.")
    pool.get(preset)
    excerpt = Excerpt(open_source(spec), start=start, end=end, every=every)
    frames = people = 0
    started = time.perf_counter()
    stop = stop or threading.Event()
    with ExitStack() as files:
        unread = files.enter_context(ExitStack())
        unread.callback(excerpt.close)
        annotator = PeopleAnnotator(excerpt.size)
        video = rows = None
        if output is not None:
            video = files.enter_context(
                VideoWriter(
                    output,
                    rate=excerpt.rate,
                    time_base=excerpt.time_base,
                    overwrite=overwrite,
                )
            )
        if table is not None:
            rows = files.enter_context(TableWriter(table, overwrite=overwrite))
        # From here on the thread that reads it closes it; nobody else may meanwhile.
        unread.pop_all()
        results = files.enter_context(
            closing(_results(excerpt, pool, preset, score_threshold, stop))
        )
        for result in results:
            if video is not None:
                marked = annotator.annotate(result.frame.image, result.detections)
                video.write(marked, result.frame.time)
            if rows is not None:
                rows.append(result)
            frames += 1
            people += len(result.detections)
            if on_progress is not None:
                on_progress(Progress(frames, excerpt.total, people))
    seconds = time.perf_counter() - started
    written = tuple(path for path in outputs if path != output or frames)
    return Summary(preset, frames, people, seconds, stop.is_set(), written)


def iterate_results(
    source: str | SourceSpec,
    pool: DetectorPool,
    preset: str | None = None,
    *,
    score_threshold: float | None = None,
    every: int = 1,
    start: float = 0.0,
    end: float | None = None,
    stop: threading.Event | None = None,
) -> Generator[Result]:
    """Find the people in every frame of a source, in order; see :func:`detect_video`.

    Yields:
        A result per frame.

    Raises:
        SourceError: The source cannot be opened or read to its end.
        PresetError: The preset cannot be used.
        KeyError: There is no preset of that name.
        ValueError: An argument is out of range.
    """
    preset = preset or deepest_preset(pool)
    pool.get(preset)
    excerpt = Excerpt(open_source(source), start=start, end=end, every=every)
    yield from _results(excerpt, pool, preset, score_threshold, stop or threading.Event())


def deepest_preset(pool: DetectorPool) -> str:
    """Return the name of the preset with the most binarized layers.

    Raises:
        PresetError: There is no preset.
    """
    if not pool.presets:
        raise PresetError("There is no preset to detect with. Put one into the models folder.")
    return max(pool.presets, key=lambda preset: preset.info.depth).name


def _results(
    source: Source,
    pool: DetectorPool,
    preset: str,
    score_threshold: float | None,
    stop: threading.Event,
) -> Generator[Result]:
    waiting: queue.Queue[Result | StreamStatus] = queue.Queue(WAITING_RESULTS)
    abandoned = threading.Event()

    def hand_over(item: Result | StreamStatus) -> None:
        if not abandoned.is_set():
            waiting.put(item)

    stream = Stream(
        SourceSpec("file", source.title, ""),
        pool,
        preset,
        complete=True,
        score_threshold=score_threshold,
        on_result=hand_over,
        on_status=hand_over,
        opener=lambda spec: source,
    )
    stream.start()
    try:
        while not stop.is_set():
            try:
                item = waiting.get(timeout=STOP_CHECK)
            except queue.Empty:
                continue
            if isinstance(item, Result):
                yield item
            elif item.state is StreamState.ENDED:
                return
            elif item.state is StreamState.FAILED:
                raise SourceError(item.message)
    finally:
        abandoned.set()
        # Makes room for the one that the stream may be waiting to hand over.
        while not waiting.empty():
            waiting.get_nowait()
        stream.close()
