"""Values over time, one row for each short stretch of it; knows nothing of Qt."""

from __future__ import annotations

from math import floor

import numpy as np
from numpy.typing import NDArray

ROW = np.dtype(
    [
        ("start", "f8"),
        ("wall", "f8"),
        ("position", "f8"),
        ("people", "u4"),
        ("total", "i8"),
        ("per_minute", "f4"),
        ("cut", "?"),
    ]
)
"""A row: its first second; when it was seen, since 1970; its place in the source in seconds; most
people at once; total (-1 unknown) and per minute (NaN unknown) at its end; whether something is
missing before it."""

UNKNOWN_TOTAL = -1
_FIRST_ROOM = 256


class Bins:
    """A table of rows ``width`` seconds apart or more, of which the newest are kept."""

    def __init__(self, width: float, most: int) -> None:
        """Start without rows.

        Args:
            width: Seconds that one row stands for.
            most: Number of rows that are kept.
        """
        self.width = width
        self._most = most
        self._table = np.zeros(_FIRST_ROOM, ROW)
        self._first = self._end = 0

    @property
    def rows(self) -> NDArray[np.void]:
        """The rows, oldest first; a view that is true until the next change."""
        return self._table[self._first : self._end]

    def put(
        self,
        at: float,
        *,
        wall: float,
        position: float,
        people: int,
        total: int,
        per_minute: float,
        cut: bool,
    ) -> None:
        """Take in a value seen at second ``at``, never earlier than the one before."""
        start = floor(at / self.width) * self.width
        if self._end > self._first and not cut and self._table["start"][self._end - 1] == start:
            last = self._end - 1
            self._table["people"][last] = max(self._table["people"][last], people)
            self._table["total"][last] = total
            self._table["per_minute"][last] = per_minute
            return
        if self._end == len(self._table):
            self._make_room()
        self._table[self._end] = (start, wall, position, people, total, per_minute, cut)
        self._end += 1
        self._first = max(self._first, self._end - self._most)

    def drop_from(self, start: float) -> None:
        """Forget the rows at and after a second."""
        self._end = self._first + int(np.searchsorted(self.rows["start"], start))

    def clear(self) -> None:
        """Forget all rows."""
        self._first = self._end = 0

    def _make_room(self) -> None:
        kept = self.rows
        # Twice as much as is kept, so that the rows move only once in a while.
        room = min(2 * len(self._table), 2 * self._most)
        table = np.zeros(max(room, len(kept) + 1), ROW)
        table[: len(kept)] = kept
        self._table, self._first, self._end = table, 0, len(kept)
