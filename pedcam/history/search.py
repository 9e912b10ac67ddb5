"""Finding what happened, and deleting it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pedcam.history.schema import HistoryDamagedError, transaction, translated
from pedcam.history.store import History
from pedcam.history.values import HistoryQuery, HistorySource, HistorySummary, Order, PastEvent
from pedcam.video.people.counts import Event, EventKind

PAGE = 500
QUARTER = 900  # seconds; what all time zones are multiples of
_CHUNK = 2000
COLUMNS = (
    "events.id, events.session, sessions.title, sessions.kind, sessions.address, "
    "sessions.complete, sessions.live, events.kind, events.track, events.frame, events.time, "
    "events.place, events.direction, events.at"
)
JOIN = "events JOIN sessions ON sessions.id = events.session"
ORDERS = {
    Order.TIME: "",
    Order.SOURCE: "sessions.title COLLATE NOCASE {way}, ",
    Order.PERSON: "events.track {way}, ",
    Order.KIND: "events.kind {way}, events.direction {way}, ",
    Order.PLACE: "events.place COLLATE NOCASE {way}, ",
    Order.POSITION: "events.time {way}, ",
}


def past_event(row: tuple[Any, ...]) -> PastEvent:
    """Return the event of a row of :data:`COLUMNS`.

    Raises:
        TypeError: There is something in the row that does not belong there.
        ValueError: The same.
    """
    number, session, title, source_kind, address, complete, live, *happened = row
    kind, track, frame, seconds, place, direction, at = happened
    return PastEvent(
        id=int(number),
        session=int(session),
        source=HistorySource(str(title), str(source_kind), str(address), bool(complete)),
        live=bool(live),
        event=Event(
            EventKind(kind), int(track), int(frame), float(seconds), str(place), str(direction)
        ),
        at=float(at),
    )


def where_events(query: HistoryQuery, newest: int | None) -> tuple[str, list[object]]:
    """Return the condition that events match, and its values.

    Args:
        query: Which are wanted.
        newest: The highest number, ``None`` for all.
    """
    conditions, values = _where_when("events", query)
    if query.kinds is not None:
        marks = ", ".join("?" * len(query.kinds))
        conditions.append(f"events.kind IN ({marks})")
        values += sorted(kind.value for kind in query.kinds)
    if query.place is not None:
        conditions.append("events.place = ?")
        values.append(query.place)
    if newest is not None:
        conditions.append("events.id <= ?")
        values.append(newest)
    return " AND ".join(conditions), values


def where_minutes(query: HistoryQuery) -> tuple[str, list[object]]:
    """Return the condition that minutes match, and its values."""
    conditions, values = _where_when("minutes", query)
    return " AND ".join(conditions), values


def _where_when(table: str, query: HistoryQuery) -> tuple[list[str], list[object]]:
    conditions, values = ["TRUE"], list[object]()
    for condition, value in (
        (f"{table}.at >= ?", query.since),
        (f"{table}.at < ?", query.until),
        (f"{table}.session = ?", query.session),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if query.source is not None:
        conditions.append("sessions.kind = ? AND sessions.address = ?")
        values += query.source
    return conditions, values


class HistorySearch:
    """Looks things up in the history, for one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            HistoryError: It cannot be used.
        """
        self.path = path
        self._history = History(path)
        self._connection = self._history.connection
        self._lock = threading.Lock()
        self._searching = False

    @property
    def note(self) -> str:
        """What people should know of the opening; mostly empty."""
        return self._history.note

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._history.size

    def close(self) -> None:
        """Close the file."""
        self._history.close()

    def interrupt(self) -> None:
        """Give up the search that is going on, if one is; may be called from any thread."""
        with self._lock:
            if self._searching:
                self._connection.interrupt()

    def newest(self) -> int:
        """Return the number of the newest event, 0 if there is none."""
        with self._search():
            return int(
                self._connection.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
            )

    def find(
        self,
        query: HistoryQuery,
        *,
        order: Order = Order.TIME,
        descending: bool = True,
        offset: int = 0,
        limit: int | None = PAGE,
        newest: int | None = None,
    ) -> list[PastEvent]:
        """Return a page of the events that match.

        Args:
            query: Which.
            order: What they are sorted by, and by time where that is the same.
            descending: Whether the highest come first.
            offset: How many of them to leave out.
            limit: The most to return.
            newest: Leave out events of higher numbers, so that one page goes with another.

        Raises:
            HistoryError: It cannot be read.
        """
        where, values = where_events(query, newest)
        way = "DESC" if descending else "ASC"
        with self._search():
            rows = self._connection.execute(
                f"SELECT {COLUMNS} FROM {JOIN} WHERE {where} "
                f"ORDER BY {ORDERS[order].format(way=way)}events.at {way}, events.id {way} "
                "LIMIT ? OFFSET ?",
                (*values, -1 if limit is None else limit, offset),
            ).fetchall()
        return [self._past_event(row) for row in rows]

    def all(self, query: HistoryQuery) -> Iterator[PastEvent]:
        """Return the events that match one by one, the oldest first, in little memory.

        Raises:
            HistoryError: They cannot be read.
        """
        newest = self.newest()
        where, values = where_events(query, newest)
        last = (float("-inf"), 0)
        while True:
            with self._search():
                rows = self._connection.execute(
                    f"SELECT {COLUMNS} FROM {JOIN} WHERE {where} "
                    "AND (events.at, events.id) > (?, ?) ORDER BY events.at, events.id LIMIT ?",
                    (*values, *last, _CHUNK),
                ).fetchall()
            if not rows:
                return
            events = [self._past_event(row) for row in rows]
            yield from events
            last = events[-1].at, events[-1].id

    def summary(self, query: HistoryQuery, newest: int | None = None) -> HistorySummary:
        """Return what the events that match add up to.

        Raises:
            HistoryError: It cannot be read.
        """
        where, values = where_events(query, newest)
        minutes, bounds = where_minutes(query)
        with self._search():
            run = self._connection.execute
            events, people, first, last = run(
                "SELECT count(*), count(*) FILTER (WHERE events.kind = 'appeared'), "
                f"min(events.at), max(events.at) FROM {JOIN} WHERE {where}",
                values,
            ).fetchone()
            most = run(
                "SELECT minutes.most, minutes.at FROM minutes "
                "JOIN sessions ON sessions.id = minutes.session "
                f"WHERE {minutes} ORDER BY minutes.most DESC, minutes.at LIMIT 1",
                bounds,
            ).fetchone()
            quarters = run(
                f"SELECT CAST(events.at / {QUARTER} AS INTEGER) AS quarter, count(*) "
                f"FROM {JOIN} WHERE {where} GROUP BY quarter",
                values,
            ).fetchall()
        return HistorySummary(
            events,
            people,
            most,
            first,
            last,
            {QUARTER * start: number for start, number in quarters},
        )

    def sources(self) -> list[HistorySource]:
        """Return the sources of which there is something, the newest first.

        Raises:
            HistoryError: They cannot be read.
        """
        with self._search():
            rows = self._connection.execute(
                "SELECT title, kind, address, complete, max(started) FROM sessions "
                "GROUP BY kind, address ORDER BY max(started) DESC"
            ).fetchall()
        return [
            HistorySource(title, kind, address, bool(complete))
            for title, kind, address, complete, _ in rows
        ]

    def places(self) -> list[str]:
        """Return the names of the lines and zones at which something happened.

        Raises:
            HistoryError: They cannot be read.
        """
        with self._search():
            rows = self._connection.execute(
                "SELECT DISTINCT place FROM events WHERE place <> '' ORDER BY place COLLATE NOCASE"
            ).fetchall()
        return [place for (place,) in rows]

    def snapshot(self, event: PastEvent) -> tuple[bytes, float] | None:
        """Return the picture of the moment, or the last one of that person before it.

        Returns:
            A JPEG and when it was taken; ``None`` where there is none.

        Raises:
            HistoryError: It cannot be read.
        """
        with self._search():
            row = self._connection.execute(
                "SELECT image, at FROM snapshots JOIN events ON events.id = snapshots.event "
                "WHERE session = ? AND track = ? AND events.id <= ? "
                "ORDER BY events.id DESC LIMIT 1",
                (event.session, event.event.track, event.id),
            ).fetchone()
        return (bytes(row[0]), float(row[1])) if row is not None else None

    def delete(self, query: HistoryQuery) -> None:
        """Delete the events that match; without kinds and place also what was counted then.

        Raises:
            HistoryError: They cannot be deleted.
        """
        if query == HistoryQuery():
            self._history.clear()
            return
        where, values = where_events(query, None)
        with translated(self.path):
            run = self._connection.execute
            while run(
                "DELETE FROM events WHERE id IN "
                f"(SELECT events.id FROM {JOIN} WHERE {where} LIMIT {_CHUNK})",
                values,
            ).rowcount:
                pass
            if query.kinds is None and query.place is None:
                minutes, bounds = where_minutes(query)
                run(
                    "DELETE FROM minutes WHERE (session, at) IN (SELECT session, at FROM minutes "
                    f"JOIN sessions ON sessions.id = minutes.session WHERE {minutes})",
                    bounds,
                )
        self._history.tidy()

    def delete_events(self, ids: list[int]) -> None:
        """Delete events by their numbers.

        Raises:
            HistoryError: They cannot be deleted.
        """
        with translated(self.path), transaction(self._connection):
            self._connection.executemany("DELETE FROM events WHERE id = ?", [(i,) for i in ids])
        self._history.tidy()

    @contextmanager
    def _search(self) -> Iterator[None]:
        with self._lock:
            self._searching = True
        try:
            with translated(self.path):
                yield
        finally:
            with self._lock:
                self._searching = False

    def _past_event(self, row: tuple[object, ...]) -> PastEvent:
        try:
            return past_event(row)
        except (TypeError, ValueError) as error:
            raise HistoryDamagedError(
                f"The history in {self.path} is damaged: it holds an event that is none ({error})."
            ) from error
