"""What this machine measured in several runs of the benchmark, kept where the window reads it."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from pedcam.errors import UserError
from pedcam.files import write_atomically

MAX_BYTES = 2**20
FILE_NAME = "measurements.json"
MOST_ROWS = 100  # presets come and go; the file stays small


class MeasurementsError(UserError):
    """Measurements that cannot be read or kept; the message says where and why."""


def measurements_file() -> Path:
    """Return where this machine's measurements are kept; the file need not exist."""
    return platformdirs.user_data_path("pedcam", appauthor=False) / FILE_NAME


def save_measurements(
    rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any], path: Path | None = None
) -> Path:
    """Keep the rows of a benchmark, in place of those before, atomically.

    Args:
        rows: As :func:`pedcam.measure.speed.benchmark.benchmark` returns them.
        about: What they were measured on and how.
        path: The file, :func:`measurements_file` by default.

    Raises:
        MeasurementsError: The file cannot be written; what was there before is still there.
    """
    path = path or measurements_file()
    text = json.dumps({"about": dict(about), "presets": list(rows)}, indent=2)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())
    except OSError as error:
        raise MeasurementsError(
            f"The measurements cannot be kept in {path}: {error.strerror}."
        ) from error
    return path


def load_measurements(path: Path | None = None) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the rows kept, by name of the preset, and what they were measured on.

    Raises:
        MeasurementsError: The file cannot be read or is damaged; a missing file is no error.
    """
    path = path or measurements_file()
    again = "Measure again with 'pedcam bench --save'."
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return {}, {}
    except OSError as error:
        raise MeasurementsError(f"{path} cannot be read: {error.strerror}. {again}") from error
    try:
        if len(content) > MAX_BYTES:
            raise ValueError("too large")
        document = json.loads(content)
        rows = {str(row["name"]): dict(row) for row in document["presets"]}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise MeasurementsError(f"{path} is damaged. {again}") from error
    about = document.get("about")
    return rows, about if isinstance(about, dict) else {}


def load_kept(path: Path | None = None) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return what :func:`load_measurements` does if it is of this machine, otherwise nothing.

    A home folder may serve many machines.
    """
    rows, about = load_measurements(path)
    return (rows, about) if about.get("machine") == machine() else ({}, {})


def merge_measurements(
    rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any], path: Path | None = None
) -> Path:
    """Keep rows beside those of other presets that this machine measured before.

    A miss rate measured before stays with its file, as it does not depend on speed. A damaged
    file is replaced. Arguments and errors are those of :func:`save_measurements`.
    """
    try:
        old, _ = load_kept(path)
    except MeasurementsError:
        old = {}
    new = []
    for row in rows:
        before = old.pop(row["name"], {})
        same = before.get("file_bytes") == row["file_bytes"]
        new.append(dict(row) | {"miss_rate": before.get("miss_rate") if same else None})
    return save_measurements([*new, *old.values()][:MOST_ROWS], about, path)


def machine() -> str:
    """Return the processor's name."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
