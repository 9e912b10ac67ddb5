"""Events and counts of the past, in a SQLite file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import platformdirs

from pedcam.history.minutes import Minute
from pedcam.history.schema import BUSY_TIMEOUT, disk_bytes, open_history, transaction, translated
from pedcam.history.values import HistorySource, LoggedEvent, storable

DEFAULT_DAYS = 30
DEFAULT_LIMIT = 500 * 2**20  # bytes
DAY = 86400.0  # seconds
ENOUGH = 0.9  # of the limit is kept where it was passed
_ROWS = 2000  # deleted at a time, so that others are not kept waiting
_PICTURES = 200
_PAGES = 500


def history_file() -> Path:
    """Return where the history is kept."""
    return platformdirs.user_data_path("pedcam", appauthor=False) / "history.sqlite3"


class History:
    """The store, for one thread at a time; several processes may have the same file open.

    Use it as a context manager. All times are in seconds since 1970 (UTC).

    Attributes:
        path: The file.
        connection: The open database.
        note: What people should know of the opening; mostly empty.
    """

    def __init__(self, path: Path, *, timeout: float = BUSY_TIMEOUT) -> None:
        """Open the file, or create it.

        Args:
            path: The file. A damaged one is set aside, and ``note`` says so.
            timeout: Seconds to wait whenever another process holds the file.

        Raises:
            HistoryError: It cannot be used.
        """
        self.path = path
        self.connection, self.note = open_history(path, timeout=timeout)

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; more calls do nothing."""
        self.connection.close()

    def write(
        self,
        source: HistorySource,
        *,
        live: bool,
        started: float,
        ended: float,
        session: int | None = None,
        events: Sequence[LoggedEvent] = (),
        minutes: Sequence[Minute] = (),
    ) -> int:
        """Write down a part of a session, whole or not at all.

        Args:
            source: Where the frames came from.
            live: Whether it cannot be played again.
            started: When the session began.
            ended: Until when it went on so far.
            session: Its number from the last time, ``None`` for a new one. One that was deleted
                meanwhile begins anew with the same number.
            events: What happened since.
            minutes: What was counted; a minute replaces what was written of it before.

        Returns:
            The session's number.

        Raises:
            HistoryError: It cannot be written.
        """
        with translated(self.path), transaction(self.connection):
            run = self.connection.execute
            session = run(
                "INSERT INTO sessions (id, title, kind, address, complete, live, started, ended) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET ended = excluded.ended RETURNING id",
                (
                    session,
                    source.title,
                    source.kind,
                    source.address,
                    source.complete,
                    live,
                    started,
                    ended,
                ),
            ).fetchone()[0]
            for logged in events:
                event = logged.event
                number = run(
                    "INSERT INTO events (session, kind, track, place, direction, frame, time, at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        session,
                        event.kind.value,
                        event.track,
                        storable(event.place),
                        event.direction,
                        event.frame,
                        event.time,
                        logged.at,
                    ),
                ).lastrowid
                if logged.snapshot is not None:
                    run("INSERT INTO snapshots VALUES (?, ?)", (number, logged.snapshot))
            for minute in minutes:
                self._write_minute(session, minute)
        return int(session)

    def forget_before(self, at: float) -> None:
        """Delete what happened before that second, and the sessions of which nothing is left.

        Raises:
            HistoryError: It cannot be deleted.
        """
        with translated(self.path):
            self._delete("events", "at < ?", (at,))
            self._delete("minutes", "at < ?", (at,))
            self._drop_empty(at)
            self._give_back()

    def forget_older_than(self, days: float, now: float) -> None:
        """Delete what is older; with 0 days, everything.

        Raises:
            HistoryError: It cannot be deleted.
        """
        if days <= 0:
            self.clear()
        else:
            self.forget_before(now - days * DAY)

    def clear(self) -> None:
        """Delete everything.

        Raises:
            HistoryError: It cannot be deleted.
        """
        with translated(self.path):
            self._delete("events", "TRUE", ())
            self._delete("minutes", "TRUE", ())
            self.connection.execute("DELETE FROM sessions")
            self._give_back()

    def shrink(self, limit: int) -> None:
        """Delete the oldest pictures, and then the oldest of the rest, if there is too much.

        Args:
            limit: Bytes from which on something is deleted.

        Raises:
            HistoryError: It cannot be deleted.
        """
        with translated(self.path):
            if self.used <= limit:
                return
            run = self.connection.execute
            while self.used > ENOUGH * limit:
                oldest = "SELECT event FROM snapshots ORDER BY event LIMIT ?"
                deleted = run(
                    f"DELETE FROM snapshots WHERE event IN ({oldest})", (_PICTURES,)
                ).rowcount
                if not deleted and not self._delete_oldest():
                    break
            self._drop_empty(None)
            self._give_back()

    def tidy(self) -> None:
        """Drop the sessions of which nothing is left, and give free space back to the disk.

        Raises:
            HistoryError: It cannot be done.
        """
        with translated(self.path):
            self._drop_empty(None)
            self._give_back()

    @property
    def used(self) -> int:
        """Bytes of the file that hold something."""
        run = self.connection.execute
        pages, free, size = (
            int(run(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    @property
    def size(self) -> int:
        """Bytes on the disk, with the files beside it."""
        return disk_bytes(self.path)

    def _write_minute(self, session: int, minute: Minute) -> None:
        run = self.connection.execute
        key = session, minute.at
        run(
            "INSERT INTO minutes (session, at, most, mean, total, new) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET most = excluded.most, mean = excluded.mean, "
            "total = excluded.total, new = excluded.new",
            (*key, minute.most, minute.mean, minute.total, minute.new),
        )
        for line in minute.lines:
            run(
                "INSERT OR REPLACE INTO line_minutes VALUES (?, ?, ?, ?, ?)",
                (*key, storable(line.name), line.into, line.out),
            )
        for zone in minute.zones:
            run(
                "INSERT OR REPLACE INTO zone_minutes VALUES (?, ?, ?, ?, ?)",
                (*key, storable(zone.name), zone.most, zone.new),
            )

    def _delete(self, table: str, where: str, values: tuple[object, ...]) -> None:
        """Delete rows a few at a time; ``table`` and ``where`` are this module's own words."""
        # A table without row numbers is deleted by its key.
        key = "(session, at)" if table == "minutes" else "id"
        columns = key.strip("()")
        while self.connection.execute(
            f"DELETE FROM {table} WHERE {key} IN "
            f"(SELECT {columns} FROM {table} WHERE {where} LIMIT {_ROWS})",
            values,
        ).rowcount:
            pass

    def _delete_oldest(self) -> bool:
        """Delete some of the oldest events and what was counted until then."""
        run = self.connection.execute
        row = run("SELECT at FROM events ORDER BY at LIMIT 1 OFFSET ?", (_ROWS,)).fetchone()
        row = row or run("SELECT max(at) FROM events").fetchone()
        if row[0] is None:
            # Only counts are left, of which years fit into any sensible limit.
            return False
        self._delete("events", "at <= ?", (row[0],))
        self._delete("minutes", "at < ?", (row[0],))
        return True

    def _drop_empty(self, before: float | None) -> None:
        # One that is going on may have nothing written down yet; it comes again if need be.
        self.connection.execute(
            "DELETE FROM sessions WHERE (?1 IS NULL OR ended < ?1) "
            "AND NOT EXISTS (SELECT 1 FROM events WHERE session = sessions.id) "
            "AND NOT EXISTS (SELECT 1 FROM minutes WHERE session = sessions.id)",
            (before,),
        )

    def _give_back(self) -> None:
        """Give free space back to the disk, as far as others allow."""
        run = self.connection.execute
        free = -1
        while (left := int(run("PRAGMA freelist_count").fetchone()[0])) and left != free:
            free = left
            run(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
        # What was deleted stands in the log until it is emptied; where others read, they do that.
        run("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
