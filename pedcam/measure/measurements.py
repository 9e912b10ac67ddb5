"""What this machine measured, kept where the window reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from pedcam.errors import UserError
from pedcam.measure.files import write_atomically

MAX_BYTES = 2**20
FILE_NAME = "measurements.json"


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
        rows: As :func:`pedcam.measure.benchmark.benchmark` returns them.
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


def load_measurements(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return the rows kept, by name of the preset; empty where nothing was measured yet.

    Raises:
        MeasurementsError: The file cannot be read or is damaged.
    """
    path = path or measurements_file()
    again = "Measure again with 'pedcam bench --save'."
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise MeasurementsError(f"{path} cannot be read: {error.strerror}. {again}") from error
    try:
        if len(content) > MAX_BYTES:
            raise ValueError("too large")
        rows = json.loads(content)["presets"]
        return {str(row["name"]): dict(row) for row in rows}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise MeasurementsError(f"{path} is damaged. {again}") from error
