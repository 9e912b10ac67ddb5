"""Crashes outside of Python, which end the process: found by the next start."""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TextIO

PREFIX = "running-"
MOST_BYTES = 2**18
MOST_FILES = 20


class HardCrashWatch:
    """While it watches there is a file named after the process; a crash writes into it.

    The file is deleted at an orderly end. One whose process is gone tells of a crash if there is
    a stack in it; without one the process was killed, or the computer went out.
    """

    def __init__(self, folder: Path) -> None:
        """Prepare.

        Args:
            folder: Where the file is kept.
        """
        self._folder = folder
        self._file: TextIO | None = None
        self._was_enabled = False

    def start(self) -> None:
        """Watch from now on, if the file can be written."""
        path = self._folder / f"{PREFIX}{os.getpid()}.txt"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = path.open("w", encoding="utf-8")
            file.write(json.dumps({"pid": os.getpid(), "started": _started(os.getpid())}) + "\n")
            file.flush()
        except OSError:
            return
        self._file = file
        self._was_enabled = faulthandler.is_enabled()
        faulthandler.enable(file, all_threads=True)

    def stop(self) -> None:
        """End orderly."""
        if self._file is None:
            return
        faulthandler.disable()
        if self._was_enabled and sys.__stderr__ is not None:
            with suppress(OSError, ValueError):
                faulthandler.enable(sys.__stderr__)
        self._file.close()
        with suppress(OSError):
            Path(self._file.name).unlink()
        self._file = None


def take_crashes(folder: Path) -> list[tuple[datetime, str]]:
    """Return when earlier runs crashed, and their stacks; each is returned once.

    May wait for the disk.
    """
    crashes = []
    for path in sorted(folder.glob(f"{PREFIX}*.txt"))[:MOST_FILES]:
        with suppress(OSError):
            when = datetime.fromtimestamp(path.stat().st_mtime)
            with path.open("rb") as file:
                content = file.read(MOST_BYTES).decode(errors="replace")
            header, _, stack = content.partition("\n")
            if not _runs(header):
                path.unlink()
                if stack.strip():
                    crashes.append((when, stack))
    return crashes


def _runs(header: str) -> bool:
    """Tell whether the process of a file is still there, and no other has got its number."""
    try:
        values = json.loads(header)
        pid, started = int(values["pid"]), float(values["started"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return False
    return pid == os.getpid() or (pid > 0 and abs(_started(pid) - started) < 2)


def _started(pid: int) -> float:
    """Return when a process began, in seconds since 1970; 0 if there is none."""
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except (psutil.Error, OverflowError, ValueError):
        return 0.0
