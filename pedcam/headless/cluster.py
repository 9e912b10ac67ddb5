"""Many videos on many machines, by Ray (https://docs.ray.io).

A video is a task; a long one, unless its pictures are to be written, is cut at key frames into
ranges. These are only looked at apart: who is who, counts and tables are made from all of them in
order, by another task, and so are what a run on one machine gives. Paths travel and not pictures:
every machine must see the videos, and the folders to write to, under the same paths.
"""

from __future__ import annotations

import functools
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.detect.detail import Detail
from pedcam.detect.detector import Provider
from pedcam.detect.pool import DetectorPool, load_pool
from pedcam.errors import UserError
from pedcam.headless.batch import Outcome, Task
from pedcam.headless.detect import (
    AUTO,
    Summary,
    check_outputs,
    detect_video,
    fired_rules,
    iterate_results,
    open_tables,
)
from pedcam.headless.unfinished import unfinished
from pedcam.rules.rules_file import RuleSet
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.file import FileSource
from pedcam.video.sources.frame import Frame, SourceError
from pedcam.video.stream.results import Result

if TYPE_CHECKING:
    from ray import ObjectRef

RANGE = 60.0  # seconds of video; a machine that dies loses no more
RETRIES = 3  # on other machines where there are any
ABREAST = 4  # ranges that wait for each core, so that none ever does
_POLL = 0.5  # seconds


class ClusterError(UserError):
    """The cluster cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Job:
    """A task with what it takes to do it anywhere; values as of ``detect_video``."""

    task: Task
    preset: str | None
    models: Path | None = None
    provider: Provider = "cpu"
    options: dict[str, Any] = field(default_factory=dict)
    counted: RuleSet | None = field(default_factory=RuleSet)  # None: nobody is followed

    @property
    def divisible(self) -> bool:
        """Whether parts of it can be worked on apart."""
        whole = {"start": 0.0, "end": None, "every": 1}
        return (
            self.task.spec.kind == "file"
            and bool(self.task.outputs)
            and "output" not in self.task.outputs
            and self.preset != AUTO
            # This looks closer or not by what was found before.
            and self.options.get("detail") is not Detail.AUTO
            and all(self.options.get(name, value) == value for name, value in whole.items())
        )

    def counter(self) -> PeopleCounter | None:
        return None if self.counted is None else self.counted.counter()

    def pool(self) -> DetectorPool:
        return _pool(self.models, self.provider)


@dataclass(frozen=True)
class Range:
    """What was found in a part of a video.

    Attributes:
        times: Seconds of each frame.
        counts: Boxes in each frame.
        sizes: Width and height of each frame.
        boxes: ``[boxes, 4]`` corners in pixels, of all frames in order.
        scores: Of each box.
        preset: Who found them.
    """

    times: NDArray[np.float64]
    counts: NDArray[np.int64]
    sizes: NDArray[np.int64]
    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    preset: str

    @classmethod
    def of(cls, results: Sequence[Result]) -> Range:
        found = [result.detections for result in results]
        scores = [one.confidence for one in found if one.confidence is not None]
        return cls(
            np.array([result.frame.time for result in results]),
            np.array([len(one) for one in found], np.int64),
            np.array([result.frame.image.shape[1::-1] for result in results]).reshape(-1, 2),
            np.concatenate([np.empty((0, 4), np.float32), *(one.xyxy for one in found)]),
            np.concatenate([np.empty(0, np.float32), *scores]),
            results[0].preset if results else "",
        )

    def results(self, first: int) -> Iterator[Result]:
        """Give results without pictures, whose frames are numbered from ``first``."""
        ends = np.cumsum(self.counts)
        for row, (seconds, end, count) in enumerate(
            zip(self.times, ends, self.counts, strict=True)
        ):
            part = slice(int(end - count), int(end))
            width, height = map(int, self.sizes[row])
            # A picture of the right size that takes no memory.
            image = np.broadcast_to(np.zeros(3, np.uint8), (height, width, 3))
            people = sv.Detections(
                self.boxes[part],
                confidence=self.scores[part],
                class_id=np.zeros(int(count), int),
            )
            frame = Frame(image, first + row, float(seconds), 0.0)
            yield Result(frame, people, self.preset, detect_ms=0.0, latency_ms=0.0, dropped=0)


def cut(job: Job, length: float = RANGE) -> list[tuple[float, float | None]]:
    """Return the ranges of a video that are worked on apart, in seconds; the last has no end."""
    if not job.divisible:
        return [(0.0, None)]
    try:
        source = FileSource(Path(job.task.spec.value))
        try:
            duration = source.duration or 0.0
            wanted = np.arange(length, duration - length / 2, length)
            times = sorted({0.0, *(source.key_time(float(time)) for time in wanted)})
        finally:
            source.close()
    except SourceError:
        # Whoever works on it as a whole says why.
        return [(0.0, None)]
    return list(zip(times, [*times[1:], None], strict=True))


def look(job: Job, start: float, end: float | None) -> Range:
    """Detect people in a part of a video."""
    results = iterate_results(
        job.task.spec, job.pool(), job.preset, start=start, end=end,
        score_threshold=job.options.get("score_threshold"),
        detail=job.options.get("detail", Detail.WHOLE),
    )  # fmt: skip
    return Range.of([_without_picture(result) for result in results])


def join(job: Job, started: float, *ranges: Range) -> Summary:
    """Follow and count people through the ranges of a video, and write its tables."""
    outputs = job.task.outputs
    if (np.diff(np.concatenate([each.times for each in ranges])) <= 0).any():
        raise _DisorderError
    with unfinished(outputs.values()) as completed:
        counter, frames, people, last = job.counter(), 0, 0, None
        alerts = Counter({rule.name: 0 for rule in counter.rules} if counter else {})
        preset = next((each.preset for each in ranges if each.preset), "")
        threshold = job.options.get("score_threshold")
        if threshold is None and preset:
            threshold = job.pool().threshold(preset)
        with ExitStack() as files:
            tables = open_tables(files, outputs, overwrite=job.options.get("overwrite", False))
            for each in ranges:
                for result in each.results(frames):
                    if counter is not None:
                        frame = result.frame
                        detections, counts = counter.update(
                            result.detections, index=frame.index, time=frame.time,
                            size=(frame.image.shape[1], frame.image.shape[0]),
                            score_threshold=threshold or 0.0,
                        )  # fmt: skip
                        result = replace(result, detections=detections, counts=counts)
                        alerts.update(fired_rules(counts))
                    for table in tables:
                        table.append(result)
                    frames, people, last = frames + 1, people + len(result.detections), result
        completed()
    return Summary(
        presets=(preset,) if preset else (),
        frames=frames,
        people=people,
        seconds=time.time() - started,
        stopped=False,
        outputs=tuple(outputs.values()),
        counts=last.counts if last is not None else None,
        alerts=alerts,
    )


def whole(job: Job) -> Summary:
    """Do a job on one machine."""
    with unfinished(job.task.outputs.values()) as completed:
        options: dict[str, Any] = {**job.task.outputs, **job.options}
        summary = detect_video(
            job.task.spec, job.pool(), job.preset, counter=job.counter(), **options
        )
        completed()
    return summary


class Cluster:
    """A Ray cluster to work on; a context manager.

    Without an address this machine is one, with a worker for each core.
    """

    def __init__(self, address: str | None = None, *, length: float = RANGE) -> None:
        """Connect to ``address``, as ``ray.init`` takes it, or start one here.

        Raises:
            ClusterError: Ray is not installed, or nobody answers.
        """
        try:
            import ray
        except ImportError as error:
            raise ClusterError(
                "Working on many machines needs Ray: pip install 'pedcam[cluster]'."
            ) from error
        self._ray, self._length = ray, length
        here: dict[str, Any] = {} if address else {"include_dashboard": False}
        try:
            ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **here)
        except (ConnectionError, ValueError, RuntimeError, OSError) as error:
            raise ClusterError(
                f"The Ray cluster {address or ''} cannot be used: {error}"
            ) from error
        # A failure may be of the machine, such as a disk that is not there, so others try, too.
        task = ray.remote(
            num_cpus=1, max_retries=RETRIES, retry_exceptions=True, scheduling_strategy="SPREAD"
        )
        self._look, self._join, self._whole = map(task, (look, join, whole))

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()

    @property
    def cores(self) -> int:
        return int(self._ray.cluster_resources().get("CPU", 1))

    def run(
        self,
        jobs: Sequence[Job],
        *,
        resume: bool = False,
        on_outcome: Callable[[Outcome], None] = lambda outcome: None,
        on_progress: Callable[[int, int], None] = lambda done, known: None,
        stop: threading.Event | None = None,
    ) -> list[Outcome]:
        """Do jobs, several at a time; one that fails does not stop the others.

        With ``resume``, jobs whose files are complete are left out. ``on_progress`` is told how
        many ranges are done, of how many so far. ``stop`` gives up the jobs under way.
        """
        stop = stop or threading.Event()
        outcomes: list[Outcome] = []
        waiting = deque(jobs)
        ends: dict[ObjectRef[Summary], Job] = {}
        parts: set[ObjectRef[Range]] = set()
        done = known = 0

        def report(outcome: Outcome) -> None:
            outcomes.append(outcome)
            on_outcome(outcome)

        while (waiting or ends) and not stop.is_set():
            while waiting and len(parts) + len(ends) < ABREAST * self.cores:
                job = _anywhere(waiting.popleft())
                if resume and job.task.done:
                    report(Outcome(job.task))
                    continue
                try:
                    overwrite = job.options.get("overwrite", False)
                    check_outputs(job.task.spec, job.task.outputs, overwrite=overwrite)
                except UserError as error:
                    report(Outcome(job.task, error=error))
                    continue
                ranges = cut(job, self._length)
                if len(ranges) == 1:
                    ends[self._whole.remote(job)] = job
                else:
                    found = [self._look.remote(job, *each) for each in ranges]
                    parts.update(found)
                    known += len(found)
                    ends[self._join.remote(job, time.time(), *found)] = job
                known += 1
            ready, _ = self._ray.wait(
                [*ends, *parts], num_returns=1, timeout=_POLL, fetch_local=False
            )
            for ref in ready:
                done += 1
                if ref in parts:
                    parts.remove(ref)
                    continue
                job = ends.pop(ref)
                outcome = self._outcome(job, ref)
                if isinstance(outcome.error, _DisorderError):
                    ends[self._whole.remote(job)] = job
                    known += 1
                    continue
                report(outcome)
            on_progress(done, known)
        for ref in (*ends, *parts):
            self._ray.cancel(ref, force=True)
        return outcomes

    def _outcome(self, job: Job, ref: ObjectRef[Summary]) -> Outcome:
        try:
            return Outcome(job.task, summary=self._ray.get(ref))
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, UserError):
                return Outcome(job.task, error=cause)
            reason = " ".join(str(cause or error).split())[-300:]
        except self._ray.exceptions.RayError as error:
            reason = " ".join(str(error).split())[:300]
        return Outcome(
            job.task, error=ClusterError(f"Given up after {RETRIES + 1} attempts: {reason}")
        )


class _DisorderError(UserError):
    """Frames of a video do not follow each other in time, so that it cannot be cut."""


@functools.lru_cache(1)
def _pool(models: Path | None, provider: Provider) -> DetectorPool:
    # A worker of Ray does one task at a time and keeps its process, so each loads a preset once.
    pool, errors = load_pool([models] if models else None, provider=provider, threads=1)
    if not pool.presets:
        raise errors[0] if errors else ClusterError("There are no presets on this machine.")
    return pool


def _anywhere(job: Job) -> Job:
    """Return a job whose paths do not depend on the folder that a process is in."""
    spec, outputs = job.task.spec, job.task.outputs
    if spec.kind in ("file", "folder"):
        spec = replace(spec, value=str(Path(spec.value).absolute()))
    return replace(job, task=Task(spec, {name: path.absolute() for name, path in outputs.items()}))


def _without_picture(result: Result) -> Result:
    image = np.broadcast_to(np.zeros(3, np.uint8), result.frame.image.shape)
    return replace(result, frame=replace(result.frame, image=image))
