import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from pedcam.history.schema import HistoryDamagedError, connect
from pedcam.history.session import Session
from pedcam.history.snapshots import snapshot
from pedcam.history.store import DAY, History
from pedcam.history.values import HistoryQuery, Keeping, PastEvent
from pedcam.history.writer import MOST_QUEUED, HistoryWriter
from pedcam.video.people.counts import Counts, Event, EventKind
from pedcam.video.stream.results import Result
from tests.factories import make_detections, make_result
from tests.history.data import GATE, START, STREET, appeared, rows, write

PATIENCE = 20.0  # seconds


def result(
    *events: tuple[EventKind, int],
    index: int = 0,
    at: float | None = None,
    size: tuple[int, int] = (64, 48),
    ids: tuple[int, ...] = (1, 2),
    segment: int = 0,
    since: float = 0.0,
    total: int = 0,
) -> Result:
    """A frame with people 1 and 2; the events happened ``since`` seconds before it."""
    seconds = index / 25 if at is None else at
    boxes = [(8 * number, 4, 8 * number + 6, 20) for number in range(len(ids))]
    told = tuple(
        Event(kind, track, index if not since else index - 1, seconds - since)
        for kind, track in events
    )
    counts = Counts(len(ids), total or len(ids), 0.0, events=told)
    return make_result(
        index,
        make_detections(*boxes, identities=ids),
        time=seconds,
        size=size,
        segment=segment,
        counts=counts,
    )


def yes() -> bool:
    return True


def no() -> bool:
    return False


APPEARED, LEFT = EventKind.APPEARED, EventKind.LEFT


class Told:
    """What a writer says."""

    def __init__(self) -> None:
        self.events: list[PastEvent] = []
        self.problems: list[str] = []
        self.notes: list[str] = []

    def take(self, log: Session, events: list[PastEvent]) -> None:
        self.events += events


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def make(path: Path, told: Told) -> Iterator[Callable[..., HistoryWriter]]:
    made: list[HistoryWriter] = []

    def build(
        keeping: Keeping | None = None, *, start: bool = True, **changes: object
    ) -> HistoryWriter:
        settings = {"clock": lambda: START + 5, "write_every": 0.0} | changes
        writer = HistoryWriter(
            path,
            keeping,
            on_events=told.take,
            on_problem=told.problems.append,
            on_note=told.notes.append,
            **settings,
        )
        made.append(writer)
        if start:
            writer.start()
        return writer

    yield build
    for writer in made:
        assert writer.close(PATIENCE)


@pytest.fixture
def log() -> Session:
    return Session(STREET, no)


def stored(path: Path) -> list[tuple[str, int, float]]:
    with closing(History(path)) as history:
        found = history.find(HistoryQuery(descending=False))
        return [(each.event.kind.value, each.event.track, each.at) for each in found]


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def test_what_happened_is_told_and_written(make, told: Told, path: Path, log: Session) -> None:
    writer = make()
    writer.put(log, result((APPEARED, 1), (APPEARED, 2), index=3))
    writer.put(log, result(index=4))
    # Somebody who left was last seen a second and a half ago, of the video and of the day.
    writer.put(log, result((LEFT, 1), index=50, ids=(2,), since=1.5))
    assert writer.flush(PATIENCE)
    assert [(e.event.kind, e.event.track, e.at) for e in told.events] == [
        (APPEARED, 1, START + 5),
        (APPEARED, 2, START + 5),
        (LEFT, 1, START + 3.5),
    ]
    assert stored(path) == [
        ("left", 1, START + 3.5),
        ("appeared", 1, START + 5),
        ("appeared", 2, START + 5),
    ]
    assert log.number == 1
    assert told.problems == told.notes == []


def test_the_minutes_are_written_with_the_end(make, path: Path, log: Session) -> None:
    writer = make()
    writer.put(log, result(index=0))
    writer.put(log, result(index=1, ids=(1, 2, 3)))
    writer.end(log)
    assert writer.flush(PATIENCE)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT at, most FROM minutes").fetchall() == [(START, 3)]
        assert connection.execute("SELECT title, started, ended FROM sessions").fetchall() == [
            ("street.mp4", START + 5, START + 5)
        ]
    connection.close()


def test_what_was_deleted_does_not_come_back_with_the_end(make, path: Path, log: Session) -> None:
    writer = make()
    writer.put(log, result((APPEARED, 1)))
    writer.end(log)
    assert writer.flush(PATIENCE)
    with closing(History(path)) as history:
        history.delete(HistoryQuery())
    assert writer.close(PATIENCE)
    assert rows(path, "SELECT count(*) FROM sessions") == [(0,)]


def test_a_source_without_results_leaves_nothing(make, path: Path) -> None:
    writer = make()
    writer.end(Session(STREET, no))
    assert writer.flush(PATIENCE)
    assert not path.exists()


def test_each_source_is_a_session(make, path: Path) -> None:
    writer = make()
    first, second = Session(STREET, no), Session(GATE, yes)
    writer.put(first, result((APPEARED, 1)))
    writer.end(first)
    writer.put(second, result((APPEARED, 1)))
    # A result that was on its way when the source was changed is still the first one's.
    writer.put(first, result((APPEARED, 2), index=1))
    assert writer.flush(PATIENCE)
    with closing(History(path)) as history:
        assert len(list(history.find(HistoryQuery(source=STREET)))) == 2
        (live,) = history.find(HistoryQuery(source=GATE))
    assert live.live


def test_live_events_have_pictures_of_the_person(make, told: Told, path: Path) -> None:
    writer = make()
    log = Session(GATE, yes)
    shown = result((APPEARED, 2), index=3)
    writer.put(log, shown)
    writer.put(log, result((LEFT, 2), index=90, since=1.5, ids=(1,)))
    assert writer.flush(PATIENCE)
    expected = snapshot(shown.frame.image, shown.detections.xyxy[1:])
    assert [event.snapshot for event in told.events] == [expected, None]
    with closing(History(path)) as history:
        (left,) = history.find(HistoryQuery(kinds=frozenset({LEFT})))
        # The event of leaving came last but is of an earlier second than the clock's.
        assert history.snapshot(left) == (expected, START + 5)


@pytest.mark.parametrize(
    ("keeping", "live"), [(Keeping(snapshots=False), True), (Keeping(), False)]
)
def test_no_pictures_where_they_are_not_wanted(make, told: Told, keeping, live: bool) -> None:
    writer = make(keeping)
    writer.put(Session(GATE, lambda: live), result((APPEARED, 1)))
    assert writer.flush(PATIENCE)
    assert [event.snapshot for event in told.events] == [None]


def test_blurring_covers_whoever_was_missed_in_this_frame(make, told: Told) -> None:
    writer = make(Keeping(blurred=True))
    log = Session(GATE, yes)
    writer.put(log, result(index=0, ids=(1, 2)))
    shown = result((APPEARED, 1), index=5, ids=(1,))
    writer.put(log, shown)
    jumped = result((APPEARED, 3), index=6, ids=(3,), segment=1)
    writer.put(log, jumped)
    assert writer.flush(PATIENCE)
    box = shown.detections.xyxy[:1]
    two = np.array([[0, 4, 6, 20], [8, 4, 14, 20], [0, 4, 6, 20]], np.float32)
    image = shown.frame.image
    assert told.events[0].snapshot == snapshot(image, box, two)
    assert told.events[1].snapshot == snapshot(image, box, two[:1])


def test_everybody_is_marked_in_the_picture_of_a_crowd(make, told: Told, path: Path) -> None:
    writer = make()
    log = Session(GATE, yes)
    shown = result((APPEARED, 1), (EventKind.ALERT, 0), index=3, ids=(1, -1, 2))
    writer.put(log, shown)
    # Nobody is followed any more, and the earlier picture is not of this moment.
    writer.put(log, result((EventKind.ALERT, 0), index=90, ids=(-1,)))
    assert writer.flush(PATIENCE)
    image, boxes = shown.frame.image, shown.detections.xyxy
    expected = [snapshot(image, boxes[:1]), snapshot(image, boxes[[0, 2]]), None]
    assert [event.snapshot for event in told.events] == expected
    with closing(History(path)) as history:
        later, earlier = history.find(HistoryQuery(kinds=frozenset({EventKind.ALERT})))
        assert history.snapshot(earlier) == (expected[1], START + 5)
        assert history.snapshot(later) is None


def test_a_person_has_one_picture_per_frame_and_all_have_four_a_second(make, told: Told) -> None:
    writer = make()
    log = Session(GATE, yes)
    writer.put(log, result((APPEARED, 1), (EventKind.ENTERED, 1), (APPEARED, 2), index=0))
    for index in range(1, 30):
        # One after the other, or pictures would be left out as too many wait.
        writer.put(log, result((APPEARED, 10 + index), index=index, ids=(10 + index,)))
        assert writer.flush(PATIENCE)
    having = [e.event.frame for e in told.events if e.snapshot is not None]
    assert having == [0, 0, 1, 2, 25, 26, 27, 28]
    assert told.events[1].snapshot is None


def test_pictures_that_wait_are_few(make, told: Told) -> None:
    writer = make(start=False)
    log = Session(GATE, yes)
    for index in range(10):
        writer.put(log, result((APPEARED, 1), index=index, at=10.0 * index))
    writer.start()
    assert writer.flush(PATIENCE)
    assert [event.snapshot is not None for event in told.events] == [True] * 4 + [False] * 6


def test_what_cannot_be_followed_is_dropped_and_counted(make, path: Path, log: Session) -> None:
    writer = make(start=False)
    for index in range(MOST_QUEUED + 7):
        writer.put(log, result((APPEARED, 1), index=index))
    assert writer.dropped == 7
    writer.start()
    assert writer.flush(PATIENCE)
    assert len(stored(path)) == MOST_QUEUED
    writer.put(log, result((APPEARED, 1), index=5000))
    assert writer.flush(PATIENCE)
    assert writer.dropped == 7
    assert len(stored(path)) == MOST_QUEUED + 1


def test_results_without_counts_are_nothing(make, told: Told, log: Session) -> None:
    writer = make()
    plain = result((APPEARED, 1))
    writer.put(log, Result(plain.frame, plain.detections, "half", 1.0, 1.0, 0))
    assert writer.flush(PATIENCE)
    assert told.events == []


def test_closing_writes_what_waits(make, path: Path, log: Session) -> None:
    writer = make(write_every=3600.0)
    for index in range(100):
        writer.put(log, result((APPEARED, index), index=index))
    assert writer.close(PATIENCE)
    assert len(stored(path)) == 100
    writer.put(log, result((APPEARED, 1)))
    assert writer.close(PATIENCE)


def test_nothing_is_kept_on_the_disk_with_no_days(make, told: Told, path: Path) -> None:
    writer = make(Keeping(days=0))
    writer.put(Session(STREET, no), result((APPEARED, 1)))
    assert writer.flush(PATIENCE)
    assert len(told.events) == 1
    assert not path.exists()


def test_no_days_from_now_on_delete_what_is_there(
    make, told: Told, path: Path, log: Session
) -> None:
    writer = make()
    writer.put(log, result((APPEARED, 1)))
    assert writer.flush(PATIENCE)
    assert len(stored(path)) == 1
    writer.set_keeping(Keeping(days=0))
    writer.put(log, result((APPEARED, 2), index=1))
    assert writer.flush(PATIENCE)
    assert stored(path) == []
    writer.set_keeping(Keeping(days=3))
    writer.put(log, result((APPEARED, 3), index=2))
    assert writer.flush(PATIENCE)
    assert [track for _, track, _ in stored(path)] == [3]


def test_old_events_are_gone_after_the_start(make, path: Path) -> None:
    write(path, [appeared(1, START - 31 * DAY), appeared(2, START - 29 * DAY)])
    writer = make()
    assert writer.flush(PATIENCE)
    until(lambda: len(stored(path)) == 1)
    assert stored(path) == [("appeared", 2, START - 29 * DAY)]


def test_the_size_is_limited(make, path: Path) -> None:
    write(path, [appeared(n, START, bytes(10_000)) for n in range(500)], GATE, live=True)
    make(Keeping(limit=2_000_000))
    until(lambda: path.stat().st_size < 2_000_000)
    assert len(stored(path)) == 500


def test_a_damaged_file_is_set_aside(make, told: Told, path: Path) -> None:
    path.write_bytes(b"damaged" * 2000)
    writer = make()
    writer.put(Session(STREET, no), result((APPEARED, 1)))
    assert writer.flush(PATIENCE)
    assert len(stored(path)) == 1
    (note,) = told.notes
    assert "damaged" in note
    assert told.problems == []


def test_a_file_damaged_meanwhile_is_set_aside(
    make, told: Told, path: Path, monkeypatch: pytest.MonkeyPatch, log: Session
) -> None:
    writer = make()
    writer.put(log, result((APPEARED, 1)))
    assert writer.flush(PATIENCE)
    write_down, damaged = History.write, path.stat().st_ino

    def fail(history: History, *args: object, **kwargs: object) -> int:
        if path.stat().st_ino == damaged:
            raise HistoryDamagedError("a page is no page")
        return write_down(history, *args, **kwargs)

    monkeypatch.setattr(History, "write", fail)
    writer.put(log, result((APPEARED, 2), index=1))
    assert writer.flush(PATIENCE)
    assert len(told.notes) == 1
    assert told.problems == []
    assert [track for _, track, _ in stored(path)] == [2]
    (aside,) = path.parent.glob("history.damaged-*.sqlite3")
    assert [track for _, track, _ in stored(aside)] == [1]


def test_a_file_that_was_moved_away_is_begun_anew(
    make, path: Path, tmp_path: Path, log: Session
) -> None:
    writer = make()
    writer.put(log, result((APPEARED, 1)))
    assert writer.flush(PATIENCE)
    aside = tmp_path / "aside"
    aside.mkdir()
    for file in list(tmp_path.glob("history.sqlite3*")):
        shutil.move(file, aside / file.name)
    writer.put(log, result((APPEARED, 2), index=1))
    assert writer.flush(PATIENCE)
    assert [track for _, track, _ in stored(path)] == [2]
    assert [track for _, track, _ in stored(aside / path.name)] == [1]


def test_a_folder_that_cannot_be_made_is_told_once_and_events_wait(
    make, told: Told, path: Path, monkeypatch: pytest.MonkeyPatch, log: Session
) -> None:
    path.mkdir()
    writer = make()
    for index in range(3):
        writer.put(log, result((APPEARED, index), index=index))
        assert writer.flush(PATIENCE)
    assert len(told.events) == 3
    (problem,) = told.problems
    assert str(path) in problem
    path.rmdir()
    assert writer.flush(PATIENCE)
    assert told.problems == [problem, ""]
    assert len(stored(path)) == 3


def test_events_that_cannot_be_written_do_not_fill_the_memory(
    make, path: Path, log: Session
) -> None:
    path.mkdir()
    writer = make()
    for index in range(1500):
        writer.put(log, result((APPEARED, index), index=index))
        if index % 500 == 0:
            assert writer.flush(PATIENCE)
    assert writer.flush(PATIENCE)
    path.rmdir()
    assert writer.flush(PATIENCE)
    assert [track for _, track, _ in stored(path)] == list(range(500, 1500))
    assert log.lost == 500


def test_another_process_that_holds_the_file_is_waited_for(make, told: Told, path: Path) -> None:
    write(path)
    holder = connect(path)
    holder.execute("BEGIN IMMEDIATE")
    writer = make(Keeping())
    writer.put(Session(STREET, no), result((APPEARED, 1)))
    assert not writer.flush(0.1)
    holder.execute("COMMIT")
    holder.close()
    assert writer.flush(PATIENCE)
    assert len(stored(path)) == 1
    assert told.problems == []


def test_two_writers_share_the_file(path: Path) -> None:
    writers = [HistoryWriter(path, write_every=0.0, clock=lambda: START) for _ in range(2)]
    for writer in writers:
        writer.start()
    logs = [Session(STREET, no) for _ in writers]
    for index in range(300):
        for writer, log in zip(writers, logs, strict=True):
            writer.put(log, result((APPEARED, index), index=index))
        if index % 50 == 0:
            assert all(writer.flush(PATIENCE) for writer in writers)
    assert all(writer.close(PATIENCE) for writer in writers)
    assert len(stored(path)) == 600
    assert {log.number for log in logs} == {1, 2}


def test_an_unforeseen_error_is_told_and_the_thread_goes_on(
    make, told: Told, path: Path, log: Session
) -> None:
    writer = make(start=False)
    writer._on_events = lambda log, events: 1 / 0
    writer.start()
    writer.put(log, result((APPEARED, 1)))
    until(lambda: told.problems)
    writer._on_events = told.take
    writer.put(log, result((APPEARED, 2), index=1))
    assert writer.flush(PATIENCE)
    assert len(stored(path)) == 2
    assert told.problems[-1] == ""


def test_taking_results_never_waits_for_the_file(make, path: Path) -> None:
    inside, go_on = threading.Event(), threading.Event()
    writer = make(start=False)

    def stick(log: Session, events: list[PastEvent]) -> None:
        inside.set()
        go_on.wait(PATIENCE)

    writer._on_events = stick
    writer.start()
    log = Session(STREET, no)
    writer.put(log, result((APPEARED, 1)))
    assert inside.wait(PATIENCE)
    for index in range(100):
        # Comes back, although the thread is stuck.
        writer.put(log, result((APPEARED, 1), index=index))
    assert not writer.close(0.05)
    go_on.set()


WRITE = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.factories import make_detections, make_result
from tests.history.data import STREET
from tests.factories import make_detections, make_result
from tests.history.test_writer import APPEARED, no, result
from pedcam.history.session import Session
from pedcam.history.writer import HistoryWriter

writer = HistoryWriter(Path(sys.argv[1]))
writer.start()
log = Session(STREET, no)
number = 0
while True:
    number += 1
    writer.put(log, result((APPEARED, number), index=number))
    print(number, time.time(), flush=True)
    time.sleep(0.02)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_process_that_is_killed_loses_two_seconds_at_most(path: Path) -> None:
    checkout = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", WRITE, str(path), str(checkout)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        times = {}
        for line in process.stdout:
            number, at = line.split()
            times[int(number)] = float(at)
            if float(at) - times[1] > 3.5:
                break
        os.kill(process.pid, signal.SIGKILL)
        killed = max(times.values())
    kept = {track for _, track, _ in stored(path)}
    assert kept
    assert kept >= {number for number, at in times.items() if at < killed - 2.0}
