import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pedcam.history.schema import HistoryInterruptedError
from pedcam.history.store import DAY, History
from pedcam.history.values import HistoryQuery, HistorySource, Order, PastEvent
from pedcam.video.people.counts import Event, EventKind
from pedcam.video.sources.spec import SourceSpec
from tests.history.data import GATE, START, STREET, alert, appeared, crossed, rows, write


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    """Six events of a file, an hour later four of a camera."""
    write(
        path,
        [
            appeared(1, START),
            appeared(2, START + 1),
            crossed(1, START + 2, "Gate"),
            crossed(2, START + 3, "Gate", "out"),
            crossed(1, START + 4, "Café Ünï 入口"),
            appeared(3, START + 1000),
        ],
        minutes={int(START): 2, int(START) + 960: 1},
    )
    later = START + 3600
    write(
        path,
        [
            appeared(1, later, b"first"),
            crossed(1, later + 5, "Gate"),
            PastEvent(Event(EventKind.LEFT, 1, 9, 9.5), later + 9, GATE, True),
            appeared(2, later + 9),
        ],
        GATE,
        live=True,
        minutes={int(later): 4},
    )
    with closing(History(path)) as made:
        yield made


@pytest.mark.parametrize(
    ("query", "number"),
    [
        (HistoryQuery(), 10),
        (HistoryQuery(since=START + 2), 8),
        (HistoryQuery(until=START + 2), 2),
        (HistoryQuery(since=START + 1, until=START + 4), 3),
        (HistoryQuery(source=GATE), 4),
        (HistoryQuery(kinds=frozenset({EventKind.CROSSED})), 4),
        (HistoryQuery(kinds=frozenset({EventKind.CROSSED, EventKind.LEFT})), 5),
        (HistoryQuery(kinds=frozenset()), 0),
        (HistoryQuery(zone="Gate"), 3),
        (HistoryQuery(zone="Café Ünï 入口"), 1),
        (HistoryQuery(zone="' OR 1=1 --"), 0),
        (HistoryQuery(session=2), 4),
        (HistoryQuery(zone="Gate", source=STREET), 2),
    ],
)
def test_what_matches(history: History, query: HistoryQuery, number: int) -> None:
    assert len(list(history.find(query))) == number
    assert history.search(query).total == number


def test_alerts_are_found_by_their_rule(path: Path) -> None:
    # The one in the middle has no valid text in its name.
    write(path, [alert(1, START), alert(0, START + 1, "queue\udcff"), appeared(3, START + 2)])
    with closing(History(path)) as history:
        found = history.search(HistoryQuery(rule="Loitering"))
        assert [past.event for past in found.events] == [alert(1, START).event]
        assert found.rules == ["Loitering", "queue?"]
        history.delete(HistoryQuery(rule="Loitering"))
        assert [past.event.track for past in history.find(HistoryQuery())] == [3, 0]


def test_an_event_comes_back_as_it_was(history: History) -> None:
    (event,) = history.find(HistoryQuery(zone="Café Ünï 入口"))
    assert event.event == Event(EventKind.CROSSED, 1, 1, 1.0, "Café Ünï 入口", "in")
    assert (event.at, event.source, event.live, event.can_open) == (START + 4, STREET, False, True)
    assert not any(found.can_open for found in history.find(HistoryQuery(session=2)))


@pytest.mark.parametrize(
    ("order", "descending", "tracks"),
    [
        (Order.TIME, True, [2, 1, 1, 1, 3, 1, 2, 1, 2, 1]),
        (Order.TIME, False, [1, 2, 1, 2, 1, 3, 1, 1, 1, 2]),
        (Order.PERSON, True, [3, 2, 2, 2, 1, 1, 1, 1, 1, 1]),
        # By name the camera's come first, each by time.
        (Order.SOURCE, False, [1, 1, 1, 2, 1, 2, 1, 2, 1, 3]),
        (Order.POSITION, True, [1, 3, 2, 2, 2, 1, 1, 1, 1, 1]),
    ],
)
def test_the_order(history: History, order: Order, descending: bool, tracks: list[int]) -> None:
    found = history.find(HistoryQuery(order=order, descending=descending))
    assert [event.event.track for event in found] == tracks


def test_an_export_goes_with_what_was_found_while_more_is_written(
    history: History, path: Path
) -> None:
    query = history.search(HistoryQuery()).query
    assert query.newest == 10
    write(path, [appeared(99, START + 9999)])
    assert [event.id for event in history.find(query, limit=4)] == [10, 9, 8, 7]
    assert [event.id for event in history.find(query)] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_what_was_found_adds_up(history: History) -> None:
    found = history.search(HistoryQuery())
    assert found.people == 5
    assert found.most == (4, START + 3600)
    # 22:14 is in the quarter from 22:00, 22:30:40 in that from 22:30, 23:14 in that from 23:00.
    quarter = START - 14 * 60
    assert found.quarters == {quarter: 5, quarter + 1800: 1, quarter + 3600: 4}
    nothing = history.search(HistoryQuery(since=START + DAY))
    assert (nothing.total, nothing.most, nothing.quarters) == (0, None, {})
    assert history.search(HistoryQuery(source=STREET)).most == (2, START)


def test_what_can_be_chosen_from(history: History) -> None:
    found = history.search(HistoryQuery(zone="Gate"))
    assert found.sources == [GATE, STREET]
    assert [source.title for source in found.sources] == [GATE.title, STREET.title]
    assert found.zones == ["Café Ünï 入口", "Gate"]


def test_whoever_left_is_shown_as_last_seen(history: History) -> None:
    (left,) = history.find(HistoryQuery(kinds=frozenset({EventKind.LEFT})))
    assert history.snapshot(left) == (b"first", START + 3600)
    # Somebody else of that number in another session is another person.
    file_event = next(history.find(HistoryQuery(session=1, descending=False)))
    assert history.snapshot(file_event) is None


def test_deleting_what_matches(history: History, path: Path) -> None:
    history.delete(HistoryQuery(zone="Gate"))
    assert history.search(HistoryQuery()).total == 7
    assert history.search(HistoryQuery()).most == (4, START + 3600)
    history.delete(HistoryQuery(since=START + 3600))
    assert history.search(HistoryQuery()).total == 4
    # Nothing is left of the camera, neither its counts nor its pictures.
    assert history.search(HistoryQuery()).most == (2, START)
    assert history.search(HistoryQuery()).sources == [STREET]
    assert rows(path, "SELECT count(*) FROM snapshots") == [(0,)]
    history.delete([next(history.find(HistoryQuery())).id])
    assert history.search(HistoryQuery()).total == 3
    history.delete(HistoryQuery())
    assert history.search(HistoryQuery()).total == 0
    assert history.search(HistoryQuery()).sources == []


def test_what_was_deleted_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    secret = b"the face of somebody" * 50
    write(path, [appeared(number, START, secret) for number in range(50)], GATE, live=True)
    assert secret[:40] in path.read_bytes()
    before = path.stat().st_size
    with closing(History(path)) as history:
        history.delete(HistoryQuery())
    left = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert secret[:40] not in left
    assert path.stat().st_size < before


def test_a_session_deleted_while_it_goes_on_begins_anew(path: Path) -> None:
    session = write(path, [appeared(1, START)])
    with closing(History(path)) as history:
        history.delete(HistoryQuery())
        again = history.write(
            STREET,
            live=False,
            started=START,
            ended=START + 9,
            session=session,
            events=[appeared(2, START + 9)],
        )
    assert again == session
    # Another one does not get its number.
    assert write(path, [appeared(1, START)]) == session + 1


def test_a_hundred_thousand_events(path: Path) -> None:
    kinds = (appeared, lambda track, at: crossed(track, at, f"Line {track % 7}"))
    events = [kinds[number % 2](number, START + number) for number in range(100_000)]
    write(path, events)
    history = History(path)
    query = HistoryQuery(kinds=frozenset({EventKind.CROSSED}))
    assert history.search(query).total == 50_000
    last = list(history.find(query))[-10:]
    assert [event.event.track for event in last] == [19, 17, 15, 13, 11, 9, 7, 5, 3, 1]
    # Every odd number whose rest by 7 is 3: 3, 17, 31, ... 99_991 + ... is one in 14.
    assert history.search(HistoryQuery(zone="Line 3")).total == 7143
    assert sum(history.search(HistoryQuery()).quarters.values()) == 100_000
    assert sum(1 for _ in history.find(HistoryQuery())) == 100_000
    history.delete(query)
    assert history.search(HistoryQuery()).total == 50_000
    history.close()


def test_ageing_out(path: Path) -> None:
    now = START + 100 * DAY
    for age in (40, 31, 29, 1):
        at = now - age * DAY
        write(path, [appeared(age, at, b"picture")], minutes={int(at // 60) * 60: 1})
    with closing(sqlite3.connect(path)) as older, older:
        older.execute("INSERT INTO line_minutes SELECT session, at, 'A', 1, 0 FROM minutes")
    with closing(History(path)) as history:
        history.delete(HistoryQuery(until=now - 30 * DAY))
    assert rows(path, "SELECT track FROM events ORDER BY track") == [(1,), (29,)]
    for table in ("sessions", "snapshots", "minutes", "line_minutes"):
        assert rows(path, f"SELECT count(*) FROM {table}") == [(2,)]
    assert rows(path, "PRAGMA freelist_count") == [(0,)]


def test_a_limit_of_size_takes_the_oldest_pictures_first(path: Path) -> None:
    events = [appeared(number, START + number, bytes(10_000)) for number in range(1000)]
    write(path, events, GATE, live=True)
    limit = 6_000_000
    assert path.stat().st_size > 10_000_000
    with closing(History(path)) as history:
        history.shrink(limit)
        assert 0.7 * limit < path.stat().st_size <= 0.9 * limit
        assert rows(path, "SELECT count(*) FROM events") == [(1000,)]
        ((first, number),) = rows(path, "SELECT min(event), count(*) FROM snapshots")
        assert first == 1001 - number
        history.shrink(limit)
        assert rows(path, "SELECT count(*) FROM snapshots") == [(number,)]


@pytest.mark.parametrize("apart", [1, 0])
def test_a_limit_of_size_takes_the_oldest_events_next(path: Path, apart: int) -> None:
    write(path, [appeared(number, START + apart * number) for number in range(20_000)])
    limit = path.stat().st_size // 2
    with closing(History(path)) as history:
        history.shrink(limit)
    assert path.stat().st_size <= limit
    first, last, number = rows(path, "SELECT min(track), max(track), count(*) FROM events")[0]
    if apart:
        assert last == 19_999
        assert first == 20_000 - number
        assert number > 5000


def test_minutes_replace_what_was_written_of_them(path: Path) -> None:
    session = write(path, minutes={int(START): 1})
    with closing(History(path)) as history:
        better = {int(START): 3}
        history.write(
            STREET, live=False, started=START, ended=START, session=session, minutes=better
        )
    assert rows(path, "SELECT session, at, most FROM minutes") == [(session, START, 3)]


def test_a_search_can_be_given_up(path: Path) -> None:
    write(path, [appeared(number, START + number) for number in range(1000)])
    history = History(path)
    history.open()
    inside, given_up = threading.Event(), threading.Event()

    def wait(text: object) -> object:
        inside.set()
        given_up.wait(10)
        return text

    # Whatever compares texts without regard to case waits here, once per event.
    history._connection.create_collation("NOCASE", lambda a, b: len(str(wait(a))) - len(b))
    failures: list[Exception] = []

    def run() -> None:
        try:
            list(history.find(HistoryQuery(order=Order.ZONE)))
        except HistoryInterruptedError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert inside.wait(10)
    history.interrupt()
    given_up.set()
    thread.join(30)
    assert len(failures) == 1
    history.close()
    history.interrupt()  # nothing is going on
    assert history.search(HistoryQuery()).total == 1000
    history.close()


@pytest.mark.parametrize(
    ("spec", "address", "complete"),
    [
        (SourceSpec("file", "a.mp4", "/videos/a.mp4"), "/videos/a.mp4", True),
        (SourceSpec("demo", "Demo", "demo"), "demo", True),
        (SourceSpec("camera", "Camera Gate", "Gate"), "camera:Gate", True),
        (SourceSpec("url", "x", "http://host/a.mp4"), "http://host/a.mp4", True),
        (SourceSpec("url", "x", "rtsp://me:secret@host/a"), "rtsp://host/a", False),
        (SourceSpec("url", "x", "http://host/a?token=secret"), "http://host/a", False),
        (SourceSpec("file", "b\udcff", "/v/b\udcff"), "/v/b?", False),
    ],
)
def test_no_secret_is_kept(spec: SourceSpec, address: str, complete: bool, path: Path) -> None:
    source = HistorySource.of(spec)
    assert (source.address, source.complete) == (address, complete)
    write(path, [appeared(1, START)], source)
    assert b"secret" not in path.read_bytes()


def test_a_relative_path_is_found_again_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = HistorySource.of(SourceSpec("file", "a.mp4", "a.mp4"))
    assert source.address == str(tmp_path / "a.mp4")


def test_the_file_opened_by_two_at_once_serves_both(history: History, path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM events")
        # Whoever writes keeps nobody from reading what was there before.
        assert history.search(HistoryQuery()).total == 10
        other.execute("COMMIT")
    other.close()
    assert history.search(HistoryQuery()).total == 0
