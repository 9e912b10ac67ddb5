"""Many sources, one after another: which they are, what is written for each, what became of it."""

from __future__ import annotations

import glob
import os
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pedcam.errors import UserError
from pedcam.headless.detect import Summary
from pedcam.video.output.partial_file import OutputError, write_error
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import SourceSpec, parse_source

VIDEO_SUFFIXES = (
    *(".3gp", ".avi", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts"),
    *(".ogv", ".ts", ".webm", ".wmv"),
)
OUTPUT_SUFFIXES = {"output": ".mp4", "table": ".csv", "jsonlines": ".jsonl", "coco": ".json"}


@dataclass(frozen=True)
class Task:
    """One source and the files to write for it.

    Attributes:
        spec: The source.
        outputs: Paths by the keyword of :func:`pedcam.headless.detect.detect_video`.
    """

    spec: SourceSpec
    outputs: dict[str, Path]

    @property
    def done(self) -> bool:
        """Whether all its files are there and complete."""
        marker = self._marker
        return (
            marker is not None
            and not marker.exists()
            and all(map(Path.is_file, self.outputs.values()))
        )

    def begin(self) -> None:
        """Leave a mark that stays if the work is not completed, whatever happens.

        Raises:
            OutputError: It cannot be left.
        """
        # Where there is no folder, the work itself says so.
        if self._marker is not None and self._marker.parent.is_dir():
            try:
                self._marker.touch()
            except OSError as error:
                raise write_error(self._marker, error) from error

    def complete(self) -> None:
        """Take the mark away."""
        if self._marker is not None and self._marker.parent.is_dir():
            # What is left of it costs no more than doing the work again.
            with suppress(OSError):
                self._marker.unlink(missing_ok=True)

    @property
    def _marker(self) -> Path | None:
        first = next(iter(self.outputs.values()), None)
        return None if first is None else first.with_name(f".{first.name}.unfinished")


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Attributes:
        task: The task.
        summary: What was done, ``None`` if nothing was.
        error: Why it failed, ``None`` if it did not.
    """

    task: Task
    summary: Summary | None = None
    error: UserError | None = None


def expand_sources(texts: Sequence[str]) -> list[SourceSpec]:
    """Tell which sources are meant by what somebody typed.

    Patterns such as ``day1/*.mp4`` stand for the files that fit, a folder with videos for all of
    them (not those in folders below), a folder without for the pictures in it.

    Raises:
        SourceError: A pattern fits nothing, or a text names no source.
    """
    specs: list[SourceSpec] = []
    for text in texts:
        specs += _expand(text)
    return list(dict.fromkeys(specs))


def plan(specs: Sequence[SourceSpec], wanted: dict[str, Path]) -> list[Task]:
    """Decide which files are written for each source.

    Args:
        specs: The sources.
        wanted: By the keywords of :func:`pedcam.headless.detect.detect_video`, a file, or a folder
            in which every source gets a file of its own name. Of several sources a name without
            suffix means a folder, which is created.

    Raises:
        OutputError: A single file is named for several sources, or a folder cannot be created.
    """
    folders = {
        kind
        for kind, path in wanted.items()
        if path.is_dir() or (len(specs) > 1 and not path.suffix)
    }
    for kind, path in wanted.items():
        if kind not in folders and len(specs) > 1:
            raise OutputError(
                f"{path} is one file for {len(specs)} sources. Name a folder, which gets a file "
                f"for each, such as {path.with_suffix('')}."
            )
    for kind in folders:
        try:
            wanted[kind].mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{wanted[kind]} cannot be created: {error.strerror}.") from error
    return [
        Task(
            spec,
            {
                kind: path / (name + OUTPUT_SUFFIXES[kind]) if kind in folders else path
                for kind, path in wanted.items()
            },
        )
        for spec, name in zip(specs, _names(specs), strict=True)
    ]


def run_tasks(
    tasks: Sequence[Task],
    work: Callable[[Task], Summary],
    *,
    resume: bool = False,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
    stop: threading.Event | None = None,
) -> list[Outcome]:
    """Do one task after another; one that fails does not keep the others from being done.

    Args:
        tasks: The tasks.
        work: Does one.
        resume: Leave out tasks whose files are all there.
        on_outcome: Called after every task.
        stop: Ends the work after the task that notices it.

    Returns:
        What became of every task that was begun or left out.
    """
    outcomes = []
    for task in tasks:
        if stop is not None and stop.is_set():
            break
        if resume and task.done:
            outcome = Outcome(task)
        else:
            try:
                task.begin()
                summary = work(task)
                if not summary.stopped:
                    task.complete()
                outcome = Outcome(task, summary=summary)
            except UserError as error:
                if not any(map(Path.exists, task.outputs.values())):
                    task.complete()
                outcome = Outcome(task, error=error)
        outcomes.append(outcome)
        on_outcome(outcome)
    return outcomes


def _expand(text: str) -> list[SourceSpec]:
    spec = parse_source(text)
    path = Path(spec.value)
    if spec.kind == "folder":
        try:
            children = sorted(path.iterdir())
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from None
        videos = [
            child
            for child in children
            # Hidden ones are what a killed process left, and what some systems put beside files.
            if child.suffix.lower() in VIDEO_SUFFIXES
            and not child.name.startswith(".")
            and child.is_file()
        ]
        return [_file(video) for video in videos] or [spec]
    # A file may really be called "[1].mp4".
    if spec.kind != "file" or path.exists() or not glob.has_magic(spec.value):
        return [spec]
    found = sorted(glob.glob(spec.value, recursive=True))
    if not found:
        raise SourceError(f"No file fits {text}. Check the pattern.")
    return [
        each
        for match in map(Path, found)
        for each in (_expand(f"{match}{os.sep}") if match.is_dir() else [_file(match)])
    ]


def _file(path: Path) -> SourceSpec:
    """A file whatever its name, which may be ``0`` or ``demo``."""
    return SourceSpec("file", path.name, str(path))


def _names(specs: Sequence[SourceSpec]) -> list[str]:
    """A name for the files of each source, as short as it can be without being another's."""
    names = [_candidates(spec) for spec in specs]
    chosen = [candidates[0] for candidates in names]
    for length in (1, 2):
        # All that share a name get a longer one, so that none depends on their order.
        shared = [name for name in chosen if chosen.count(name) > 1]
        chosen = [
            candidates[length] if name in shared else name
            for name, candidates in zip(chosen, names, strict=True)
        ]
    numbered: list[str] = []
    for name in chosen:
        number, unique = 1, name
        while unique in numbered or (number > 1 and unique in chosen):
            number += 1
            unique = f"{name}-{number}"
        numbered.append(unique)
    return numbered


def _candidates(spec: SourceSpec) -> tuple[str, str, str]:
    """Names for the files of a source, ever longer."""
    if spec.kind in ("file", "folder"):
        path = Path(spec.value).absolute()
        stem = path.stem if spec.kind == "file" else path.name
        return stem, path.name, f"{path.parent.name}-{path.name}"
    letters = (letter if letter.isalnum() or letter in "-_." else "-" for letter in spec.title)
    name = "".join(letters).strip("-.") or spec.kind
    return name, name, name
