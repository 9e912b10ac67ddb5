"""The measurements of this very machine, of several runs of the benchmark."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pedcam.measure.benchmark import machine
from pedcam.measure.measurements import (
    MAX_BYTES,
    MeasurementsError,
    load_measurements,
    measurements_file,
    save_measurements,
)

MOST_ROWS = 100  # presets come and go; the file stays small


def load_kept(path: Path | None = None) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the rows kept, by name of the preset, and what they were measured on.

    Both are empty where nothing was measured, or on another machine: a home folder may serve many.

    Raises:
        MeasurementsError: The file cannot be read or is damaged.
    """
    path = path or measurements_file()
    rows = load_measurements(path)
    about = _about(path) if rows else {}
    return (rows, about) if about.get("machine") == machine() else ({}, {})


def merge_measurements(
    rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any], path: Path | None = None
) -> Path:
    """Keep rows beside those of other presets that this machine measured before.

    A miss rate measured before stays with its file, as it is no matter of speed. What is damaged
    is replaced.

    Args:
        rows: As :func:`pedcam.measure.benchmark.benchmark` returns them.
        about: What they were measured on and how.
        path: The file, :func:`pedcam.measure.measurements.measurements_file` by default.

    Raises:
        MeasurementsError: The file cannot be written.
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


def _about(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            about = json.loads(file.read(MAX_BYTES)).get("about")
    except (OSError, ValueError):
        # Replaced since it was read.
        return {}
    return about if isinstance(about, dict) else {}
