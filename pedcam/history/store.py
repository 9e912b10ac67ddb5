"""Events and counts of the past, in a SQLite file: written, found and deleted."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

import platformdirs

from pedcam.history import rows, schema
from pedcam.history.clips import Clips
from pedcam.history.values import Found, HistoryQuery, HistorySource, PastEvent
from pedcam.video.people.counts import Event

DAY = 86400.0  # seconds
QUARTER = 900  # seconds; what all time zones are multiples of
ENOUGH = 0.9  # of the limit is kept where it was passed


def history_file() -> Path:
    """Return where the history is kept."""
    return platformdirs.user_data_path("pedcam", appauthor=False) / "history.sqlite3"


def clips_folder(history_file: Path) -> Path:
    """Return the folder for the clips of a history, made for its owner alone if need be.

    Raises:
        HistoryError: It cannot be made.
    """
    folder = Clips(history_file).folder
    with schema.translated(history_file):
        history_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class History:
    """The store, for one thread at a time; several processes may have the same file open.

    The file is opened when it is first needed, and again after it was moved or replaced. A missing
    one is begun by :meth:`write` only; it reads as an empty one. All times are in seconds since
    1970 (UTC). All methods raise :class:`~pedcam.history.schema.HistoryError` if the file cannot be
    used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.note = ""  # what people should know of the last opening; mostly empty
        self.clips = Clips(path)
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def open(self, *, create: bool = False) -> bool:
        """Open the file unless it is open; a damaged one is set aside and a new one begun.

        Returns:
            Whether it is another file than the last time, so that earlier numbers mean nothing.
        """
        identity = schema.file_identity(self.path)
        missing = identity is None
        if self._connection is not None and identity == self._identity and not (missing and create):
            return False
        self.close()
        self.note = ""
        if missing and not create:
            self._connection = schema.empty_database()
        else:
            try:
                self._connection = schema.connect(self.path)
            except schema.HistoryDamagedError:
                # Not the new file that another process may have begun since.
                self.note = schema.set_aside(self.path, identity)
                self._connection = schema.connect(self.path)
            identity = schema.file_identity(self.path)
        before, self._identity = self._identity, identity
        return identity != before

    def close(self) -> None:
        """Close the file until it is needed again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def set_aside(self) -> str:
        """Set aside the file in which damage was found; return what people should know."""
        self.close()
        return schema.set_aside(self.path, self._identity)

    def interrupt(self) -> None:
        """Give up the search that is going on, if any; may be called from any thread."""
        connection = self._connection
        if connection is not None:
            # It may be closed by now.
            with suppress(sqlite3.ProgrammingError):
                connection.interrupt()

    def write(
        self,
        source: HistorySource,
        *,
        live: bool,
        started: float,
        ended: float,
        session: int | None = None,
        events: Sequence[PastEvent] = (),
        minutes: Mapping[int, int] | None = None,
    ) -> int:
        """Write a part of a session, whole or not at all; return the session's number.

        ``session`` is its number from the last time, which stays the same even if it was deleted
        meanwhile. ``minutes`` holds the most people at once by the first second of each minute, in
        place of what was written of that minute before.
        """
        with self._using(create=True) as database, schema.transaction(database):
            fields = asdict(source) | {"live": live, "started": started, "ended": ended}
            number: int = database.execute(
                "INSERT INTO sessions (id, title, kind, address, complete, live, started, ended) "
                "VALUES (:id, :title, :kind, :address, :complete, :live, :started, :ended) "
                "ON CONFLICT (id) DO UPDATE SET ended = excluded.ended RETURNING id",
                fields | {"id": session},
            ).fetchone()[0]
            for event in events:
                rows.write_event(database, number, event)
            rows.write_minutes(database, number, minutes or {})
        return number

    def attach_clip(self, session: int, event: Event, clip: Path) -> bool:
        """Give the last such event of a session its clip, a file in :func:`clips_folder`.

        Returns:
            Whether there are such an event and such a file.
        """
        with self._using() as database, suppress(FileNotFoundError):
            return rows.write_clip(database, session, event, clip.name, clip.stat().st_size)
        return False

    def find(self, query: HistoryQuery, *, limit: int | None = None) -> Iterator[PastEvent]:
        """Return the events that match one by one, in little memory."""
        condition, values = rows.where("events", query)
        way = "DESC" if query.descending else "ASC"
        columns = tuple(dict.fromkeys((*query.order.value, "events.at", "events.id")))
        sorting = ", ".join(f"{column} {way}" for column in columns)
        with self._using() as database:
            for row in database.execute(
                f"{rows.EVENTS} WHERE {condition} ORDER BY {sorting} LIMIT ?",
                (*values, -1 if limit is None else limit),
            ):
                yield rows.past_event(row, self.path, self.clips)

    def search(self, query: HistoryQuery, *, limit: int | None = None) -> Found:
        """Return the first page of the events that match, and what there is to know of all."""
        with self._using() as database:
            run = database.execute
            newest = run("SELECT coalesce(max(id), 0) FROM events").fetchone()[0]
            query = replace(query, newest=newest)
            condition, values = rows.where("events", query)
            quarters = run(
                f"SELECT CAST(events.at / {QUARTER} AS INTEGER) AS quarter, count(*), "
                "count(*) FILTER (WHERE events.kind = 'appeared') "
                "FROM events JOIN sessions ON sessions.id = events.session "
                f"WHERE {condition} GROUP BY quarter",
                values,
            ).fetchall()
            condition, values = rows.where("minutes", query)
            most = run(
                "SELECT minutes.most, minutes.at FROM minutes "
                "JOIN sessions ON sessions.id = minutes.session "
                f"WHERE {condition} ORDER BY minutes.most DESC, minutes.at LIMIT 1",
                values,
            ).fetchone()
            sources = run(
                "SELECT title, kind, address, complete, max(started) FROM sessions "
                "GROUP BY kind, address ORDER BY max(started) DESC"
            ).fetchall()
            zones = run(
                "SELECT DISTINCT place FROM events WHERE place <> '' ORDER BY place COLLATE NOCASE"
            ).fetchall()
            rules = run(
                "SELECT DISTINCT rule FROM events WHERE kind = 'alert' ORDER BY rule COLLATE NOCASE"
            ).fetchall()
        return Found(
            query=query,
            events=list(self.find(query, limit=limit)),
            total=sum(number for _, number, _ in quarters),
            people=sum(people for *_, people in quarters),
            most=most,
            quarters={QUARTER * start: number for start, number, _ in quarters},
            sources=[
                HistorySource(title, kind, address, bool(complete))
                for title, kind, address, complete, _ in sources
            ],
            zones=[zone for (zone,) in zones],
            rules=[rule for (rule,) in rules],
            size=schema.disk_bytes(self.path) + self.clips.disk_bytes(),
            note=self.note,
        )

    def snapshot(self, event: PastEvent) -> tuple[bytes, float] | None:
        """Return the last JPEG of that person up to the event, and when it was taken.

        For a crowd, that of its moment.
        """
        with self._using() as database:
            row = database.execute(
                "SELECT image, at FROM snapshots JOIN events ON events.id = snapshots.event "
                "WHERE session = ? AND track = ? AND events.id <= ? AND (track OR frame = ?) "
                "ORDER BY events.id DESC LIMIT 1",
                (event.session, event.event.track, event.id, event.event.frame),
            ).fetchone()
        return (bytes(row[0]), float(row[1])) if row is not None else None

    def delete(self, what: HistoryQuery | Sequence[int]) -> None:
        """Delete the events that match, or those of these numbers.

        Their clips go with them, as far as no other event has the same one. Where a query is about
        time and source only, what was counted then goes, too.
        """
        with self._using() as database, self._without_clips(database):
            if not isinstance(what, HistoryQuery):
                numbers = "SELECT value FROM json_each(?)"
                database.execute(f"DELETE FROM events WHERE id IN ({numbers})", [json.dumps(what)])
            elif not rows.delete_matching(database, what):
                return
            rows.tidy(database)

    def shrink(self, limit: int) -> None:
        """Delete the oldest pictures and clips, then events, if all take more bytes."""
        with self._using() as database, self._without_clips(database):
            if rows.used_bytes(database) <= limit:
                return
            while (excess := rows.used_bytes(database) - int(ENOUGH * limit)) > 0:
                if rows.delete_oldest_pictures(database, excess):
                    continue
                oldest = "SELECT at FROM events ORDER BY at LIMIT ?"
                last = database.execute(f"SELECT max(at) FROM ({oldest})", (rows.ROWS,)).fetchone()[
                    0
                ]
                if last is None:
                    # Only counts are left, of which years fit into any sensible limit.
                    break
                rows.delete_matching(database, HistoryQuery(until=math.nextafter(last, math.inf)))
            rows.tidy(database)

    def sweep(self, now: float) -> None:
        """Delete files among the clips that no event has, once they are older than a while."""
        with self._using() as database:
            self.clips.sweep(rows.clip_names(database), now)

    @contextmanager
    def _without_clips(self, database: sqlite3.Connection) -> Iterator[None]:
        """Delete the files of those clips that no event has any more after the block."""
        before = rows.clip_names(database)
        yield
        self.clips.delete(before - rows.clip_names(database))

    @contextmanager
    def _using(self, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        with schema.translated(self.path):
            self.open(create=create)
            assert self._connection is not None
            yield self._connection
