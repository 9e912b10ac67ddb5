"""Labels in Pascal VOC xml."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

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

MAX_XML_BYTES = 4 * 2**20
CORNERS = ("xmin", "ymin", "xmax", "ymax")
PICTURE_FOLDERS = ("JPEGImages", "images")


def xml_files(folder: Path) -> list[Path]:
    """Return the label files of a folder, or else of its ``Annotations``, sorted.

    Raises:
        LabelError: A folder cannot be listed.
    """
    for place in (folder, folder / "Annotations"):
        if os.path.isdir(place):
            try:
                found = sorted(path for path in place.iterdir() if path.suffix.lower() == ".xml")
            except OSError as error:
                raise LabelError(
                    f"Folder {printable(place)} cannot be listed: {error.strerror}."
                ) from error
            if found:
                return found
    return []


def read_voc(folder: Path, images: Path | None = None) -> LabelledSet:
    """Read a folder of Pascal VOC xml files.

    Objects called person, people or pedestrian count; ``difficult`` or ``ignore`` marks regions to
    ignore. VOC counts pixels from 1 and its corners belong to the box: ``xmin`` 1 and ``xmax`` 10
    become x1 0 and x2 10.

    Args:
        folder: The folder with the xml files, or with ``Annotations``.
        images: The folder of the pictures. By default they are looked for in ``JPEGImages`` and
            ``images`` next to the labels or their folder, then beside the labels.

    Returns:
        One entry per xml file with a picture, sorted by the name of the xml file.

    Raises:
        LabelError: There is nothing that can be used.
    """
    files = xml_files(folder)
    if not files:
        raise LabelError(f"Folder {printable(folder)} holds no xml files of Pascal VOC labels.")
    labels = files[0].parent
    parents = dict.fromkeys((folder, labels, labels.parent))
    places = [parent / name for parent in parents for name in PICTURE_FOLDERS]
    places = [images] if images else [place for place in places if os.path.isdir(place)]
    if not images:
        places += [labels, folder]
    found: list[LabelledImage] = []
    problems: list[str] = []
    others: dict[str, None] = {}
    for path in files:
        name = printable(path.relative_to(folder).as_posix())
        try:
            root = _parse(path)
        except LabelError:
            problems.append(f"{name}: cannot be read, its picture is left out")
            continue
        picture = _picture(root, path, places)
        if picture is None:
            problems.append(f"{name}: its picture was not found, left out")
            continue
        people = People(_size(root))
        unclear = _add_objects(root, people, others)
        problems += [
            f"{name}: {count} object{'s' * (count != 1)} {fault}, left out"
            for fault, count in unclear.items()
        ]
        problems += people.problems(name)
        found.append(people.labelled_image(picture))
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
        raise LabelError(f"Labels {printable(path)} are not xml.") from error
    if root.tag != "annotation":
        raise LabelError(f"Labels {printable(path)} are not of Pascal VOC.")
    return root


def _picture(root: Element, labels: Path, places: Sequence[Path]) -> Path | None:
    suffixes = [suffix for lower in IMAGE_SUFFIXES for suffix in (lower, lower.upper())]
    names = [f"{labels.stem}{suffix}" for suffix in suffixes]
    with contextlib.suppress(ValueError):
        names.insert(0, usable_name((root.findtext("filename") or "").strip()))
    # Name by name: a picture of the right name in a later place beats one of a mere likeness.
    candidates = (place / name for name in names for place in places)
    return next((path for path in candidates if os.path.isfile(path)), None)


def _size(root: Element) -> tuple[float, float] | None:
    try:
        width, height = (float(root.findtext(f"size/{key}", "")) for key in ("width", "height"))
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None


def _add_objects(root: Element, people: People, others: dict[str, None]) -> Counter[str]:
    """Add the objects to ``people``, or their names to ``others``; return what was unclear."""
    unclear: Counter[str] = Counter()
    for entry in root.findall("object"):
        name = entry.findtext("name", "")
        if not is_person(name):
            others[name] = None
            continue
        try:
            x1, y1, x2, y2 = (float(entry.findtext(f"bndbox/{key}", "")) for key in CORNERS)
        except ValueError:
            unclear["without a box of four numbers"] += 1
            continue
        ignored = any(entry.findtext(key, "").strip() == "1" for key in ("difficult", "ignore"))
        people.add((x1 - 1, y1 - 1, x2, y2), ignored)
    return unclear
