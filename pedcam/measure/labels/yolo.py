"""Labels in the YOLO form: a ``data.yaml``, and a text file per picture."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from pedcam.files import is_hidden
from pedcam.measure.labels.base import (
    IMAGE_SUFFIXES,
    LabelError,
    LabelledImage,
    LabelledSet,
    People,
    is_person,
    labelled_set,
    listed,
    picture_path,
    printable,
    read_bounded,
    usable_name,
)
from pedcam.measure.labels.image_files import picture_header
from pedcam.measure.labels.yolo_lines import Lines, keypoint_shape
from pedcam.orientation import UPRIGHT

# PyYAML lets what its converters trip over through: '!!int ""' is an IndexError.
YAML_ERRORS = (
    yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    RecursionError,
)  # fmt: skip
MAX_YAML_BYTES = 2**20
MAX_LIST_BYTES = 256 * 2**20
# A wrong path in data.yaml, such as '/', must not send us through the whole disk.
MAX_FILES = 2_000_000


def read_yolo(data_yaml: Path, split: str = "train", images: Path | None = None) -> LabelledSet:
    """Read one part of a YOLO set.

    Classes called person, people or pedestrian count. The labels of ``.../images/a.jpg`` are in
    ``.../labels/a.txt`` or else beside the picture; a picture without that file is one without
    people. Of polygons the bounding box is taken. Where the file has ``kpt_shape``, lines are boxes
    with keypoints.

    Args:
        data_yaml: The file with ``names``, and with ``train``, ``val`` or ``test``: a folder, a
            text file that lists pictures, or a list of those; absolute, or relative to ``path`` or
            to the file's folder.
        split: Which of the parts.
        images: A folder of pictures to read instead of the part.

    Raises:
        LabelError: The file cannot be read, names no such part or no class of people, or nothing in
            it can be used.
    """
    document = _load(data_yaml)
    classes = _classes(data_yaml, document.get("names"))
    lines = Lines(classes, keypoint_shape(data_yaml, document.get("kpt_shape")))
    problems: list[str] = []
    pictures = (
        _part(data_yaml, document, split, problems) if images is None else _folder_pictures(images)
    )
    found: list[LabelledImage] = []
    unlabelled = 0
    turned: list[str] = []  # by EXIF
    for picture in dict.fromkeys(Path(os.path.normpath(path)) for path in pictures):
        header = picture_header(picture)
        if header is None:
            name = _short(picture, data_yaml.parent)
            problems.append(f"{name}: cannot be read as an image, left out")
            continue
        people = People(header.size)
        labels = _label_file(picture)
        if labels is None:
            unlabelled += 1
        else:
            name = _short(labels, data_yaml.parent)
            try:
                problems += lines.add(labels, name, people, header.size)
            except LabelError:
                problems.append(f"{name}: cannot be read, its picture is left out")
                continue
        found.append(people.labelled_image(picture))
        if header.orientation != UPRIGHT and len(found[-1].boxes):
            turned.append(_short(picture, data_yaml.parent))
    if lines.look_like_keypoints:
        raise LabelError(
            f"Labels {printable(data_yaml)}: the lines look like boxes with keypoints and not like "
            "polygons. Add 'kpt_shape: [number of keypoints, numbers of each]'."
        )
    if turned:
        problems.append(
            f"{data_yaml.name}: {len(turned)} picture{'s' * (len(turned) != 1)} turned by EXIF, "
            f"such as {turned[0]}; the boxes are taken to be of the pictures as they are shown"
        )
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
    except YAML_ERRORS as error:
        raise LabelError.of(data_yaml, f"are not YAML: {printable(error)}") from error
    if not isinstance(document, dict):
        raise LabelError.of(data_yaml, "must be a mapping with 'names'")
    return document


def _classes(data_yaml: Path, names: object) -> dict[int, bool]:
    """Whether each class is about people."""
    if isinstance(names, list):
        names = dict(enumerate(names))
    if not isinstance(names, dict) or not names:
        problem = "have no 'names'. Add the names of the classes, such as 'names: [person]'"
        raise LabelError.of(data_yaml, problem)
    classes = {}
    for number, name in names.items():
        # bool is an int, and some files write the numbers as texts.
        if isinstance(number, int | str) and str(number).isdecimal() and len(str(number)) < 10:
            classes[int(number)] = is_person(name)
    if not any(classes.values()):
        raise LabelError.of(
            data_yaml,
            "have no class 'person', 'people' or 'pedestrian' "
            f"(there are: {listed(names.values())}). Rename the one that is about people",
        )
    return classes


def _part(
    data_yaml: Path, document: dict[Any, Any], split: str, problems: list[str]
) -> Iterator[Path]:
    entries = document.get(split)
    if not entries:
        there = [name for name in ("train", "val", "test") if document.get(name)]
        raise LabelError.of(data_yaml, f"have no '{printable(split)}' (there are: {listed(there)})")
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
    candidates = [picture_path(root, name) for root in roots]
    if name.startswith("../"):
        # Exports of Roboflow say '../train/images' for 'train/images' beside data.yaml.
        candidates += [root / name.removeprefix("../") for root in roots]
    return next((path for path in candidates if os.path.exists(path)), None)


def _folder_pictures(folder: Path) -> list[Path]:
    found = []
    seen = 0
    for place, folders, names in os.walk(folder):
        # What archives from macOS hold beside their content.
        folders[:] = [name for name in folders if not is_hidden(name) and name != "__MACOSX"]
        seen += 1 + len(names)
        if seen > MAX_FILES:
            raise LabelError(
                f"Folder {printable(folder)} holds more than {MAX_FILES} files. "
                "Name the folder of the pictures."
            )
        pictures = (name for name in names if name.lower().endswith(IMAGE_SUFFIXES))
        found += [Path(place, name) for name in pictures if not is_hidden(name)]
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


def _short(path: Path, folder: Path) -> str:
    within = path.relative_to(folder) if path.is_relative_to(folder) else path
    return printable(within.as_posix())
