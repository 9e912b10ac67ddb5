"""Many sources, one after another: which they are, what is written for each, what became of it."""

from __future__ import annotations

import glob
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pedcam.errors import UserError
from pedcam.video.frames import SourceError
from pedcam.video.headless import Summary
from pedcam.video.outputs import OutputError
from pedcam.video.sources import SourceSpec, parse_source

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
        outputs: Paths by the keyword of :func:`pedcam.video.headless.detect_video`.
    """

    spec: SourceSpec
    outputs: dict[str, Path]

    @property
    def done(self) -> bool:
        """Whether all its files are there, which those of a recording are only when complete."""
        recorded = self.spec.kind not in ("camera", "url")
        return recorded and bool(self.outputs) and all(map(Path.is_file, self.outputs.values()))


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
        wanted: By the keywords of :func:`pedcam.video.headless.detect_video`, a file, or a folder
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
                outcome = Outcome(task, summary=work(task))
            except UserError as error:
                outcome = Outcome(task, error=error)
        outcomes.append(outcome)
        on_outcome(outcome)
    return outcomes


def _expand(text: str) -> list[SourceSpec]:
    spec = parse_source(text)
    path = Path(spec.value)
    if spec.kind == "folder":
        videos = sorted(
            child
            for child in path.iterdir()
            if child.suffix.lower() in VIDEO_SUFFIXES and child.is_file()
        )
        return [parse_source(str(video)) for video in videos] or [spec]
    # A file may really be called "[1].mp4".
    if spec.kind != "file" or path.exists() or not glob.has_magic(spec.value):
        return [spec]
    found = sorted(glob.glob(spec.value, recursive=True))
    if not found:
        raise SourceError(f"No file fits {text}. Check the pattern.")
    return [each for match in found for each in _expand(match)]


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
        count = sum(1 for other in chosen[: len(numbered)] if other == name)
        numbered.append(f"{name}-{count + 1}" if count else name)
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
