"""What was found, person by person, as CSV and as JSON lines; what such files have in common."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from pedcam.video.output.partial_file import OutputError, PartialFile, write_error
from pedcam.video.stream.results import Result


class ResultWriter(Protocol):
    """Something that writes down what is found, frame by frame."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def size(self) -> int:
        """Bytes on the disk so far."""

    def append(self, result: Result) -> None:
        """Write down what was found in a frame.

        Raises:
            OutputError: It cannot be written.
        """

    def close(self) -> None:
        """Complete the file; more calls do nothing.

        Raises:
            OutputError: It cannot be completed.
        """


@dataclass(frozen=True)
class Person:
    """Somebody found in a frame.

    Attributes:
        track: Identity, ``None`` where nobody follows or the person is not followed yet.
        box: Left, top, right and bottom edge in pixels of the frame.
        score: The detector's score, 0 to 1.
        zone: Names of the zones that the person is in, joined by ``;``.
    """

    track: int | None
    box: tuple[float, float, float, float]
    score: float
    zone: str


def people_in(result: Result) -> Iterator[Person]:
    """Give the people of a result one by one."""
    found = result.detections
    zones = found.data.get("zones")
    for number in range(len(found)):
        assert found.confidence is not None, "a detector gives every box a score"
        left, top, right, bottom = map(float, found.xyxy[number])
        track = -1 if found.tracker_id is None else int(found.tracker_id[number])
        yield Person(
            track=track if track >= 0 else None,
            box=(left, top, right, bottom),
            score=float(found.confidence[number]),
            zone="" if zones is None else str(zones[number]),
        )


class ResultFile:
    """A text file that grows with each result; what it holds is up to those derived from it.

    Use it as a context manager. It is complete when the block ends, also after an error or Ctrl-C.
    Every result is on the disk before the next one, so a process that is killed loses none.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, *, overwrite: bool = False, in_place: bool = False) -> None:
        """Check the target and begin.

        Args:
            path: The file.
            overwrite: Whether an existing file may be replaced.
            in_place: Whether the file has its name from the start and not only when it is
                complete, see :class:`pedcam.video.output.partial_file.PartialFile`.

        Raises:
            OutputError: The file may not be written.
        """
        self.path = path
        self._in_place = in_place
        self._output = PartialFile(path, overwrite=overwrite, in_place=in_place)
        self._whole = 0
        try:
            self._file: TextIO = self._output.partial.open(
                # Names of zones may be bytes that are no text.
                "w",
                encoding="utf-8",
                errors="backslashreplace",
                newline="",
            )
        except OSError as error:
            self._output.drop()
            raise write_error(path, error) from error
        try:
            self._begin()
            self._file.flush()
        except OSError as error:
            raise self._failed(error) from error

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

    @property
    def size(self) -> int:
        """Bytes on the disk so far."""
        return self._output.size

    def append(self, result: Result) -> None:
        """Write down the people of a frame: times in seconds, boxes in pixels.

        Raises:
            OutputError: They cannot be written. A file in place then keeps the frames before;
                nothing is left of another one.
        """
        try:
            self._whole = self._output.size
            self._write(result)
            self._file.flush()
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Complete the file; more calls do nothing.

        Raises:
            OutputError: It cannot be completed; see :meth:`append`.
        """
        if self._file.closed:
            return
        try:
            self._finish()
            self._file.close()
        except OSError as error:
            raise self._failed(error) from error
        self._output.keep()

    def _begin(self) -> None:
        """Write what comes before everything else."""

    def _write(self, result: Result) -> None:
        """Write down what was found in a frame."""
        raise NotImplementedError

    def _finish(self) -> None:
        """Write what comes after everything else."""

    def _failed(self, error: OSError) -> OutputError:
        # An open file cannot be removed everywhere, and close() has nothing left to complete.
        with suppress(OSError):
            self._file.close()
        failure = write_error(self.path, error)
        if not self._in_place or not self._whole:
            self._output.drop()
            return failure
        with suppress(OSError):
            # Half a row would pass for a whole one.
            os.truncate(self._output.partial, self._whole)
        self._output.rescue()
        return OutputError(f"{failure} What was written until then is in {self.path}.")


class TableWriter(ResultFile):
    """Writes one row per person found to a CSV file; see :class:`ResultFile`.

    ``track`` is empty for whoever is not followed, ``zone`` holds the names of the zones that the
    person is in, joined by ``;``.
    """

    COLUMNS = ("frame", "time", "track", "x1", "y1", "x2", "y2", "score", "preset", "zone")

    def _begin(self) -> None:
        self._rows = csv.writer(self._file)
        self._rows.writerow(self.COLUMNS)

    def _write(self, result: Result) -> None:
        for person in people_in(result):
            self._rows.writerow(
                (
                    result.frame.index,
                    f"{result.frame.time:.3f}",
                    person.track,
                    *(f"{value:.1f}" for value in person.box),
                    f"{person.score:.4f}",
                    result.preset,
                    person.zone,
                )
            )


class JsonLinesWriter(ResultFile):
    """Writes a JSON object per line; see :class:`ResultFile`.

    Objects of ``"type": "detection"`` have the fields of the CSV file, with ``null`` as track of
    whoever is not followed. Those of ``"type": "event"`` tell what somebody did: ``kind``,
    ``track``, ``frame``, ``time``, ``place`` and ``direction`` as in
    :class:`pedcam.video.people.counts.Event`. They follow the people of their frame.
    """

    def _write(self, result: Result) -> None:
        for person in people_in(result):
            left, top, right, bottom = (round(value, 1) for value in person.box)
            self._line(
                type="detection",
                frame=result.frame.index,
                time=round(result.frame.time, 3),
                track=person.track,
                x1=left,
                y1=top,
                x2=right,
                y2=bottom,
                score=round(person.score, 4),
                preset=result.preset,
                zone=person.zone,
            )
        for event in result.counts.events if result.counts is not None else ():
            self._line(
                type="event",
                kind=event.kind.value,
                track=event.track,
                frame=event.frame,
                time=round(event.time, 3),
                place=event.zone,
                direction=event.direction,
            )

    def _line(self, **fields: Any) -> None:
        self._file.write(json.dumps(fields, ensure_ascii=False) + "\n")
