"""Labels in COCO json."""

from __future__ import annotations

import json
import math
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from pedcam.measure.labels.base import (
    LabelError,
    LabelledSet,
    is_person,
    is_set,
    labelled_set,
    listed,
    picture_path,
    printable,
    read_bounded,
    usable_name,
)
from pedcam.measure.labels.sizes import Box, Entry, fit_to_files

MAX_JSON_BYTES = 512 * 2**20
VISIBLE_BOXES = ("vis_bbox", "visible_bbox")
Key = int | float | str


def read_coco(labels: Path, images: Path) -> LabelledSet:
    """Read a COCO json file, whose ``file_name`` are relative to the folder of the images.

    ``iscrowd`` or ``ignore`` marks regions to ignore. How much of a person is not hidden comes from
    ``vis_ratio``, or from ``vis_bbox`` or ``visible_bbox``, the box around what is seen (the first
    two as in CityPersons).
    Only categories called person, people or pedestrian count, and a single one without a name.
    Boxes without area, not finite or out of the picture are left out; those that reach beyond it
    stay as they are. ``width`` and ``height`` are compared with the files, see
    :func:`pedcam.measure.labels.sizes.fit_to_files`. Files that do not exist are no error.

    Raises:
        LabelError: The file cannot be read, is not COCO json, names no image or is not about
            people.
    """
    document = _load(labels)
    categories = document.get("categories")
    wanted = _wanted_categories(labels, categories)
    known = {_key(entry.get("id")) for entry in categories or () if isinstance(entry, dict)}
    entries: dict[Key | None, Entry] = {}
    problems = []
    for number, image in enumerate(document["images"], 1):
        try:
            key, name = _image_key(image), usable_name(image.get("file_name"))
        except ValueError as error:
            problems.append(f"{labels.name}: image {number} {error}, left out")
            continue
        if key in entries:
            problems.append(f"{labels.name}: image {number} has the id of an earlier one, left out")
            continue
        path = picture_path(images, name)
        entries[key] = Entry(printable(name), path, _size(image))
    faults: Counter[str] = Counter()
    unknown = 0  # visibilities
    for annotation in document["annotations"]:
        if not isinstance(annotation, dict):
            faults["not an object"] += 1
        elif wanted is not None and (category := _key(annotation.get("category_id"))) not in wanted:
            faults["of categories that are not listed"] += category not in known
        elif (there := entries.get(_key(annotation.get("image_id")))) is None:
            faults["of images that are not listed"] += 1
        elif (box := _box(annotation.get("bbox"))) is None:
            faults["without a box of four numbers"] += 1
        else:
            x, y, width, height = box
            try:
                ignored = is_set(annotation.get("iscrowd")) or is_set(annotation.get("ignore"))
            except ValueError:
                faults["with an unclear 'iscrowd' or 'ignore'"] += 1
                continue
            try:
                visibility = _visibility(annotation, box)
            except ValueError:
                visibility = None
                unknown += 1
            there.boxes.append(Box((x, y, x + width, y + height), ignored, visibility))
    if unknown:
        problems.append(
            f"{labels.name}: {unknown} annotation{'s' * (unknown != 1)} with an impossible "
            "visibility, taken as fully visible"
        )
    problems += [
        f"{labels.name}: {count} annotation{'s' * (count != 1)} {fault}, left out"
        for fault, count in faults.items()
        if count
    ]
    found, doubts = fit_to_files(printable(labels.name), list(entries.values()))
    return labelled_set(labels, found, [*problems, *doubts])


def _load(labels: Path) -> dict[str, Any]:
    content = read_bounded(labels, MAX_JSON_BYTES)
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _not_coco(labels, printable(error)) from error
    if not isinstance(document, dict):
        raise _not_coco(labels, "it is not an object")
    for key in ("images", "annotations"):
        if not isinstance(document.get(key), list):
            raise _not_coco(labels, f"'{key}' is not a list")
    return document


def _not_coco(labels: Path, reason: str) -> LabelError:
    expected = "COCO json (an object with lists 'images' and 'annotations')"
    return LabelError.of(labels, f"are not {expected}: {reason}")


def _wanted_categories(labels: Path, categories: object) -> set[Key] | None:
    """Return the ids of the categories that count; ``None`` stands for all."""
    if categories is None:
        return None
    if not isinstance(categories, list) or not all(isinstance(c, dict) for c in categories):
        raise _not_coco(labels, "'categories' is not a list of objects")
    # A single one need not be named, nor by the annotations.
    names = [entry.get("name") for entry in categories]
    if len(names) < 2 and all(name is None or is_person(name) for name in names):
        return None
    keys = (_key(entry.get("id")) for entry in categories if is_person(entry.get("name")))
    wanted = {key for key in keys if key is not None}
    if not wanted:
        raise LabelError.of(
            labels,
            "have no category 'person', 'people' or 'pedestrian' "
            f"(there are: {listed(names)}). Rename the one that is about people",
        )
    return wanted


def _key(value: object) -> Key | None:
    # Some tools write numbers as texts, but not everywhere in a file.
    if isinstance(value, str) and value.isascii() and len(value) < 20:
        with suppress(ValueError):
            return int(value) if str(int(value)) == value else value
    return value if isinstance(value, int | float | str) else None


def _image_key(image: object) -> Key:
    if not isinstance(image, dict):
        raise ValueError("is not an object")
    key = _key(image.get("id"))
    if key is None:
        raise ValueError("has no id")
    return key


def _size(image: dict[str, Any]) -> tuple[float, float] | None:
    try:
        width, height = float(image["width"]), float(image["height"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return (width, height) if 0 < width < math.inf and 0 < height < math.inf else None


def _box(value: object) -> tuple[float, ...] | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    try:
        return tuple(float(number) for number in value)
    except OverflowError:
        return (math.inf,) * 4
    except (TypeError, ValueError):
        return None


def _visibility(annotation: dict[str, Any], box: tuple[float, ...]) -> float | None:
    """Return the share that is seen, ``None`` where the labels do not say; raise ValueError."""
    if (share := annotation.get("vis_ratio")) is not None:
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise ValueError
        return float(share)
    visible = next((it for key in VISIBLE_BOXES if (it := annotation.get(key)) is not None), None)
    # Four zeros are how the labels of Caltech, and what descends from them, say nothing.
    if visible is None or visible == [0, 0, 0, 0]:
        return None
    seen = _box(visible)
    area = box[2] * box[3]
    if seen is None or not all(map(math.isfinite, (*seen, area))) or area <= 0 or min(seen[2:]) < 0:
        raise ValueError
    return min(1.0, seen[2] * seen[3] / area)
