"""The command line: ``pedcam [SOURCE]`` opens the window, ``pedcam COMMAND`` works without one."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import metadata
from io import TextIOWrapper
from types import ModuleType

import pedcam
from pedcam.cli.options import INTERRUPTED, add_pool_arguments, load_pool, named_preset, report
from pedcam.errors import UserError

# Everything heavy is imported by the command that needs it, so that --help answers at once.

COMMANDS = {
    "detect": "pedcam.cli.detect",
    "watch": "pedcam.cli.watch",
    "presets": "pedcam.cli.presets",
    "bench": "pedcam.measure.speed.bench",
    "evaluate": "pedcam.measure.accuracy.evaluate",
    "doctor": "pedcam.cli.doctor",
}
"""The module of each command, with ``add_arguments(parser)`` and ``run(args)``."""

COMMANDS_HELP = """commands, each with its own --help:
  detect    find the people in whole videos without a window
  watch     watch a source with rules for days, without a window
  presets   list the presets
  bench     measure how fast the presets run here
  evaluate  measure how well the presets find people in labelled pictures
  doctor    look at what this machine has and what is missing
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
        if "_ARGCOMPLETE" in os.environ:
            _complete()
        if words and words[0] in COMMANDS:
            parser, command = _command(words[0])
            code: int = command.run(parser.parse_args(words[1:]))
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


def _window_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pedcam",
        description=f"{pedcam.__doc__} Opens the window.",
        epilog=COMMANDS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"pedcam {pedcam.__version__}")
    parser.add_argument("--demo", action="store_true", help="show the clip that comes with pedcam")
    parser.add_argument(
        "--preset", metavar="NAME", help="begin with this preset, NAME@WxH at a further input size"
    )
    add_pool_arguments(parser)
    return parser


def _window(words: list[str]) -> int:
    parser = _window_parser()
    parser.add_argument(
        "source",
        nargs="?",
        help="a video file, a camera's number, an address, 'screen' or 'demo'",
    )
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


def _command(name: str) -> tuple[argparse.ArgumentParser, ModuleType]:
    module = importlib.import_module(COMMANDS[name])
    parser = argparse.ArgumentParser(prog=f"pedcam {name}", description=module.__doc__)
    module.add_arguments(parser)
    return parser, module


def _complete() -> None:
    """Tell a shell what can follow the words on its command line, and end the process."""
    import argcomplete

    from pedcam.cli.options import preset_names

    window = _window_parser()
    parser = argparse.ArgumentParser(prog="pedcam", parents=[window], add_help=False)
    commands = parser.add_subparsers()
    written = os.environ.get("COMP_LINE", "").split()
    for name in COMMANDS:
        command = commands.add_parser(name)
        if name in written:
            importlib.import_module(COMMANDS[name]).add_arguments(command)
        for action in (*parser._actions, *command._actions):
            if "--preset" in action.option_strings:
                action.completer = preset_names  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser)


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
