"""How many people there were over time, kept in rows and written as CSV; knows nothing of Qt."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from math import ceil, floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pedcam.files import write_atomically
from pedcam.ui.figures.meter import people_in
from pedcam.ui.player.playback import Playback
from pedcam.video.output.partial_file import write_error
from pedcam.video.stream.stream import Result

COLUMNS = ("time", "seconds", "people", "total", "per_minute")
KEPT = 24 * 3600  # seconds
HOLD = 3.0  # seconds for which a number stands until the next one
SHORTEST = 0.5  # seconds of a stretch that leaves a trace

Row = tuple[str, float, int, int | str, float | str]
ROW = np.dtype(
    [
        ("start", "f8"),
        ("wall", "f8"),
        ("position", "f8"),
        ("people", "u4"),
        ("total", "i8"),
        ("per_minute", "f4"),
    ]
)
"""A row of one second: when it began; when it was seen, since 1970; its place in the source in
seconds; most people at once; total (-1 unknown) and per minute (NaN unknown) at its end."""

UNKNOWN_TOTAL = -1


@dataclass(frozen=True)
class Moment:
    """What was seen at a time.

    Attributes:
        wall: When it was seen, in seconds since 1970.
        position: Seconds of the source.
        people: Most people at once around that time.
    """

    wall: float
    position: float
    people: int


@dataclass(frozen=True)
class Steps:
    """A part of the series cut into equal columns.

    Attributes:
        end: Where the last column ends, in seconds since the series began.
        width: Seconds of a column.
        people: Most people at once in each column, NaN where nothing was seen.
    """

    end: float
    width: float
    people: NDArray[np.float64]


class PeopleSeries:
    """The number of people over the seconds of the source that were seen, up to a day of them.

    Time is that of the source, so that neither a pause nor the speed of playing distorts it. A jump
    in a file, or its beginning again, is a cut without length; a live source that was away leaves a
    gap as long as it was.

    It changes with every picture, so watchers are not called: look at ``changes`` when it suits.

    Attributes:
        now: Seconds since the series began.
        changes: Grows with every change.
    """

    def __init__(self, playback: Playback, clock: Callable[[], float] = time.time) -> None:
        """Start empty; ``clock`` gives the seconds since 1970."""
        self.changes = 0
        self._playback = playback
        self._clock = clock
        # Twice as much as is kept, so that the rows move only once a day.
        self._table = np.zeros(2 * KEPT, ROW)
        self.clear()

    @property
    def empty(self) -> bool:
        return self._last is None

    def clear(self) -> None:
        """Forget everything: a new source begins."""
        self.changes += 1
        self.now = self._stretch = 0.0  # the second began the present uninterrupted stretch
        self._end = 0
        self._last: tuple[int, int, float] | None = None

    def add(self, result: Result) -> None:
        """Take in the next result; one for the frame before it changes nothing."""
        frame, last = result.frame, self._last
        if last is not None and last[:2] == (frame.segment, frame.index):
            return
        self.changes += 1
        self._last = (frame.segment, frame.index, frame.time)
        if last is not None:
            passed = max(0.0, frame.time - last[2])
            if last[0] != frame.segment:
                self._cut(passed if self._playback.source.live else 0.0)
            else:
                self.now += passed
        start, people, counts = floor(self.now), people_in(result), result.counts
        total = counts.total if counts is not None else UNKNOWN_TOTAL
        per_minute = counts.per_minute if counts is not None else np.nan
        latest = self._table[self._end - 1]
        if self._end and latest["start"] == start:
            latest["people"] = max(latest["people"], people)
            latest["total"], latest["per_minute"] = total, per_minute
            return
        if self._end == len(self._table):
            self._table[:KEPT] = self._table[-KEPT:]
            self._end = KEPT
        self._table[self._end] = (start, self._clock(), frame.time, people, total, per_minute)
        self._end += 1

    def steps(self, span: float, columns: int) -> Steps:
        """Return the last ``span`` seconds as so many columns.

        Columns lie on a fixed grid, so that one keeps its number while time goes on.
        """
        width = span / columns
        end = ceil(self.now / width + 1e-9) * width
        people = np.full(columns, np.nan)
        rows, ends = self._rows(span)
        if len(rows):
            edges = end + (np.arange(columns + 1) - columns) * width
            first = np.searchsorted(ends, edges[:-1], side="right")
            last = np.searchsorted(rows["start"], edges[1:], side="left")
            filled = first < last
            pairs = np.column_stack((first[filled], last[filled])).ravel()
            # One more, because the end of a range must be a row too.
            values = np.append(rows["people"].astype(float), np.nan)
            if len(pairs):
                people[filled] = np.maximum.reduceat(values, pairs)[::2]
        return Steps(end, width, people)

    def at(self, second: float) -> Moment | None:
        """Return what was seen at a second of the series, ``None`` where nothing was."""
        rows, ends = self._rows(self.now - second)
        place = int(np.searchsorted(rows["start"], second, side="right")) - 1
        if place < 0 or second >= ends[place]:
            return None
        row, late = rows[place], second - float(rows["start"][place])
        return Moment(float(row["wall"]) + late, float(row["position"]) + late, int(row["people"]))

    def to_rows(self, zone: tzinfo | None = None) -> Iterator[Row]:
        """Return a row per second for :data:`COLUMNS`, as they are now; any thread may read them.

        ``time`` is when it was seen, with its offset from UTC; ``seconds`` is the place in the
        source; ``people`` the most at once in that second. What is unknown is empty.

        Args:
            zone: The time zone; by default the computer's.
        """
        # Taken now and not when the first row is asked for.
        return (_to_row(row, zone) for row in self._kept().copy())

    def _cut(self, away: float) -> None:
        if not self._playback.source.live and self.now - self._stretch < SHORTEST:
            # Seeking leaves single pictures, which are no time line.
            self._end = int(np.searchsorted(self._table["start"][: self._end], self._stretch))
            self.now = self._stretch
        else:
            # From a whole second on, so that no row has both.
            self.now = self._stretch = floor(self.now + away) + 1.0

    def _kept(self) -> NDArray[np.void]:
        return self._table[max(0, self._end - KEPT) : self._end]

    def _rows(self, span: float) -> tuple[NDArray[np.void], NDArray[np.float64]]:
        """The rows for a view of the last seconds, and the second at which each ends."""
        rows = self._kept()
        # One earlier, which may reach into the view.
        first = int(np.searchsorted(rows["start"], self.now - 2 * span)) - 1
        rows = rows[max(0, first) :]
        starts = rows["start"]
        ends = starts + 1
        holds = starts[1:] - starts[:-1] <= HOLD
        ends[:-1][holds] = starts[1:][holds]
        return rows, ends


def _to_row(row: np.void, zone: tzinfo | None) -> Row:
    seen = datetime.fromtimestamp(float(row["wall"]), zone).astimezone(zone)
    total, per_minute = int(row["total"]), float(row["per_minute"])
    return (
        seen.isoformat(timespec="seconds"),
        round(float(row["position"]), 3),
        int(row["people"]),
        "" if total == UNKNOWN_TOTAL else total,
        "" if np.isnan(per_minute) else round(per_minute, 2),
    )


def write_series(path: Path, rows: Iterable[Row]) -> int:
    """Write the rows of :meth:`PeopleSeries.to_rows` as CSV; return their number.

    The file is complete or not there at all; one of that name is replaced. Waits for the disk.

    Raises:
        OutputError: It cannot be written.
    """
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    listed = list(rows)
    table.writerows(listed)
    try:
        write_atomically(path, text.getvalue().encode())
    except OSError as error:
        raise write_error(path, error) from error
    return len(listed)
