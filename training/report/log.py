"""Run logs (``log.jsonl``), read line by line into what was run and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedcam.errors import UserError
from training.run.runlog import LOG


class ReportError(UserError):
    """A log that cannot be read or compared; the message names the file and the line."""


@dataclass(frozen=True)
class Point:
    """An exported preset.

    Attributes:
        ratio: Compression, codes only.
        depth: Binarized layers.
        steps: Steps of training since the float network.
        file_bytes: Size of the file.
        miss_rate: Log-average miss rate, 0..1.
        ap50: Average precision at IoU 0.5, 0..1.
        bits: Bits per weight of every layer.
    """

    ratio: float
    depth: int
    steps: int
    file_bytes: int
    miss_rate: float
    ap50: float
    bits: Mapping[str, int]

    @property
    def is_float(self) -> bool:
        """Whether it is a float network, trained on or not."""
        return self.depth == 0 and min(self.bits.values(), default=32) == 32


@dataclass(frozen=True)
class Run:
    """One run's log."""

    folder: Path
    method: str
    order: str
    seed: int
    config: Mapping[str, Any]
    points: tuple[Point, ...]


def read_run(folder: Path) -> Run:
    """Read a run folder's log.

    A last line without an end, which a killed run leaves, is skipped. Steps that a resumed run took
    again count once.

    Raises:
        ReportError: There is no log, or a line of it is not what a run writes.
    """
    path = folder / LOG
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise ReportError(
            f"{path} cannot be read ({error.strerror}): name the --output folder of a run."
        ) from error
    except UnicodeDecodeError as error:
        raise ReportError(f"{path} is not a text in UTF-8.") from error
    start: dict[str, Any] | None = None
    rows: list[tuple[int, dict[str, Any], Point]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == len(lines):
                continue
            raise ReportError(f"{where}: not JSON ({error}).") from error
        match row:
            case {"event": "run"}:
                start, rows = row, []
                for key, expected in (
                    ("method", str),
                    ("order", str),
                    ("seed", int),
                    ("config", dict),
                ):
                    _get(row, key, expected, where)
            case {"event": "resume"}:
                step = _get(row, "step", int, where)
                rows = [old for old in rows if old[0] <= step]
            case {"event": "preset"}:
                rows.append((_get(row, "step", int, where), row, _point(row, where)))
            case {"event": str()}:
                pass
            case _:
                raise ReportError(f"{where}: not a JSON object with an 'event'.")
    if start is None:
        raise ReportError(f"{path} has no 'run' line: it was not written by training/train.py.")
    # Of steps that were taken again, the last account counts.
    points = {(p.depth, p.steps, row.get("name")): p for _, row, p in rows}
    known = {key: start[key] for key in ("method", "order", "seed", "config")}
    return Run(folder=folder, points=tuple(points.values()), **known)


def _point(row: Mapping[str, Any], where: str) -> Point:
    bits = _get(row, "bits", dict, where)
    ratio = float(_get(row, "ratio_codes", (int, float), where))
    if ratio <= 0 or not all(isinstance(value, int) for value in bits.values()):
        raise ReportError(f"{where}: 'ratio_codes' must be above 0, and 'bits' whole numbers.")
    return Point(
        ratio=ratio,
        depth=_get(row, "depth", int, where),
        steps=_get(row, "branch_steps", int, where),
        file_bytes=_get(row, "file_bytes", int, where),
        miss_rate=float(_get(row, "miss_rate", (int, float), where)),
        ap50=float(_get(row, "ap50", (int, float), where)),
        bits=bits,
    )


def _get(row: Mapping[str, Any], key: str, expected: type | tuple[type, ...], where: str) -> Any:
    value = row.get(key)
    if not isinstance(value, expected) or isinstance(value, bool):
        shown = f"{value!r:.60}" if key in row else "missing"
        raise ReportError(f"{where}: '{key}' is not what a run writes: {shown}.")
    return value
