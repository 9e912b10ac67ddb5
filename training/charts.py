"""Figures of a comparison, as PNG: drawn by matplotlib without a window or global state."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from training.curves import Series, float_points, part_bytes, part_of
from training.findings import METRICS, Metric, mean_of, sensitivity_spreads, spread, value_of
from training.logreader import Layer, Point, Run

DPI = 160
INK, FAINT = "#222222", "#777777"
# Okabe and Ito's and Paul Tol's colours, which colour-blind people can tell apart; markers and
# dashes say the same again.
STYLES: dict[str, tuple[str, str]] = {
    "inverse": ("#D55E00", "o"),
    "forward": ("#0072B2", "s"),
    "sensitivity": ("#009E73", "D"),
    "bwn": ("#882255", "^"),
    "binaryconnect": ("#CC79A7", "v"),
    "binaryconnect-stochastic": ("#B8860B", "<"),
    "dorefa": ("#332288", "P"),
    "inq": ("#56B4E9", "X"),
    "int8": (INK, "*"),
}
SPARE = (("#999933", "h"), ("#44AA99", "p"), ("#AA4499", ">"), ("#666666", "d"), ("#661100", "8"))
PARTS = {
    "stem": "#7f7f7f", "stride 4": "#c6dbef", "stride 8": "#85bcdc", "stride 16": "#3d8dc4",
    "stride 32": "#0b559f", "neck": "#009E73", "heads": "#E69F00", "predictions": "#882255",
}  # fmt: skip
BITS = {32: "#d9d9d9", 8: "#85bcdc", 1: "#D55E00"}
AXES = {
    "miss_rate": "log-average miss rate (%), lower is better",
    "ap50": "AP50 (%), higher is better",
}


@dataclass(frozen=True)
class _Style:
    color: str
    marker: str
    line: str
    width: float
    order: int


def draw_tradeoff(series: Sequence[Series], runs: Sequence[Run], path: Path) -> None:
    """Draw miss rate and AP50 against compression: means over seeds, bands from best to worst.

    Raises:
        OSError: The file cannot be written.
    """
    figure = _figure(11, 5.6)
    panels = figure.subplots(1, 2)
    styles = _styles(series)
    handles: dict[str, Any] = {}
    for axes, metric in zip(panels, METRICS, strict=True):
        handles |= _draw_float(axes, runs, metric)
        for one in series:
            if one.points():
                handles[one.title] = _draw_series(axes, one, styles[one.title], metric)
        ratios = [point.ratio for one in series for group in one.curve() for point in group]
        _ratio_axis(axes, max(ratios, default=2.0))
        axes.set_ylabel(AXES[metric])
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=3, frameon=False,
        handlelength=2.6, columnspacing=2.0,
    )  # fmt: skip
    _save(figure, path)


def draw_sensitivity(runs: Sequence[Run], path: Path) -> None:
    """Draw the loss that each layer alone costs, in the order of the network.

    Args:
        runs: Runs that measured it.
        path: The file to write.

    Raises:
        OSError: The file cannot be written.
    """
    layers = [layer for layer in runs[0].layers if layer.name in runs[0].sensitivity]
    spreads = sensitivity_spreads(runs)
    ranks = {name: rank for rank, name in enumerate(sorted(
        spreads, key=lambda name: spreads[name].mean), 1)}  # fmt: skip
    figure = _figure(11, 5.2)
    axes = figure.subplots()
    for place, layer in enumerate(layers):
        value = spreads[layer.name]
        axes.bar(place, value.mean, 0.72, color=PARTS[part_of(layer.name)])
        if value.count > 1:
            axes.plot([place, place], [value.low, value.high], color=INK, linewidth=1.4)
    axes.axhline(0, color=FAINT, linewidth=0.8)
    axes.set_xlim(-0.7, len(layers) - 0.3)
    axes.set_xticks(range(len(layers)), [layer.name for layer in layers], rotation=90)
    axes.tick_params(axis="x", length=0, pad=34)
    axes.set_ylabel("loss increase, layer alone at 1 bit")
    _plain(axes)
    below = axes.get_xaxis_transform()
    for text, height, row in (
        ("deepest first", -0.035, [len(layers) - place for place in range(len(layers))]),
        ("least sensitive first", -0.085, [ranks[layer.name] for layer in layers]),
    ):
        bold = "bold" if text.startswith("deepest") else "normal"
        axes.text(-0.9, height, f"turn, {text}", transform=below, ha="right", va="center",
                  fontsize=9, color=INK, weight=bold)  # fmt: skip
        for place, rank in enumerate(row):
            axes.text(place, height, str(rank), transform=below, ha="center", va="center",
                      fontsize=9, color=INK, weight=bold)  # fmt: skip
    known = [part for part in PARTS if any(part_of(layer.name) == part for layer in layers)]
    axes.legend(
        handles=[Patch(color=PARTS[part], label=part) for part in known],
        ncols=len(known), loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False,
    )  # fmt: skip
    _save(figure, path)


def draw_bits(layers: Sequence[Layer], points: Sequence[Point], path: Path) -> None:
    """Draw where the bytes are at every exported depth, and the bits of every layer.

    Args:
        layers: The network's.
        points: One preset per depth.
        path: The file to write.

    Raises:
        OSError: The file cannot be written.
    """
    points = sorted(points, key=lambda point: point.depth)
    figure = _figure(11, 4.2 + 0.52 * len(points))
    rows = figure.subplots(2, 2, height_ratios=(1.25, 1), width_ratios=(1, 1))
    grid = rows[0, 0].get_gridspec()
    for axes in rows[1]:
        axes.remove()
    lower = figure.add_subplot(grid[1, :])
    labels = [f"{p.depth} layers, {p.ratio:.1f}x" if p.depth else "float" for p in points]
    for axes, share in zip(rows[0], (False, True), strict=True):
        _draw_parts(axes, layers, points, labels, share=share)
    figure.legend(
        handles=[Patch(color=color, label=part) for part, color in PARTS.items()],
        ncols=len(PARTS), loc="outside upper center", frameon=False, columnspacing=1.2,
    )  # fmt: skip
    for row, point in enumerate(points):
        for place, layer in enumerate(layers):
            color = BITS.get(point.bits.get(layer.name, 32), FAINT)
            cell = Rectangle((place - 0.46, row - 0.42), 0.92, 0.84, facecolor=color)
            lower.add_patch(cell)
    lower.set_xlim(-0.5, len(layers) - 0.5)
    lower.set_ylim(len(points) - 0.5, -0.5)
    lower.set_xticks(range(len(layers)), [layer.name for layer in layers], rotation=90, fontsize=9)
    lower.set_yticks(range(len(points)), labels)
    lower.tick_params(length=0)
    for spine in lower.spines.values():
        spine.set_visible(False)
    lower.legend(
        handles=[Patch(color=color, label=f"{bits} bit") for bits, color in BITS.items()],
        title="bits per weight", ncols=3, frameon=False, loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
    )  # fmt: skip
    _save(figure, path)


def _draw_series(axes: Axes, one: Series, style: _Style, metric: Metric) -> Any:
    for run in one.runs if one.is_order else ():
        if not run.measured_between:
            continue
        steps = [(s.ratio, getattr(s, metric)) for s in run.layer_steps]
        known = [(ratio, 100 * value) for ratio, value in steps if value is not None]
        if len(known) > 1:
            axes.plot(*zip(*known, strict=True), color=style.color, linewidth=0.8, alpha=0.45)
    groups = one.curve()
    ratios = [spread(point.ratio for point in group).mean for group in groups]
    values = [spread(100 * value_of(point, metric) for point in group) for group in groups]
    if any(value.count > 1 for value in values):
        low, high = [value.low for value in values], [value.high for value in values]
        axes.fill_between(
            ratios, low, high, color=style.color, alpha=0.22 if one.is_ours else 0.10,
            linewidth=0, zorder=style.order - 20,
        )  # fmt: skip
        # A band has no width to be seen where a method has but one ratio.
        axes.vlines(ratios, low, high, color=style.color, linewidth=1.2, alpha=0.6,
                    zorder=style.order - 1)  # fmt: skip
    (line,) = axes.plot(
        ratios, [value.mean for value in values], color=style.color, linestyle=style.line,
        linewidth=style.width, marker=style.marker, markersize=9 if one.is_ours else 7.5,
        markerfacecolor=style.color if one.is_order else "white",
        markeredgecolor="white" if one.is_order else style.color,
        markeredgewidth=0.8 if one.is_order else 1.5, zorder=style.order,
    )  # fmt: skip
    return line


def _draw_float(axes: Axes, runs: Sequence[Run], metric: Metric) -> dict[str, Any]:
    handles = {}
    for label, trained_on, color, line in (
        ("float", False, INK, (0, (4, 3))),
        ("float, trained on", True, FAINT, (0, (1, 1.6))),
    ):
        seeds = float_points(runs, trained_on=trained_on)
        if seeds:
            means = [mean_of(dict(enumerate(points)), metric) for points in seeds.values()]
            value = spread(means)
            handles[label] = axes.axhline(100 * value.mean, color=color, linestyle=line, lw=1.4)
            if value.count > 1:
                axes.axhspan(100 * value.low, 100 * value.high, color=color, alpha=0.07, lw=0)
    return handles


def _draw_parts(
    axes: Axes, layers: Sequence[Layer], points: Sequence[Point], labels: Sequence[str], *,
    share: bool,
) -> None:  # fmt: skip
    tables = [part_bytes(layers, point.bits) for point in points]
    totals = [sum(table.values()) for table in tables]
    left = [0.0] * len(points)
    for part, color in PARTS.items():
        widths = [
            100 * table[part] / total if share else table[part] / 1000
            for table, total in zip(tables, totals, strict=True)
        ]
        bars: BarContainer = axes.barh(range(len(points)), widths, 0.7, left, color=color)
        for bar in bars if share else ():
            bar.set_edgecolor("white")
            bar.set_linewidth(0.6)
        left = [start + width for start, width in zip(left, widths, strict=True)]
    axes.set_ylim(len(points) - 0.5, -0.5)
    axes.set_yticks(range(len(points)), [] if share else labels)
    axes.tick_params(axis="y", length=0)
    if share:
        axes.set_xlim(0, 100)
    else:
        axes.set_xlim(0, 1.2 * max(totals) / 1000)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        for row, total in enumerate(totals):
            axes.text(left[row], row, f" {total / 1000:,.0f} kB", va="center", fontsize=10)
    axes.set_xlabel("share of the bytes (%)" if share else "kB of weights and scales")
    _plain(axes, grid=None)


def _styles(series: Sequence[Series]) -> dict[str, _Style]:
    spare = list(SPARE)
    taken, styles = set(), {}
    for place, one in enumerate(series):
        name = one.key[1] if one.is_order else one.key[0]
        look = STYLES.get(name)
        if look is None or look in taken:
            look = spare.pop(0) if spare else (FAINT, ".")
        taken.add(look)
        ours = one.is_ours
        styles[one.title] = _Style(
            look[0], look[1], "-" if one.is_order else "" if name == "int8" else "--",
            3.0 if ours else 1.6, 60 if ours else 50 - place,
        )  # fmt: skip
    return styles


def _ratio_axis(axes: Axes, largest: float) -> None:
    axes.set_xscale("log", base=2)
    ticks = [2**power for power in range(7) if 2**power <= 1.2 * largest]
    if largest > 20:
        ticks.append(24)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}x"))
    axes.set_xlim(0.92, 1.15 * max(largest, 2))
    axes.set_xlabel("compression of the weights (1-bit codes and scales)")
    _plain(axes, grid="both")


def _plain(axes: Axes, *, grid: str | None = "y") -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if grid is not None:
        axes.grid(axis=grid, color="#e6e6e6", linewidth=0.8)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: Figure, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        figure.savefig(temporary, format="png")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
