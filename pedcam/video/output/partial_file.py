"""Files that appear under their name when they are complete, or grow there from the start."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from itertools import count
from pathlib import Path

from pedcam.errors import UserError
from pedcam.files import fitting_name, hidden_beside

FULL = (errno.ENOSPC, errno.EDQUOT)
LONGEST_SUFFIX = 16  # bytes; no format has a longer one


class OutputError(UserError):
    """A file that cannot be written; the message says which, why and what to do."""


def write_error(path: Path, error: Exception) -> OutputError:
    """Return an error with the system's reason and what to do."""
    reason = getattr(error, "strerror", None) or error
    advice = ""
    if getattr(error, "errno", None) in FULL:
        advice = " Free some space or write to another folder."
    return OutputError(f"{path} cannot be written: {reason}.{advice}")


def prepare_folder(folder: Path) -> None:
    """Create a folder to write to, where it is not there but the one around it is.

    Outside the user's home nothing more is created: where a whole branch is missing, so is the
    disk it belongs to.

    Raises:
        OutputError: There is no such folder and it cannot be created.
    """
    try:
        folder.mkdir(exist_ok=True, parents=folder.is_relative_to(Path.home()))
    except FileNotFoundError:
        raise OutputError(
            f"There is no folder {folder}. Connect the disk it is on, or choose another folder."
        ) from None
    except FileExistsError:
        raise OutputError(f"{folder} is a file. Choose a folder to write to.") from None
    except OSError as error:
        raise write_error(folder, error) from error


def check_output(path: Path, *, overwrite: bool, source: Path | None = None) -> None:
    """Raise OutputError if a file may not be written, before any work is done.

    ``source`` is a file that is read meanwhile and must stay.
    """
    try:
        # What is open already, such as the standard output, may even be an ordinary file.
        if path.absolute().as_posix().startswith(("/dev/std", "/dev/fd/", "/proc/")):
            raise OutputError(f"{path} is not an ordinary file. Name another one to write.")
        target = written_file(path)
        if not target.parent.is_dir():
            raise OutputError(
                f"There is no folder {target.parent} to write {target.name} to. Create it first."
            )
        if target.is_dir():
            raise OutputError(f"{path} is a folder. Name a file to write.")
        if target.is_symlink():
            raise OutputError(f"{path} is a link that leads nowhere. Name another file to write.")
        if not target.exists():
            return
        # To replace a device such as /dev/null would break the system.
        if not target.is_file():
            raise OutputError(f"{path} is not an ordinary file. Name another one to write.")
        if source is not None and source.exists() and target.samefile(source):
            raise OutputError(f"{path} is the source itself. Name another file to write.")
        if not overwrite:
            raise _taken(path)
    except OSError as error:
        raise write_error(path, error) from error


def _taken(path: Path) -> OutputError:
    return OutputError(f"{path} exists already. Name another file, or use --overwrite.")


def written_file(path: Path) -> Path:
    """Return the file that is written for a path: where links lead."""
    return Path(os.path.realpath(path))


def unique_path(folder: Path, stem: str, suffix: str) -> Path:
    """Create an empty file named ``stem``, ``stem-2``, ``stem-3`` and so on, and return its path.

    So nobody else gets the same name; write to it with ``overwrite=True``.

    Raises:
        OutputError: No file can be created there.
    """
    for number in count(1):
        path = folder / fitting_name(stem, f"{'' if number == 1 else f'-{number}'}{suffix}")
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
    target's name is complete. In place it has the target's name from the start, so that it is found
    there after the process was killed; a file that it replaces waits under another name
    (``walk.previous.mp4`` for ``walk.mp4``) until the new one is complete, and stays there after a
    failure or a kill. A symbolic link stays one: the file that it leads to is written.
    """

    def __init__(self, path: Path, *, overwrite: bool, in_place: bool = False) -> None:
        """Check the target and choose a name to write under, or raise OutputError.

        An existing file may only be replaced with ``overwrite``; an empty one reserves the name,
        see :func:`unique_path`. With ``in_place`` it is written under the target's name and exists
        afterwards.
        """
        check_output(path, overwrite=overwrite)
        self.path = path  # the target; after rescue(), where the file is
        self._target = target = written_file(path)
        # The suffix stays last: it shows people and programs the format.
        suffix = target.suffix if len(os.fsencode(target.suffix)) <= LONGEST_SUFFIX else ""
        ending = f".{os.getpid()}.partial{suffix}"
        # Where to write.
        self.partial = hidden_beside(target.with_suffix("") if suffix else target, ending)
        self._overwrite = overwrite
        self._in_place = in_place
        self._previous: Path | None = None
        self._finished = False
        try:
            self._holds_name = target.exists() and target.stat().st_size == 0
            if in_place:
                self.partial = target
                self._begin_in_place()
        except FileExistsError as error:
            raise _taken(path) from error
        except OSError as error:
            raise write_error(path, error) from error

    @property
    def size(self) -> int:
        """Bytes written so far."""
        with suppress(OSError):
            return (self._target if self._finished else self.partial).stat().st_size
        return 0

    def keep(self) -> None:
        """Let the complete file have its name for good.

        Raises:
            OutputError: Another file took the name meanwhile (this one is kept under another name
                then), or the system refuses (nothing is left of it then).
        """
        if self._finished:
            return
        try:
            if not self._in_place:
                self._move()
            elif self._previous is not None:
                self._previous.unlink(missing_ok=True)
            self._finished = True
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
        where, finished = self._target, self._finished
        # Even where it cannot be moved it is not to be removed any more.
        self._finished = True
        if not self._in_place and not finished:
            if where.exists() and not self._holds_name:
                self.path = where = unique_path(where.parent, where.stem, where.suffix)
            try:
                os.replace(self.partial, where)
            except OSError as error:
                raise write_error(where, error) from error
            self._target = where
        return self.path

    def drop(self) -> None:
        """Remove what was written; a file that was there before is there again."""
        if self._finished:
            return
        self._finished = True
        # Whoever drops it has an error to report already.
        with suppress(OSError):
            self.partial.unlink(missing_ok=True)
            if self._previous is not None:
                os.replace(self._previous, self._target)
            elif self._holds_name and self._target.stat().st_size == 0:
                self._target.unlink()

    def _begin_in_place(self) -> None:
        if self._holds_name:
            return
        target = self._target
        if self._overwrite and target.exists():
            ending = f".previous{target.suffix}"
            self._previous = unique_path(target.parent, target.stem, ending)
            os.replace(target, self._previous)
        target.open("xb").close()

    def _move(self) -> None:
        if not self._overwrite:
            # Moving replaces silently; creating does not.
            self._target.open("xb").close()
        os.replace(self.partial, self._target)
