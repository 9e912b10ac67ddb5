"""Files that are complete under their name, or not there at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from pedcam.errors import UserError


class OutputError(UserError):
    """A file that cannot be written; the message says which, why and what to do."""


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
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error


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
        raise OutputError(f"{path} exists already. Name another file, or use --overwrite.")


class PartialFile:
    """A file written beside its target and moved there when it is complete.

    Attributes:
        path: The target.
        partial: Where to write until then.
    """

    def __init__(self, path: Path, *, overwrite: bool) -> None:
        """Check the target and choose a name to write under.

        Raises:
            OutputError: The file may not be written.
        """
        check_output(path, overwrite=overwrite)
        self.path = path
        # The suffix stays last: it tells FFmpeg the format.
        self.partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")

    def keep(self) -> None:
        """Move the complete file to its name.

        Raises:
            OutputError: It cannot be moved; nothing is left of it then.
        """
        try:
            os.replace(self.partial, self.path)
        except OSError as error:
            self.drop()
            raise OutputError(f"{self.path} cannot be written: {error.strerror}.") from error

    def drop(self) -> None:
        """Remove what was written."""
        # Whoever drops it has an error to report already.
        with suppress(OSError):
            self.partial.unlink()
