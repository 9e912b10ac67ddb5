"""Keeps a folder of snapshots and clips from filling the disk."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from pathlib import Path

LOOK_EVERY = 60.0  # seconds
YOUNG = 120.0  # seconds since a file last changed within which it may still be written
# As pedcam.video.output.snapshot.recording_name names files; others are nobody's to delete.
_OWN = re.compile(r"[\w-]+_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(-\d+)?\.(png|mp4)")


def delete_oldest(folder: Path, most_bytes: int, now: float) -> None:
    """Delete the oldest snapshots and clips of a folder until the others are within a size.

    Only files with names that pedcam gives are counted and deleted. ``now`` is in seconds since
    1970 (UTC).
    """
    found = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                if _OWN.fullmatch(path.name) and path.is_file() and not path.is_symlink():
                    status = path.stat()
                    found.append((status.st_mtime, status.st_size, path))
    size = sum(bytes_ for _, bytes_, _ in found)
    for changed, bytes_, path in sorted(found):
        if size <= most_bytes or changed > now - YOUNG:
            return
        with suppress(OSError):
            path.unlink()
            size -= bytes_


class DiskBudget:
    """Looks after a folder in a thread of its own, as disks can hang."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._closing = threading.Event()
        threading.Thread(target=self._run, name="pedcam-disk", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._closing.set()

    def _run(self) -> None:
        while True:
            delete_oldest(self._folder, self._most_bytes, time.time())
            if self._closing.wait(LOOK_EVERY):
                return
