"""Writing files whole or not at all, and names that every file system takes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LONGEST_NAME = 255  # bytes
LONGEST_SHOWN = 100  # bytes of a name that are repeated in the name of what belongs to it


def hidden_beside(path: Path, ending: str) -> Path:
    """Return a hidden name beside a file for what belongs to it, short however long its own is.

    Args:
        path: The file.
        ending: What the name ends with, up to 60 bytes.
    """
    name = os.fsencode(path.name)
    shown = path.name if len(name) <= LONGEST_SHOWN else hashlib.sha256(name).hexdigest()[:32]
    return path.with_name(f".{shown}{ending}")


def fitting_name(stem: str, ending: str) -> str:
    """Return a file name of a stem and an ending, the stem cut where both are too long."""
    while len(os.fsencode(stem + ending)) > LONGEST_NAME:
        stem, ending = stem[:-1], ending if stem else ending[:-1]
    return stem + ending


def is_hidden(path: str | Path) -> bool:
    """Whether a file is none of its owner's.

    Such are what macOS leaves beside files on foreign disks (``._walk.mp4``), and what pedcam
    itself leaves where it is killed.
    """
    return os.path.basename(path).startswith(".")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside a file, which takes the file's place in the end.

    What was there before survives where writing fails, and nothing of the temporary file stays.
    Where the path is a symbolic link, the file that it leads to is replaced.

    Raises:
        OSError: The file cannot be written.
    """
    # Not tempfile's: its files are for their owner alone, and would stay so.
    path = Path(os.path.realpath(path))
    unfinished = hidden_beside(path, f".{os.getpid()}.tmp")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        with suppress(OSError):
            unfinished.unlink()


def write_atomically(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file in place of what was there, which survives where that fails.

    Args:
        path: The file; its folder must exist.
        content: All of it.
        private: Whether only its owner may read it, from its first byte on.

    Raises:
        OSError: It cannot be written.
    """
    with replacing(path) as unfinished:
        if not private:
            unfinished.write_bytes(content)
            return
        with suppress(FileNotFoundError):
            unfinished.unlink()
        # Never through a link that somebody left there.
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(content)
