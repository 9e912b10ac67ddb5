"""What labels are once read, and what all readers of them share."""

from __future__ import annotations

import math
import os
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pedcam.errors import UserError
from pedcam.files import is_hidden

PERSON_NAMES = ("person", "people", "pedestrian")
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
# No camera is that wide, and float32 no longer tells neighbouring pixels apart much beyond it.
MAX_COORDINATE = 1e7

IMPOSSIBLE = "with impossible coordinates"
NO_AREA = "without area"
OUTSIDE = "out of the picture"
TWICE = "listed twice"
YES, NO = ("1", "true", "yes"), ("", "0", "false", "no", "none")


class LabelError(UserError):
    """Labels that cannot be used; the message says what, where and what to do."""

    @classmethod
    def of(cls, labels: Path, problem: str) -> LabelError:
        return cls(f"Labels {printable(labels)} {problem}.")


@dataclass(frozen=True)
class LabelledImage:
    """One image and who is in it.

    Attributes:
        path: The image file.
        boxes: ``[people, 4]`` float32, x1 y1 x2 y2 in pixels of the file.
        ignored: ``[people]`` bool, regions that count neither way.
        visibility: ``[people]`` float32, share of each that is not hidden, 0..1; ``None`` where
            the labels do not say.
    """

    path: Path
    boxes: NDArray[np.float32]
    ignored: NDArray[np.bool_]
    visibility: NDArray[np.float32] | None = None


@dataclass(frozen=True)
class LabelledSet:
    """Labelled images, and what was left out.

    Attributes:
        images: At least one, in the order of the labels; images without people included.
        problems: One line each: the file, and what in it was left out.
    """

    images: tuple[LabelledImage, ...]
    problems: tuple[str, ...]


@dataclass
class People:
    """The people of one image while its labels are read.

    Attributes:
        size: ``(width, height)`` of the image in pixels, ``None`` where that is not known.
        faults: How many boxes were left out, by reason.
    """

    size: tuple[float, float] | None = None
    faults: Counter[str] = field(default_factory=Counter)
    _boxes: list[NDArray[np.float32]] = field(default_factory=list)
    _people: set[bytes] = field(default_factory=set)
    _ignored: list[bool] = field(default_factory=list)
    _visibility: list[float | None] = field(default_factory=list)

    def add(
        self, corners: Sequence[float], ignored: bool = False, visibility: float | None = None
    ) -> str | None:
        """Add a box x1 y1 x2 y2 in pixels, which may reach beyond the image; return why not."""
        fault = self._fault(corners)
        if fault:
            self.faults[fault] += 1
            return fault
        box = np.array(corners, np.float32)
        if not ignored:
            # Nobody stands exactly where somebody else does.
            if box.tobytes() in self._people:
                self.faults[TWICE] += 1
                return TWICE
            self._people.add(box.tobytes())
        self._boxes.append(box)
        self._ignored.append(ignored)
        self._visibility.append(visibility)
        return None

    def _fault(self, corners: Sequence[float]) -> str | None:
        if not all(math.isfinite(value) and abs(value) <= MAX_COORDINATE for value in corners):
            return IMPOSSIBLE
        # Compared as they will be kept: a sliver can lose its width in float32.
        x1, y1, x2, y2 = map(np.float32, corners)
        if x2 <= x1 or y2 <= y1:
            return NO_AREA
        if self.size and (x2 <= 0 or y2 <= 0 or x1 >= self.size[0] or y1 >= self.size[1]):
            return OUTSIDE
        return None

    def problems(self, name: str) -> list[str]:
        """Return a line per reason for which boxes of the file ``name`` were left out."""
        return [
            f"{name}: {count} {'box' if count == 1 else 'boxes'} {fault}, left out"
            for fault, count in self.faults.items()
        ]

    def labelled_image(self, path: Path) -> LabelledImage:
        known = [1.0 if share is None else share for share in self._visibility]
        given = any(share is not None for share in self._visibility)
        return LabelledImage(
            path,
            np.array(self._boxes, np.float32).reshape(-1, 4),
            np.array(self._ignored, np.bool_),
            np.array(known, np.float32) if given else None,
        )


def is_person(name: object) -> bool:
    """Whether a class of this name is about people."""
    return isinstance(name, str) and name.strip().lower() in PERSON_NAMES


def is_set(flag: object) -> bool:
    """Return what a flag such as ``iscrowd`` says, also as the text that some tools write.

    Raises:
        ValueError: It says neither yes nor no.
    """
    if isinstance(flag, str) and (word := flag.strip().lower()) in (*YES, *NO):
        return word in YES
    if flag is None or isinstance(flag, bool | int | float):
        return bool(flag)
    raise ValueError


def picture_path(folder: Path, name: str) -> Path:
    """Return the file that labels name, also where they were made on Windows."""
    path = folder / name
    return path if "\\" not in name or path.exists() else folder / name.replace("\\", "/")


def labelled_set(
    labels: Path, images: Iterable[LabelledImage], problems: Iterable[str]
) -> LabelledSet:
    """Put a set together.

    Raises:
        LabelError: There is no image in it.
    """
    found = LabelledSet(tuple(images), tuple(problems))
    if not found.images:
        reasons = "; ".join(found.problems[:3])
        hint = f": {reasons}" if reasons else ". Name the labels of at least one picture"
        raise LabelError.of(labels, f"name no images that can be used{hint}")
    return found


def read_bounded(path: Path, limit: int) -> bytes:
    """Return what is in a file of at most ``limit`` bytes.

    Raises:
        LabelError: It cannot be read, is not an ordinary file or is too large.
    """
    try:
        # Asked before opening: opening a pipe would wait for somebody to write into it.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise LabelError.of(path, "cannot be read: not an ordinary file")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise LabelError.of(path, f"cannot be read: {error.strerror}") from error
    except ValueError as error:  # a null character, or one that the file system cannot encode
        raise LabelError.of(path, "cannot be read: impossible name") from error
    if len(content) > limit:
        raise LabelError.of(path, f"are larger than {limit / 2**20:g} MiB")
    return content


def visible_files(folder: Path, suffix: str) -> list[Path]:
    """Return the files of a folder that have a suffix, small or capital, sorted.

    Raises:
        OSError: The folder cannot be listed.
    """
    entries = (path for path in folder.iterdir() if path.suffix.lower() == suffix)
    return sorted(path for path in entries if not is_hidden(path))


def usable_name(name: object) -> str:
    """Return a file name from labels that the file system can be asked about.

    Raises:
        ValueError: It is not a text, is empty, or holds characters no file name can hold.
    """
    if not isinstance(name, str) or not name:
        raise ValueError("has no file name")
    if "\0" in name:
        raise ValueError("has a null character in its file name")
    try:
        os.fsencode(name)
    except UnicodeEncodeError as error:
        raise ValueError("has a file name that cannot be encoded") from error
    return name


def printable(text: object, limit: int = 200) -> str:
    """Return text from a stranger as one line of bounded length that a terminal can show."""
    characters = str(text)
    if len(characters) > limit:
        characters = f"{characters[: limit - 3]}..."
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in characters)


def listed(names: Iterable[object], limit: int = 10) -> str:
    """Return those of a stranger's names that are texts as an enumeration of bounded length."""
    texts = [printable(name, 40) for name in names if isinstance(name, str)]
    more = f" and {len(texts) - limit} more" if len(texts) > limit else ""
    return (", ".join(texts[:limit]) or "none") + more
