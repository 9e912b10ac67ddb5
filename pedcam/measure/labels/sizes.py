"""Boxes brought from the image size that labels speak of to the file that is there.

Images get resized, or turned by their EXIF orientation, after they were labelled. Where sizes
disagree, the boxes of all such images together show what they are measured in; otherwise the images
are left out.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pedcam.measure.labels.base import LabelError, LabelledImage, People, printable
from pedcam.measure.labels.image_files import Header, picture_header, turned_boxes
from pedcam.orientation import LYING, UPRIGHT

SAME = 2  # pixels by which sizes may differ, as tools round them
NEAR = 0.01  # share of a side, such as of 1080 lines that some tools make 1088
SLACK = 0.1  # share of a side by which people who are cut off reach beyond the picture
MANY, FEW = 0.1, 0.02  # shares of the boxes that decide, and that may be wrong all the same
CHANCE = 0.01  # that no box of a larger picture lies beyond a smaller one, to be believed
WRONG = 0.25  # share of boxes beyond the picture that cannot be an accident

_Size = tuple[float, float]
_Boxes = NDArray[np.float64]


class Box(NamedTuple):
    """A person as labels say it: x1 y1 x2 y2, and what :meth:`People.add` wants to know."""

    corners: tuple[float, float, float, float]
    ignored: bool = False
    visibility: float | None = None


@dataclass
class Entry:
    """An image and its people as labels describe them.

    Attributes:
        name: What messages call it.
        path: The file, which need not exist.
        size: ``(width, height)`` by the labels, ``None`` where they do not say.
        boxes: The people.
    """

    name: str
    path: Path
    size: _Size | None = None
    boxes: list[Box] = field(default_factory=list)


def fit_to_files(labels: str, entries: Sequence[Entry]) -> tuple[list[LabelledImage], list[str]]:
    """Bring all boxes to the pixels of the files, decoded upright.

    An image that is listed twice becomes one, with the people of both.

    Args:
        labels: What messages call the labels.
        entries: The images.

    Returns:
        The images, and a line on everything that was left out or is doubtful.

    Raises:
        LabelError: The boxes are fractions of the picture.
    """
    found = [_Found(entry, picture_header(entry.path)) for entry in entries]
    _check_unit(labels, found)
    problems: list[str] = []
    for relation in dict.fromkeys(one.relation for one in found):
        group = [one for one in found if one.relation == relation and len(one.boxes)]
        if relation and group:
            problems.append(f"{labels}: {_resolve(relation, group)}")
    merged: dict[str, tuple[Path, People, list[str]]] = {}
    twice = 0
    for one in found:
        if one.left_out:
            continue
        key = os.path.normpath(one.entry.path)
        twice += key in merged
        path, people, names = merged.setdefault(key, (one.entry.path, People(one.size), []))
        names.append(one.entry.name)
        for box, corners in zip(one.entry.boxes, one.boxes, strict=True):
            people.add(corners.tolist(), box.ignored, box.visibility)
    images = []
    for path, people, names in merged.values():
        problems += people.problems(names[0])
        images.append(people.labelled_image(path))
    if twice:
        problems.append(f"{labels}: {_pictures(twice)} listed twice, taken as one each")
    sizes = [people.size for _, people, _ in merged.values()]
    return images, problems + _far_beyond(labels, images, sizes)


class _Found:
    def __init__(self, entry: Entry, header: Header | None) -> None:
        self.entry, self.header = entry, header
        self.boxes = np.array([box.corners for box in entry.boxes], np.float64).reshape(-1, 4)
        self.left_out = False
        self.size: _Size | None = header.size if header else entry.size
        self.relation = ""
        if header:
            # What the boxes may be measured in, and what they should be.
            self.sizes = entry.size or header.stored_size, header.size
            self.relation = _relation(entry.size, header)

    def transform(self) -> None:
        assert self.header is not None, "only a file that is there can differ"
        lying = self.relation in ("lying", "unsaid")
        width, height = self.header.stored_size if lying else self.header.size
        declared, _ = self.sizes
        self.boxes = self.boxes * np.array([width / declared[0], height / declared[1]] * 2)
        if lying:
            self.boxes = turned_boxes(self.boxes, self.header)


def _relation(declared: _Size | None, header: Header) -> str:
    """How the labels' picture and the file differ; empty if they do not."""
    upright, lying = header.orientation == UPRIGHT, header.orientation in LYING
    if declared is None:
        return "" if upright else "unsaid" if lying else "turned"
    sides = list(zip(declared, header.size, strict=True))
    if all(abs(a - b) <= SAME for a, b in sides):
        return "" if lying or upright else "turned"
    if all(abs(a - b) <= NEAR * b for a, b in sides):
        return "near"
    if _alike(declared, header.size):
        return "larger" if declared[0] < header.size[0] else "smaller"
    return "lying" if lying and _alike(declared, header.stored_size) else "other"


def _resolve(relation: str, group: Sequence[_Found]) -> str:
    """Decide what the boxes of some pictures are measured in; return what was done."""
    name = printable(group[0].entry.path.name)
    declared, size = group[0].sizes
    lying = relation in ("lying", "unsaid")
    shown = "the boxes are taken to be of the pictures as they are shown"
    if lying or relation == "turned":
        what = f"{_pictures(len(group))} turned by EXIF, such as {name}"
    else:
        what = (
            f"{_pictures(len(group))} not of the size that the labels say, such as {name}: "
            f"{_format(size)} pixels and not {_format(declared)}"
        )
    if relation == "turned":
        return f"{what}; {shown}"
    if relation == "near":
        return f"{what}; the boxes are taken as they are"
    meant = _measured_in(relation, group)
    if meant == "labels":
        for one in group:
            one.transform()
        return f"{what}; the boxes are {'turned with them' if lying else 'scaled to the files'}"
    if meant == "file":
        return f"{what}; the boxes fit the files and are taken as they are"
    if relation == "unsaid":
        return f"{what}; {shown}"
    for one in group:
        one.left_out = True
    return (
        f"{what}; what the boxes are measured in cannot be told, left out. Make labels and "
        "pictures agree"
    )


def _measured_in(relation: str, group: Sequence[_Found]) -> str:
    """Return whether boxes are in pixels of the ``labels``' picture or the ``file``; or neither."""
    fits_labels, fits_file, within = [], [], []
    by_labels = by_file = 1.0  # chances that all boxes lie within both pictures by accident
    for one in group:
        declared, size = one.sizes
        boxes = one.boxes[np.isfinite(one.boxes).all(axis=1)]
        fits_labels.append(_fits(boxes, declared, SLACK))
        fits_file.append(_fits(boxes, size, SLACK))
        both = min(declared[0], size[0]), min(declared[1], size[1])
        within.append(_fits(boxes, both, 0))
        by_labels *= (math.prod(both) / math.prod(declared)) ** len(boxes)
        by_file *= (math.prod(both) / math.prod(size)) ** len(boxes)
    labels, file, inside = (np.concatenate(part) for part in (fits_labels, fits_file, within))
    if not len(inside):
        return ""
    only_labels, only_file = float((labels & ~file).mean()), float((file & ~labels).mean())
    if only_file > MANY and only_labels <= FEW:
        return "file"
    if relation == "other":
        return ""
    if only_labels > MANY and only_file <= FEW:
        return "labels"
    # Of many people in a larger picture, some would stand beyond the smaller one.
    if inside.all() and min(by_labels, by_file) < CHANCE <= max(by_labels, by_file):
        return "labels" if by_labels > by_file else "file"
    return ""


def _fits(boxes: _Boxes, size: _Size, slack: float) -> NDArray[np.bool_]:
    """Which boxes reach beyond a picture by no more than a share of its sides."""
    sides = np.array(size)
    low, high = -slack * sides - 1, (1 + slack) * sides + 1
    return np.asarray(((boxes[:, :2] >= low) & (boxes[:, 2:] <= high)).all(axis=1))


def _alike(one: _Size, other: _Size) -> bool:
    # The same shape, but for rounding.
    return abs(one[0] * other[1] - one[1] * other[0]) <= SAME * max(*one, *other)


def _check_unit(labels: str, found: Sequence[_Found]) -> None:
    boxes = np.concatenate([one.boxes for one in found]) if found else np.empty((0, 4))
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    sides = boxes[:, 2:] - boxes[:, :2]
    if len(boxes) and (sides > 0).any() and sides.max() <= 1 and boxes.max() <= 1:
        raise LabelError(
            f"Labels {labels}: all boxes are smaller than a pixel. They seem to be shares of the "
            "picture; multiply them by its width and height."
        )


def _far_beyond(
    labels: str, images: Sequence[LabelledImage], sizes: Sequence[_Size | None]
) -> list[str]:
    """Say so where boxes are not x, y, width and height, but perhaps two corners."""
    fits = [
        _fits(image.boxes.astype(np.float64), size, SLACK)
        for image, size in zip(images, sizes, strict=True)
        if size
    ]
    inside = np.concatenate(fits) if fits else np.ones(0, np.bool_)
    beyond = int((~inside).sum())
    if beyond <= WRONG * len(inside):
        return []
    return [
        f"{labels}: {beyond} of {len(inside)} boxes reach far beyond their pictures; check that "
        "they are in the form that these labels have"
    ]


def _pictures(count: int) -> str:
    return "1 picture is" if count == 1 else f"{count} pictures are"


def _format(size: _Size) -> str:
    return f"{size[0]:g} x {size[1]:g}"
