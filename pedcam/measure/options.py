"""What the command lines of several measurements have in common."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pedcam.detect.pool import load_pool
from pedcam.detect.presets import (
    MAX_SIDE,
    SIZE_MULTIPLE,
    Preset,
    PresetError,
    at_all_sizes,
    find_preset,
)
from pedcam.errors import UserError

ALL = "all"
MAX_ROWS_BYTES = 2**20
T = TypeVar("T")


def size_option(text: str) -> tuple[int, int]:
    """Return ``(width, height)`` of a network's input from a text like ``640x384``.

    Raises:
        argparse.ArgumentTypeError: It is not a size that a preset can have.
    """
    matched = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text, re.ASCII)
    if not matched:
        raise argparse.ArgumentTypeError(f"'{text}' is not WIDTHxHEIGHT, such as 640x384")
    width, height = int(matched[1]), int(matched[2])
    if any(side % SIZE_MULTIPLE or not 0 < side <= MAX_SIDE for side in (width, height)):
        raise argparse.ArgumentTypeError(
            f"'{text}': both sides must be multiples of {SIZE_MULTIPLE} up to {MAX_SIDE}"
        )
    return width, height


def positive_option(text: str) -> int:
    """Return a whole number of 1 or more.

    Raises:
        argparse.ArgumentTypeError: It is something else.
    """
    if not re.fullmatch(r"\d{1,9}", text, re.ASCII) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of 1 or more")
    return int(text)


def choose_presets(
    folder: Path | None,
    names: Sequence[str],
    *,
    sizes: bool = False,
    size: tuple[int, int] | None = None,
) -> list[Preset]:
    """Return the presets with these names, or every one for ``["all"]``.

    Args:
        folder: Where to look, the usual places by default.
        names: In the order wanted.
        sizes: Whether ``["all"]`` means those at further input sizes too.
        size: The input size to use instead of theirs, if any.

    Raises:
        PresetError: There is no such preset, or none at all; of all presets one is unusable; or
            two sizes are named.
    """
    pool, errors = load_pool(None if folder is None else [folder])
    if not pool.presets:
        raise PresetError(" ".join(["There is no usable preset.", *map(str, errors)]))
    reasons = " ".join(map(str, errors))
    if list(names) == [ALL]:
        if errors:
            raise PresetError(f"{reasons} Remove that file, or name the presets to measure.")
        return at_all_sizes(pool.presets) if sizes else list(pool.presets)
    try:
        chosen = [find_preset(pool.presets, name) for name in names]
    except PresetError as error:
        raise PresetError(f"{error} {reasons}".strip()) from None
    if size is not None and not all(preset.default_size for preset in chosen):
        raise PresetError("--size is for presets that are named without a size of their own.")
    return chosen


def check_picture_file(path: Path, suffixes: tuple[str, ...]) -> None:
    """Check that a picture can be written, before the minutes that it takes to have one.

    Raises:
        UserError: It cannot; the message says why.
    """
    folder = path.absolute().parent
    if path.suffix.lower() not in suffixes:
        raise UserError(f"{path} is not an image file: end its name in {' or '.join(suffixes)}.")
    if path.is_dir():
        raise UserError(f"{path} is a folder. Name a file.")
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder} to write {path.name} into.")
    if not os.access(folder, os.W_OK):
        raise UserError(f"{path} cannot be written: folder {folder} is read-only.")


def read_rows(path: Path, command: str) -> dict[str, dict[str, Any]]:
    """Return the rows that a command printed as JSON, by their ``name``.

    Raises:
        UserError: The file cannot be read or holds something else.
    """
    try:
        with path.open("rb") as file:
            rows = json.loads(file.read(MAX_ROWS_BYTES))
        return {str(row["name"]): dict(row) for row in rows}
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError(f"{path} is not what '{command}' prints.") from error


def with_progress(items: Sequence[T], title: str) -> Iterable[T]:
    """Return the items, with a progress bar on standard error where that is a terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import track

    console = Console(stderr=True)
    hidden = not sys.stderr.isatty()
    return track(items, escape(title), console=console, transient=True, disable=hidden)
