"""The trade-off in one picture: time on this machine against miss rate, area by file size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pedcam.measure.figures import figure, save_figure

LARGEST_AREA = 900.0  # square points
SMALLEST_AREA = 30.0


def draw_tradeoff(rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any], path: Path) -> None:
    """Draw every preset with a known miss rate as a point.

    Args:
        rows: Of :func:`pedcam.measure.speed.benchmark.benchmark`, with ``miss_rate``, 0..1 or
            ``None``.
        about: ``machine`` and ``threads``.
        path: Where to write, atomically.

    Raises:
        UserError: matplotlib is missing or the file cannot be written.
    """
    known = sorted(
        (row for row in rows if row.get("miss_rate") is not None),
        key=lambda row: float(row["inference_ms"]),
    )
    drawing, (axes,) = figure(1, (7.5, 5.0))
    largest = max(row["file_bytes"] for row in known)
    x = [row["inference_ms"] for row in known]
    y = [100 * row["miss_rate"] for row in known]
    areas = [max(SMALLEST_AREA, LARGEST_AREA * row["file_bytes"] / largest) for row in known]
    axes.plot(x, y, color="0.75", linewidth=1, zorder=1)
    axes.scatter(x, y, s=areas, alpha=0.6, edgecolors="black", linewidths=0.8, zorder=2)
    for index, row in enumerate(known):
        # Below the point: above it the line to the next one usually passes.
        axes.annotate(
            f"{row['name']}\n{row['file_bytes'] / 1e6:.2f} MB",
            (x[index], y[index]),
            xytext=(0, -6 - (areas[index] ** 0.5) / 2),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
        )
    axes.margins(0.18, 0.3)
    axes.set_xlim(left=0)
    axes.set_xlabel(f"ms per picture, network alone ({about['threads']} threads)")
    axes.set_ylabel("log-average miss rate, %, lower is better")
    axes.set_title(f"{about['machine']}; area: file size", fontsize=10)
    axes.grid(alpha=0.3)
    save_figure(drawing, path)
