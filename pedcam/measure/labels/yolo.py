"""Labels in the YOLO form: a ``data.yaml``, and a text file per picture."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

from pedcam.measure.labels.base import (
    IMAGE_SUFFIXES,
    LabelError,
    LabelledImage,
    LabelledSet,
    People,
    is_person,
    labelled_set,
    listed,
    printable,
    read_bounded,
    usable_name,
)

MAX_YAML_BYTES = 2**20
MAX_LIST_BYTES = 256 * 2**20
MAX_LABEL_BYTES = 16 * 2**20
# A wrong path in data.yaml, such as '/', must not send us through the whole disk.
MAX_FILES = 2_000_000
# Those that OpenCV decodes as well; what else PIL knows only adds ways to go wrong.
FORMATS = ("BMP", "JPEG", "PNG", "TIFF", "WEBP")
ORIENTATION = 0x0112
LYING = range(5, 9)


def read_yolo(data_yaml: Path, split: str = "train", images: Path | None = None) -> LabelledSet:
    """Read one part of a YOLO set.

    Classes called person, people or pedestrian count. The labels of ``.../images/a.jpg`` are in
    ``.../labels/a.txt`` or else beside the picture; a picture without that file is one without
    people. Of polygons the bounding box is taken.

    Args:
        data_yaml: The file with ``names``, and with ``train``, ``val`` or ``test``: a folder, a
            text file that lists pictures, or a list of those; absolute, or relative to ``path`` or
            to the file's folder.
        split: Which of the parts.
        images: A folder of pictures to read instead of the part.

    Returns:
        One entry per picture that can be read, sorted within each folder.

    Raises:
        LabelError: The file cannot be read, names no such part or no class of people, or nothing in
            it can be used.
    """
    document = _load(data_yaml)
    classes = _classes(data_yaml, document.get("names"))
    problems: list[str] = []
    if images is None:
        pictures = list(_part(data_yaml, document, split, problems))
    else:
        pictures = list(_folder_pictures(images))
    found: list[LabelledImage] = []
    unlabelled = 0
    for picture in dict.fromkeys(pictures):
        size = picture_size(picture)
        if size is None:
            name = _short(picture, data_yaml.parent)
            problems.append(f"{name}: is no picture that can be read, left out")
            continue
        people = People(size)
        labels = _label_file(picture)
        if labels is None:
            unlabelled += 1
        else:
            name = _short(labels, data_yaml.parent)
            try:
                problems += _add_lines(labels, name, people, size, classes)
            except LabelError:
                problems.append(f"{name}: cannot be read, its picture is left out")
                continue
        found.append(people.labelled_image(picture))
    if found and unlabelled == len(found):
        problems.append(
            f"{data_yaml.name}: no picture of '{printable(split)}' has a label file, "
            "all are taken for pictures without people"
        )
    return labelled_set(data_yaml, found, problems)


class _PlainLoader(yaml.SafeLoader):
    """Knows no aliases: merging them over and over fills the memory from a few lines."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not understood here")
        return super().compose_node(parent, index)


def _load(data_yaml: Path) -> dict[Any, Any]:
    content = read_bounded(data_yaml, MAX_YAML_BYTES)
    try:
        document = yaml.load(content, _PlainLoader)
    # PyYAML lets what its converters trip over through: '!!int ""' is an IndexError.
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise LabelError(
            f"Labels {printable(data_yaml)} are not YAML: {printable(error)}."
        ) from error
    if not isinstance(document, dict):
        raise LabelError(f"Labels {printable(data_yaml)} must be a mapping with 'names'.")
    return document


def _classes(data_yaml: Path, names: object) -> dict[int, bool]:
    """Return whether each class is about people."""
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not names:
        raise LabelError(
            f"Labels {printable(data_yaml)} have no 'names'. Add the names of the classes, such as "
            "'names: [person]'."
        )
    classes = {}
    for number, name in names.items():
        # bool is an int, and some files write the numbers as texts.
        if isinstance(number, int | str) and str(number).isdecimal() and len(str(number)) < 10:
            classes[int(number)] = is_person(name)
    if not any(classes.values()):
        raise LabelError(
            f"Labels {printable(data_yaml)} have no class 'person', 'people' or 'pedestrian' "
            f"(there are: {listed(names.values())}). Rename the one that is about people."
        )
    return classes


def _part(
    data_yaml: Path, document: dict[Any, Any], split: str, problems: list[str]
) -> Iterator[Path]:
    entries = document.get(split)
    if not entries:
        there = [name for name in ("train", "val", "test") if document.get(name)]
        raise LabelError(
            f"Labels {printable(data_yaml)} have no '{printable(split)}' "
            f"(there are: {listed(there)})."
        )
    roots = [data_yaml.parent]
    if isinstance(path := document.get("path"), str) and "\0" not in path:
        roots.insert(0, data_yaml.parent / path)
    for entry in entries if isinstance(entries, list) else [entries]:
        try:
            place = _existing(usable_name(entry), roots)
        except ValueError as error:
            problems.append(f"{data_yaml.name}: an entry of '{printable(split)}' {error}, left out")
            continue
        if place is None:
            problems.append(f"{data_yaml.name}: {printable(entry)} does not exist, left out")
        elif os.path.isdir(place):
            yield from _folder_pictures(place)
        else:
            yield from _listed_pictures(place, roots, problems)


def _existing(name: str, roots: Sequence[Path]) -> Path | None:
    candidates = [root / name for root in roots]
    if name.startswith("../"):
        # Exports of Roboflow say '../train/images' for 'train/images' beside data.yaml.
        candidates += [root / name.removeprefix("../") for root in roots]
    return next((path for path in candidates if os.path.exists(path)), None)


def _folder_pictures(folder: Path) -> list[Path]:
    found = []
    seen = 0
    for place, _, names in os.walk(folder):
        seen += 1 + len(names)
        if seen > MAX_FILES:
            raise LabelError(
                f"Folder {printable(folder)} holds more than {MAX_FILES} files. "
                "Name the folder of the pictures."
            )
        found += [Path(place, name) for name in names if name.lower().endswith(IMAGE_SUFFIXES)]
    return sorted(found)


def _listed_pictures(listing: Path, roots: Sequence[Path], problems: list[str]) -> Iterator[Path]:
    if listing.suffix.lower() != ".txt":
        problems.append(f"{printable(listing.name)}: is neither a folder nor a .txt file, left out")
        return
    try:
        content = read_bounded(listing, MAX_LIST_BYTES).decode("utf-8-sig", "replace")
    except LabelError:
        problems.append(f"{printable(listing.name)}: cannot be read, left out")
        return
    for number, line in enumerate(content.splitlines(), 1):
        name = line.strip()
        if not name:
            continue
        picture = None if "\0" in name else _existing(name, [listing.parent, *roots])
        if picture is None:
            where = f"{printable(listing.name)} line {number}"
            problems.append(f"{where}: {printable(name)} does not exist, left out")
        else:
            yield picture


def _label_file(picture: Path) -> Path | None:
    beside = picture.with_suffix(".txt")
    candidates = [beside]
    folders = list(beside.parts[:-1])
    if "images" in folders:
        last = len(folders) - 1 - folders[::-1].index("images")
        candidates.insert(0, Path(*folders[:last], "labels", *folders[last + 1 :], beside.name))
    return next((path for path in candidates if os.path.exists(path)), None)


def _add_lines(
    labels: Path, name: str, people: People, size: tuple[int, int], classes: dict[int, bool]
) -> Iterator[str]:
    """Add the lines to ``people``; yield what is wrong with them."""
    content = read_bounded(labels, MAX_LABEL_BYTES).decode("utf-8-sig", "replace")
    for number, line in enumerate(content.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        try:
            kind, corners = _parse_line(words)
            person = classes.get(kind)
            if person is None:
                raise ValueError(f"class {kind} is not in 'names'")
        except ValueError as error:
            yield f"{name} line {number}: {error}, left out"
            continue
        if person:
            width, height = size
            x1, y1, x2, y2 = corners
            fault = people.add((x1 * width, y1 * height, x2 * width, y2 * height))
            if fault:
                yield f"{name} line {number}: box {fault}, left out"


def _parse_line(words: Sequence[str]) -> tuple[int, tuple[float, float, float, float]]:
    """Return the class and x1 y1 x2 y2, in widths and heights of the picture."""
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        raise ValueError("not numbers only") from None
    kind, *values = numbers
    if not kind.is_integer() or not 0 <= kind < 1e9:
        raise ValueError("the class is not a whole number")
    if len(values) == 4:
        x, y, width, height = values
        return int(kind), (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    if len(values) < 6 or len(values) % 2:
        raise ValueError(f"{len(words)} numbers, not 5 or those of a polygon")
    if not all(map(math.isfinite, values)):
        # min and max would let a nan pass, depending on where it stands.
        return int(kind), (math.nan,) * 4
    return int(kind), (min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2]))


def _short(path: Path, folder: Path) -> str:
    within = path.relative_to(folder) if path.is_relative_to(folder) else path
    return printable(within.as_posix())


def picture_size(path: Path) -> tuple[int, int] | None:
    """Return ``(width, height)`` in pixels as OpenCV would decode the file.

    OpenCV turns pictures upright by their EXIF orientation, so width and height change places
    where that says a quarter turn.

    Returns:
        ``None`` if the header cannot be read.
    """
    if not os.path.isfile(path):  # opening a pipe would wait for somebody to write into it
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PIL reports what is odd inside; the size is enough
            with Image.open(path, formats=FORMATS) as picture:
                width, height = picture.size
                # PIL has turned the size of a TIFF already.
                turned = picture.format != "TIFF" and _orientation(picture) in LYING
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return (height, width) if turned else (width, height)


def _orientation(picture: Image.Image) -> object:
    try:
        return picture.getexif().get(ORIENTATION)
    except Exception:  # PIL names no errors for broken EXIF; OpenCV decodes such a file unturned
        return None
