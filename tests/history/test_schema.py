import sqlite3
import stat
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from pedcam.history import schema
from pedcam.history.schema import (
    MIGRATIONS,
    HistoryDamagedError,
    HistoryError,
    connect,
    file_identity,
    set_aside,
)
from pedcam.history.store import History
from pedcam.history.values import HistoryQuery, PastEvent
from pedcam.video.people.counts import Event, EventKind
from tests.history.data import GATE, START, STREET, appeared, rows, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite3"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_only_the_owner_can_read_it(path: Path) -> None:
    write(path, [appeared(1, START)])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_second_opening_finds_what_the_first_wrote(path: Path) -> None:
    write(path, [appeared(1, START)])
    with closing(History(path)) as history:
        assert len(list(history.find(HistoryQuery()))) == 1
        assert history.note == ""
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert rows(path, "PRAGMA auto_vacuum") == [(2,)]


def test_the_tables_are_those_of_the_second_version(path: Path) -> None:
    """Files of this version have these: another table or column needs a migration."""
    write(path)
    columns = rows(
        path,
        "SELECT tables.name || ' ' || group_concat(columns.name, ' ') FROM sqlite_schema AS tables "
        "JOIN pragma_table_info(tables.name) AS columns "
        "WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%' GROUP BY tables.name",
    )
    assert [text for (text,) in columns] == [
        "clips event name bytes",
        "events id session kind track place direction frame time at rule detail",
        "line_minutes session at name into_count out_count",
        "minutes session at most mean total new",
        "sessions id title kind address complete live started ended",
        "snapshots event image",
        "zone_minutes session at name most new",
    ]
    assert rows(path, "PRAGMA user_version") == [(2,)]
    assert rows(path, "PRAGMA application_id") == [(0x70656463,)]


def test_older_tables_are_brought_up_to_date_and_keep_what_is_in_them(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, [appeared(7, START)])

    def add_note(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE events ADD COLUMN note TEXT NOT NULL DEFAULT 'old'")

    with monkeypatch.context() as newer:
        newer.setattr(schema, "MIGRATIONS", (*MIGRATIONS, add_note))
        connection = connect(path)
    assert connection.execute("SELECT track, note FROM events").fetchall() == [(7, "old")]
    assert connection.execute("PRAGMA user_version").fetchone() == (3,)
    connection.close()
    with pytest.raises(HistoryError, match="newer pedcam"):
        connect(path)
    assert path.exists()


def test_events_of_the_first_version_stay_and_alerts_come_beside_them(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as older, older:
        MIGRATIONS[0](older)
        older.execute(
            "INSERT INTO sessions VALUES (3, 'Gate', 'camera', 'camera:Gate', 1, 1, 5, 6)"
        )
        older.execute("INSERT INTO events VALUES (9, 3, 'crossed', 4, 'Door', 'in', 7, 0.5, 1000)")
        older.execute("INSERT INTO snapshots VALUES (9, x'ff')")
        older.execute("PRAGMA user_version = 1")
        older.execute(f"PRAGMA application_id = {0x70656463}")
    with closing(History(path)) as history:
        alert = Event(EventKind.ALERT, 4, 8, 0.75, "Door", rule="Loitering", detail="it stays")
        events = [PastEvent(alert, 1001.0, GATE, live=True)]
        history.write(GATE, live=True, started=5.0, ended=6.0, session=3, events=events)
        newest, oldest = history.find(HistoryQuery())
        assert oldest.event == Event(EventKind.CROSSED, 4, 7, 0.5, "Door", "in")
        assert (oldest.id, oldest.session, oldest.clip) == (9, 3, None)
        assert newest.event == alert
        assert history.snapshot(newest) == (b"\xff", 1000.0)
        assert history.note == ""
    assert rows(path, "PRAGMA user_version") == [(2,)]


def test_a_migration_that_fails_leaves_everything_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, [appeared(7, START)])

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM events")
        raise RuntimeError("power cut")

    monkeypatch.setattr(schema, "MIGRATIONS", (*MIGRATIONS, fail))
    with pytest.raises(RuntimeError):
        connect(path)
    assert rows(path, "SELECT count(*) FROM events") == [(1,)]


@pytest.mark.parametrize("damage", ["garbage", "foreign", "tables", "cut"])
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(path: Path, damage: str) -> None:
    write(path, [appeared(number, START) for number in range(2000)])
    if damage == "garbage":
        path.write_bytes(b"not a database at all" * 100)
    elif damage == "foreign":
        path.unlink()
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE songs (title TEXT)")
        other.close()
    elif damage == "tables":
        with sqlite3.connect(path) as other:
            other.execute("DROP TABLE snapshots")
        other.close()
    else:
        path.write_bytes(path.read_bytes()[:5000])
    damaged = path.read_bytes()
    history = History(path)
    assert list(history.find(HistoryQuery())) == []
    history.close()
    (aside,) = path.parent.glob("history.damaged-*.sqlite3")
    assert str(aside) in history.note
    if damage != "foreign":  # whose journal is switched when it is looked at
        assert aside.read_bytes()[:18] == damaged[:18]
    assert list(history.find(HistoryQuery())) == []
    assert history.note == ""
    history.close()


def test_only_the_damaged_file_itself_is_set_aside(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"damaged")
    identity = file_identity(path)
    path.rename(tmp_path / "elsewhere")
    path.write_bytes(b"another process has begun a new one")
    assert set_aside(path, identity) == ""
    assert path.read_bytes() == b"another process has begun a new one"


def test_a_second_damaged_file_of_the_day_gets_another_name(path: Path) -> None:
    path.parent.mkdir()
    for _ in range(2):
        path.write_bytes(b"damaged" * 1000)
        write(path)
    assert len(list(path.parent.glob("history.damaged-*.sqlite3"))) == 2


def test_a_file_that_is_held_too_long_is_a_clear_message(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "BUSY_TIMEOUT", 0.05)
    write(path, [appeared(1, START)])
    holder = connect(path)
    holder.execute("BEGIN IMMEDIATE")
    with (
        closing(History(path)) as history,
        pytest.raises(HistoryError, match="in use"),
    ):
        history.delete(HistoryQuery())
    holder.close()


def test_a_folder_in_its_place_is_a_clear_message(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="cannot be kept in"):
        History(tmp_path).search(HistoryQuery())


def test_a_full_disk_is_a_clear_message_and_nothing_is_half_written(path: Path) -> None:
    write(path, [appeared(1, START)])
    with closing(History(path)) as history:
        history.open()
        pages = history._connection.execute("PRAGMA page_count").fetchone()[0]
        history._connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        events = [appeared(number, START, b"x" * 4000) for number in range(100)]
        with pytest.raises(HistoryError, match="the disk is full"):
            history.write(STREET, live=False, started=0, ended=1, events=events)
    assert rows(path, "SELECT count(*) FROM events") == [(1,)]


def test_many_can_open_a_new_file_at_once(path: Path) -> None:
    errors: list[Exception] = []
    start = threading.Barrier(6)

    def use(number: int) -> None:
        start.wait(10)
        try:
            write(path, [appeared(number, START + turn) for turn in range(20)])
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert rows(path, "SELECT count(*) FROM events") == [(120,)]


def test_damage_met_while_reading_is_told(path: Path) -> None:
    write(path, [appeared(1, START)])
    with sqlite3.connect(path) as other:
        other.execute("UPDATE events SET kind = 'flew'")
    other.close()
    with closing(History(path)) as history, pytest.raises(HistoryDamagedError, match="flew"):
        list(history.find(HistoryQuery()))
