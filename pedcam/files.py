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
    """Return a hidden name beside a file; the ending may have up to 60 bytes."""
    name = os.fsencode(path.name)
    shown = path.name if len(name) <= LONGEST_SHOWN else hashlib.sha256(name).hexdigest()[:32]
    return path.with_name(f".{shown}{ending}")


def fitting_name(stem: str, ending: str) -> str:
    """Return a file name of a stem and an ending, the stem cut where both are too long."""
    while len(os.fsencode(stem + ending)) > LONGEST_NAME:
        stem, ending = stem[:-1], ending if stem else ending[:-1]
    return stem + ending


def is_hidden(path: str | Path) -> bool:
    """Whether a file's name begins with a dot.

    macOS leaves such files on foreign disks (``._walk.mp4``), and pedcam itself where it is killed.
    """
    return os.path.basename(path).startswith(".")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside a file; it takes the file's place when the block succeeds.

    If writing fails (OSError), the old file stays and the temporary one is removed. Where the path
    is a symbolic link, the file that it leads to is replaced.
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
    """Replace a file's content; if writing fails (OSError), the old content stays.

    ``private`` means that only its owner may read it, from its first byte on.
    """
    with replacing(path) as unfinished:
        with suppress(FileNotFoundError):
            unfinished.unlink()
        # Never through a link that somebody left there.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with open(os.open(unfinished, flags, 0o600 if private else 0o666), "wb") as file:
            file.write(content)


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner may look into, unless it is there; may raise OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
