"""Whether files can be written to a folder, found out off the window's thread."""

from __future__ import annotations

import tempfile
from enum import Enum
from pathlib import Path


class FolderState(Enum):
    """What can be done with a folder."""

    READY = "ready"
    TO_BE_CREATED = "to be created"
    MISSING = "missing"
    NO_FOLDER = "no folder"
    NOT_WRITABLE = "not writable"


def check_folder(path: Path) -> FolderState:
    """Tell whether files can be written there; may wait for a disk.

    Permissions alone do not tell, on shared disks least of all: a file without a name is written.

    Args:
        path: The whole path. Its last part may be missing, and is then created when needed.
    """
    try:
        if path.is_dir():
            _write(path)
            return FolderState.READY
        if path.exists():
            return FolderState.NO_FOLDER
        if not path.parent.is_dir():
            return FolderState.MISSING
        _write(path.parent)
    except (OSError, ValueError):
        return FolderState.NOT_WRITABLE
    return FolderState.TO_BE_CREATED


def _write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"pedcam")
