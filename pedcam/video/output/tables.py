"""What was found, person by person, as CSV and as JSON lines; what such files have in common."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TextIO

from pedcam.video.output.partial_file import OutputError, PartialFile, write_error
from pedcam.video.stream.results import Result


@dataclass(frozen=True)
class Person:
    """Somebody found in a frame."""

    track: int | None  # identity, None for whoever is not followed (yet)
    box: tuple[float, float, float, float]  # left, top, right and bottom edge in pixels
    score: float  # the detector's score, 0 to 1
    zone: str  # names of the zones that the person is in, joined by ;


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
    """A text file that grows with each result; subclasses say what it holds.

    Use it as a context manager. It is complete when the block ends, even after an error or Ctrl-C.
    Every result is on the disk before the next one, so a process that is killed loses none. With
    ``in_place`` it has its name from the start, see
    :class:`~pedcam.video.output.partial_file.PartialFile`. Methods raise
    :class:`~pedcam.video.output.partial_file.OutputError` if it cannot be written.
    """

    def __init__(self, path: Path, *, overwrite: bool = False, in_place: bool = False) -> None:
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
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def size(self) -> int:
        """Bytes on the disk so far."""
        return self._output.size

    def append(self, result: Result) -> None:
        """Write down the people of a frame: times in seconds, boxes in pixels.

        After an OutputError a file in place keeps the frames before; nothing is left of another
        one.
        """
        try:
            self._whole = self._output.size
            self._write(result)
            self._file.flush()
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Complete the file; more calls do nothing."""
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
    ``track``, ``frame``, ``time``, ``place``, ``direction``, ``rule`` and ``detail`` as in
    :class:`pedcam.video.people.counts.Event`. They follow the people of their frame.
    """

    def _write(self, result: Result) -> None:
        for person in people_in(result):
            corners = (round(value, 1) for value in person.box)
            self._line(
                type="detection",
                frame=result.frame.index,
                time=round(result.frame.time, 3),
                track=person.track,
                **dict(zip(("x1", "y1", "x2", "y2"), corners, strict=True)),
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
                rule=event.rule,
                detail=event.detail,
            )

    def _line(self, **fields: Any) -> None:
        self._file.write(json.dumps(fields, ensure_ascii=False) + "\n")
