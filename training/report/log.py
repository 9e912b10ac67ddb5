"""Run logs, read line by line into what was run and what came of it.

A run's ``log.jsonl`` is written by :mod:`training.run.runlog`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pedcam.errors import UserError
from training.run.runlog import LOG

# Settings that say where, when and how far a run went, not what was compared.
INCIDENTAL = frozenset(
    ("name", "title", "seed", "method", "depths", "ratios", "data", "precision",
     "checkpoint_steps", "tensorboard", "pretrain.start", "binarize.order", "binarize.layers",
     "binarize.validate_every", "binarize.validate_images")
)  # fmt: skip


class ReportError(UserError):
    """A log that cannot be read or compared; the message names the file and the line."""


@dataclass(frozen=True)
class Point:
    """An exported preset.

    Attributes:
        ratio: Compression, codes only.
        ratio_file: Compression of the file.
        depth: Binarized layers.
        steps: Steps of training since the float network.
        file_bytes: Size of the file.
        miss_rate: Log-average miss rate, 0..1.
        ap50: Average precision at IoU 0.5, 0..1.
        bits: Bits per weight of every layer.
    """

    ratio: float
    ratio_file: float
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
    name: str
    method: str
    order: str
    seed: int
    config: Mapping[str, Any]
    input_size: tuple[int, int]
    points: tuple[Point, ...]

    def settings(self) -> dict[str, str]:
        """Return the settings that matter to a comparison, as ``group.key``."""
        flat = dict(_flatten(self.config))
        return {key: value for key, value in flat.items() if key not in INCIDENTAL}


def read_run(folder: Path) -> Run:
    """Read a run folder's log.

    A last line without an end is what a killed run leaves, and is left out. Steps that a resumed
    run took again count once.

    Raises:
        ReportError: There is no log, or a line of it is not what a run writes.
    """
    path = folder / LOG
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReportError(
            f"{path} cannot be read ({error.strerror}): name the --output folder of a run."
        ) from error
    except UnicodeDecodeError as error:
        raise ReportError(f"{path} is not a text in UTF-8.") from error
    start: _Row | None = None
    rows: list[_Row] = []
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == len(lines):
                continue
            raise ReportError(f"{path}, line {number}: not JSON ({error}).") from error
        if not isinstance(document, dict) or not isinstance(document.get("event"), str):
            raise ReportError(f"{path}, line {number}: not a JSON object with an 'event'.")
        row = _Row(document, f"{path}, line {number}")
        if document["event"] == "run":
            start, rows = row, []
        elif document["event"] == "resume":
            step = row.integer("step")
            rows = [old for old in rows if _step(old) <= step]
        else:
            rows.append(row)
    if start is None:
        raise ReportError(f"{path} has no 'run' line: it was not written by training/train.py.")
    return _run(folder, start, rows)


def _part(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = config.get(name)
    return part if isinstance(part, dict) else {}


def _flatten(config: Mapping[str, Any], where: str = "") -> Iterable[tuple[str, str]]:
    for key, value in config.items():
        if isinstance(value, dict) and key != "data":
            yield from _flatten(value, f"{where}{key}.")
        else:
            yield f"{where}{key}", json.dumps(value).strip('"')


@dataclass(frozen=True)
class _Row:
    """A line of a log, read key by key."""

    values: Mapping[str, Any]
    where: str

    def get(self, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        value = self.values.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            shown = f"not {value!r:.60}" if key in self.values else "and is missing"
            raise ReportError(f"{self.where}: '{key}' must be {what}, {shown}.")
        return value

    def integer(self, key: str) -> int:
        return int(self.get(key, int, "a whole number"))

    def number(self, key: str) -> float:
        return float(self.get(key, (int, float), "a number"))

    def text(self, key: str) -> str:
        return str(self.get(key, str, "a text"))

    def whole_numbers(self, key: str, count: int) -> tuple[int, ...]:
        value = self.get(key, list, f"{count} whole numbers")
        if len(value) != count or not all(type(item) is int and item > 0 for item in value):
            raise ReportError(f"{self.where}: '{key}' must be {count} whole numbers above 0.")
        return tuple(value)


def _step(row: _Row) -> int:
    step = row.values.get("step")
    return step if isinstance(step, int) else -1


def _run(folder: Path, start: _Row, rows: Sequence[_Row]) -> Run:
    # Of steps that were taken again, the last account counts.
    points = {
        (row.integer("depth"), row.integer("branch_steps"), row.text("name")): _point(row)
        for row in rows
        if row.values["event"] == "preset"
    }
    width, height = start.whole_numbers("input_size", 2)
    return Run(
        folder=folder,
        name=start.text("name"),
        method=start.text("method"),
        order=start.text("order"),
        seed=start.integer("seed"),
        config=start.get("config", dict, "a JSON object"),
        input_size=(width, height),
        points=tuple(points.values()),
    )


def _point(row: _Row) -> Point:
    bits = row.get("bits", dict, "a JSON object")
    if not all(isinstance(value, int) for value in bits.values()):
        raise ReportError(f"{row.where}: 'bits' must be whole numbers.")
    ratio = row.number("ratio_codes")
    if ratio <= 0:
        raise ReportError(f"{row.where}: 'ratio_codes' must be above 0, not {ratio}.")
    return Point(
        ratio=ratio,
        ratio_file=row.number("ratio_file"),
        depth=row.integer("depth"),
        steps=row.integer("branch_steps"),
        file_bytes=row.integer("file_bytes"),
        miss_rate=row.number("miss_rate"),
        ap50=row.number("ap50"),
        bits=bits,
    )
