"""What was found, as a table."""

from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from pedcam.video.outputs import OutputError, PartialFile
from pedcam.video.results import Result


class TableWriter:
    """Writes one row per person found to a CSV file.

    Use it as a context manager. Its file appears when the block ends, also after an error or
    Ctrl-C.

    Attributes:
        path: The file.
    """

    COLUMNS = ("frame", "time", "x1", "y1", "x2", "y2", "score", "preset")

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        """Check the target and begin.

        Raises:
            OutputError: The file may not be written.
        """
        self.path = path
        self._output = PartialFile(path, overwrite=overwrite)
        try:
            self._file: TextIO = self._output.partial.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise OutputError(f"{path} cannot be written: {error.strerror}.") from error
        self._rows = csv.writer(self._file)
        self._rows.writerow(self.COLUMNS)

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Complete the file."""
        self.close()

    def append(self, result: Result) -> None:
        """Write a row per person: times in seconds, boxes in pixels.

        Raises:
            OutputError: They cannot be written.
        """
        if not len(result.detections):
            return
        scores = result.detections.confidence
        assert scores is not None, "a detector gives every box a score"
        head = (result.frame.index, f"{result.frame.time:.3f}")
        try:
            for box, score in zip(result.detections.xyxy, scores, strict=True):
                corners = (f"{value:.1f}" for value in box)
                self._rows.writerow((*head, *corners, f"{score:.4f}", result.preset))
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Complete the file and move it to its name; more calls do nothing.

        Raises:
            OutputError: It cannot be completed; nothing is left of it then.
        """
        if self._file.closed:
            return
        try:
            self._file.close()
        except OSError as error:
            raise self._failed(error) from error
        self._output.keep()

    def _failed(self, error: OSError) -> OutputError:
        # An open file cannot be removed everywhere, and close() has nothing left to complete.
        with suppress(OSError):
            self._file.close()
        self._output.drop()
        return OutputError(f"{self.path} cannot be written: {error.strerror}.")
