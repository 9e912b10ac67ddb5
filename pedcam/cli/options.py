"""What several commands share: options, the presets that they name, and messages on stderr."""

from __future__ import annotations

import argparse
import math
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pedcam.detect.providers import PROVIDER_NAMES
from pedcam.errors import UserError

if TYPE_CHECKING:
    from pedcam.detect.pool import DetectorPool
    from pedcam.detect.presets import PresetError

INTERRUPTED = 130  # the exit code after Ctrl-C


def add_pool_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say where presets come from and where they compute."""
    parser.add_argument(
        "--models",
        type=Path,
        metavar="FOLDER",
        help="take the presets from here instead of those that come with pedcam and your own",
    )
    parser.add_argument(
        "--provider",
        choices=PROVIDER_NAMES,
        help="where to compute, 'auto' for where it is fastest; default: the processor, in the "
        "window what its settings say. 'pedcam doctor' says what is here",
    )


def add_preset_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say which preset detects, from which score on, how closely."""
    from pedcam.detect.detail import Detail
    from pedcam.headless.detect import AUTO

    parser.add_argument(
        "--preset",
        metavar="NAME",
        help="default: the most accurate binarized one; NAME@WxH at a further input size; "
        f"'{AUTO}' holds the frame rate",
    )
    parser.add_argument(
        "--rate",
        type=number_option(0.1, 1000),
        metavar="N",
        help=f"frames per second that '--preset {AUTO}' holds, default: the source's",
    )
    parser.add_argument(
        "--score-threshold",
        type=number_option(0, 1),
        metavar="X",
        help="lowest score kept, 0 to 1; default: the preset's own",
    )
    parser.add_argument(
        "--detail",
        choices=[one.value for one in Detail],
        default=Detail.WHOLE,
        help="'whole' (default) searches each picture once; 'finer' and 'finest' also search 2 x 2 "
        "or 3 x 3 overlapping parts, for people far away, which takes 5 or 10 times as long; "
        "'auto' searches panoramas in parts, and is finer while most people found are small",
    )


def check_preset_arguments(args: argparse.Namespace) -> None:
    """End with a usage error where the options of :func:`add_preset_arguments` do not fit."""
    from pedcam.headless.detect import AUTO

    if args.rate is not None and args.preset != AUTO:
        args.error(f"--rate is for --preset {AUTO}")


def load_pool(
    args: argparse.Namespace, *, side_by_side: bool = False
) -> tuple[DetectorPool, list[PresetError]]:
    """Find the presets that :func:`add_pool_arguments` name; there may be none.

    ``side_by_side`` is for sources of which every frame counts.
    """
    from pedcam.detect import pool

    provider = args.provider or "cpu"
    lanes = pool.lanes_for(provider) if side_by_side else 1
    folders = [args.models] if args.models else None
    found, errors = pool.load_pool(folders, provider=provider, lanes=lanes)
    told = threading.Event()

    def say_once(_: str, problem: str) -> None:
        if not told.is_set():
            told.set()
            report(f"warning: {problem}")

    found.on_problem = say_once
    return found, errors


def usable_pool(
    args: argparse.Namespace, *, side_by_side: bool = False
) -> tuple[DetectorPool, list[PresetError]]:
    """Find the presets that :func:`add_pool_arguments` name, or raise UserError."""
    pool, errors = load_pool(args, side_by_side=side_by_side)
    if not pool.presets:
        reasons = "".join(f"\n  {error}" for error in errors)
        raise UserError(f"there is no usable preset.{reasons}")
    return pool, errors


def named_preset(pool: DetectorPool, name: str | None) -> str | None:
    """Return the name of the preset that is named, if any; UserError if there is no such preset."""
    from pedcam.detect.presets import find_preset

    return None if name is None else find_preset(pool.presets, name).name


def preset_names(**_: object) -> list[str]:
    """Return the names of the preset files that are there, for a shell to complete."""
    from pedcam.bundled import models_folder
    from pedcam.detect.pool import user_models_folder

    return [
        path.stem for it in (models_folder(), user_models_folder()) for path in it.glob("*.onnx")
    ]


def number_option(low: float, high: float = math.inf) -> Callable[[str], float]:
    """Return a parser of numbers between two limits, both included except infinity."""

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


def count_option(text: str) -> int:
    """Parse a whole number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 1 or more")
    return int(text)


def report(message: str) -> None:
    """Write a message to stderr."""
    sys.stderr.write(f"pedcam: {message}\n")
