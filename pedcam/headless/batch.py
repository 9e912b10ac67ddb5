"""Many sources, one after another: which files are written for each, and how each ended."""

from __future__ import annotations

import hashlib
import os
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pedcam.errors import UserError
from pedcam.files import LONGEST_NAME
from pedcam.headless.detect import Summary
from pedcam.headless.unfinished import is_complete, unfinished, was_left_unfinished
from pedcam.video.output.partial_file import OutputError, written_file
from pedcam.video.sources.spec import SourceSpec, parse_source

OUTPUT_SUFFIXES = {"output": ".mp4", "table": ".csv", "jsonlines": ".jsonl", "coco": ".json"}
# Room for a suffix, and for a number where names are the same.
LONGEST_STEM = LONGEST_NAME - len("-1000.jsonl")


@dataclass(frozen=True)
class Task:
    """One source, and its output paths by the keywords of ``detect_video``."""

    spec: SourceSpec
    outputs: dict[str, Path]

    @property
    def done(self) -> bool:
        return bool(self.outputs) and all(map(is_complete, self.outputs.values()))

    @property
    def replaceable(self) -> bool:
        """Whether every output that exists was left unfinished by an earlier run."""
        there = [path for path in self.outputs.values() if path.exists()]
        return bool(there) and all(map(was_left_unfinished, there))


@dataclass(frozen=True)
class Outcome:
    """How a task ended; it has neither a summary nor an error if it was done before."""

    task: Task
    summary: Summary | None = None
    error: UserError | None = None


def check_folders(texts: Sequence[str], output: str | Path | None) -> None:
    """Raise OutputError if marked videos would go to a folder that is read as a source."""
    read = [Path(spec.value) for spec in map(parse_source, texts) if spec.kind == "folder"]
    if output is not None and written_file(Path(output)) in map(written_file, read):
        raise OutputError(
            f"{output} is read as a whole: the next run would take the marked videos for sources. "
            "Name another folder for them."
        )


def plan(
    specs: Sequence[SourceSpec], wanted: Mapping[str, str | Path], *, several: bool = False
) -> list[Task]:
    """Decide which files are written for each source, and create their folders.

    Args:
        specs: The sources.
        wanted: By the keywords of :func:`pedcam.headless.detect.detect_video`, a file, or a folder
            in which every source gets a file of its own name. A separator at the end means a
            folder; so does a name without suffix where there can be several sources.
        several: Whether there can be several sources even if there is one today, so that the same
            command means the same every day; see :func:`pedcam.headless.expand.may_be_several`.

    Raises:
        OutputError: A single file is named for several sources, a source would be overwritten, or a
            folder cannot be created.
    """
    several = several or len(specs) > 1
    paths = {kind: Path(text) for kind, text in wanted.items()}
    folders = {kind for kind, text in wanted.items() if _names_folder(text, several)}
    for kind, path in paths.items():
        if kind not in folders and len(specs) > 1:
            raise OutputError(
                f"{path} is one file for {len(specs)} sources. Name a folder, which gets a file "
                f"for each, such as {path.with_suffix('')}."
            )
    tasks = [
        Task(
            spec,
            {
                kind: path / (name + OUTPUT_SUFFIXES[kind]) if kind in folders else path
                for kind, path in paths.items()
            },
        )
        for spec, name in zip(specs, _names(specs), strict=True)
    ]
    _check_sources(tasks)
    for kind in folders:
        try:
            paths[kind].mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise OutputError(f"{paths[kind]} is a file. Name a folder to write to.") from error
        except OSError as error:
            raise OutputError(f"{paths[kind]} cannot be created: {error.strerror}.") from error
    return tasks


def _names_folder(text: str | Path, several: bool) -> bool:
    path, last = Path(text), os.path.basename(text)
    if path.is_dir() or last in ("", os.curdir, os.pardir):
        return True
    # Dates and versions have dots as well.
    return several and not path.suffix.strip(".0123456789")


def _check_sources(tasks: Sequence[Task]) -> None:
    """Make sure that no source is overwritten before it is read; ``work`` checks its own."""
    files = {written_file(Path(task.spec.value)) for task in tasks if task.spec.kind == "file"}
    for task in tasks:
        for path in task.outputs.values():
            target = written_file(path)
            if target in files and target != written_file(Path(task.spec.value)):
                raise OutputError(f"{path} is one of the sources. Name another folder.")


def run_tasks(
    tasks: Sequence[Task],
    work: Callable[[Task], Summary],
    *,
    resume: bool = False,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
    stop: threading.Event | None = None,
) -> list[Outcome]:
    """Do one task after another; one that fails does not stop the others.

    With ``resume`` tasks whose files are all complete are left out. ``stop`` ends the work after
    the present task.
    """
    outcomes = []
    for task in tasks:
        if stop is not None and stop.is_set():
            break
        if resume and task.done:
            outcome = Outcome(task)
        else:
            try:
                with unfinished(task.outputs.values()) as completed:
                    summary = work(task)
                    if not summary.stopped:
                        completed()
                outcome = Outcome(task, summary=summary)
            except UserError as error:
                outcome = Outcome(task, error=error)
        outcomes.append(outcome)
        on_outcome(outcome)
    return outcomes


def _names(specs: Sequence[SourceSpec]) -> list[str]:
    """A name for the files of each source, as short as possible without being another's."""
    names = [list(map(_short, _candidates(spec))) for spec in specs]
    chosen = [candidates[0] for candidates in names]
    for length in (1, 2):
        # All that share a name get a longer one, so that none depends on their order.
        often = Counter(map(_folded, chosen))
        chosen = [
            candidates[length] if often[_folded(name)] > 1 else name
            for name, candidates in zip(chosen, names, strict=True)
        ]
    taken, there = set[str](), set(map(_folded, chosen))
    numbered: list[str] = []
    for name in chosen:
        number, unique = 1, name
        while _folded(unique) in taken or (number > 1 and _folded(unique) in there):
            number += 1
            unique = f"{name}-{number}"
        taken.add(_folded(unique))
        numbered.append(unique)
    return numbered


def _folded(name: str) -> str:
    """The same for names that are one file on macOS or Windows."""
    return unicodedata.normalize("NFC", name).casefold()


def _short(name: str) -> str:
    """A name that is short enough; what is cut off becomes a hash."""
    if len(os.fsencode(name)) <= LONGEST_STEM:
        return name
    rest = f"-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"
    while len(os.fsencode(name + rest)) > LONGEST_STEM:
        name = name[:-1]
    return name + rest


def _candidates(spec: SourceSpec) -> tuple[str, str, str]:
    """Names for the files of a source, from short to long."""
    if spec.kind in ("file", "folder"):
        path = Path(spec.value).absolute()
        stem = path.stem if spec.kind == "file" else path.name
        return stem, path.name, f"{path.parent.name}-{path.name}"
    letters = (letter if letter.isalnum() or letter in "-_." else "-" for letter in spec.title)
    name = "".join(letters).strip("-.") or spec.kind
    return name, name, name
