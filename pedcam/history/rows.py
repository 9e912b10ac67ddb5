"""The rows of the history's tables: how they are selected, read, written and deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pedcam.history.schema import HistoryDamagedError, pragma
from pedcam.history.values import HistoryQuery, HistorySource, PastEvent, storable
from pedcam.video.people.counts import Event, EventKind

ROWS = 2000  # deleted at a time, so that others are not kept waiting
_PAGES = 500
EVENTS = (
    "SELECT events.id, events.session, sessions.title, sessions.kind, sessions.address, "
    "sessions.complete, sessions.live, events.kind, events.track, events.frame, events.time, "
    "events.place, events.direction, events.at "
    "FROM events JOIN sessions ON sessions.id = events.session"
)


def past_event(row: tuple[Any, ...], path: Path) -> PastEvent:
    """Return the event of a row of :data:`EVENTS`, or raise HistoryDamagedError."""
    number, session, title, source_kind, address, complete, live, *happened = row
    kind, track, frame, seconds, zone, direction, at = happened
    try:
        return PastEvent(
            Event(
                EventKind(kind), int(track), int(frame), float(seconds), str(zone), str(direction)
            ),
            float(at),
            HistorySource(str(title), str(source_kind), str(address), bool(complete)),
            bool(live),
            id=int(number),
            session=int(session),
        )
    except (TypeError, ValueError) as error:
        raise HistoryDamagedError(
            f"The history in {path} is damaged: it holds an event that makes no sense ({error})."
        ) from error


def where(table: str, query: HistoryQuery) -> tuple[str, list[object]]:
    """Return the condition that rows match, and its values.

    ``table`` is ``events`` or ``minutes``, with ``sessions`` joined; kinds, zone and the highest
    number are about events only.
    """
    wanted: list[tuple[str, object]] = [
        (f"{table}.at >= ?", query.since),
        (f"{table}.at < ?", query.until),
        (f"{table}.session = ?", query.session),
        ("sessions.kind = ?", query.source and query.source.kind),
        ("sessions.address = ?", query.source and query.source.address),
    ]
    if table == "events":
        wanted += [("events.place = ?", query.zone), ("events.id <= ?", query.newest)]
    conditions = ["TRUE", *(condition for condition, value in wanted if value is not None)]
    values = [value for _, value in wanted if value is not None]
    if table == "events" and query.kinds is not None:
        conditions.append(f"events.kind IN ({', '.join('?' * len(query.kinds))})")
        values += sorted(kind.value for kind in query.kinds)
    return " AND ".join(conditions), values


def write_event(database: sqlite3.Connection, session: int, past: PastEvent) -> None:
    """Write an event of a session, and its picture where it has one."""
    fields = asdict(past.event) | {
        "session": session,
        "kind": past.event.kind.value,
        "place": storable(past.event.zone),
        "at": past.at,
    }
    number = database.execute(
        "INSERT INTO events (session, kind, track, place, direction, frame, time, at) "
        "VALUES (:session, :kind, :track, :place, :direction, :frame, :time, :at)",
        fields,
    ).lastrowid
    if past.snapshot is not None:
        database.execute("INSERT INTO snapshots VALUES (?, ?)", (number, past.snapshot))


def write_minutes(database: sqlite3.Connection, session: int, minutes: Mapping[int, int]) -> None:
    """Write the most people at once of each minute, instead of what was written of it before."""
    database.executemany(
        "INSERT INTO minutes (session, at, most, mean, total, new) VALUES (?, ?, ?, 0, 0, 0) "
        "ON CONFLICT DO UPDATE SET most = excluded.most",
        [(session, at, most) for at, most in minutes.items()],
    )


def delete_matching(database: sqlite3.Connection, query: HistoryQuery) -> bool:
    """Delete events and, if the query is about time and source only, what was counted then.

    Returns:
        Whether there was anything.
    """
    deleted = False
    keys = {"events": ["id"]}
    if query.kinds is None and query.zone is None:
        keys["minutes"] = ["session", "at"]
    for table, key in keys.items():
        condition, values = where(table, query)
        matching = (
            f"SELECT {', '.join(f'{table}.{column}' for column in key)} FROM {table} "
            f"JOIN sessions ON sessions.id = {table}.session WHERE {condition} LIMIT {ROWS}"
        )
        statement = f"DELETE FROM {table} WHERE ({', '.join(key)}) IN ({matching})"
        while database.execute(statement, values).rowcount:
            deleted = True
    return deleted


def used_bytes(database: sqlite3.Connection) -> int:
    """Return how many bytes of the file hold something."""
    pages = pragma(database, "page_count") - pragma(database, "freelist_count")
    return pages * pragma(database, "page_size")


def tidy(database: sqlite3.Connection) -> None:
    """Drop empty sessions, and give free space back to the disk."""
    # One that is going on may have nothing written down yet; it comes again if need be.
    database.execute(
        "DELETE FROM sessions WHERE NOT EXISTS (SELECT 1 FROM events WHERE session = sessions.id) "
        "AND NOT EXISTS (SELECT 1 FROM minutes WHERE session = sessions.id)"
    )
    free = -1
    while (left := pragma(database, "freelist_count")) and left != free:
        free = left
        database.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
    # What was deleted stands in the log until it is emptied; where others read, they do that.
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
