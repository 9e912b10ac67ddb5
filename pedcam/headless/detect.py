"""Detection on a whole source without a window.

What ``pedcam detect walk.mp4 --output marked.mp4 --csv people.csv`` does, in Python::

    pool, errors = load_pool()
    summary = detect_video("walk.mp4", pool, output=Path("marked.mp4"), table=Path("people.csv"))
    print(summary.people)

and :func:`iterate_results` gives the results one by one.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

from pedcam.detect.accuracy import default_preset
from pedcam.detect.detail import Detail
from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import Preset, PresetError
from pedcam.detect.tiles import is_panorama
from pedcam.headless.excerpt import Excerpt
from pedcam.video.output.coco import CocoWriter
from pedcam.video.output.partial_file import OutputError, check_output, written_file
from pedcam.video.output.recorder import Recorder
from pedcam.video.output.tables import JsonLinesWriter, ResultFile, TableWriter
from pedcam.video.output.video_writer import VideoWriter, check_video_suffix
from pedcam.video.people.counts import Counts, EventKind
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.frame import Source, SourceError
from pedcam.video.sources.spec import SourceSpec, open_source, parse_source
from pedcam.video.stream.results import Result, StreamState, StreamStatus
from pedcam.video.stream.stream import Stream

TABLES: dict[str, type[ResultFile]] = {
    "table": TableWriter,
    "jsonlines": JsonLinesWriter,
    "coco": CocoWriter,
}
"""Who writes a table, by keyword of :func:`detect_video`."""
AUTO = "auto"  # in place of a preset's name
WAITING_RESULTS = 4  # enough to keep reading and detecting busy while a frame is encoded
STOP_CHECK = 0.2  # seconds


@dataclass(frozen=True)
class Progress:
    """Frames done, frames in all (``None`` where unknown) and boxes found so far."""

    frames: int
    total: int | None
    people: int


@dataclass(frozen=True)
class Summary:
    """What was done."""

    presets: tuple[str, ...]  # names of the presets that were used, in the order of their first use
    frames: int  # looked at
    people: int  # boxes found in all of them together
    seconds: float  # time that it took, without loading the preset
    stopped: bool  # whether it was ended early
    outputs: tuple[Path, ...]
    counts: Counts | None = None  # the last counts, None where nobody was followed
    alerts: Mapping[str, int] = field(default_factory=dict)  # how often each rule fired
    dropped: int = 0  # frames of a live source that came while the one before was not done


def detect_video(
    source: str | SourceSpec,
    pool: DetectorPool,
    preset: str | None = None,
    *,
    output: Path | None = None,
    table: Path | None = None,
    jsonlines: Path | None = None,
    coco: Path | None = None,
    marked: bool = True,
    blurred: bool = False,
    counter: PeopleCounter | None = None,
    score_threshold: float | None = None,
    detail: Detail = Detail.WHOLE,
    target_rate: float | None = None,
    every: int = 1,
    start: float = 0.0,
    end: float | None = None,
    overwrite: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    on_message: Callable[[str], None] | None = None,
    stop: threading.Event | None = None,
) -> Summary:
    """Find the people in every frame of a source, and write down what was found.

    Of a live source the newest frame counts, and it is opened again when it is lost; it ends with
    ``end`` or ``stop``. However it ends, the files hold what was found until then; those of a live
    source have their names from the start.

    Args:
        source: What to read.
        pool: The presets.
        preset: Name of the preset, by default the most accurate binarized one; :data:`AUTO` for
            whichever holds the frame rate.
        output: Video to write, of :data:`pedcam.video.output.video_writer.VIDEO_SUFFIXES`.
        table: CSV file to write, one row per person and frame.
        jsonlines: JSON-lines file to write, one line per person and frame or event.
        coco: COCO json file to write.
        marked: Whether people are marked in the video.
        blurred: Whether people are blurred in the video.
        counter: Follows and counts people, ``None`` for neither.
        score_threshold: Lowest score kept, the preset's calibrated one by default.
        detail: How closely to look.
        target_rate: Frames per second that :data:`AUTO` holds, the source's own by default.
        every: Use every so many frames and leave out the others.
        start: Seconds of the source to leave out.
        end: Seconds of the source at which to stop.
        overwrite: Whether existing files may be replaced.
        on_progress: Called after every frame.
        on_message: Called with what people should know meanwhile.
        stop: Ends the work early when it is set, as on Ctrl-C.

    Raises:
        UserError: The source, the preset or a file cannot be used; see its subclasses.
        KeyError: There is no preset of that name.
        ValueError: An argument is out of range.
    """
    preset = preset or choose_preset(pool)
    if target_rate is not None and not 0 < target_rate < math.inf:
        raise ValueError("the rate that Auto holds must be a positive number")
    spec = parse_source(source) if isinstance(source, str) else source
    named = {"output": output, "table": table, "jsonlines": jsonlines, "coco": coco}
    outputs = {name: path for name, path in named.items() if path is not None}
    check_outputs(spec, outputs, overwrite=overwrite)
    _load(pool, preset)
    stop = stop or threading.Event()
    with ExitStack() as unread:
        excerpt = Excerpt(open_source(spec), start=start, end=end, every=every)
        unread.callback(excerpt.close)
        video, rows = _open_files(excerpt, outputs, overwrite=overwrite)
        # From here on the thread that reads it closes it; nobody else may meanwhile.
        unread.pop_all()
    recorder = Recorder(video, rows, marked=marked, blurred=blurred, wait=True)
    on_message = on_message or (lambda message: None)
    if is_panorama(excerpt.size) and detail is Detail.WHOLE:
        width, height = excerpt.size
        on_message(
            f"warning: pictures of {width} x {height} pixels are shrunk a lot to be searched "
            f"whole, and people in them may be missed; detail '{Detail.AUTO}' searches their parts"
        )

    def on_status(status: StreamStatus) -> None:
        if status.message:
            on_message(status.message)

    results = _results(
        excerpt,
        spec,
        pool,
        preset,
        score_threshold,
        detail,
        counter,
        target_rate,
        stop,
        on_status,
    )
    presets: dict[str, None] = {}
    alerts = Counter({rule.name: 0 for rule in counter.rules} if counter else {})
    frames = people = 0
    last: Result | None = None
    started = time.perf_counter()
    recorder.start()
    with ExitStack() as files:
        files.callback(recorder.close, timeout=None)
        for result in files.enter_context(closing(results)):
            recorder.put(result)
            if recorder.error is not None:
                break
            last = result
            frames += 1
            people += len(result.detections)
            presets[result.preset] = None
            alerts.update(fired_rules(result.counts))
            if on_progress is not None:
                on_progress(Progress(frames, excerpt.total, people))
    if recorder.error is not None:
        raise recorder.error
    for problem in excerpt.problems:
        on_message(f"left out: {problem}")
    return Summary(
        presets=tuple(presets) or ((preset,) if preset != AUTO else ()),
        frames=frames,
        people=people,
        seconds=time.perf_counter() - started,
        stopped=stop.is_set(),
        outputs=recorder.paths,
        counts=last.counts if last is not None else None,
        alerts=alerts,
        dropped=last.dropped if last is not None else 0,
    )


def iterate_results(
    source: str | SourceSpec,
    pool: DetectorPool,
    preset: str | None = None,
    *,
    counter: PeopleCounter | None = None,
    score_threshold: float | None = None,
    detail: Detail = Detail.WHOLE,
    target_rate: float | None = None,
    every: int = 1,
    start: float = 0.0,
    end: float | None = None,
    on_status: Callable[[StreamStatus], None] = lambda status: None,
    stop: threading.Event | None = None,
) -> Generator[Result]:
    """Yield a result per frame, in order; arguments and errors as of :func:`detect_video`.

    ``on_status`` is called with every change of state, between two results.
    """
    preset = preset or choose_preset(pool)
    spec = parse_source(source) if isinstance(source, str) else source
    _load(pool, preset)
    excerpt = Excerpt(open_source(spec), start=start, end=end, every=every)
    yield from _results(
        excerpt,
        spec,
        pool,
        preset,
        score_threshold,
        detail,
        counter,
        target_rate,
        stop or threading.Event(),
        on_status,
    )


def fired_rules(counts: Counts | None) -> list[str]:
    """Return the names of the rules that fired at a frame."""
    events = () if counts is None else counts.events
    return [event.rule for event in events if event.kind is EventKind.ALERT]


def choose_preset(pool: DetectorPool, *, usable: bool = False) -> str:
    """Return the name of the default preset; see :func:`pedcam.detect.accuracy.default_preset`.

    With ``usable`` all are loaded, and those that cannot be are left out.

    Raises:
        PresetError: There is no preset.
    """
    found: list[Preset] = []
    failures: list[PresetError] = []
    for preset in pool.presets:
        try:
            if usable:
                pool.get(preset.name)
            found.append(preset)
        except PresetError as error:
            failures.append(error)
    chosen = default_preset(found)
    if chosen is not None:
        return chosen.name
    missing = PresetError("There is no preset to detect with. Put one into the models folder.")
    raise failures[0] if failures else missing


def _load(pool: DetectorPool, preset: str) -> None:
    if preset == AUTO:
        choose_preset(pool, usable=True)
    else:
        pool.get(preset)


def check_outputs(spec: SourceSpec, outputs: Mapping[str, Path], *, overwrite: bool) -> None:
    """Raise OutputError if a file of a source, by keyword of :func:`detect_video`, cannot be."""
    original = Path(spec.value) if spec.kind == "file" else None
    if "output" in outputs:
        check_video_suffix(outputs["output"])
    seen: set[Path] = set()
    for path in outputs.values():
        check_output(path, overwrite=overwrite, source=original)
        if written_file(path) in seen:
            raise OutputError(f"{path} cannot be two kinds of file at once. Name another file.")
        seen.add(written_file(path))


def open_tables(
    files: ExitStack, outputs: Mapping[str, Path], *, overwrite: bool, in_place: bool = False
) -> list[ResultFile]:
    """Open the tables among some outputs, which are closed with ``files``.

    Raises:
        OutputError: One cannot be written.
    """
    return [
        files.enter_context(
            kind(outputs[name], overwrite=overwrite, in_place=in_place and kind is not CocoWriter)
        )
        for name, kind in TABLES.items()
        if name in outputs
    ]


def _open_files(
    excerpt: Excerpt, outputs: Mapping[str, Path], *, overwrite: bool
) -> tuple[VideoWriter | None, list[ResultFile]]:
    writer = None
    with ExitStack() as undo:
        if "output" in outputs:
            writer = VideoWriter(
                outputs["output"],
                rate=excerpt.rate,
                time_base=excerpt.time_base,
                overwrite=overwrite,
                in_place=excerpt.live,
            )
            undo.enter_context(writer)
        rows = open_tables(undo, outputs, overwrite=overwrite, in_place=excerpt.live)
        undo.pop_all()
    return writer, rows


def _results(
    excerpt: Excerpt,
    spec: SourceSpec,
    pool: DetectorPool,
    preset: str,
    score_threshold: float | None,
    detail: Detail,
    counter: PeopleCounter | None,
    target_rate: float | None,
    stop: threading.Event,
    on_status: Callable[[StreamStatus], None],
) -> Generator[Result]:
    """Give every result of an open source until the end, and close everything."""
    waiting: queue.Queue[Result | StreamStatus] = queue.Queue(WAITING_RESULTS)
    abandoned = threading.Event()
    unread = [excerpt]

    def hand_over(item: Result | StreamStatus) -> None:
        if not abandoned.is_set():
            waiting.put(item)

    def open_again(spec: SourceSpec) -> Source:
        return unread.pop() if unread else excerpt.again(open_source(spec))

    auto = preset == AUTO
    deadline = excerpt.deadline(time.perf_counter())
    stream = Stream(
        spec,
        pool,
        choose_preset(pool, usable=True) if auto else preset,
        complete=not excerpt.live,
        score_threshold=score_threshold,
        detail=detail,
        counter=counter,
        on_result=hand_over,
        on_status=hand_over,
        opener=open_again,
        watchdog=excerpt.watchdog(),
    )
    if auto:
        stream.set_auto(target_rate)
    stream.start()
    try:
        while not stop.is_set() and time.perf_counter() < deadline:
            try:
                item = waiting.get(timeout=STOP_CHECK)
            except queue.Empty:
                continue
            if isinstance(item, Result):
                if excerpt.over(item.frame):
                    return
                if not excerpt.early(item.frame):
                    yield item
            elif item.state is StreamState.ENDED:
                return
            elif item.state is StreamState.FAILED:
                raise SourceError(item.message)
            else:
                on_status(item)
    finally:
        abandoned.set()
        # Makes room for the one that the stream may be waiting to hand over.
        while not waiting.empty():
            waiting.get_nowait()
        stream.close()
