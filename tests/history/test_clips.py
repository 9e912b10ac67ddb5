import os
import stat
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from pedcam.history.clips import LEFT_OVER, Clips
from pedcam.history.schema import HistoryError, connect
from pedcam.history.session import Session
from pedcam.history.store import DAY, History, clips_folder
from pedcam.history.values import HistoryQuery, Keeping
from pedcam.history.writer import HistoryWriter
from pedcam.video.people.counts import Counts, Event
from tests.factories import make_result
from tests.history.data import START, STREET, alert, rows, write

PATIENCE = 20.0  # seconds


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite3"


@pytest.fixture
def folder(path: Path) -> Path:
    return clips_folder(path)


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    with closing(History(path)) as made:
        yield made


def clip(folder: Path, name: str, size: int = 100, at: float = START) -> Path:
    made = folder / name
    made.write_bytes(bytes(size))
    os.utime(made, (at, at))
    return made


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def clips_found(history: History, query: HistoryQuery | None = None) -> list[Path | None]:
    query = query or HistoryQuery(descending=False)
    return [past.clip for past in history.find(query)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_only_the_owner_can_look_into_the_folder(path: Path, folder: Path) -> None:
    assert folder == path.parent / "history-clips"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert clips_folder(path) == folder


def test_a_folder_that_cannot_be_made_is_a_message(path: Path) -> None:
    path.parent.write_text("a file")
    with pytest.raises(HistoryError, match="cannot be kept"):
        clips_folder(path)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../notes.txt", "/etc/passwd", "sub/a.mp4", "a.mp4/", "./a.mp4", "a\0.mp4", 7],
)
def test_a_name_that_leads_elsewhere_is_no_clip(
    path: Path, folder: Path, history: History, name: object
) -> None:
    """The database may be anybody's."""
    notes = path.parent / "notes.txt"
    notes.write_text("keep me")
    (folder / "sub").mkdir()
    kept = [clip(folder / "sub", "a.mp4"), clip(folder, "a.mp4"), notes]
    write(path, [alert(1, START)])
    with closing(connect(path)) as database:
        database.execute("INSERT INTO clips VALUES (1, ?, 100)", (name,))
    # A number becomes the text of a column of texts, which is a name like any other.
    assert clips_found(history) == ([folder / "7"] if name == 7 else [None])
    history.delete(HistoryQuery())
    history.clips.delete([name])
    assert all(file.exists() for file in kept)


def test_a_link_is_deleted_and_not_what_it_leads_to(tmp_path: Path, path: Path) -> None:
    folder = clips_folder(path)
    (tmp_path / "film.mp4").write_text("keep me")
    (folder / "a.mp4").symlink_to(tmp_path / "film.mp4")
    Clips(path).delete(["a.mp4"])
    assert names(folder) == []
    assert (tmp_path / "film.mp4").exists()


def test_a_folder_that_is_a_link_is_not_swept(tmp_path: Path, path: Path) -> None:
    elsewhere = tmp_path / "videos"
    elsewhere.mkdir()
    clip(elsewhere, "wedding.mp4")
    path.parent.mkdir()
    Clips(path).folder.symlink_to(elsewhere)
    Clips(path).sweep([], START + 10 * LEFT_OVER)
    assert names(elsewhere) == ["wedding.mp4"]


def test_leftovers_of_a_crash_go_after_a_while(path: Path, folder: Path, history: History) -> None:
    write(path, [alert(1, START)])
    now = START + DAY
    history.attach_clip(1, alert(1, START).event, clip(folder, "known.mp4"))
    clip(folder, "left.mp4", at=now - LEFT_OVER - 1)
    clip(folder, ".unfinished.mp4", at=now - LEFT_OVER - 1)
    clip(folder, "fresh.mp4", at=now - LEFT_OVER + 1)
    (folder / "folder").mkdir()
    os.utime(folder / "folder", (START, START))
    history.sweep(now)
    assert names(folder) == ["folder", "fresh.mp4", "known.mp4"]


def test_a_clip_goes_with_the_last_of_its_events(
    path: Path, folder: Path, history: History
) -> None:
    write(path, [alert(number, START + number) for number in (1, 2, 3)])
    shared, own = clip(folder, "shared.mp4", 300), clip(folder, "own.mp4", 70)
    for number, file in ((1, shared), (2, shared), (3, own)):
        assert history.attach_clip(1, alert(number, START).event, file)
    assert clips_found(history) == [shared, shared, own]
    database = sum(file.stat().st_size for file in path.parent.glob("history.sqlite3*"))
    assert history.search(HistoryQuery()).size == database + 370
    history.delete([1])
    assert names(folder) == ["own.mp4", "shared.mp4"]
    history.delete(HistoryQuery(until=START + 3))
    assert names(folder) == ["own.mp4"]
    own.unlink()
    history.delete(HistoryQuery())
    assert rows(path, "SELECT count(*) FROM clips") == [(0,)]


def test_an_event_that_is_not_there_and_a_file_that_is_not_there(
    path: Path, folder: Path, history: History
) -> None:
    file = clip(folder, "a.mp4")
    write(path, [alert(1, START)])
    assert not history.attach_clip(1, alert(2, START).event, file)
    assert not history.attach_clip(2, alert(1, START).event, file)
    assert not history.attach_clip(1, alert(1, START, "Another").event, file)
    assert not history.attach_clip(1, alert(1, START).event, folder / "missing.mp4")
    assert clips_found(history) == [None]


def test_the_last_of_equal_events_is_meant(path: Path, folder: Path, history: History) -> None:
    """A video that plays in a loop gives the same events again."""
    write(path, [alert(1, START), alert(1, START + 60)])
    history.attach_clip(1, alert(1, START).event, clip(folder, "a.mp4"))
    assert clips_found(history) == [None, folder / "a.mp4"]


def test_the_limit_counts_clips_and_the_oldest_go_first(
    path: Path, folder: Path, history: History
) -> None:
    write(path, [alert(number, START + number) for number in range(1, 11)])
    for number in range(1, 11):
        file = clip(folder, f"{number:02}.mp4", 100_000)
        history.attach_clip(1, alert(number, START).event, file)
    limit = 600_000
    history.shrink(limit + 500_000)
    assert len(names(folder)) == 10
    history.shrink(limit)
    # Nine tenths are 540,000 bytes: with the database's 40,001 to 140,000, four clips and not five.
    pages = rows(path, "PRAGMA page_count")[0][0]
    assert 40_000 < int(str(pages)) * 4096 <= 140_000
    assert names(folder) == ["07.mp4", "08.mp4", "09.mp4", "10.mp4"]
    assert len(clips_found(history)) == 10
    assert history.search(HistoryQuery()).size <= limit


def test_pictures_and_clips_go_in_the_order_of_their_age(
    path: Path, folder: Path, history: History
) -> None:
    pictured = [
        alert(number, START + number)
        if number % 2
        else type(alert(1, START))(
            alert(number, START).event, START + number, STREET, True, b"p" * 9000
        )
        for number in range(1, 21)
    ]
    write(path, pictured, live=True)
    for number in range(1, 21, 2):
        file = clip(folder, f"{number:02}.mp4", 50_000)
        history.attach_clip(1, alert(number, START).event, file)
    history.shrink(500_000)
    first_clip = int(names(folder)[0].removesuffix(".mp4"))
    ((first_picture,),) = rows(path, "SELECT min(event) FROM snapshots")
    assert 1 < first_clip < 19
    assert abs(first_clip - int(str(first_picture))) == 1
    assert rows(path, "SELECT count(*) FROM events") == [(20,)]


class Written:
    """A writer, a session whose alerts it has, and what it reports."""

    def __init__(self, path: Path, keeping: Keeping | None = None) -> None:
        self.clips: list[tuple[Event, Path]] = []
        self.problems: list[str] = []
        self.session = Session(STREET, lambda: False)
        self.writer = HistoryWriter(
            path,
            keeping,
            on_clip=lambda session, event, file: self.clips.append((event, file)),
            on_problem=self.problems.append,
            clock=lambda: START + 5,
            write_every=0.0,
        )
        self.writer.start()

    def put(self, event: Event) -> None:
        result = make_result(event.frame, counts=Counts(1, 1, 0.0, events=(event,)))
        self.writer.put(self.session, result)

    def flush(self) -> None:
        assert self.writer.flush(PATIENCE)


@pytest.fixture
def written(path: Path) -> Iterator[Written]:
    made = Written(path)
    yield made
    assert made.writer.close(PATIENCE)


@pytest.mark.parametrize("before", [True, False])
def test_a_clip_may_come_before_its_event_or_after(
    path: Path, folder: Path, history: History, written: Written, before: bool
) -> None:
    event, file = alert(1, START).event, clip(folder, "a.mp4")
    if not before:
        written.put(event)
        written.flush()
        assert clips_found(history) == [None]
    written.writer.attach_clip(written.session, event, file)
    written.flush()
    if before:
        assert written.clips == []
        written.put(event)
        written.flush()
    assert clips_found(history) == [file]
    assert written.clips == [(event, file)]
    assert rows(path, "SELECT * FROM clips") == [(1, "a.mp4", 100)]


def test_several_events_share_a_clip_also_after_their_session(
    folder: Path, history: History, written: Written
) -> None:
    file = clip(folder, "a.mp4")
    events = [alert(number, START).event for number in (1, 2)]
    for event in events:
        written.put(event)
    written.writer.end(written.session)
    written.flush()
    for event in events:
        written.writer.attach_clip(written.session, event, file)
    written.flush()
    assert clips_found(history) == [file, file]


def test_only_files_of_the_folder_are_taken(tmp_path: Path, written: Written) -> None:
    with pytest.raises(ValueError, match="is not in"):
        written.writer.attach_clip(
            written.session, alert(1, START).event, clip(tmp_path, "mine.mp4")
        )
    assert (tmp_path / "mine.mp4").exists()


def test_a_clip_waits_while_the_file_is_in_use(
    path: Path, folder: Path, history: History, written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, file = alert(1, START).event, clip(folder, "a.mp4")
    written.put(event)
    written.flush()
    monkeypatch.setattr("pedcam.history.writer._RETRY", 0.0)
    tried = threading.Event()
    attach = History.attach_clip

    def in_use(*args: object) -> bool:
        tried.set()
        raise HistoryError("it is in use")

    monkeypatch.setattr(History, "attach_clip", in_use)
    written.writer.attach_clip(written.session, event, file)
    assert tried.wait(PATIENCE)
    monkeypatch.setattr(History, "attach_clip", attach)
    written.flush()
    assert clips_found(history) == [file]
    assert written.problems[-1] == ""


def test_nothing_is_kept_with_no_days(path: Path, folder: Path) -> None:
    written = Written(path, Keeping(days=0))
    written.writer.attach_clip(written.session, alert(1, START).event, clip(folder, "a.mp4"))
    written.flush()
    assert names(folder) == []
    assert written.writer.close(PATIENCE)


def test_leftovers_and_what_is_too_old_are_gone_after_the_start(
    path: Path, folder: Path, history: History
) -> None:
    old = START - 40 * DAY
    write(path, [alert(1, old), alert(2, START)])
    history.attach_clip(1, alert(1, old).event, clip(folder, "old.mp4", at=old))
    history.attach_clip(1, alert(2, START).event, clip(folder, "new.mp4", at=old))
    clip(folder, "left.mp4", at=old)
    written = Written(path)
    written.flush()
    assert written.writer.close(PATIENCE)
    assert names(folder) == ["new.mp4"]
