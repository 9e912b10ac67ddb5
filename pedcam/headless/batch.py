"""Many sources, one after another: which they are, what is written for each, what became of it."""

from __future__ import annotations

import glob
import hashlib
import mimetypes
import os
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pedcam.errors import UserError
from pedcam.files import LONGEST_NAME, is_hidden
from pedcam.headless.detect import Summary
from pedcam.headless.unfinished import is_complete, unfinished, was_left_unfinished
from pedcam.video.output.partial_file import OutputError, written_file
from pedcam.video.sources.folder import SUFFIXES as PICTURE_SUFFIXES
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import SourceSpec, parse_source

# Of all that FFmpeg reads, what is called video and nothing else.
VIDEO_SUFFIXES = (
    *(".264", ".265", ".3g2", ".3gp", ".3gpp", ".amv", ".asf", ".avc", ".avi", ".avs2"),
    *(".dav", ".divx", ".dv", ".evo", ".f4v", ".flv", ".gxf", ".h261", ".h263"),
    *(".h264", ".h265", ".hevc", ".insv", ".ismv", ".ivf", ".lrv", ".m1v", ".m2p"),
    *(".m2t", ".m2ts", ".m2v", ".m4v", ".mjpeg", ".mjpg", ".mk3d", ".mkv", ".mod"),
    *(".mov", ".mp2v", ".mp4", ".mp4v", ".mpe", ".mpeg", ".mpg", ".mps", ".mpv"),
    *(".mts", ".mxf", ".nsv", ".nut", ".obu", ".ogm", ".ogv", ".ps", ".qt", ".rm"),
    *(".rmvb", ".roq", ".tod", ".trp", ".ts", ".tts", ".vob", ".vro", ".webm", ".wm"),
    *(".wmv", ".wtv", ".xmv", ".y4m"),
)
NAMED = 3  # files that are left out and named
OUTPUT_SUFFIXES = {"output": ".mp4", "table": ".csv", "jsonlines": ".jsonl", "coco": ".json"}
# Room for a suffix, and for a number where names are the same.
LONGEST_STEM = LONGEST_NAME - len("-1000.jsonl")


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
        return bool(self.outputs) and all(map(is_complete, self.outputs.values()))

    @property
    def replaceable(self) -> bool:
        """Whether whatever is there of its files was left unfinished by an earlier run."""
        there = [path for path in self.outputs.values() if path.exists()]
        return bool(there) and all(map(was_left_unfinished, there))


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


def expand_sources(
    texts: Sequence[str], on_left_out: Callable[[str], None] = lambda message: None
) -> list[SourceSpec]:
    """Tell which sources are meant by what somebody typed.

    Patterns such as ``day1/*.mp4`` stand for the files that fit, a folder with videos for all of
    them (not those in folders below), a folder without for the pictures in it.

    Args:
        texts: What somebody typed.
        on_left_out: Called with a message for each folder that holds more than what is meant.

    Raises:
        SourceError: A pattern fits nothing, or a text names no source.
    """
    specs: list[SourceSpec] = []
    for text in texts:
        specs += _expand(text, on_left_out)
    return list(dict.fromkeys(specs))


def may_be_several(texts: Sequence[str]) -> bool:
    """Tell whether what somebody typed can mean several sources, however many it means today.

    Raises:
        SourceError: A text names no source.
    """
    specs = [parse_source(text) for text in texts]
    return len(specs) > 1 or any(spec.kind == "folder" or _is_pattern(spec) for spec in specs)


def plan(
    specs: Sequence[SourceSpec], wanted: Mapping[str, str | Path], *, several: bool = False
) -> list[Task]:
    """Decide which files are written for each source.

    Args:
        specs: The sources.
        wanted: By the keywords of :func:`pedcam.headless.detect.detect_video`, a file, or a folder
            in which every source gets a file of its own name. A separator at the end means a
            folder; so does a name without suffix where there can be several sources. It is
            created.
        several: Whether there can be several sources also where there is only one today, see
            :func:`may_be_several`; the same words then mean the same every day.

    Raises:
        OutputError: A single file is named for several sources, a source would be written to, or a
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
    """Make sure that no source is written over before it is read; its own task looks itself."""
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


def _expand(text: str, on_left_out: Callable[[str], None]) -> list[SourceSpec]:
    spec = parse_source(text)
    path = Path(spec.value)
    if spec.kind == "folder":
        try:
            children = sorted(child for child in path.iterdir() if not is_hidden(child))
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}.") from None
        files = [child for child in children if child.is_file()]
        videos = [file for file in files if file.suffix.lower() in VIDEO_SUFFIXES]
        meant = VIDEO_SUFFIXES if videos else PICTURE_SUFFIXES
        if left_out := [file.name for file in files if _is_missed(file, meant)]:
            more = len(left_out) - NAMED
            names = ", ".join(left_out[:NAMED]) + (f" and {more} more" if more > 0 else "")
            on_left_out(f"{path}: of its files these are left out: {names}. Name them to read them")
        return [_file(video) for video in videos] or [spec]
    if not _is_pattern(spec):
        return [spec]
    found = sorted(glob.glob(spec.value, recursive=True))
    if not found:
        raise SourceError(f"No file fits {text}. Check the pattern.")
    return [
        each
        for match in map(Path, found)
        for each in (_expand(f"{match}{os.sep}", on_left_out) if match.is_dir() else [_file(match)])
    ]


def _is_missed(file: Path, meant: Collection[str]) -> bool:
    """Whether somebody may wonder why a file is left out: a picture, a video or who knows what."""
    kind = mimetypes.guess_type(file.name)[0] or "video/unknown"
    return file.suffix.lower() not in meant and kind.startswith(("video/", "image/"))


def _is_pattern(spec: SourceSpec) -> bool:
    # A file may really be called "[1].mp4".
    return spec.kind == "file" and glob.has_magic(spec.value) and not os.path.exists(spec.value)


def _file(path: Path) -> SourceSpec:
    """A file whatever its name, which may be ``0`` or ``demo``."""
    return SourceSpec("file", path.name, str(path))


def _names(specs: Sequence[SourceSpec]) -> list[str]:
    """A name for the files of each source, as short as it can be without being another's."""
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
    """A name that is short enough, and as unlike others as the whole one."""
    if len(os.fsencode(name)) <= LONGEST_STEM:
        return name
    rest = f"-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"
    while len(os.fsencode(name + rest)) > LONGEST_STEM:
        name = name[:-1]
    return name + rest


def _candidates(spec: SourceSpec) -> tuple[str, str, str]:
    """Names for the files of a source, ever longer."""
    if spec.kind in ("file", "folder"):
        path = Path(spec.value).absolute()
        stem = path.stem if spec.kind == "file" else path.name
        return stem, path.name, f"{path.parent.name}-{path.name}"
    letters = (letter if letter.isalnum() or letter in "-_." else "-" for letter in spec.title)
    name = "".join(letters).strip("-.") or spec.kind
    return name, name, name
