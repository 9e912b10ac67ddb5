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
from pedcam.detect.presets import MAX_SIDE, SIZE_MULTIPLE, Preset, PresetError
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


def choose_presets(folder: Path | None, names: Sequence[str]) -> list[Preset]:
    """Return the presets with these names, or every one for ``["all"]``.

    Args:
        folder: Where to look, the usual places by default.
        names: In the order wanted.

    Raises:
        PresetError: There is no such preset, or none at all; or of all presets one is unusable.
    """
    pool, errors = load_pool(None if folder is None else [folder])
    known = {preset.name: preset for preset in pool.presets}
    if not known:
        raise PresetError(" ".join(["There is no usable preset.", *map(str, errors)]))
    reasons = " ".join(map(str, errors))
    if list(names) == [ALL]:
        if errors:
            raise PresetError(f"{reasons} Remove that file, or name the presets to measure.")
        return list(known.values())
    for name in names:
        if name not in known:
            message = f"There is no preset '{name}'. Presets: {', '.join(known)}. {reasons}"
            raise PresetError(message.strip())
    return [known[name] for name in names]


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
