"""A job that can be done anywhere, whole or in ranges of its video that are joined again.

Ranges are only looked at apart: who is who, counts and tables are made from all of them in order,
and so are what one run through the video gives.
"""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.detect.detail import Detail
from pedcam.detect.pool import DetectorPool, load_pool
from pedcam.detect.presets import PresetError
from pedcam.detect.providers import Provider
from pedcam.errors import UserError
from pedcam.headless.batch import Task
from pedcam.headless.detect import (
    AUTO,
    Summary,
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

RANGE = 60.0  # seconds of video; a machine that dies loses no more


class DisorderError(UserError):
    """Frames of a video do not follow each other in time, so that it cannot be cut."""


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
        raise DisorderError
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


@functools.lru_cache(1)
def _pool(models: Path | None, provider: Provider) -> DetectorPool:
    # A worker of Ray does one task at a time and keeps its process, so each loads a preset once.
    pool, errors = load_pool([models] if models else None, provider=provider, threads=1)
    if not pool.presets:
        raise errors[0] if errors else PresetError("There are no presets on this machine.")
    return pool


def _without_picture(result: Result) -> Result:
    image = np.broadcast_to(np.zeros(3, np.uint8), result.frame.image.shape)
    return replace(result, frame=replace(result.frame, image=image))
