"""The database of past events: its tables, how it is opened, and what can be wrong with it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from pedcam.errors import UserError

BUSY_TIMEOUT = 5.0  # seconds to wait for another process
SIDE_FILES = ("", "-wal", "-shm")
_APPLICATION = 0x70656463  # distinguishes the file from other programs' databases
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_PRIMARY = 0xFF  # the part of an extended error code that says what kind it is

# Numbers are never given twice, so that one who remembers them never means another row. Of a minute
# only "most" is in use; the rest was written by version 0.2, whose files are read on.
_TABLES = (
    """CREATE TABLE sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, kind TEXT NOT NULL,
        address TEXT NOT NULL, complete INTEGER NOT NULL, live INTEGER NOT NULL,
        started REAL NOT NULL, ended REAL NOT NULL
    )""",
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
        kind TEXT NOT NULL, track INTEGER NOT NULL, place TEXT NOT NULL,
        direction TEXT NOT NULL, frame INTEGER NOT NULL, time REAL NOT NULL, at REAL NOT NULL
    )""",
    "CREATE INDEX events_at ON events (at)",
    "CREATE INDEX events_session ON events (session, track)",
    """CREATE TABLE snapshots (
        event INTEGER PRIMARY KEY REFERENCES events ON DELETE CASCADE, image BLOB NOT NULL
    )""",
    """CREATE TABLE minutes (
        session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, at INTEGER NOT NULL,
        most INTEGER NOT NULL, mean REAL NOT NULL, total INTEGER NOT NULL, new INTEGER NOT NULL,
        PRIMARY KEY (session, at)
    ) WITHOUT ROWID""",
    "CREATE INDEX minutes_at ON minutes (at)",
    """CREATE TABLE line_minutes (
        session INTEGER NOT NULL, at INTEGER NOT NULL, name TEXT NOT NULL,
        into_count INTEGER NOT NULL, out_count INTEGER NOT NULL,
        PRIMARY KEY (session, at, name),
        FOREIGN KEY (session, at) REFERENCES minutes ON DELETE CASCADE
    ) WITHOUT ROWID""",
    """CREATE TABLE zone_minutes (
        session INTEGER NOT NULL, at INTEGER NOT NULL, name TEXT NOT NULL,
        most INTEGER NOT NULL, new INTEGER NOT NULL,
        PRIMARY KEY (session, at, name),
        FOREIGN KEY (session, at) REFERENCES minutes ON DELETE CASCADE
    ) WITHOUT ROWID""",
)
_ALERTS = (
    "ALTER TABLE events ADD COLUMN rule TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE events ADD COLUMN detail TEXT NOT NULL DEFAULT ''",
    # Several events may share a file, whose size stands at each of them.
    """CREATE TABLE clips (
        event INTEGER PRIMARY KEY REFERENCES events ON DELETE CASCADE,
        name TEXT NOT NULL, bytes INTEGER NOT NULL
    )""",
    "CREATE INDEX clips_name ON clips (name)",
)
_NAMES = {"sessions", "events", "snapshots", "clips", "minutes", "line_minutes", "zone_minutes"}


class HistoryError(UserError):
    """The history cannot be used; the message says why and what to do."""


class HistoryDamagedError(HistoryError):
    """The file is no database, or a damaged one."""


class HistoryInterruptedError(HistoryError):
    """A search was given up because nobody wants its answer any more."""


def _create(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)


def _add_alerts(connection: sqlite3.Connection) -> None:
    for statement in _ALERTS:
        connection.execute(statement)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_create, _add_alerts)
"""Each brings the tables from the version that is its place here to the next."""


def connect(path: Path) -> sqlite3.Connection:
    """Open or create the database, and create or update its tables, or raise HistoryError.

    The file and a new folder are for their owner alone, as there are pictures of people in it.
    """
    with translated(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        # Used by one thread at a time, but not always by the one that opened it.
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection)
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
        return connection


def empty_database() -> sqlite3.Connection:
    """Return a database in memory with the tables and nothing in them."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for migration in MIGRATIONS:
        migration(connection)
    return connection


def set_aside(path: Path, identity: tuple[int, int] | None) -> str:
    """Rename a damaged database, so that a new one can begin; return what people should know.

    A file of another :func:`file_identity` is left alone, and the text is empty.
    """
    if identity is None or file_identity(path) != identity:
        return ""
    # To the microsecond, as another one may have been damaged today.
    name = f"{path.stem}.damaged-{datetime.now():%Y-%m-%d_%H-%M-%S-%f}{path.suffix}"
    aside = path.with_name(name)
    with translated(path):
        os.replace(path, aside)
        for suffix in SIDE_FILES[1:]:
            with suppress(FileNotFoundError):
                os.replace(f"{path}{suffix}", f"{aside}{suffix}")
    return f"The history was damaged. A new one has begun, and the old file is kept as {aside}."


def file_identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one of the same name; ``None`` without a file."""
    with translated(path), suppress(FileNotFoundError, NotADirectoryError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def pragma(connection: sqlite3.Connection, name: str) -> int:
    """Return the number that the database has under that name."""
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do everything in the block or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk has ended it already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of the database and of the system into :class:`HistoryError`."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            raise
        raise _explained(path, error, code & _PRIMARY) from error
    except OSError as error:
        raise HistoryError(
            f"The history cannot be kept in {path}: {error.strerror or error}. "
            "Check the folder's permissions and the free space."
        ) from error


def disk_bytes(path: Path) -> int:
    """Return how much of the disk the database takes, with the files beside it."""
    total = 0
    for suffix in SIDE_FILES:
        with suppress(OSError):
            total += os.stat(f"{path}{suffix}").st_size
    return total


def _prepare(connection: sqlite3.Connection) -> None:
    if not pragma(connection, "page_count"):
        # Has to come before the first page is written, which the journal mode does.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    _set_journal(connection)
    for setting in (
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        # What people delete is to be gone, also from the file.
        "secure_delete = ON",
        "journal_size_limit = 4194304",
    ):
        connection.execute(f"PRAGMA {setting}")


def _set_journal(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite itself does not wait here for another process."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY not in _BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if pragma(connection, "user_version") != len(MIGRATIONS) or not _is_ours(connection):
        with transaction(connection):
            version = pragma(connection, "user_version")  # another process may have been first
            if version > len(MIGRATIONS):
                raise HistoryError(
                    f"The history in {path} was written by a newer pedcam. Use that one, or move "
                    "the file away to begin a new history."
                )
            if version == 0 and not _is_ours(connection) and _tables(connection):
                raise HistoryDamagedError(f"{path} belongs to another program.")
            for migration in MIGRATIONS[version:]:
                migration(connection)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    if not _tables(connection) >= _NAMES:
        raise HistoryDamagedError(f"{path} lacks some of its tables.")


def _is_ours(connection: sqlite3.Connection) -> bool:
    return pragma(connection, "application_id") == _APPLICATION


def _tables(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    return {name for (name,) in rows if not name.startswith("sqlite_")}


def _explained(path: Path, error: sqlite3.Error, code: int) -> HistoryError:
    if code in _DAMAGED:
        return HistoryDamagedError(f"The history in {path} is damaged ({error}).")
    if code in _BUSY:
        return HistoryError(
            f"The history in {path} is in use by another program. Close other windows of pedcam, "
            "or whatever else has the file open."
        )
    if code == sqlite3.SQLITE_INTERRUPT:
        return HistoryInterruptedError("The search was given up.")
    if code == sqlite3.SQLITE_FULL:
        return HistoryError(
            f"The history cannot be kept in {path}: the disk is full. Free some space."
        )
    return HistoryError(
        f"The history in {path} cannot be used: {error}. Check the file's and the folder's "
        "permissions and the free space."
    )
