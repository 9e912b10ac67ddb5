"""Measure how fast presets run on this machine, alone and from a video to the drawn picture."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pedcam.detect.presets import Preset
from pedcam.detect.providers import PROVIDER_NAMES
from pedcam.errors import UserError
from pedcam.measure.options import ALL, choose_presets, positive_option, read_rows, size_option
from pedcam.measure.speed.benchmark import benchmark
from pedcam.measure.speed.results_file import machine, save_measurements
from pedcam.video.sources.spec import parse_source

EVALUATE = "pedcam evaluate --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``pedcam bench``."""
    add = parser.add_argument
    add("--preset", nargs="+", action="extend", metavar="NAME",
        help="default: all; NAME@WxH at a further input size")  # fmt: skip
    add("--sizes", action="store_true", help="of all presets, measure their further sizes too")
    add("--models", type=Path, metavar="FOLDER", help="take the presets from here")
    add("--source", default="demo", metavar="CLIP", help="default: the demo clip")
    add("--threads", type=positive_option, help="default: all cores")
    add("--size", type=size_option, metavar="WxH", help="input size, default: each preset's own")
    add("--provider", choices=PROVIDER_NAMES, default="cpu")
    add("--runs", type=positive_option, default=50, help="runs and frames timed, default 50")
    add("--json", action="store_true", help="print JSON")
    add("--accuracy", type=Path, metavar="FILE",
        help="add the miss rates that 'pedcam evaluate --json' printed; "
        "default: what the presets say of themselves")  # fmt: skip
    add("--save", action="store_true", help="keep the measurements for the window's chart")


def run(args: argparse.Namespace) -> int:
    """Run ``pedcam bench``.

    Raises:
        UserError: A preset, the source or a file cannot be used.
    """
    if args.sizes and (args.size or args.preset):
        raise UserError(
            "--sizes is for all presets at their own sizes: leave out --size, --preset."
        )
    names = args.preset or [ALL]
    presets = choose_presets(args.models, names, sizes=args.sizes, size=args.size)
    source = parse_source(args.source)
    # Everything that can be wrong shows before minutes are spent.
    accuracy = {preset.name: _own_miss_rate(preset) for preset in presets}
    if args.accuracy is not None:
        accuracy |= read_accuracy(args.accuracy)
    rows = benchmark(
        presets,
        source,
        size=args.size,
        threads=args.threads,
        provider=args.provider,
        runs=args.runs,
        on_progress=_report,
    )
    for row in rows:
        row["miss_rate"] = accuracy.get(row["name"])
    about = {
        "machine": machine(),
        "threads": args.threads or os.cpu_count(),
        "runs": args.runs,
        "source": source.title,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    if args.save:
        sys.stderr.write(f"kept in {save_measurements(rows, about)}\n")
    if args.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        _print(rows, about)
    return 0


def read_accuracy(path: Path) -> dict[str, float]:
    """Return the miss rates, by name of the preset, that ``pedcam evaluate --json`` printed.

    Raises:
        UserError: The file cannot be read or is something else.
    """
    rates = {name: row.get("miss_rate", "") for name, row in read_rows(path, EVALUATE).items()}
    if not all(rate is None or isinstance(rate, int | float) for rate in rates.values()):
        raise UserError(f"{path} is not what '{EVALUATE}' prints: it has no miss rates.")
    return {
        name: float(rate) for name, rate in rates.items() if rate is not None and 0 <= rate <= 1
    }


def _own_miss_rate(preset: Preset) -> float | None:
    for measured in preset.info.evaluation:
        value = measured.get("miss_rate")
        if isinstance(value, int | float) and 0 < value <= 1:
            return float(value)
    return None


def _print(rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    # Lines are only broken for a person at a terminal, not for a program behind a pipe.
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    table = Table(box=box.SIMPLE)
    table.add_column("preset", no_wrap=True)
    int8 = any(row["speedup_over_int8"] is not None for row in rows)
    headings = [
        "network ms", "p95 ms", "whole ms", "frames/s", "of slowest", "CPU", "memory", "file",
        "smaller", "load ms", "vs float", *(["vs int8"] if int8 else []),
    ]  # fmt: skip
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        memory = row["memory_bytes"]
        cells = [
            row["name"],
            *(f"{row[key]:.1f}" for key in ("inference_ms", "inference_p95_ms", "end_to_end_ms")),
            f"{row['frames_per_second']:.0f}",
            *(f"{100 * row[key]:.0f} %" for key in ("of_slowest", "cpu_share")),
            "-" if memory is None else f"{memory / 2**20:.0f} MiB",
            f"{row['file_bytes'] / 1e6:.2f} MB",
            f"{row['ratio_file']:.1f}x",
            f"{row['load_ms']:.0f}",
            _times(row["speedup"]),
        ]
        table.add_row(*cells, *([_times(row["speedup_over_int8"])] if int8 else []))
    console.print(table)
    stages = Table(box=box.SIMPLE)
    stages.add_column("one frame at a time, ms", no_wrap=True)
    for stage in rows[0]["stages"]:
        stages.add_column(stage.removesuffix("_ms"), justify="right", no_wrap=True)
    for heading in ("together", "whole"):
        stages.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        parts = [*row["stages"].values(), sum(row["stages"].values()), row["end_to_end_ms"]]
        stages.add_row(row["name"], *(f"{part:.2f}" for part in parts))
    console.print(stages)
    console.print(
        f"{about['machine']}, {about['threads']} threads, {rows[0]['provider']}, "
        f"{about['source']}; medians of {about['runs']}. network: alone; whole: from reading a "
        "frame to its drawn picture; frames/s and CPU (of all cores): with reading, detecting and "
        "drawing side by side; of slowest: that rate over the one of the slowest of the three "
        "alone; memory: peak of a process with this preset alone."
    )


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}x"


def _report(part: str) -> None:
    # Also where nobody looks at a terminal: the window reads it.
    sys.stderr.write(f"measuring {part} ...\n")
    sys.stderr.flush()
