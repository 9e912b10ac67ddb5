"""Charts as files: what is the same for all of them."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from pedcam.errors import UserError
from pedcam.files import write_atomically

PICTURE_SUFFIXES = (".png", ".svg", ".pdf")
DOTS_PER_INCH = 150


def check_picture_file(path: Path, suffixes: tuple[str, ...] = PICTURE_SUFFIXES) -> None:
    """Check that a picture can be written, before the minutes that it takes to have one.

    Raises:
        UserError: It cannot; the message says why.
    """
    if path.suffix.lower() not in suffixes:
        raise UserError(f"{path} is no picture file: end its name in {' or '.join(suffixes)}.")
    if path.is_dir():
        raise UserError(f"{path} is a folder. Name a file.")
    if not path.absolute().parent.is_dir():
        raise UserError(f"There is no folder {path.absolute().parent} to write {path.name} into.")
    if not os.access(path.absolute().parent, os.W_OK):
        raise UserError(f"{path} cannot be written: folder {path.absolute().parent} is read-only.")


def figure(columns: int, size: tuple[float, float]) -> tuple[Any, list[Any]]:
    """Return an empty matplotlib figure of ``size`` inches and its axes, side by side.

    Raises:
        UserError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError(
            "Charts need matplotlib. Install it with: pip install 'pedcam[measure]'"
        ) from error
    # Not pyplot, which looks for a display and keeps every figure.
    drawing = Figure(figsize=size, layout="constrained")
    return drawing, list(drawing.subplots(1, columns, squeeze=False)[0])


def save_figure(drawing: Any, path: Path) -> None:
    """Write a figure, atomically.

    Raises:
        UserError: The file cannot be written; what was there before is still there.
    """
    content = io.BytesIO()
    drawing.savefig(content, format=path.suffix[1:].lower(), dpi=DOTS_PER_INCH)
    try:
        write_atomically(path, content.getvalue())
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error
