"""Marks beside outputs that are not complete, by which a later run knows what it may replace.

A mark is a hidden file that holds the size and time of the file which was left unfinished; it is
empty while the work goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pedcam.files import hidden_beside
from pedcam.video.output.partial_file import write_error, written_file


def is_complete(output: Path) -> bool:
    """Whether an output is there and nobody left it unfinished."""
    return output.is_file() and not _mark(output).exists()


def was_left_unfinished(output: Path) -> bool:
    """Whether an output is the very file that an earlier run left unfinished."""
    try:
        return _mark(output).read_text(encoding="ascii") == _identity(output) != ""
    except (OSError, ValueError):
        return False


@contextmanager
def unfinished(outputs: Iterable[Path]) -> Iterator[Callable[[], None]]:
    """Mark outputs as unfinished while the block lasts; yields a function that marks them complete.

    Afterwards those that the block changed without completing keep a mark. A block that changed
    nothing leaves everything as it was.

    Raises:
        OutputError: A mark cannot be left.
    """
    # Where there is no folder, the work itself reports it.
    there = [output for output in outputs if _mark(output).parent.is_dir()]
    before = {output: _identity(output) for output in there}
    added = [output for output in there if not _mark(output).exists()]
    complete = False

    def completed() -> None:
        nonlocal complete
        complete = True

    try:
        for output in added:
            try:
                _mark(output).touch()
            except OSError as error:
                raise write_error(output, error) from error
        yield completed
    finally:
        for output in there:
            now = _identity(output)
            # A mark that stays as it is costs no more than a question whether to overwrite.
            with suppress(OSError):
                if complete or (now == before[output] and output in added):
                    _mark(output).unlink(missing_ok=True)
                elif now and now != before[output]:
                    _mark(output).write_text(now, encoding="ascii")


def _mark(output: Path) -> Path:
    return hidden_beside(written_file(output), ".unfinished")


def _identity(output: Path) -> str:
    """Size and time of a file; empty where there is none."""
    try:
        status = output.stat()
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"
