"""Lines, zones and rules on disk, kept by the source that they belong to.

Nothing here may be called on the window's thread: a disk can hang.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.ui.zones import rule_json
from pedcam.ui.zones.shape import (
    COLORS,
    MAX_SHAPES,
    Shape,
    checked_name,
    make_ignored,
    make_line,
    make_zone,
)
from pedcam.ui.zones.zone_set import ZoneSet
from pedcam.video.people.counters import IgnoredZone, Point
from pedcam.video.sources.spec import SourceError, SourceSpec, public_address

MAX_BYTES = 2**20
MAX_SOURCES = 200
MAX_KEY = 1000

# The file's name and its words are those of the first version, which users have files of.
_FILE = "places.json"
_FORMAT = "pedcam places"
_SHAPES = "places"
# Files of the first version have neither ignored zones nor rules. What has none is still written
# as one; an app that knows the first version only puts others aside, where it would lose them.
_FIRST_VERSION, _VERSION = 1, 2

# Cameras with several pictures tell them apart in the query. Only these parts of one are kept:
# others may be passwords.
_CHANNEL = re.compile(r"(?:^|&)((?:cam|camera|ch|channel|stream|subtype)=\d{1,3})(?=&|$)", re.I)


class ZoneStoreError(UserError):
    """Lines and zones that cannot be read or kept; the message says where and why."""


def zones_file(folder: Path | None = None) -> Path:
    """Return where lines and zones are kept, by default in the user's own data folder."""
    return (folder or platformdirs.user_data_path("pedcam", appauthor=False)) / _FILE


def source_key(spec: SourceSpec) -> str:
    """Return what a source is known by, without any password.

    Empty if it has no key: an address of which nothing but the scheme may be shown would share
    its lines with all others like it.
    """
    if spec.kind == "demo":
        return "demo"
    if spec.kind in ("file", "folder"):
        # Links are not followed, which would ask a disk that may hang.
        return _bounded(f"{spec.kind}:{os.path.normcase(os.path.abspath(spec.value))}")
    if spec.kind == "camera":
        return _bounded(f"camera:{spec.value}")
    try:
        address = public_address(spec.value)
        query = urlsplit(spec.value).query
    except (SourceError, ValueError):
        return ""
    if address.endswith("://..."):
        return ""
    channel = "&".join(_CHANNEL.findall(query)).lower()
    return _bounded(f"url:{address}?{channel}" if channel else f"url:{address}")


def load_zones(path: Path, key: str) -> tuple[ZoneSet, str]:
    """Return what was kept of a source, and what people should know of the file, if anything.

    A damaged file is renamed, and the note says so.

    Args:
        path: The file.
        key: The source, from :func:`source_key`.

    Raises:
        ZoneStoreError: The file cannot be read.
    """
    sources, note = _read(path)
    return sources.get(key, ZoneSet()), note


def save_zones(path: Path, key: str, zone_set: ZoneSet) -> str:
    """Keep the lines, zones and rules of a source instead of those before, atomically.

    The sources that were changed longest ago are dropped where there are too many.

    Returns:
        What people should know; empty if nothing.

    Raises:
        ZoneStoreError: The file cannot be written; what was there before is still there.
    """
    sources, note = _read(path)
    sources.pop(key, None)
    if zone_set != ZoneSet():
        sources[key] = zone_set
    entries = [json.dumps(_entry(source, kept)) for source, kept in sources.items()][-MAX_SOURCES:]
    old = all(not kept.rules and not kept.ignored for kept in sources.values())
    version = _FIRST_VERSION if old else _VERSION
    head = f'{{"format": "{_FORMAT}", "version": {version}, "sources": [\n'
    while sum(len(entry) + 2 for entry in entries) + len(head) + 8 > MAX_BYTES:
        del entries[0]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (head + ",\n".join(entries) + "\n]}\n").encode())
    except OSError as error:
        raise ZoneStoreError(
            f"The lines and zones cannot be kept in {path}: {error.strerror}. They are there until "
            "the source is closed."
        ) from error
    return note


def _bounded(key: str) -> str:
    return key if len(key) <= MAX_KEY else ""


def _read(path: Path) -> tuple[dict[str, ZoneSet], str]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        raise ZoneStoreError(
            f"The lines and zones in {path} cannot be read: {error.strerror}."
        ) from error
    try:
        if len(content) > MAX_BYTES:
            raise ValueError("too large")
        data = json.loads(content)
        if data["format"] != _FORMAT or data["version"] not in (_FIRST_VERSION, _VERSION):
            raise ValueError("another format")
        # Dictionaries keep their order, which here is that of the last changes.
        return {_text(entry["source"]): _zone_set(entry) for entry in data["sources"]}, ""
    except (ValueError, TypeError, KeyError, RecursionError, UserError):
        return {}, _set_aside(path)


def _set_aside(path: Path) -> str:
    aside = path.with_name(f"{path.name}.damaged")
    try:
        os.replace(path, aside)
    except OSError as error:
        raise ZoneStoreError(
            f"The lines and zones in {path} are damaged, and the file cannot be renamed: "
            f"{error.strerror}. Rename or delete it."
        ) from error
    return (
        f"The file of lines and zones was damaged or not made by this version of pedcam. A new one "
        f"has begun, and the old file is kept as {aside}."
    )


def _entry(source: str, kept: ZoneSet) -> dict[str, Any]:
    entry: dict[str, Any] = {"source": source, _SHAPES: [_to_dict(shape) for shape in kept.shapes]}
    if kept.rules:
        entry["rules"] = [rule_json.to_dict(rule) for rule in kept.rules]
    return entry


def _zone_set(entry: Any) -> ZoneSet:
    found = ZoneSet(_shapes(entry[_SHAPES]))
    for rule in entry.get("rules", ()):
        found = found.with_rule(rule_json.from_dict(rule))
    return found


def _shapes(entries: Any) -> tuple[Shape, ...]:
    shapes: list[Shape] = []
    if len(entries) > MAX_SHAPES:
        raise ValueError("too many")
    for entry in entries:
        name = checked_name(_text(entry["name"]), [shape.name for shape in shapes])
        color = entry["color"]
        if type(color) is not int or not 0 <= color < COLORS:
            raise ValueError("not a colour")
        points = [_point(point) for point in entry["points"]]
        if entry["kind"] == "line":
            shapes.append(Shape(make_line(name, points), color))
        elif entry["kind"] == "zone":
            shapes.append(Shape(make_zone(name, points), color))
        elif entry["kind"] == "ignored":
            black = entry["blacked_out"]
            if type(black) is not bool:
                raise TypeError("neither black nor not")
            shapes.append(Shape(make_ignored(name, points, blacked_out=black), color))
        else:
            raise ValueError("no such kind")
    return tuple(shapes)


def _to_dict(shape: Shape) -> dict[str, object]:
    zone = shape.zone
    kind = "line" if shape.is_line else "ignored" if shape.is_ignored else "zone"
    kept = {"kind": kind, "name": zone.name, "points": shape.points, "color": shape.color}
    return kept | ({"blacked_out": zone.blacked_out} if isinstance(zone, IgnoredZone) else {})


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_KEY:
        raise TypeError("not a text")
    return value


def _point(value: Any) -> Point:
    x, y = (float(number) for number in value)
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ValueError("not in the picture")
    return x, y
