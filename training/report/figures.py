"""What came of a comparison's runs: a table and two figures."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pedcam.files import replacing, write_atomically
from training.report.log import Point
from training.report.ways import ALIKE_WITHOUT_STEPS, HOW, OURS, WHICH, Cell

REPORT, BY_RATIO, BY_STEPS = "REPORT.md", "compression.png", "steps.png"
# Okabe and Ito's and Paul Tol's colours, which colour-blind people can tell apart; markers say the
# same again.
COLORS = (
    "#D55E00",
    "#0072B2",
    "#009E73",
    "#882255",
    "#CC79A7",
    "#B8860B",
    "#332288",
    "#56B4E9",
    "#000000",
)
MARKERS = "osD^v<PX*"


def table(points: Mapping[Cell, Point]) -> list[str]:
    """Return the table, in Markdown: mean and sample standard deviation over the seeds."""
    lines = [
        "| ratio | steps | way | miss rate | AP50 | layers | file, kB | seeds |",
        "| ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    rows: dict[tuple[float, int, str], list[Point]] = {}
    for cell, point in points.items():
        rows.setdefault((cell.ratio, cell.steps, cell.way), []).append(point)
    in_order = sorted(rows.items(), key=lambda row: (*row[0][:2], _miss_rate(row[1])))
    for (ratio, steps, way), found in in_order:
        cells = [
            f"{ratio:g}x",
            str(steps),
            way,
            _spread([100 * point.miss_rate for point in found]),
            _spread([100 * point.ap50 for point in found]),
            str(found[0].depth),
            f"{found[0].file_bytes / 1000:.0f}",
            str(len(found)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def draw(points: Mapping[Cell, Point], axis: str, path: Path) -> None:
    """Draw miss rates: means over seeds, bars from best to worst.

    Args:
        points: The runs to draw.
        axis: What is drawn to the right, ``ratio`` or ``steps``.
        path: Where, as PNG.

    Raises:
        OSError: The file cannot be written.
    """
    figure = Figure(figsize=(11, 5.2), dpi=160, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    places = sorted({getattr(cell, axis) for cell in points})
    for axes, ways in zip(figure.subplots(1, 2, sharey=True), (HOW, (OURS, *WHICH)), strict=True):
        for number, way in enumerate(ways):
            _curve(axes, _of(points, way), way, axis, number)
        axes.set_xscale("log") if axis == "ratio" else axes.set_xscale("symlog", linthresh=100)
        axes.set_xticks(places, [f"{place:.3g}" for place in places])
        axes.minorticks_off()
        axes.set_xlabel("times smaller weights" if axis == "ratio" else "training steps")
        axes.set_ylabel("log-average miss rate (%), lower is better")
        axes.grid(color="#e6e6e6", linewidth=0.8)
        if axes.lines:
            axes.legend(frameon=False, fontsize="small")
    with replacing(path) as unfinished:
        figure.savefig(unfinished, format="png")


def _of(points: Mapping[Cell, Point], way: str) -> dict[Cell, Point]:
    def belongs(cell: Cell) -> bool:
        begins = cell.way == OURS and cell.steps == 0 and way in ALIKE_WITHOUT_STEPS
        return cell.way == way or begins

    return {cell: point for cell, point in points.items() if belongs(cell)}


def _curve(axes: Axes, points: Mapping[Cell, Point], way: str, axis: str, number: int) -> None:
    columns: dict[float, list[float]] = {}
    for cell, point in sorted(points.items()):
        columns.setdefault(getattr(cell, axis), []).append(100 * point.miss_rate)
    if not columns:
        return
    places, values = zip(*sorted(columns.items()), strict=True)
    color = COLORS[number % len(COLORS)]
    axes.vlines(places, list(map(min, values)), list(map(max, values)), color=color)
    means = list(map(statistics.fmean, values))
    marker = MARKERS[number % len(MARKERS)]
    axes.plot(places, means, color=color, marker=marker, label=way)


def write_report(points: Mapping[Cell, Point], output: Path, enough: int) -> None:
    """Write the table and the figures; what they mean is for a person to write.

    Args:
        points: What came of the runs.
        output: The folder.
        enough: Steps after which ratios are compared.

    Raises:
        OSError: A file cannot be written.
    """
    ratios = sorted({cell.ratio for cell in points})
    middle = ratios[len(ratios) // 2]
    output.mkdir(parents=True, exist_ok=True)
    draw({c: p for c, p in points.items() if c.steps == enough}, "ratio", output / BY_RATIO)
    draw({c: p for c, p in points.items() if c.ratio == middle}, "steps", output / BY_STEPS)
    lines = [
        f"![Miss rate against compression after {enough} steps]({BY_RATIO})", "",
        f"![Miss rate against steps at {middle:g}x]({BY_STEPS})", "",
        "Percent, mean ± standard deviation over seeds.", "", *table(points),
    ]  # fmt: skip
    write_atomically(output / REPORT, ("\n".join(lines) + "\n").encode())


def _miss_rate(points: Sequence[Point]) -> float:
    return statistics.fmean(point.miss_rate for point in points)


def _spread(values: Sequence[float]) -> str:
    text = f"{statistics.fmean(values):.1f}"
    return text if len(values) < 2 else f"{text} ± {statistics.stdev(values):.1f}"
