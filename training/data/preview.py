"""A sheet of training views with their boxes, to see what a network will see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pedcam.measure.contact_sheet import ContactSheet, write_picture
from training.data.augment import Image
from training.data.loader import TrainDataset, View

# Colors are BGR.
PERSON, IGNORED = (80, 230, 60), (40, 150, 255)
# In pixels; views are shown no narrower and no wider.
WIDTHS = (224, 384)


def write_sheet(views: TrainDataset, path: Path, count: int = 24, columns: int = 6) -> None:
    """Write the first views with their boxes into one picture.

    Args:
        views: Where views come from.
        path: The picture; its suffix says in which format, e.g. ``.png`` or ``.jpg``.
        count: Number of views.
        columns: Views beside each other.

    Raises:
        UserError: The picture cannot be written, or not in this format.
        ValueError: There would be no view on the sheet.
    """
    if count < 1 or columns < 1:
        raise ValueError(f"a sheet of {count} views in {columns} columns shows nothing")
    tiles = []
    for number in range(count):
        view = views[number]
        people, ignored = (int((view.labels == label).sum()) for label in (1, -1))
        caption = f"{number}: {people} {'person' if people == 1 else 'people'}"
        tiles.append((_draw(view), [f"{caption}, {ignored} ignored" if ignored else caption]))
    height, width = tiles[0][0].shape[:2]
    sheet = ContactSheet((width, height), min(columns, count))
    sheet.add_legend({"person": PERSON, "region to ignore": IGNORED})
    sheet.add_tiles(tiles)
    write_picture(sheet.picture, path)


def _draw(view: View) -> Image:
    image = np.ascontiguousarray(view.image.numpy().transpose(1, 2, 0))
    width = min(max(image.shape[1], WIDTHS[0]), WIDTHS[1])
    scale = width / image.shape[1]
    size = width, max(1, round(image.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    picture: Any = cv2.resize(image, size, interpolation=method)
    for box, label in zip(view.boxes.numpy() * scale, view.labels.tolist(), strict=True):
        # The last pixel inside, so that frames show where a box reaches the border.
        x1, y1 = (max(0, round(float(value))) for value in box[:2])
        x2, y2 = (
            min(side - 1, round(float(value)) - 1)
            for value, side in zip(box[2:], size, strict=True)
        )
        color = PERSON if label == 1 else IGNORED
        cv2.rectangle(picture, (x1, y1), (max(x1, x2), max(y1, y2)), color, 1)
    return picture
