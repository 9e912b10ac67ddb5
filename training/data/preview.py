"""A sheet of training views with their boxes, to see what a network will see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pedcam.files import write_atomically
from training.data.augment import Image
from training.data.cache import DataError
from training.data.loader import TrainDataset, View

# Colours are BGR.
PERSON, IGNORED = (80, 230, 60), (40, 150, 255)
TEXT, GROUND = (235, 235, 235), (32, 32, 32)
CELL_WIDTHS = (224, 384)
"""Views are shown no narrower and no wider than this, in pixels."""
GAP, CAPTION, LEGEND = 6, 18, 28
DASH = 5


def write_sheet(views: TrainDataset, path: Path, count: int = 24, columns: int = 6) -> None:
    """Write the first views with their boxes into one picture.

    People are framed green, regions to ignore dashed orange.

    Args:
        views: Where views come from.
        path: The picture; its suffix says which form, e.g. ``.png`` or ``.jpg``.
        count: Number of views.
        columns: Views beside each other.

    Raises:
        DataError: The picture cannot be written, or not in this form.
        ValueError: There would be no view on the sheet.
    """
    if count < 1 or columns < 1:
        raise ValueError(f"a sheet of {count} views in {columns} columns shows nothing")
    cells = [_cell(views[number], number) for number in range(count)]
    height, width = cells[0].shape[:2]
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = np.empty((LEGEND + rows * (height + GAP), columns * (width + GAP) + GAP, 3), np.uint8)
    sheet[:] = GROUND
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        y, x = LEGEND + row * (height + GAP), GAP + column * (width + GAP)
        sheet[y : y + height, x : x + width] = cell
    _draw_legend(sheet)
    _write(sheet, path)


def _cell(item: View, number: int) -> Image:
    """Return a view with its boxes, and a caption below."""
    view = np.ascontiguousarray(item.image.numpy().transpose(1, 2, 0))
    width = min(max(view.shape[1], CELL_WIDTHS[0]), CELL_WIDTHS[1])
    scale = width / view.shape[1]
    size = width, max(1, round(view.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture: Any = cv2.resize(view, size, interpolation=method)
    for box, kind in zip(item.boxes.numpy() * scale, item.labels.tolist(), strict=True):
        # The last pixel inside, so that frames show where a box reaches the border.
        x1, y1 = (max(0, round(float(value))) for value in box[:2])
        x2, y2 = (
            min(side - 1, round(float(value)) - 1)
            for value, side in zip(box[2:], size, strict=True)
        )
        _draw_frame(picture, (x1, y1), (max(x1, x2), max(y1, y2)), kind)
    cell = np.empty((size[1] + CAPTION, width, 3), np.uint8)
    cell[:] = GROUND
    cell[: size[1]] = picture
    people, ignored = (int((item.labels == kind).sum()) for kind in (1, -1))
    caption = f"{number}: {people} {'person' if people == 1 else 'people'}"
    if ignored:
        caption += f", {ignored} ignored"
    _put_text(cell, caption, (2, size[1] + CAPTION - 6))
    return cell


def _draw_frame(image: Image, low: tuple[int, int], high: tuple[int, int], kind: int) -> None:
    if kind == 1:
        cv2.rectangle(image, low, high, PERSON, 1)
        return
    (x1, y1), (x2, y2) = low, high
    for x in range(x1, x2 + 1, 2 * DASH):
        for y in (y1, y2):
            cv2.line(image, (x, y), (min(x + DASH - 1, x2), y), IGNORED, 1)
    for y in range(y1, y2 + 1, 2 * DASH):
        for x in (x1, x2):
            cv2.line(image, (x, y), (x, min(y + DASH - 1, y2)), IGNORED, 1)


def _draw_legend(sheet: Image) -> None:
    x = GAP
    for text, kind in (("person", 1), ("region to ignore", -1)):
        _draw_frame(sheet, (x, 7), (x + 24, 20), kind)
        _put_text(sheet, text, (x + 32, 18))
        x += 46 + 8 * len(text)


def _put_text(image: Image, text: str, origin: tuple[int, int]) -> None:
    cv2.putText(image, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 0.42, TEXT, 1, cv2.LINE_AA)


def _write(sheet: Image, path: Path) -> None:
    try:
        good, encoded = cv2.imencode(path.suffix, sheet)
    except cv2.error:
        good = False
    if not good:
        raise DataError(f"{path} is no name of a picture: end it in .png or .jpg.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encoded.tobytes())
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}.") from error
