"""The command line: ``pedcam [SOURCE]`` opens the window, ``pedcam COMMAND`` works without one."""

from __future__ import annotations

import argparse
import errno
import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import metadata
from io import TextIOWrapper
from typing import TYPE_CHECKING

import pedcam
from pedcam.cli.options import INTERRUPTED, add_pool_arguments, load_pool, named_preset, report
from pedcam.errors import UserError

if TYPE_CHECKING:
    from pedcam.detect.pool import DetectorPool

# Everything heavy is imported by the command that needs it, so that --help answers at once.

COMMANDS_HELP = """commands, each with its own --help:
  detect    find the people in whole videos without a window
  watch     watch a source with rules for days, without a window
  presets   list the presets
  bench     measure how fast the presets run here
  evaluate  measure how well the presets find people in labelled pictures
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run pedcam and return the exit code: 0, 1 after an error, 130 after Ctrl-C."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # Names of files are bytes, which are no text in every encoding.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
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
    except OSError as error:
        # The reader of our output, such as head, has enough of it, or the terminal is gone.
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        with suppress(OSError):
            if error.errno == errno.EIO:
                report(f"error: {error}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except UserError as error:
        report(f"error: {error}")
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
    parser.add_argument(
        "--preset", metavar="NAME", help="begin with this preset, NAME@WxH at a further input size"
    )
    add_pool_arguments(parser)
    args = parser.parse_args(words)
    if args.demo and args.source:
        parser.error("name a source or --demo, not both")
    # Before the other thread, since importing OpenCV, which juggles with sys.modules, is for one.
    importlib.import_module("pedcam.detect.pool")
    # Reading the presets is mostly ONNX Runtime's work, beside which Python can import the window.
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(load_pool, args)
        try:
            from pedcam.ui.app import run_window
        except ImportError as error:
            raise UserError(
                f"The window cannot be opened: {error}. 'pedcam detect' works without one."
            ) from error
        pool, errors = reading.result()
    preset = named_preset(pool, args.preset)
    source = "demo" if args.demo else args.source
    return run_window(source, preset, pool, errors, provider=args.provider)


def _presets(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="pedcam presets", description="List the presets.")
    parser.add_argument("--json", action="store_true", help="print everything known, as JSON")
    add_pool_arguments(parser)
    args = parser.parse_args(words)
    pool, errors = load_pool(args)
    for error in errors:
        report(f"warning: {error}")
    if args.json:
        summaries = [preset.summary() for preset in pool.presets]
        sys.stdout.write(json.dumps(summaries, indent=2) + "\n")
    elif pool.presets:
        _print_table(pool)
    if not pool.presets:
        report("error: there is no usable preset")
        return 1
    return 0


def _later(module: str, command: str) -> Callable[[list[str]], int]:
    def run(words: list[str]) -> int:
        implementation = importlib.import_module(module)
        parser = argparse.ArgumentParser(
            prog=f"pedcam {command}", description=implementation.__doc__
        )
        implementation.add_arguments(parser)
        code: int = implementation.run(parser.parse_args(words))
        return code

    return run


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "detect": _later("pedcam.cli.detect", "detect"),
    "watch": _later("pedcam.cli.watch", "watch"),
    "presets": _presets,
    "bench": _later("pedcam.measure.speed.bench", "bench"),
    "evaluate": _later("pedcam.measure.accuracy.evaluate", "evaluate"),
}


def _print_table(pool: DetectorPool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pedcam.detect.presets import at_all_sizes, size_name

    table = Table(box=box.SIMPLE)
    for heading in ("name", "title"):
        table.add_column(heading, no_wrap=heading == "name")
    for heading in ("depth", "size", "smaller", "threshold", "input"):
        table.add_column(heading, justify="right", no_wrap=True)
    sizes = at_all_sizes(pool.presets)
    # A preset's sizes lie below it.
    for preset in (one for it in pool.presets for one in sizes if one.base_name == it.name):
        info = preset.info
        table.add_row(
            # As plain text: a title may hold what rich would take for markup.
            Text(info.name),
            Text(info.title),
            f"{info.depth}/{info.depth_limit}",
            f"{preset.file_bytes / 1e6:.2f} MB",
            f"{info.ratio_file:.1f}x",
            f"{info.score_threshold:.2f}",
            size_name(info.input_size),
        )
    # Lines are only broken for a person at a terminal, not for a program behind a pipe.
    Console(width=None if sys.stdout.isatty() else 200).print(table)


def _warn_of_two_runtimes() -> None:
    installed = []
    for name in ("onnxruntime", "onnxruntime-gpu"):
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        installed.append(name)
    if len(installed) == 2:
        report(
            "warning: onnxruntime and onnxruntime-gpu are both installed and break each other. "
            "Run 'pip uninstall onnxruntime onnxruntime-gpu', then install one of them again."
        )
