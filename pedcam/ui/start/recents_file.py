"""Keeps the recent sources in a file that only its owner can read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import platformdirs

from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.ui.start.recents import MOST, Recent
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.screen import parse_screen
from pedcam.video.sources.spec import SourceSpec, public_address

MAX_BYTES = 2**18
LONGEST_VALUE = 4096
LARGEST_SIDE = 99_999
HIGHEST_RATE = 1000.0
LATEST = 32_503_680_000.0  # the year 3000, in seconds since 1970


class RecentsError(UserError):
    """The list cannot be read or saved; the message says where and why."""


def recents_file() -> Path:
    """Return where the list is saved; the file need not exist."""
    return platformdirs.user_data_path("pedcam", appauthor=False) / "recent.json"


def save_recents(items: Sequence[Recent], path: Path) -> None:
    """Save the list in place of the one before, atomically.

    Addresses are saved with their passwords, so the file is readable by its owner alone.

    Raises:
        RecentsError: The file cannot be written; what was there before is still there.
    """
    rows = [
        {key: getattr(item.spec, key) for key in ("kind", "value", "size", "rate")}
        | {"opened": item.opened}
        for item in items
    ]
    # Names on Linux need not be text; surrogates stand for the bytes that are none.
    content = json.dumps({"recent": rows}, indent=2).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content, private=True)
    except OSError as error:
        raise RecentsError(
            f"The recent sources cannot be saved in {path}: {error.strerror}."
        ) from error


def load_recents(path: Path) -> list[Recent]:
    """Return the saved list; empty where there is no file yet.

    A damaged file is set aside, so that the next list has a place.

    Raises:
        RecentsError: The file cannot be read or is damaged.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecentsError(
            f"The recent sources in {path} cannot be read: {error.strerror}."
        ) from error
    try:
        if len(content) > MAX_BYTES:
            raise ValueError("too large")
        return [_recent(row) for row in json.loads(content)["recent"][:MOST]]
    except (ValueError, TypeError, KeyError, RecursionError, SourceError) as error:
        aside = path.with_name(f"{path.name}.damaged")
        try:
            os.replace(path, aside)
        except OSError:
            raise RecentsError(
                f"The recent sources in {path} are damaged. Delete that file."
            ) from error
        raise RecentsError(
            f"The list of recent sources was damaged and starts empty; the old one is now {aside}."
        ) from error


def _recent(row: dict[str, Any]) -> Recent:
    kind, value = row["kind"], row["value"]
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_VALUE or "\0" in value:
        raise ValueError("no source")
    opened = float(row["opened"])
    if not 0 <= opened <= LATEST:
        raise ValueError("no time")
    if kind in ("file", "folder"):
        spec = SourceSpec(kind, Path(value).name or value, value)
    elif kind == "url":
        spec = SourceSpec(kind, public_address(value), value)
    elif kind == "camera":
        spec = SourceSpec(kind, f"Camera {value}", value, _size(row["size"]), _rate(row["rate"]))
    elif kind == "screen":
        address, title = parse_screen(value)
        spec = SourceSpec(kind, title, address)
    else:
        raise ValueError("unknown kind")
    return Recent(spec, opened)


def _size(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    width, height = value
    if not all(isinstance(side, int) and 0 < side <= LARGEST_SIDE for side in (width, height)):
        raise ValueError("no size")
    return width, height


def _rate(value: Any) -> float | None:
    if value is None:
        return None
    rate = float(value)
    if not 0 < rate <= HIGHEST_RATE:
        raise ValueError("no rate")
    return rate
