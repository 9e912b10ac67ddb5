"""Compare runs of training/train.py: a table and two plots of accuracy against compression.

    python -m training.report.report runs/inverse-0 runs/inverse-1 runs/bwn-0 --output runs/report

Runs that differ in nothing but their seed are replicates. Everything comes from the runs' logs;
what it means is for a person to write.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from pedcam.files import replacing, write_atomically
from training.config import METHODS
from training.report.log import Point, ReportError, Run, read_run
from training.tools.exit_code import exit_code

REPORT, PLOT = "REPORT.md", "tradeoff.png"
DEFAULT_RATIOS = (8.0, 16.0, 24.0)
# Okabe and Ito's and Paul Tol's colours, which colour-blind people can tell apart; markers say the
# same again.
COLORS = ("#D55E00", "#0072B2", "#009E73", "#882255", "#CC79A7", "#B8860B", "#332288", "#56B4E9")
MARKERS = "osD^v<PX*h"
METRICS: dict[str, Callable[[Point], float]] = {
    "log-average miss rate (%), lower is better": lambda point: 100 * point.miss_rate,
    "AP50 (%), higher is better": lambda point: 100 * point.ap50,
}


def group_runs(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Return runs by title: method, order, and the settings that not all of them share.

    Raises:
        ReportError: Two runs of one title have the same seed.
    """
    settings = [run.settings() for run in runs]
    keys = sorted(set().union(*settings))
    differing = [key for key in keys if len({one.get(key) for one in settings}) > 1]
    groups: dict[str, list[Run]] = {}
    for run, values in zip(runs, settings, strict=True):
        parts = [METHODS.get(run.method, run.method)]
        if run.method == "layer-wise" and run.order != "inverse":
            parts = [METHODS.get(run.order, f"layer-wise, {run.order} order")]
        parts += [f"{key.rpartition('.')[2]} {values[key]}" for key in differing if key in values]
        groups.setdefault(", ".join(parts), []).append(run)
    for title, members in groups.items():
        if len({run.seed for run in members}) < len(members):
            folders = " and ".join(str(run.folder) for run in members)
            raise ReportError(f"{folders} are all '{title}' with the same seed: leave one out.")
    return groups


def at_ratio(runs: Sequence[Run], ratio: float) -> list[Point]:
    """Return each run's smallest compression of at least 0.98 of a ratio."""
    found = []
    for run in runs:
        enough = [p for p in run.points if not p.is_float and p.ratio >= 0.98 * ratio]
        if enough:
            found.append(min(enough, key=lambda point: point.ratio))
    return found


def curve(runs: Sequence[Run]) -> list[list[Point]]:
    """Return the first compressed presets of all replicates, the second ones and so on."""
    compressed = [
        sorted((p for p in run.points if not p.is_float), key=lambda point: point.ratio)
        for run in runs
    ]
    longest = max(map(len, compressed), default=0)
    return [[one[n] for one in compressed if n < len(one)] for n in range(longest)]


def table(groups: Mapping[str, Sequence[Run]], ratios: Sequence[float]) -> list[str]:
    """Return the table, in Markdown: mean and sample standard deviation over the seeds."""
    lines = [
        "| at | method | ratio | layers | miss rate | AP50 | steps | file, kB | seeds |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]

    def add(where: str, title: str, points: Sequence[Point]) -> None:
        cells = [
            where, title, _range([p.ratio for p in points], 1), _range([p.depth for p in points]),
            *(_mean([value(p) for p in points]) for value in METRICS.values()),
            _range([p.steps for p in points]), _range([p.file_bytes / 1000 for p in points]),
            str(len(points)),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")

    for title, runs in groups.items():
        for trained_on in (False, True):
            points = [p for run in runs for p in run.points if p.is_float]
            points = [point for point in points if (point.steps > 0) == trained_on]
            if points:
                add("float", f"{title}, trained on" if trained_on else title, points)
    for ratio in ratios:
        rows = [(title, at_ratio(runs, ratio)) for title, runs in groups.items()]
        found = [(title, points) for title, points in rows if points]
        for title, points in sorted(found, key=lambda row: _center(row[1])):
            add(f"{ratio:g}x", title, points)
    return lines


def draw(groups: Mapping[str, Sequence[Run]], path: Path) -> None:
    """Draw miss rate and AP50 against compression: means over seeds, bars from best to worst."""
    figure = Figure(figsize=(11, 5.6), dpi=160, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    handles: dict[str, Any] = {}
    for axes, (label, value) in zip(figure.subplots(1, 2), METRICS.items(), strict=True):
        largest = 2.0
        for number, (title, runs) in enumerate(groups.items()):
            joined = curve(runs)
            if not joined:
                continue
            ratios = [statistics.fmean(point.ratio for point in points) for points in joined]
            values = [[value(point) for point in points] for points in joined]
            color, marker = COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)]
            axes.vlines(ratios, list(map(min, values)), list(map(max, values)), color=color)
            means = list(map(statistics.fmean, values))
            handles[title] = axes.plot(ratios, means, color=color, marker=marker)[0]
            largest = max(largest, *ratios)
        every = [point for runs in groups.values() for run in runs for point in run.points]
        floats = [value(point) for point in every if point.is_float and not point.steps]
        if floats:
            handles["float"] = axes.axhline(statistics.fmean(floats), color="#222222", ls="--")
        _ratio_axis(axes, largest)
        axes.set_ylabel(label)
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False
    )
    with replacing(path) as unfinished:
        figure.savefig(unfinished, format="png")


def write_report(folders: Sequence[Path], output: Path, ratios: Sequence[float] = ()) -> None:
    """Read runs, and write ``REPORT.md`` and the plots.

    By default runs are compared at the compression ratios that they were asked for.

    Raises:
        ReportError: A log cannot be read, or the runs cannot be compared.
        OSError: A file cannot be written.
    """
    runs = [read_run(folder) for folder in dict.fromkeys(folders)]
    if not any(run.points for run in runs):
        raise ReportError("None of these runs has exported a preset yet: let one finish first.")
    asked = {float(ratio) for run in runs for ratio in run.config.get("ratios") or ()}
    groups = group_runs(runs)
    output.mkdir(parents=True, exist_ok=True)
    draw(groups, output / PLOT)
    lines = [
        "# Accuracy against compression", "",
        f"![Miss rate and AP50 against compression]({PLOT})", "",
        "Of each run the smallest compression of at least 0.98 times the ratio counts. Percent, "
        "mean ± standard deviation over seeds; ratio: float32 bytes over bytes of codes and "
        "scales.", "", *table(groups, sorted(ratios or asked or DEFAULT_RATIOS)),
    ]  # fmt: skip
    write_atomically(output / REPORT, ("\n".join(lines) + "\n").encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.report.report", description=(__doc__ or "").split("\n", 1)[0]
    )
    add = parser.add_argument
    add("runs", type=Path, nargs="+", metavar="RUN", help="--output folder of a run")
    add("--output", type=Path, required=True, metavar="DIR", help="folder for table and plots")
    add("--at", type=_ratio, nargs="+", default=[], metavar="RATIO",
        help="compression ratios to compare at, by default those of the runs")  # fmt: skip
    parsed = parser.parse_args(arguments)

    def work() -> None:
        write_report(parsed.runs, parsed.output, parsed.at)
        sys.stdout.write(f"{parsed.output / REPORT}\n")

    return exit_code("report", work)


def _ratio(text: str) -> float:
    value = float(text)
    if not 0 < value < 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a ratio above 0")
    return value


def _ratio_axis(axes: Axes, largest: float) -> None:
    axes.set_xscale("log", base=2)
    ticks = [2**power for power in range(7) if 2**power <= 1.2 * largest]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.set_xlim(0.92, 1.15 * largest)
    axes.set_xlabel("compression of the weights (1-bit codes and scales)")
    axes.grid(color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)


def _center(points: Sequence[Point]) -> float:
    return statistics.fmean(point.miss_rate for point in points)


def _mean(values: Sequence[float]) -> str:
    text = f"{statistics.fmean(values):.1f}"
    return text if len(values) < 2 else f"{text} ± {statistics.stdev(values):.1f}"


def _range(values: Sequence[float], digits: int = 0) -> str:
    low, high = (f"{value:,.{digits}f}" for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


if __name__ == "__main__":
    sys.exit(main())
