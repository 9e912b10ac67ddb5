"""The command line: ``pedcam [SOURCE]`` opens the window, ``pedcam COMMAND`` works without one."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pedcam
from pedcam.errors import UserError

if TYPE_CHECKING:
    from pedcam.detect.pool import DetectorPool
    from pedcam.detect.presets import PresetError

# Everything heavy is imported by the command that needs it, so that --help answers at once.

INTERRUPTED = 130
COMMANDS_HELP = """commands, each with its own --help:
  detect    find the people in a whole video without a window
  presets   list the presets
  bench     measure how fast the presets run here
  evaluate  measure how well the presets find people in labelled pictures
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run pedcam.

    Args:
        arguments: What follows the program's name, ``sys.argv`` by default.

    Returns:
        The exit code: 0 when all went well, 1 after an error, 130 after Ctrl-C.

    Raises:
        SystemExit: The arguments are wrong (code 2), or help or the version was asked for.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    _warn_of_two_runtimes()
    try:
        if words and words[0] in _COMMANDS:
            code = _COMMANDS[words[0]](words[1:])
            # A broken pipe must show here and not when Python ends.
            sys.stdout.flush()
            return code
        return _window(words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output, such as head, has enough of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except UserError as error:
        _tell(f"error: {error}")
        return 1


def _window(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="pedcam",
        description=f"{pedcam.__doc__} Opens the window.",
        epilog=COMMANDS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"pedcam {pedcam.__version__}")
    parser.add_argument(
        "source", nargs="?", help="a video file, a camera's number, an address, or 'demo'"
    )
    parser.add_argument("--demo", action="store_true", help="show the clip that comes with pedcam")
    parser.add_argument("--preset", metavar="NAME", help="begin with this preset")
    _add_pool_arguments(parser)
    args = parser.parse_args(words)
    if args.demo and args.source:
        parser.error("name a source or --demo, not both")
    pool, errors = _load_pool(args)
    _check_preset(pool, args.preset)
    try:
        from pedcam.ui.app import run_window
    except ImportError as error:
        raise UserError(
            f"The window cannot be opened: {error}. 'pedcam detect' works without one."
        ) from error
    return run_window("demo" if args.demo else args.source, args.preset, pool, errors)


def _detect(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="pedcam detect",
        description="Find the people in every frame of a source, without a window. "
        "Ctrl-C ends it early and keeps what there is.",
    )
    parser.add_argument("source", help="a video file, a camera's number, an address, or 'demo'")
    parser.add_argument("--preset", metavar="NAME", help="default: the deepest")
    parser.add_argument("--output", type=Path, metavar="FILE", help="video with the people marked")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="table with a row per person")
    parser.add_argument(
        "--score-threshold",
        type=_number(0, 1),
        metavar="X",
        help="lowest score kept, 0 to 1; default: the preset's own",
    )
    parser.add_argument(
        "--every", type=_count, default=1, metavar="N", help="use only every Nth frame"
    )
    parser.add_argument(
        "--start", type=_number(0), default=0.0, metavar="S", help="seconds to leave out"
    )
    parser.add_argument("--end", type=_number(0), metavar="S", help="seconds at which to stop")
    parser.add_argument("--overwrite", action="store_true", help="replace existing files")
    _add_pool_arguments(parser)
    args = parser.parse_args(words)
    if args.end is not None and args.end <= args.start:
        parser.error("--end must be greater than --start")
    pool, _ = _usable_pool(args)
    _check_preset(pool, args.preset)

    from pedcam.video.headless import deepest_preset, detect_video
    from pedcam.video.terminal import progress_bar, stop_on_signal, summary_line

    preset = args.preset or deepest_preset(pool)
    if pool.get(preset).provider != args.provider:
        _tell("warning: CUDA cannot be used here; computing on the CPU")
    with stop_on_signal() as stop, progress_bar() as show:
        summary = detect_video(
            args.source,
            pool,
            preset,
            output=args.output,
            table=args.csv,
            score_threshold=args.score_threshold,
            every=args.every,
            start=args.start,
            end=args.end,
            overwrite=args.overwrite,
            on_progress=show,
            stop=stop,
        )
    sys.stdout.write(summary_line(summary) + "\n")
    if summary.stopped:
        _tell("stopped early; what was found until then is kept")
        return INTERRUPTED
    return 0


def _presets(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="pedcam presets", description="List the presets.")
    parser.add_argument("--json", action="store_true", help="print everything known, as JSON")
    _add_pool_arguments(parser)
    args = parser.parse_args(words)
    pool, errors = _load_pool(args)
    for error in errors:
        _tell(f"warning: {error}")
    if args.json:
        summaries = [preset.summary() for preset in pool.presets]
        sys.stdout.write(json.dumps(summaries, indent=2) + "\n")
    elif pool.presets:
        _print_table(pool)
    if not pool.presets:
        _tell("error: there is no usable preset")
        return 1
    return 0


def _measure(module: str, command: str) -> Callable[[list[str]], int]:
    def run(words: list[str]) -> int:
        measure = importlib.import_module(module)
        parser = argparse.ArgumentParser(prog=f"pedcam {command}", description=measure.__doc__)
        measure.add_arguments(parser)
        code: int = measure.run(parser.parse_args(words))
        return code

    return run


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "detect": _detect,
    "presets": _presets,
    "bench": _measure("pedcam.measure.bench", "bench"),
    "evaluate": _measure("pedcam.measure.evaluate", "evaluate"),
}


def _add_pool_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--models",
        type=Path,
        metavar="FOLDER",
        help="take the presets from here instead of those that come with pedcam and your own",
    )
    parser.add_argument(
        "--provider", choices=["cpu", "cuda"], default="cpu", help="where to compute"
    )


def _load_pool(args: argparse.Namespace) -> tuple[DetectorPool, list[PresetError]]:
    from pedcam.detect.pool import load_pool

    return load_pool([args.models] if args.models else None, provider=args.provider)


def _usable_pool(args: argparse.Namespace) -> tuple[DetectorPool, list[PresetError]]:
    pool, errors = _load_pool(args)
    if not pool.presets:
        reasons = "".join(f"\n  {error}" for error in errors)
        raise UserError(f"there is no usable preset.{reasons}")
    return pool, errors


def _check_preset(pool: DetectorPool, name: str | None) -> None:
    names = [preset.name for preset in pool.presets]
    if name is not None and name not in names:
        known = ", ".join(names) or "none"
        raise UserError(f"there is no preset '{name}'. Presets: {known}.")


def _print_table(pool: DetectorPool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE)
    for heading in ("name", "title"):
        table.add_column(heading, no_wrap=heading == "name")
    for heading in ("depth", "size", "smaller", "threshold", "input"):
        table.add_column(heading, justify="right", no_wrap=True)
    for preset in pool.presets:
        info = preset.info
        table.add_row(
            # As plain text: a title may hold what rich would take for markup.
            Text(info.name),
            Text(info.title),
            f"{info.depth}/{info.depth_limit}",
            f"{preset.file_bytes / 1e6:.2f} MB",
            f"{info.ratio_file:.1f}x",
            f"{info.score_threshold:.2f}",
            f"{info.input_size[0]}x{info.input_size[1]}",
        )
    # Lines are only broken for a person at a terminal, not for a program behind a pipe.
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _number(low: float, high: float = math.inf) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high or math.isinf(value):
            limits = f"from {low:g} to {high:g}" if math.isfinite(high) else f"of {low:g} or more"
            raise argparse.ArgumentTypeError(f"'{text}' is not a number {limits}")
        return value

    return parse


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 1 or more")
    return int(text)


def _warn_of_two_runtimes() -> None:
    installed = []
    for name in ("onnxruntime", "onnxruntime-gpu"):
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        installed.append(name)
    if len(installed) == 2:
        _tell(
            "warning: onnxruntime and onnxruntime-gpu are both installed and break each other. "
            "Run 'pip uninstall onnxruntime onnxruntime-gpu', then install one of them again."
        )


def _tell(message: str) -> None:
    sys.stderr.write(f"pedcam: {message}\n")
