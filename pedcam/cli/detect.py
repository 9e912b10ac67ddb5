"""Find the people in every frame of videos, cameras, streams or folders, without a window.

Ctrl-C ends it early and keeps what there is.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pedcam.cli.options import (
    INTERRUPTED,
    add_pool_arguments,
    add_preset_arguments,
    check_preset_arguments,
    count_option,
    named_preset,
    number_option,
    report,
    usable_pool,
)
from pedcam.cli.terminal import (
    count_lines,
    progress_bar,
    step_bar,
    stop_on_signal,
    summary_line,
)
from pedcam.detect.detail import Detail
from pedcam.headless.batch import (
    Outcome,
    Task,
    check_folders,
    plan,
    run_tasks,
)
from pedcam.headless.detect import AUTO, Summary, detect_video
from pedcam.headless.expand import expand_sources, may_be_several
from pedcam.rules.rules_file import RuleSet, read_rules
from pedcam.video.people.counters import IgnoredZone, Line, Zone
from pedcam.video.sources.spec import RECORDED_KINDS, parse_source

if TYPE_CHECKING:
    from pedcam.detect.pool import DetectorPool

_Shape = TypeVar("_Shape", Line, Zone, IgnoredZone)

# What can be written, by the keywords of detect_video.
FILES = {
    "output": ("--output", "video with the people marked"),
    "table": ("--csv", "table with a row per person"),
    "jsonlines": ("--jsonl", "a line per person and event"),
    "coco": ("--coco", "COCO json of all people"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``pedcam detect``."""
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="source",
        help="a video file, a pattern such as 'day1/*.mp4', a folder of videos or pictures, a "
        "camera's number, an address, 'screen' (or 'screen:2', 'screen:LEFT,TOP,WIDTH,HEIGHT'), or "
        "'demo'",
    )
    add_preset_arguments(parser)
    files = parser.add_argument_group(
        "files", "of several sources, a pattern or a folder name folders, which get a file for each"
    )
    for keyword, (option, text) in FILES.items():
        files.add_argument(option, type=_file, dest=keyword, metavar="FILE", help=text)
    files.add_argument("--clean", action="store_true", help="do not mark people in the video")
    files.add_argument("--blur", action="store_true", help="make people unrecognizable in it")
    files.add_argument("--overwrite", action="store_true", help="replace existing files")
    files.add_argument(
        "--resume",
        action="store_true",
        help="leave out sources whose files are all complete, and write those anew that an earlier "
        "run left unfinished; other files are only replaced with --overwrite",
    )
    part = parser.add_argument_group("what is looked at")
    part.add_argument(
        "--every", type=count_option, default=1, metavar="N", help="use only every Nth frame"
    )
    part.add_argument(
        "--start", type=number_option(0), default=0.0, metavar="S", help="seconds to leave out"
    )
    part.add_argument("--end", type=number_option(0), metavar="S", help="seconds at which to stop")
    counting = parser.add_argument_group(
        "counting", "places are parts of the picture's width and height, 0 to 1"
    )
    for option, parse, form, text in (
        ("--line", _line, "NAME=X1,Y1,X2,Y2", "count who crosses it; can be repeated"),
        ("--zone", _zone, "NAME=X1,Y1,X2,Y2,X3,Y3...", "count who is in it; can be repeated"),
        ("--ignore", _ignored, "NAME=X1,Y1,X2,Y2,X3,Y3...", "nobody is there; can be repeated"),
    ):
        counting.add_argument(
            option, type=parse, action="append", default=[], metavar=form, help=text
        )
    counting.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help="YAML file with more of them, and with rules; how often each fired is printed, and "
        "--jsonl has every alert. Whatever else a rule says is done by 'pedcam watch'",
    )
    counting.add_argument(
        "--no-follow", action="store_true", help="do not follow people from frame to frame"
    )
    parser.add_argument(
        "--cluster",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="work on several videos, and parts of long ones, at a time by Ray: on the cluster at "
        "an address or 'auto', or without one on all cores of this machine; all machines "
        "must see the videos and the folders to write to under the same paths",
    )
    add_pool_arguments(parser)
    parser.set_defaults(error=parser.error)


def run(args: argparse.Namespace) -> int:
    """Run ``pedcam detect`` and return the exit code: 1 if a source failed, 130 after Ctrl-C.

    Raises:
        UserError: Nothing can be done, or the only source failed.
    """
    if args.end is not None and args.end <= args.start:
        args.error("--end must be greater than --start")
    if args.no_follow and (args.line or args.zone or args.ignore or args.rules):
        args.error(
            "--line, --zone, --ignore and --rules need people to be followed: leave out --no-follow"
        )
    check_preset_arguments(args)
    args.rule_set = read_rules(args.rules) if args.rules else RuleSet()
    try:
        _counted(args).counter()
    except ValueError as error:
        args.error(str(error))
    # Live sources want each frame as soon as possible, and Auto measures a frame on all cores.
    kinds = {parse_source(source).kind for source in args.sources}
    recorded = kinds.issubset(RECORDED_KINDS)
    whole = args.preset != AUTO and recorded
    pool, _ = usable_pool(args, side_by_side=whole)
    if args.preset != AUTO:
        args.preset = named_preset(pool, args.preset)
    wanted = {name: path for name in FILES if (path := getattr(args, name)) is not None}
    check_folders(args.sources, wanted.get("output"))
    several = may_be_several(args.sources)
    sources = expand_sources(args.sources, lambda message: report(f"warning: {message}"))
    tasks = plan(sources, wanted, several=several)
    if args.cluster is not None:
        if not recorded:
            args.error("--cluster is for files and folders: live sources stay on one machine")
        return _run_on_cluster(args, tasks)
    with stop_on_signal() as stop:
        worker = _Worker(args, pool, stop, len(tasks))
        outcomes = run_tasks(
            tasks, worker.work, resume=args.resume, on_outcome=worker.show_outcome, stop=stop
        )
    return worker.conclude(outcomes)


def _run_on_cluster(args: argparse.Namespace, tasks: Sequence[Task]) -> int:
    from pedcam.headless.cluster import Cluster
    from pedcam.headless.ranges import Job

    options = {
        "marked": not args.clean,
        "blurred": args.blur,
        "score_threshold": args.score_threshold,
        "detail": Detail(args.detail),
        "target_rate": args.rate,
        "every": args.every,
        "start": args.start,
        "end": args.end,
    }
    jobs = [
        Job(
            task,
            args.preset,
            models=args.models and args.models.absolute(),
            provider=args.provider or "cpu",
            options=options | {"overwrite": args.overwrite or (args.resume and task.replaceable)},
            counted=None if args.no_follow else _counted(args),
        )
        for task in tasks
    ]
    with (
        stop_on_signal() as stop,
        Cluster(args.cluster or None) as cluster,
        step_bar("ranges of videos") as show,
    ):
        worker = _Worker(args, None, stop, len(tasks))
        outcomes = cluster.run(
            jobs, resume=args.resume, on_outcome=worker.show_outcome, on_progress=show, stop=stop
        )
    return worker.conclude(outcomes)


@dataclass
class _Worker:
    args: argparse.Namespace
    pool: DetectorPool | None
    stop: threading.Event
    count: int
    number: int = 0

    def work(self, task: Task) -> Summary:
        args, pool = self.args, self.pool
        assert pool is not None, "a cluster does not call this"
        heading = task.spec.title if self.count > 1 else ""
        with progress_bar(heading, self.number + 1, self.count) as show:
            return detect_video(
                task.spec,
                pool,
                args.preset,
                **task.outputs,
                marked=not args.clean,
                blurred=args.blur,
                counter=None if args.no_follow else _counted(args).counter(),
                score_threshold=args.score_threshold,
                detail=Detail(args.detail),
                target_rate=args.rate,
                every=args.every,
                start=args.start,
                end=args.end,
                overwrite=args.overwrite or (args.resume and task.replaceable),
                on_progress=show,
                on_message=report,
                stop=self.stop,
            )

    def show_outcome(self, outcome: Outcome) -> None:
        self.number += 1
        before = f"{outcome.task.spec.title}: " if self.count > 1 else ""
        if outcome.error is not None:
            if self.count > 1:
                report(f"error: {before}{outcome.error}")
        elif outcome.summary is None:
            _print(f"{before}done before")
        else:
            _print(before + summary_line(outcome.summary))
            for line in count_lines(outcome.summary):
                _print(f"  {line}")

    def conclude(self, outcomes: list[Outcome]) -> int:
        failed = [outcome for outcome in outcomes if outcome.error is not None]
        if self.count == 1 and failed and failed[0].error is not None:
            raise failed[0].error
        if self.count > 1:
            left = f", {self.count - len(outcomes)} not begun" if len(outcomes) < self.count else ""
            done = len(outcomes) - len(failed)
            _print(f"{done} of {self.count} sources done, {len(failed)} failed{left}")
        if self.stop.is_set():
            report("stopped early; what was found until then is kept")
            return INTERRUPTED
        return 1 if failed else 0


def _counted(args: argparse.Namespace) -> RuleSet:
    found: RuleSet = args.rule_set
    return RuleSet(
        (*args.line, *found.lines),
        (*args.zone, *found.zones),
        (*args.ignore, *found.ignored),
        found.rules,
    )


def _file(text: str) -> str:
    if text in ("", "-"):
        raise argparse.ArgumentTypeError(
            f"'{text}' is no name of a file; pedcam does not write to its standard output"
        )
    return text


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


def _numbers(text: str) -> tuple[str, list[tuple[float, float]]]:
    name, _, values = text.rpartition("=")
    numbers = [float(value) for value in values.split(",")]
    if not name or len(numbers) % 2:
        raise ValueError("it is not a name, '=' and pairs of numbers")
    return name, list(zip(numbers[::2], numbers[1::2], strict=True))


def _line(text: str) -> Line:
    def make(name: str, points: list[tuple[float, float]]) -> Line:
        if len(points) != 2:
            raise ValueError("a line has two points")
        return Line(name, *points)

    return _shape(text, make, "door=0.2,0.5,0.8,0.5")


def _zone(text: str) -> Zone:
    return _shape(text, lambda name, points: Zone(name, tuple(points)), "yard=0,0.5,1,0.5,1,1,0,1")


def _ignored(text: str) -> IgnoredZone:
    def make(name: str, points: list[tuple[float, float]]) -> IgnoredZone:
        return IgnoredZone(name, tuple(points))

    return _shape(text, make, "poster=0,0,0.2,0,0.2,0.4,0,0.4")


def _shape(
    text: str, make: Callable[[str, list[tuple[float, float]]], _Shape], example: str
) -> _Shape:
    try:
        return make(*_numbers(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"'{text}' cannot be used: {error}. Write it like {example}"
        ) from error
