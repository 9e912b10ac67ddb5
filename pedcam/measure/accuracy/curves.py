"""Curves of an evaluation as pedestrian papers draw them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.measure.accuracy.matching import Matches, average_precision
from pedcam.measure.accuracy.miss_rate import FPPI_POINTS, log_average_miss_rate, miss_rate_curve

SUFFIXES = (".png", ".svg", ".pdf")
DOTS_PER_INCH = 150
LOWEST = 0.01  # of the miss rate's axis
FPPI_RANGE = 3e-3, 10.0
COLORS, STYLES = 10, ("-", "--", ":", "-.")
MARKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0)


def check_matplotlib() -> None:
    """Check that curves can be drawn.

    Raises:
        UserError: They cannot.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise UserError(
            "Charts need matplotlib. Install it with: pip install matplotlib"
        ) from error


def draw_curves(measured: Mapping[str, Matches], title: str, path: Path) -> None:
    """Draw miss rate against false alarms per image, and precision against recall.

    Args:
        measured: Detections by name of the detector; at least one person.
        title: What it was measured on.
        path: Where to write, atomically.

    Raises:
        UserError: The file cannot be written; what was there before is still there.
    """
    # Not pyplot, which looks for a display and keeps every figure.
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(12.0, 5.2), layout="constrained")
    left, right = drawing.subplots(1, 2)
    order = sorted(measured, key=lambda name: log_average_miss_rate(measured[name]))
    for index, name in enumerate(order):
        matches = measured[name]
        curve = miss_rate_curve(matches)
        # Without a false alarm nothing can be drawn on a logarithmic axis: it starts at its edge.
        fppi = np.concatenate([[FPPI_RANGE[0]], np.maximum(curve.fppi, FPPI_RANGE[0])])
        missed = np.concatenate([[1.0], np.maximum(curve.miss_rate, LOWEST / 2)])
        found = np.cumsum(matches.true)
        recall = found / matches.people
        precision = found / np.arange(1, len(found) + 1)
        look = {"color": f"C{index % COLORS}", "linestyle": STYLES[index // COLORS % len(STYLES)]}
        rate, area = log_average_miss_rate(matches), average_precision(matches)
        left.step(fppi, missed, where="post", label=_label(rate, name), **look)
        right.plot(recall, precision, label=_label(area, name), **look)
    size = 9 if len(order) <= COLORS else 7
    left.set(xscale="log", yscale="log", xlim=FPPI_RANGE, ylim=(LOWEST, 1.05))
    left.set_yticks(MARKS, [f"{mark:g}" for mark in MARKS])
    left.minorticks_off()
    left.axvspan(FPPI_POINTS[0], FPPI_POINTS[-1], color="0.95", zorder=0)
    left.set_xlabel("false alarms per image (gray: where the average is taken)")
    left.set_ylabel("miss rate")
    left.legend(title="log-average miss rate", loc="lower left", fontsize=size)
    right.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision")
    right.legend(title="AP50", loc="lower left", fontsize=size)
    for axes in (left, right):
        axes.grid(alpha=0.3)
    drawing.suptitle(_plain(title), fontsize=11)
    content = io.BytesIO()
    drawing.savefig(content, format=path.suffix[1:].lower(), dpi=DOTS_PER_INCH)
    try:
        write_atomically(path, content.getvalue())
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error


def _label(share: float, name: str) -> str:
    return f"{100 * share:5.1f} %  {_plain(name)}"


def _plain(text: str) -> str:
    # Matplotlib takes what is between two dollars for a formula.
    return text.replace("$", r"\$")
