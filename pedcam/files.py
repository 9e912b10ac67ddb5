"""Writing files whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary name beside a file, which takes the file's place in the end.

    What was there before survives where writing fails, and nothing of the temporary file stays.

    Raises:
        OSError: The file cannot be written.
    """
    # Not tempfile's: its files are for their owner alone, and would stay so.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
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
