import csv
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6 import sip
from PyQt6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from pedcam.history.session import Session
from pedcam.history.store import History, clips_folder
from pedcam.history.values import HistoryQuery, HistorySource, Keeping
from pedcam.ui.base.messages import Messages
from pedcam.ui.history.control import HistoryControl
from pedcam.video.people.counts import Counts, Event, EventKind
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.results import Result
from tests.factories import make_detections, make_result

STREET = SourceSpec("file", "street.mp4", "/videos/street.mp4")
GATE = SourceSpec("camera", "Camera Gate", "Gate")


def result(track: int, kind: EventKind = EventKind.APPEARED) -> Result:
    people = make_detections((8, 4, 20, 40), identities=[track])
    counts = Counts(1, track, 0.0, events=(Event(kind, track, track, track / 25),))
    return make_result(track, people, counts=counts)


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
def control(qtbot: QtBot, messages: Messages, path: Path) -> Iterator[HistoryControl]:
    made = HistoryControl(messages, path)
    made.writer.start()
    yield made
    assert made.shutdown(10)


def put(control: HistoryControl, log: Session, *tracks: int) -> None:
    """Put results from another thread, as a stream does."""
    thread = threading.Thread(
        target=lambda: [control.writer.put(log, result(track)) for track in tracks]
    )
    thread.start()
    thread.join(10)


def tracks(control: HistoryControl) -> list[int]:
    return [past.event.track for past in control.events.entries]


def rows(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [f"{row['source']} {row['person']} {row['event']}" for row in csv.DictReader(file)]


def test_events_come_into_the_list_and_into_the_history(
    qtbot: QtBot, control: HistoryControl, path: Path
) -> None:
    changes: list[threading.Thread] = []
    control.events.changed.connect(lambda: changes.append(threading.current_thread()))
    log = control.begin(STREET, lambda: False)
    put(control, log, *range(1, 101))
    qtbot.waitUntil(lambda: tracks(control) == list(range(1, 101)))
    assert set(changes) == {threading.current_thread()}
    assert len(changes) < 10
    assert not control.events.entries[0].live
    assert control.shutdown(10)
    search = History(path)
    assert search.search(HistoryQuery()).total == 100
    search.close()


def test_a_clip_comes_into_the_list(qtbot: QtBot, control: HistoryControl, path: Path) -> None:
    clip = clips_folder(path) / "a.mp4"
    clip.write_bytes(b"a clip")
    log = control.begin(STREET, lambda: False)
    put(control, log, 1, 2)
    control.writer.attach_clip(log, Event(EventKind.APPEARED, 1, 1, 1 / 25), clip)
    qtbot.waitUntil(lambda: [past.clip for past in control.events.entries] == [clip, None])


def test_live_events_have_pictures(qtbot: QtBot, control: HistoryControl) -> None:
    put(control, control.begin(GATE, lambda: True), 1)
    qtbot.waitUntil(lambda: tracks(control) == [1])
    assert control.events.entries[0].live
    assert control.events.picture(control.events.entries[0]) is not None


def test_another_source_empties_the_list(qtbot: QtBot, control: HistoryControl, path: Path) -> None:
    first = control.begin(STREET, lambda: False)
    put(control, first, 1, 2)
    qtbot.waitUntil(lambda: tracks(control) == [1, 2])
    control.writer.end(first)
    second = control.begin(GATE, lambda: True)
    qtbot.waitUntil(lambda: tracks(control) == [])
    # What was still on its way when the source changed goes where it belongs.
    put(control, first, 3)
    put(control, second, 7)
    qtbot.waitUntil(lambda: tracks(control) == [7])
    assert control.shutdown(10)
    search = History(path)
    assert search.search(HistoryQuery(source=HistorySource.of(STREET))).total == 3
    assert search.search(HistoryQuery(source=HistorySource.of(GATE))).total == 1
    search.close()


def test_a_history_that_cannot_be_written_is_said_once(
    qtbot: QtBot, messages: Messages, path: Path
) -> None:
    path.mkdir()
    control = HistoryControl(messages, path)
    control.writer.start()
    put(control, control.begin(STREET, lambda: False), 1)
    qtbot.waitUntil(lambda: messages.count == 1)
    assert str(path) in messages.current.text
    qtbot.waitUntil(lambda: tracks(control) == [1])
    path.rmdir()
    assert control.shutdown(10)
    qtbot.waitUntil(lambda: messages.count == 0)


def test_a_damaged_history_is_said(qtbot: QtBot, messages: Messages, path: Path) -> None:
    path.write_bytes(b"damaged" * 1000)
    control = HistoryControl(messages, path)
    control.writer.start()
    qtbot.waitUntil(lambda: messages.count == 1)
    assert "damaged" in messages.current.text
    assert control.shutdown(10)


def test_export_of_the_session(qtbot: QtBot, control: HistoryControl, tmp_path: Path) -> None:
    first = control.begin(STREET, lambda: False)
    put(control, first, 1)
    log = control.begin(GATE, lambda: False)
    for first_track in range(1, 1201, 400):
        # All within a second would be more than may wait.
        put(control, log, *range(first_track, first_track + 400))
        assert control.writer.flush(10)
    control.writer.put(log, result(2000, EventKind.LEFT))
    qtbot.waitUntil(lambda: 2000 in tracks(control))
    control.events.show_kind(EventKind.LEFT, False)
    with qtbot.waitSignal(control.saved) as saved:
        control.export(tmp_path / "out.csv")
    assert saved.args == [tmp_path / "out.csv"]
    # More than the list remembers, nothing of the source before, and no kinds that are hidden.
    assert len(control.events.entries) == 1000
    expected = [f"Camera Gate {track} appeared" for track in range(1, 1201)]
    assert rows(tmp_path / "out.csv") == expected


@pytest.fixture
def over(qtbot: QtBot) -> QWidget:
    """What stands for the window."""
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def asking(control: HistoryControl, over: QWidget) -> QFileDialog:
    """The dialog that asks where the events are to be saved."""
    control.ask_export(over)
    (dialog,) = over.findChildren(QFileDialog)
    return dialog


def test_the_dialog_of_an_export_is_gone_after_it(
    qtbot: QtBot, control: HistoryControl, asking: QFileDialog, tmp_path: Path
) -> None:
    asking.setDirectory(str(tmp_path))
    with qtbot.waitSignal(control.saved) as saved:
        asking.accept()
    (path,) = saved.args
    assert path.parent == tmp_path
    assert rows(path) == []
    qtbot.waitUntil(lambda: sip.isdeleted(asking))


def test_the_dialog_of_an_export_is_gone_where_none_is_wanted(
    qtbot: QtBot, control: HistoryControl, asking: QFileDialog
) -> None:
    with qtbot.assertNotEmitted(control.saved):
        asking.reject()
        qtbot.waitUntil(lambda: sip.isdeleted(asking))


def test_export_where_nothing_is_kept(
    qtbot: QtBot, messages: Messages, path: Path, tmp_path: Path
) -> None:
    control = HistoryControl(messages, path, Keeping(days=0))
    control.writer.start()
    put(control, control.begin(STREET, lambda: False), 1, 2)
    qtbot.waitUntil(lambda: tracks(control) == [1, 2])
    with qtbot.waitSignal(control.saved):
        control.export(tmp_path / "out.csv")
    assert rows(tmp_path / "out.csv") == ["street.mp4 1 appeared", "street.mp4 2 appeared"]
    assert not path.exists()
    assert control.shutdown(10)


def test_an_export_that_fails_is_said(
    qtbot: QtBot, control: HistoryControl, tmp_path: Path
) -> None:
    with qtbot.waitSignal(control.failed) as failed:
        control.export(tmp_path / "missing" / "out.csv")
    assert "no folder" in failed.args[0]
