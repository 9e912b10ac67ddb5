"""Labels in Pascal VOC xml."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from pedcam.measure.labels.base import (
    IMAGE_SUFFIXES,
    LabelError,
    LabelledSet,
    is_person,
    is_set,
    labelled_set,
    listed,
    printable,
    read_bounded,
    usable_name,
    visible_files,
)
from pedcam.measure.labels.sizes import Box, Entry, fit_to_files

MAX_XML_BYTES = 4 * 2**20
CORNERS = ("xmin", "ymin", "xmax", "ymax")
PICTURE_FOLDERS = ("JPEGImages", "images")


def xml_files(folder: Path) -> list[Path]:
    """Return the label files of a folder, or else of its ``Annotations``, sorted.

    Raises:
        LabelError: A folder cannot be listed.
    """
    for candidate in (folder, folder / "Annotations"):
        if os.path.isdir(candidate):
            try:
                found = visible_files(candidate, ".xml")
            except OSError as error:
                problem = f"cannot be listed: {error.strerror}"
                raise LabelError(f"Folder {printable(candidate)} {problem}.") from error
            if found:
                return found
    return []


def read_voc(folder: Path, images: Path | None = None) -> LabelledSet:
    """Read a folder of Pascal VOC xml files.

    Objects called person, people or pedestrian count; ``difficult`` or ``ignore`` marks regions to
    ignore. VOC counts pixels from 1 and its corners belong to the box: ``xmin`` 1 and ``xmax`` 10
    become x1 0 and x2 10. ``size`` is compared with the files, see
    :func:`pedcam.measure.labels.sizes.fit_to_files`.

    The picture is the one of the xml file's own name, as the tools pair them, or else the one that
    ``filename`` names, unless that has labels of its own. It is looked for in ``images``, by
    default in folders ``JPEGImages`` and ``images`` next to the labels or their folder, then beside
    the labels.

    Raises:
        LabelError: There is nothing that can be used.
    """
    files = xml_files(folder)
    if not files:
        raise LabelError(f"Folder {printable(folder)} holds no xml files of Pascal VOC labels.")
    labels = files[0].parent
    parents = dict.fromkeys((folder, labels, labels.parent))
    beside = [parent / name for parent in parents for name in PICTURE_FOLDERS]
    folders = [images] if images else [*filter(os.path.isdir, beside), labels, folder]
    entries: list[Entry] = []
    problems: list[str] = []
    others: dict[str, None] = {}
    stems = {path.stem for path in files}
    strangers = 0
    for path in files:
        name = printable(path.relative_to(folder).as_posix())
        try:
            root = _parse(path)
        except LabelError:
            problems.append(f"{name}: cannot be read, its picture is left out")
            continue
        picture, another = _picture(root, path, folders, stems)
        if picture is None:
            problems.append(f"{name}: its picture was not found, left out")
            continue
        strangers += another
        entry = Entry(name, picture, _size(root))
        unclear = _add_objects(root, entry, others)
        problems += [
            f"{name}: {count} object{'s' * (count != 1)} {fault}, left out"
            for fault, count in unclear.items()
        ]
        entries.append(entry)
    if strangers:
        problems.append(
            f"{printable(folder.name)}: {strangers} xml file{'s' * (strangers != 1)} with another "
            "picture's 'filename', taken to be about the picture of the same name"
        )
    found, doubts = fit_to_files(printable(folder.name), entries)
    problems += doubts
    if others and not any(len(image.boxes) for image in found):
        problems.append(
            f"{printable(folder)}: nobody is in it: no object is called person, people or "
            f"pedestrian (there are: {listed(others)})"
        )
    return labelled_set(folder, found, problems)


def _parse(path: Path) -> Element:
    try:
        root: Element = fromstring(read_bounded(path, MAX_XML_BYTES))
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise LabelError.of(path, "are not xml") from error
    if root.tag != "annotation":
        raise LabelError.of(path, "are not of Pascal VOC")
    return root


def _picture(
    root: Element, labels: Path, folders: Sequence[Path], stems: Collection[str]
) -> tuple[Path | None, bool]:
    """Return the picture of an xml file, and whether the file names another one that is there."""
    own = [
        f"{labels.stem}{suffix}" for lower in IMAGE_SUFFIXES for suffix in (lower, lower.upper())
    ]
    try:
        declared = usable_name((root.findtext("filename") or "").strip())
    except ValueError:
        return _find(own, folders), False
    # Some tools write the path that the picture had on another computer.
    named = list(dict.fromkeys((declared, re.split(r"[/\\]", declared)[-1])))
    stem = Path(named[-1]).stem
    if stem == labels.stem:
        return _find([*named, *own], folders), False
    mine, other = _find(own, folders), _find(named, folders)
    if mine is None and stem not in stems:
        return other, False
    return mine, mine is not None and other is not None


def _find(names: Sequence[str], folders: Sequence[Path]) -> Path | None:
    # Name by name: a picture of the right name in a later folder beats one of a mere likeness.
    candidates = (folder / name for name in names for folder in folders)
    return next((path for path in candidates if os.path.isfile(path)), None)


def _size(root: Element) -> tuple[float, float] | None:
    try:
        width, height = (float(root.findtext(f"size/{key}", "")) for key in ("width", "height"))
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None


def _add_objects(root: Element, entry: Entry, others: dict[str, None]) -> Counter[str]:
    """Add the objects to ``entry``, or their names to ``others``; return what was unclear."""
    unclear: Counter[str] = Counter()
    for thing in root.findall("object"):
        name = thing.findtext("name", "")
        if not is_person(name):
            others[name] = None
            continue
        try:
            x1, y1, x2, y2 = (float(thing.findtext(f"bndbox/{key}", "")) for key in CORNERS)
        except ValueError:
            unclear["without a box of four numbers"] += 1
            continue
        try:
            ignored = any(is_set(thing.findtext(key, "")) for key in ("difficult", "ignore"))
        except ValueError:
            unclear["with an unclear 'difficult' or 'ignore'"] += 1
            continue
        entry.boxes.append(Box((x1 - 1, y1 - 1, x2, y2), ignored))
    return unclear
