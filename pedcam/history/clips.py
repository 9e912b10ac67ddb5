"""The clips of alerts: short videos in a folder beside the database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pedcam.files import replacing
from pedcam.history.schema import HistoryError
from pedcam.video.output.partial_file import check_output, write_error

LEFT_OVER = 3600.0
"""Seconds after which a file that no event knows is deleted; up to then it may be on its way."""


class Clips:
    """The folder of clips that belongs to a database; nothing outside it is ever touched.

    Names come from the database, which may be anybody's: one that leads elsewhere is no clip.
    Files that are gone already, or cannot be deleted now, are passed over.
    """

    def __init__(self, history_file: Path) -> None:
        self.folder = history_file.with_name(f"{history_file.stem}-clips")

    def path(self, name: object) -> Path | None:
        """Return where the clip of that name is kept; ``None`` for what cannot be one's name."""
        if not isinstance(name, str) or name in ("", ".", "..") or "\0" in name:
            return None
        path = self.folder / name
        return path if path.name == name and path.parent == self.folder else None

    def disk_bytes(self) -> int:
        """Return how much of the disk the folder takes."""
        return sum(status.st_size for _, status in self._files())

    def delete(self, names: Iterable[object]) -> None:
        """Delete the clips of these names."""
        for name in names:
            path = self.path(name)
            if path is not None:
                with suppress(OSError):
                    path.unlink()

    def sweep(self, known: Iterable[object], now: float) -> None:
        """Delete what is not ``known`` and has not changed for a while, as after a crash.

        ``now`` is in seconds since 1970 (UTC).
        """
        old = {name for name, status in self._files() if status.st_mtime < now - LEFT_OVER}
        self.delete(old.difference(known))

    def _files(self) -> list[tuple[str, os.stat_result]]:
        # Whoever made the folder a link to another one keeps more than clips there.
        if self.folder.is_symlink():
            return []
        found = []
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_file(follow_symlinks=False):
                        found.append((entry.name, entry.stat(follow_symlinks=False)))
        return found


def save_clip(clip: Path, path: Path) -> None:
    """Copy a clip to a file of the user's, which is replaced if it is there.

    Raises:
        HistoryError: The clip is gone.
        OutputError: The file cannot be written.
    """
    check_output(path, overwrite=True)
    try:
        with (
            clip.open("rb") as source,
            replacing(path) as unfinished,
            unfinished.open("wb") as copy,
        ):
            shutil.copyfileobj(source, copy)
    except FileNotFoundError as error:
        raise HistoryError(f"The clip {clip} is not there any more.") from error
    except OSError as error:
        raise write_error(path, error) from error
