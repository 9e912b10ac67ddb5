"""Files that appear under their name when they are complete, or grow there from the start."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from pedcam.errors import UserError

FULL = (errno.ENOSPC, errno.EDQUOT)


class OutputError(UserError):
    """A file that cannot be written; the message says which, why and what to do."""


def write_error(path: Path, error: Exception) -> OutputError:
    """Say what the system says of a file that cannot be written, and what to do."""
    reason = getattr(error, "strerror", None) or error
    advice = ""
    if getattr(error, "errno", None) in FULL:
        advice = " Free some space or write to another folder."
    return OutputError(f"{path} cannot be written: {reason}.{advice}")


def check_output(path: Path, *, overwrite: bool, source: Path | None = None) -> None:
    """Make sure that a file may be written, before any work is done.

    Args:
        path: The file to be.
        overwrite: Whether a file of that name may be replaced.
        source: The file that is read meanwhile and must stay.

    Raises:
        OutputError: It may not be written.
    """
    try:
        _check(path, overwrite, source)
    except OSError as error:
        raise write_error(path, error) from error


def _check(path: Path, overwrite: bool, source: Path | None) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise OutputError(f"There is no folder {folder} to write {path.name} to. Create it first.")
    if path.is_dir():
        raise OutputError(f"{path} is a folder. Name a file to write.")
    if not path.exists():
        return
    if source is not None and source.exists() and path.samefile(source):
        raise OutputError(f"{path} is the source itself. Name another file to write.")
    if not overwrite:
        raise _taken(path)
    # To replace a device such as /dev/null would break the system.
    if not path.is_file():
        raise OutputError(f"{path} is not an ordinary file. Name another one to write.")


def _taken(path: Path) -> OutputError:
    return OutputError(f"{path} exists already. Name another file, or use --overwrite.")


def unique_path(folder: Path, stem: str, suffix: str) -> Path:
    """Find a free name: ``stem``, ``stem-2``, ``stem-3`` and so on.

    The file is there afterwards, empty, so that nobody else gets the same name; write to it with
    ``overwrite=True``.

    Args:
        folder: Where the file is to be.
        stem: The name without number and suffix.
        suffix: The suffix with its dot.

    Raises:
        OutputError: No file can be created there.
    """
    for number in count(1):
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{suffix}"
        try:
            path.open("xb").close()
        except FileExistsError:
            continue
        except OSError as error:
            raise write_error(path, error) from error
        return path
    raise AssertionError("counting has no end")


class PartialFile:
    """A file while it is written.

    By default it is hidden beside its target and moved there when it is complete: whatever has the
    target's name is complete. In place it has the target's name from the start, so that it is
    found there after the process was killed; a file that it replaces waits under another name
    (``walk.previous.mp4`` for ``walk.mp4``) until the new one is complete, and stays there after a
    failure or a kill.

    Attributes:
        path: The target; after :meth:`rescue`, where the file is.
        partial: Where to write.
    """

    def __init__(self, path: Path, *, overwrite: bool, in_place: bool = False) -> None:
        """Check the target and choose a name to write under.

        Args:
            path: The target.
            overwrite: Whether an existing file may be replaced. An empty one only holds the name
                for this one, see :func:`unique_path`.
            in_place: Whether to write under the target's name; the file is there afterwards.

        Raises:
            OutputError: The file may not be written.
        """
        check_output(path, overwrite=overwrite)
        self.path = path
        # The suffix stays last: it tells people and programs the format.
        self.partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
        self._overwrite = overwrite
        self._in_place = in_place
        self._previous: Path | None = None
        self._settled = False
        try:
            self._holds_name = path.exists() and path.stat().st_size == 0
            if in_place:
                self.partial = path
                self._begin_in_place()
        except FileExistsError as error:
            raise _taken(path) from error
        except OSError as error:
            raise write_error(path, error) from error

    @property
    def size(self) -> int:
        """Bytes written so far."""
        with suppress(OSError):
            return (self.path if self._settled else self.partial).stat().st_size
        return 0

    def keep(self) -> None:
        """Let the complete file have its name for good.

        Raises:
            OutputError: It cannot have it, as another file took the name meanwhile (it is kept
                under another one then), or as the system refuses (nothing is left of it then).
        """
        if self._settled:
            return
        try:
            if not self._in_place:
                self._move()
            elif self._previous is not None:
                self._previous.unlink(missing_ok=True)
            self._settled = True
        except FileExistsError as error:
            taken, where = self.path, self.rescue()
            raise OutputError(
                f"{taken} was created by somebody else meanwhile; this one is {where} instead."
            ) from error
        except OSError as error:
            self.drop()
            raise write_error(self.path, error) from error

    def rescue(self) -> Path:
        """Keep an incomplete file without replacing anything, and return where it is.

        Raises:
            OutputError: It cannot be moved; it stays where it is.
        """
        where, settled = self.path, self._settled
        # Even where it cannot be moved it is not to be removed any more.
        self._settled = True
        if not self._in_place and not settled:
            if where.exists() and not self._holds_name:
                where = unique_path(where.parent, where.stem, where.suffix)
            try:
                os.replace(self.partial, where)
            except OSError as error:
                raise write_error(where, error) from error
        self.path = where
        return where

    def drop(self) -> None:
        """Remove what was written; a file that was there before is there again."""
        if self._settled:
            return
        self._settled = True
        # Whoever drops it has an error to report already.
        with suppress(OSError):
            self.partial.unlink(missing_ok=True)
            if self._previous is not None:
                os.replace(self._previous, self.path)
            elif self._holds_name and self.path.stat().st_size == 0:
                self.path.unlink()

    def _begin_in_place(self) -> None:
        if self._holds_name:
            return
        if self._overwrite and self.path.exists():
            name = f"{self.path.stem}.previous"
            self._previous = unique_path(self.path.parent, name, self.path.suffix)
            os.replace(self.path, self._previous)
        self.path.open("xb").close()

    def _move(self) -> None:
        if not self._overwrite:
            # Moving replaces silently; creating does not.
            self.path.open("xb").close()
        os.replace(self.partial, self.path)
