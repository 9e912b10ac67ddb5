"""The rows of the history's tables: how they are selected, read, written and deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pedcam.history.clips import Clips
from pedcam.history.schema import HistoryDamagedError, pragma
from pedcam.history.values import HistoryQuery, HistorySource, PastEvent, storable
from pedcam.video.people.counts import Event, EventKind

ROWS = 2000  # deleted at a time, so that others are not kept waiting
_PAGES = 500
_PICTURES = 200
EVENTS = (
    "SELECT events.id, events.session, sessions.title, sessions.kind, sessions.address, "
    "sessions.complete, sessions.live, events.kind, events.track, events.frame, events.time, "
    "events.place, events.direction, events.rule, events.detail, events.at, clips.name "
    "FROM events JOIN sessions ON sessions.id = events.session "
    "LEFT JOIN clips ON clips.event = events.id"
)


def past_event(row: tuple[Any, ...], path: Path, clips: Clips) -> PastEvent:
    """Return the event of a row of :data:`EVENTS`, or raise HistoryDamagedError."""
    number, session, title, source_kind, address, complete, live, *happened = row
    kind, track, frame, seconds, *words, at, clip = happened
    try:
        return PastEvent(
            Event(EventKind(kind), int(track), int(frame), float(seconds), *map(str, words)),
            float(at),
            HistorySource(str(title), str(source_kind), str(address), bool(complete)),
            bool(live),
            id=int(number),
            session=int(session),
            clip=clips.path(clip),
        )
    except (TypeError, ValueError) as error:
        raise HistoryDamagedError(
            f"The history in {path} is damaged: it holds an event that makes no sense ({error})."
        ) from error


def where(table: str, query: HistoryQuery) -> tuple[str, list[object]]:
    """Return the condition that rows match, and its values.

    ``table`` is ``events`` or ``minutes``, with ``sessions`` joined; kinds, zone, rule and the
    highest number are about events only.
    """
    wanted: list[tuple[str, object]] = [
        (f"{table}.at >= ?", query.since),
        (f"{table}.at < ?", query.until),
        (f"{table}.session = ?", query.session),
        ("sessions.kind = ?", query.source and query.source.kind),
        ("sessions.address = ?", query.source and query.source.address),
    ]
    if table == "events":
        wanted += [
            ("events.place = ?", query.zone),
            ("events.rule = ?", query.rule),
            ("events.id <= ?", query.newest),
        ]
    conditions = ["TRUE", *(condition for condition, value in wanted if value is not None)]
    values = [value for _, value in wanted if value is not None]
    if table == "events" and query.kinds is not None:
        conditions.append(f"events.kind IN ({', '.join('?' * len(query.kinds))})")
        values += sorted(kind.value for kind in query.kinds)
    return " AND ".join(conditions), values


def write_event(database: sqlite3.Connection, session: int, past: PastEvent) -> None:
    """Write an event of a session, and its picture where it has one."""
    number = database.execute(
        "INSERT INTO events "
        "(session, kind, track, place, direction, rule, detail, frame, time, at) VALUES "
        "(:session, :kind, :track, :place, :direction, :rule, :detail, :frame, :time, :at)",
        _fields(session, past.event) | {"at": past.at},
    ).lastrowid
    if past.snapshot is not None:
        database.execute("INSERT INTO snapshots VALUES (?, ?)", (number, past.snapshot))


def write_clip(
    database: sqlite3.Connection, session: int, event: Event, name: str, size: int
) -> bool:
    """Note the clip of an event; return whether there is such an event."""
    # Those of a video that plays in a loop come again: the last one is meant.
    same = " AND ".join(
        f"{column} = :{column}"
        for column in ("session", "kind", "track", "place", "direction", "rule", "frame", "time")
    )
    noted = database.execute(
        "INSERT OR REPLACE INTO clips SELECT max(id), :name, :size FROM events "
        f"WHERE {same} HAVING max(id) IS NOT NULL",
        _fields(session, event) | {"name": name, "size": size},
    )
    return noted.rowcount > 0


def clip_names(database: sqlite3.Connection) -> set[object]:
    """Return the names of all clips that an event has."""
    return {name for (name,) in database.execute("SELECT DISTINCT name FROM clips")}


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
    if query.kinds is None and query.zone is None and query.rule is None:
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
    """Return how many bytes of the file hold something, and its clips with them."""
    pages = pragma(database, "page_count") - pragma(database, "freelist_count")
    files = "SELECT max(bytes) AS bytes FROM clips GROUP BY name"
    clips = database.execute(f"SELECT coalesce(sum(bytes), 0) FROM ({files})").fetchone()[0]
    return pages * pragma(database, "page_size") + int(clips)


def delete_oldest_pictures(database: sqlite3.Connection, enough: int) -> bool:
    """Delete the oldest pictures and clips, up to so many bytes of them and a number at a time.

    Returns:
        Whether there was any.
    """
    pictures = "SELECT event, length(image) AS bytes, NULL AS name FROM snapshots"
    # A clip is as old as the first of its events.
    clips = "SELECT min(event), max(bytes), name FROM clips GROUP BY name"
    oldest = database.execute(
        f"{pictures} UNION ALL {clips} ORDER BY event LIMIT ?", (_PICTURES,)
    ).fetchall()
    for event, size, name in oldest:
        table, key = ("clips", "name") if name is not None else ("snapshots", "event")
        database.execute(f"DELETE FROM {table} WHERE {key} = ?", (event if name is None else name,))
        enough -= size
        if enough <= 0:
            break
    return bool(oldest)


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


def _fields(session: int, event: Event) -> dict[str, object]:
    """Return what the columns of an event hold."""
    texts = {"place": event.zone, "rule": event.rule, "detail": event.detail}
    stored = {column: storable(text) for column, text in texts.items()}
    return asdict(event) | stored | {"session": session, "kind": event.kind.value}
