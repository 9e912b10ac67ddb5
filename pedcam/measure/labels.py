"""Labelled images, read from COCO json."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pedcam.errors import UserError

PERSON_NAMES = ("person", "people", "pedestrian")
MAX_LABEL_BYTES = 512 * 2**20


class LabelError(UserError):
    """Labels that cannot be used; the message says what, where and what to do."""


@dataclass(frozen=True)
class LabelledImage:
    """One image and who is in it.

    Attributes:
        path: The image file.
        boxes: ``[people, 4]`` float32, x1 y1 x2 y2 in pixels of the file.
        ignored: ``[people]`` bool, regions that count neither way.
    """

    path: Path
    boxes: NDArray[np.float32]
    ignored: NDArray[np.bool_]


def read_coco(labels: Path, images: Path) -> list[LabelledImage]:
    """Read a COCO json file.

    Boxes without area are dropped; ``iscrowd`` or ``ignore`` marks regions to ignore. Where there
    are several categories, only those called person, people or pedestrian count.

    Args:
        labels: The json file.
        images: The folder that ``file_name`` is relative to.

    Returns:
        One entry per image, in the file's order, people or not.

    Raises:
        LabelError: The file cannot be read or is not COCO json.
    """
    try:
        if labels.stat().st_size > MAX_LABEL_BYTES:
            raise LabelError(f"Labels {labels} are larger than {MAX_LABEL_BYTES >> 20} MiB.")
        document = json.loads(labels.read_text(encoding="utf-8"))
        categories = document.get("categories", [])
        wanted = {entry["id"] for entry in categories if entry["name"].lower() in PERSON_NAMES}
        if len(categories) > 1 and not wanted:
            raise LabelError(
                f"Labels {labels} name several categories, none of them 'person' or 'pedestrian'."
            )
        people: dict[int, list[tuple[list[float], bool]]] = {
            image["id"]: [] for image in document["images"]
        }
        for annotation in document["annotations"]:
            # A file with a single category, or none, is about people whatever it calls them.
            if len(categories) > 1 and annotation["category_id"] not in wanted:
                continue
            x, y, width, height = map(float, annotation["bbox"])
            if not all(map(math.isfinite, (x, y, width, height))):
                raise ValueError(f"a box of image {annotation['image_id']} is not finite")
            if width > 0 and height > 0:
                ignored = bool(annotation.get("iscrowd", 0) or annotation.get("ignore", 0))
                corners = [x, y, x + width, y + height]
                people[annotation["image_id"]].append((corners, ignored))
        return [
            LabelledImage(
                images / _file_name(image["file_name"]),
                np.array([box for box, _ in people[image["id"]]], np.float32).reshape(-1, 4),
                np.array([ignored for _, ignored in people[image["id"]]], np.bool_),
            )
            for image in document["images"]
        ]
    except OSError as error:
        raise LabelError(f"Labels {labels} cannot be read: {error.strerror}.") from error
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise LabelError(
            f"Labels {labels} are not COCO json (an object with 'images' and 'annotations'): "
            f"{type(error).__name__} {error}."
        ) from error


def _file_name(name: str) -> str:
    """Return a name that the file system can be asked about."""
    os.fsencode(name)
    if "\0" in name:
        raise ValueError("a 'file_name' holds a null character")
    return name
