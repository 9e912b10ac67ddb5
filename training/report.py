"""Compare runs: figures and a report of accuracy against compression.

    python -m training.report runs/inverse-0 runs/inverse-1 runs/forward-0 --output runs/report
    python -m training.report runs/compare/* --output docs/comparison --at 8 16 24

Runs of one method and order are replicates, told apart by their seeds. The report is computed from
the runs' logs alone; it needs neither the presets nor torch.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import os
import platform
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from pedcam.errors import UserError
from training.charts import draw_bits, draw_sensitivity, draw_tradeoff
from training.curves import Series, group_runs
from training.logreader import Point, ReportError, Run, read_run
from training.sections import (
    findings_section,
    layers_section,
    paper_section,
    results_section,
    runs_section,
)

REPORT = "REPORT.md"
TRADEOFF, SENSITIVITY, BITS = "tradeoff.png", "sensitivity.png", "bits.png"
DEFAULT_RATIOS = (8.0, 16.0, 24.0)
DEFAULT_TITLE = "Accuracy against compression"


def write_report(
    folders: Sequence[Path],
    output: Path,
    *,
    title: str = DEFAULT_TITLE,
    ratios: Sequence[float] = (),
    command: str = "",
) -> list[Path]:
    """Read runs and write what they say.

    Args:
        folders: Run folders.
        output: Where ``REPORT.md`` and the figures go.
        title: The report's heading.
        ratios: Compression ratios to compare at, by default those that the runs were asked for.
        command: The command line, to be quoted.

    Returns:
        The files that were written.

    Raises:
        ReportError: A log cannot be read, or the runs cannot be compared.
        OSError: A file cannot be written.
    """
    # A folder named twice is one run.
    runs = [read_run(folder) for folder in dict.fromkeys(map(Path, folders))]
    series = group_runs(runs)
    if not any(run.points for run in runs):
        raise ReportError("None of these runs has exported a preset yet: let one finish first.")
    asked = sorted(set(ratios)) or _asked_ratios(runs)
    output.mkdir(parents=True, exist_ok=True)
    written = [output / TRADEOFF]
    draw_tradeoff(series, runs, output / TRADEOFF)
    measured = [run for run in runs if run.sensitivity]
    if measured:
        draw_sensitivity(measured, output / SENSITIVITY)
        written.append(output / SENSITIVITY)
    exported = _depths(series)
    if exported is not None:
        run, points = exported
        draw_bits(run.layers, points, output / BITS)
        written.append(output / BITS)
    # Figures of an earlier report on other runs would contradict this one.
    for name in (SENSITIVITY, BITS):
        if output / name not in written:
            (output / name).unlink(missing_ok=True)
    lines = [
        f"# {title}",
        "",
        "Written by `python -m training.report`; do not edit.",
        "",
        *results_section(series, runs, asked),
        "",
        f"![Miss rate and AP50 against compression]({TRADEOFF})",
        "",
        _tradeoff_caption(series),
        "",
        *findings_section(series, asked),
        "",
        *paper_section(series, asked, measured),
        "",
        *layers_section(series, runs),
    ]
    if measured:
        lines += [
            "",
            f"![Loss increase by layer]({SENSITIVITY})",
            "",
            _sensitivity_caption(measured),
        ]
    if output / BITS in written:
        lines += ["", "## Where the bits are", "", f"![Bytes and bits by layer]({BITS})"]
    lines += ["", *runs_section(runs, series), "", *_making(command)]
    _write("\n".join(lines) + "\n", output / REPORT)
    return [output / REPORT, *written]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parsed = _parse(given)
    command = shlex.join(["python", "-m", "training.report", *given])
    try:
        written = write_report(
            parsed.runs, parsed.output, title=parsed.title, ratios=parsed.at, command=command
        )
    except UserError as error:
        sys.stderr.write(f"report: error: {error}\n")
        return 1
    except OSError as error:
        where = error.filename or parsed.output
        sys.stderr.write(f"report: error: {where}: {error.strerror or error}\n")
        return 1
    for path in written:
        sys.stdout.write(f"{path}\n")
    return 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training.report",
        description="Compare runs of training/train.py: methods and orders of layers at equal "
        "compression, seeds as replicates. Writes REPORT.md and figures.",
    )
    add = parser.add_argument
    add("runs", type=Path, nargs="+", metavar="RUN", help="--output folder of a run")
    add("--output", type=Path, required=True, metavar="DIR", help="folder for report and figures")
    add("--title", default=DEFAULT_TITLE, help="heading of the report")
    add("--at", type=_ratio, nargs="+", default=[], metavar="RATIO",
        help="compression ratios to compare at, by default those of the runs")  # fmt: skip
    return parser.parse_args(arguments)


def _ratio(text: str) -> float:
    value = float(text)
    if not 0 < value < 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a ratio above 0")
    return value


def _asked_ratios(runs: Sequence[Run]) -> list[float]:
    found = set()
    for run in runs:
        asked = run.config.get("ratios")
        found |= {float(r) for r in asked or () if isinstance(r, int | float) and r > 1}
    return sorted(found) or list(DEFAULT_RATIOS)


def _depths(series: Sequence[Series]) -> tuple[Run, list[Point]] | None:
    """The layer-by-layer run with the most presets, ours if there is one, and its presets."""
    orders = [one for one in series if one.is_order]
    for one in sorted(orders, key=lambda one: not one.is_ours):
        run = max(one.runs, key=lambda run: len(run.points))
        points = {point.depth: point for point in run.points}
        if points:
            return run, list(points.values())
    return None


def _tradeoff_caption(series: Sequence[Series]) -> str:
    text = (
        "Lines are means over seeds, shaded bands and bars go from the lowest to the highest seed; "
        "filled markers: one layer after the other, hollow ones: otherwise. Horizontal lines: the "
        "float network."
    )
    if any(run.measured_between for one in series for run in one.runs):
        text += (
            " Thin lines: each run after every layer, on a part of the validation images and "
            "before the longer fine-tuning that exported depths have."
        )
    return text


def _sensitivity_caption(runs: Sequence[Run]) -> str:
    whiskers = ", lines from the lowest to the highest run" if len(runs) > 1 else ""
    return (
        f"Bars: mean increase of the loss when one layer alone is binarized{whiskers}. Below: each "
        "layer's turn in the order of the paper and in that of least sensitivity."
    )


def _making(command: str) -> list[str]:
    versions = [f"Python {platform.python_version()}"]
    for package in ("pedcam", "torch", "matplotlib"):
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    today = datetime.date.today().isoformat()
    lines = ["## How this report was made", "", f"On {today} with {', '.join(versions)}."]
    return [*lines, "", "```bash", command, "```"] if command else lines


def _write(text: str, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
