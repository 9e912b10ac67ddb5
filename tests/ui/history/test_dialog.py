import csv
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QDateTime, QPoint, Qt, QUrl
from PyQt6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from pedcam.history.store import History, clips_folder
from pedcam.history.values import HistoryQuery, HistorySource, PastEvent
from pedcam.ui.history import dialog as dialog_module
from pedcam.ui.history.dialog import HistoryDialog
from pedcam.ui.history.filters import ALL, FROM_TO, TODAY, WEEK, YESTERDAY, HistoryFilters
from pedcam.ui.history.preview import EventPreview
from pedcam.video.people.counts import Event, EventKind
from tests.factories import write_clip
from tests.history.data import STREET, write

NOON = datetime(2026, 3, 4, 12).timestamp()  # a Wednesday, in this computer's time zone
HOUR = 3600.0
DAY = 24 * HOUR
GATE = HistorySource("Camera Gate 入口", "camera", "camera:Gate 入口")
JPEG = cv2.imencode(".jpg", np.full((90, 160, 3), 90, np.uint8))[1].tobytes()
APPEARED, LEFT, CROSSED = EventKind.APPEARED, EventKind.LEFT, EventKind.CROSSED

MakeDialog = Callable[[], HistoryDialog]


def event(kind: EventKind, track: int, at: float, place: str = "", snapshot: bytes | None = None):
    direction = "in" if kind is CROSSED else ""
    return PastEvent(
        Event(kind, track, track, track / 2, place, direction), at, STREET, False, snapshot
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three events of a file today, four of a camera yesterday, one of it ten days ago."""
    made = tmp_path / "history.sqlite3"
    today = [
        event(APPEARED, 1, NOON - 2 * HOUR),
        event(CROSSED, 1, NOON - 2 * HOUR + 9, "Gate"),
        event(LEFT, 1, NOON - HOUR),
    ]
    write(made, today, minutes={int(NOON - 2 * HOUR) // 60 * 60: 3})
    yesterday = [
        event(APPEARED, 1, NOON - DAY, snapshot=JPEG),
        event(CROSSED, 1, NOON - DAY + 2, "Tür Süd"),
        event(LEFT, 1, NOON - DAY + 60),
        event(APPEARED, 2, NOON - DAY + 61),
    ]
    write(made, yesterday, GATE, live=True)
    write(made, [event(APPEARED, 1, NOON - 10 * DAY)], GATE, live=True)
    return made


@pytest.fixture
def make(qtbot: QtBot, path: Path) -> Iterator[MakeDialog]:
    dialogs: list[HistoryDialog] = []

    def build(file: Path = path) -> HistoryDialog:
        dialog = HistoryDialog(file, clock=lambda: NOON)
        qtbot.addWidget(dialog)
        dialog.show()
        dialogs.append(dialog)
        settle(qtbot, dialog)
        return dialog

    yield build
    for dialog in dialogs:
        dialog.reject()
        assert dialog._worker.finish(10)
        assert dialog._changer.finish(10)


@pytest.fixture
def dialog(make: MakeDialog) -> HistoryDialog:
    return make()


def settle(qtbot: QtBot, dialog: HistoryDialog) -> None:
    """Wait until the last search has answered."""
    qtbot.waitUntil(lambda: dialog.summary.text() != "Searching…")


def listed(dialog: HistoryDialog) -> list[tuple[str, int]]:
    return [(found.source.title, found.event.track) for found in dialog.rows.events]


def cell(dialog: HistoryDialog, row: int, column: int) -> str:
    return str(dialog.rows.index(row, column).data())


def choose(qtbot: QtBot, dialog: HistoryDialog, key: str) -> None:
    dialog.filters.time.setCurrentText(key)
    settle(qtbot, dialog)


def test_today_comes_first(dialog: HistoryDialog) -> None:
    assert listed(dialog) == [("street.mp4", 1)] * 3
    assert dialog.summary.text() == "3 events · 1 person appeared · " + (
        "at most 3 at once (2026-03-04 10:00)"
    )
    assert [cell(dialog, 1, column) for column in range(6)] == [
        "2026-03-04 10:00:09",
        "street.mp4",
        "#1",
        "Crossed inwards",
        "Gate",
        "0:00.5",
    ]
    assert dialog.listed.text() == "3 of 3 events are listed."
    assert "history.sqlite3" in dialog.file.toolTip()
    assert [(bar.start, bar.events) for bar in dialog.chart.bars] == [
        (NOON - 2 * HOUR, 2),
        (NOON - HOUR, 1),
    ]


@pytest.mark.parametrize(("key", "number"), [(YESTERDAY, 4), (WEEK, 7), (ALL, 8)])
def test_other_days(qtbot: QtBot, dialog: HistoryDialog, key: str, number: int) -> None:
    choose(qtbot, dialog, key)
    assert len(listed(dialog)) == number
    assert sum(bar.events for bar in dialog.chart.bars) == number


def test_all_time_is_shown_by_the_day(qtbot: QtBot, dialog: HistoryDialog) -> None:
    choose(qtbot, dialog, ALL)
    bars = dialog.chart.bars
    assert [bar.events for bar in bars] == [1, 4, 3]
    assert bars[1].start == datetime(2026, 3, 3).timestamp()
    assert dialog.chart.bar_at(NOON - DAY) == bars[1]
    assert dialog.chart.bar_at(NOON - 5 * DAY) is None
    assert dialog.chart.bar_at(NOON - 50 * DAY) is None
    assert "2026-03-03: 4 events" in dialog.chart.accessibleDescription()


def test_filters_go_together(qtbot: QtBot, dialog: HistoryDialog) -> None:
    choose(qtbot, dialog, ALL)
    filters = dialog.filters
    assert [filters.source.itemText(i) for i in range(filters.source.count())] == [
        "All sources",
        "street.mp4",
        "Camera Gate 入口",
    ]
    filters.source.setCurrentIndex(2)
    settle(qtbot, dialog)
    assert len(listed(dialog)) == 5
    filters.kind.setCurrentIndex(filters.kind.findData(CROSSED))
    settle(qtbot, dialog)
    assert len(listed(dialog)) == 1
    assert "people" not in dialog.summary.text()
    filters.zone.setCurrentIndex(filters.zone.findText("Gate"))
    settle(qtbot, dialog)
    assert listed(dialog) == []
    assert "Nothing was found" in dialog.summary.text()
    assert not dialog.export_button.isEnabled()
    filters.zone.setCurrentIndex(filters.zone.findText("Tür Süd"))
    settle(qtbot, dialog)
    assert cell(dialog, 0, 4) == "Tür Süd"
    # What is chosen stays chosen, although the answers bring the choices anew.
    assert filters.source.currentText() == "Camera Gate 入口"


def test_from_to(qtbot: QtBot, dialog: HistoryDialog) -> None:
    filters = dialog.filters
    assert not filters.since.isVisible()
    choose(qtbot, dialog, FROM_TO)
    assert filters.since.isVisible()
    filters.since.setDateTime(QDateTime.fromSecsSinceEpoch(int(NOON - DAY)))
    filters.until.setDateTime(QDateTime.fromSecsSinceEpoch(int(NOON - DAY)))
    settle(qtbot, dialog)
    # The minute of the end belongs to it, so 12:00:00 and :02, but not 12:01:00.
    assert len(listed(dialog)) == 2
    # An end before the beginning is none.
    filters.until.setDateTime(QDateTime.fromSecsSinceEpoch(int(NOON - 11 * DAY)))
    assert filters.until.dateTime() == filters.since.dateTime()
    filters.since.setDateTime(QDateTime.fromSecsSinceEpoch(int(NOON)))
    settle(qtbot, dialog)
    assert filters.until.dateTime() == filters.since.dateTime()
    assert listed(dialog) == []


def test_sorting(qtbot: QtBot, dialog: HistoryDialog) -> None:
    choose(qtbot, dialog, ALL)
    header = dialog.table.horizontalHeader()
    assert listed(dialog)[0] == ("street.mp4", 1)
    qtbot.mouseClick(
        header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(header.sectionPosition(2) + 9, 9)
    )
    settle(qtbot, dialog)
    assert {track for _, track in listed(dialog)[:7]} == {1}
    assert listed(dialog)[-1] == ("Camera Gate 入口", 2)
    header.setSortIndicator(2, Qt.SortOrder.DescendingOrder)
    settle(qtbot, dialog)
    assert listed(dialog)[0] == ("Camera Gate 入口", 2)


def test_of_thousands_the_first_are_listed(
    qtbot: QtBot, path: Path, make: MakeDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialog_module, "LISTED", 500)
    write(path, [event(APPEARED, 10 + number, NOON - number) for number in range(1200)])
    dialog = make()
    assert [track for _, track in listed(dialog)] == list(range(10, 510))
    assert dialog.listed.text() == "500 of 1,203 events are listed."


def test_a_file_can_be_opened_at_the_moment(qtbot: QtBot, dialog: HistoryDialog) -> None:
    dialog.table.selectRow(1)
    preview = dialog.preview
    assert preview.title.text() == "#1 crossed Gate inwards"
    assert "0:00.5 in the video" in preview.details.text()
    with qtbot.waitSignal(dialog.open_requested) as asked:
        qtbot.mouseClick(preview.open, Qt.MouseButton.LeftButton)
    assert asked.args == ["/videos/street.mp4", 0.5]
    dialog.table.setFocus()
    with qtbot.waitSignal(dialog.open_requested):
        qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_a_live_event_shows_its_picture(qtbot: QtBot, dialog: HistoryDialog) -> None:
    choose(qtbot, dialog, YESTERDAY)
    preview = dialog.preview
    dialog.table.selectRow(3)
    qtbot.waitUntil(lambda: not preview.picture.pixmap().isNull())
    assert not preview.open.isEnabled()
    assert "Last picture" not in preview.details.text()
    with qtbot.assertNotEmitted(dialog.open_requested):
        dialog.table.setFocus()
        qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    dialog.table.selectRow(1)
    qtbot.waitUntil(lambda: "Last picture of this person: 12:00:00" in preview.details.text())
    dialog.table.selectRow(0)
    qtbot.waitUntil(lambda: preview.picture.text() == "There is no picture of this moment.")


@pytest.fixture
def clip(path: Path) -> Path:
    """That of two alerts, this morning."""
    detail = "someone stays longer than 30 s"
    happened = [
        Event(EventKind.ALERT, 5, 1, 0.5, "Gate", rule="Loitering", detail=detail),
        Event(EventKind.ALERT, 0, 1, 0.5, rule="Queue", detail="more than 3 people are there"),
    ]
    alerts = [PastEvent(each, NOON - 60 + n, GATE, True) for n, each in enumerate(happened)]
    session = write(path, alerts, GATE, live=True)
    made = write_clip(clips_folder(path) / "a.mp4", [0.0, 0.2, 0.4])
    with closing(History(path)) as history:
        for each in happened:
            assert history.attach_clip(session, each, made)
    return made


def test_alerts_are_found_by_their_rule(qtbot: QtBot, clip: Path, dialog: HistoryDialog) -> None:
    assert [cell(dialog, row, 2) for row in (0, 1)] == ["", "#5"]
    assert [cell(dialog, row, 3) for row in (0, 1)] == ["Queue", "Loitering"]
    kinds = dialog.filters.kind
    last = [kinds.itemText(place) for place in range(kinds.count())][-3:]
    assert last == ["Alert", "Alert: Loitering", "Alert: Queue"]
    for place, number in ((-3, 2), (-2, 1), (-1, 1)):
        kinds.setCurrentIndex(kinds.count() + place)
        settle(qtbot, dialog)
        assert len(listed(dialog)) == number
    assert kinds.currentText() == "Alert: Queue"
    assert dialog.preview.title.text() == "Queue: more than 3 people are there"


def test_a_clip_plays_until_the_window_is_closed(
    qtbot: QtBot, clip: Path, dialog: HistoryDialog
) -> None:
    preview = dialog.preview
    assert preview.save.isVisible()
    qtbot.waitUntil(lambda: not preview.picture.pixmap().isNull(), timeout=20_000)
    thread = preview.player._decoder.thread
    dialog.table.selectRow(2)
    assert not preview.save.isVisible()
    dialog.table.selectRow(1)
    qtbot.waitUntil(lambda: preview.player.playing, timeout=20_000)
    threads = [thread, preview.player._decoder.thread]
    dialog.reject()
    for each in threads:
        each.join(20)
        assert not each.is_alive()


def test_a_clip_can_be_saved(
    qtbot: QtBot, clip: Path, dialog: HistoryDialog, tmp_path: Path
) -> None:
    qtbot.mouseClick(dialog.preview.save, Qt.MouseButton.LeftButton)
    (ask,) = dialog.findChildren(QFileDialog)
    assert ask.selectedFiles()[0].endswith("/Queue_2026-03-04_11-59-01.mp4")
    ask.reject()
    dialog.save_clip(clip, tmp_path / "mine.mp4")
    qtbot.waitUntil(lambda: "mine.mp4" in dialog.message.text())
    assert (tmp_path / "mine.mp4").read_bytes() == clip.read_bytes()
    dialog.save_clip(clip, tmp_path / "missing" / "mine.mp4")
    qtbot.waitUntil(lambda: "no folder" in dialog.message.text())


def test_the_folder_of_clips_can_be_shown(qtbot: QtBot, clip: Path) -> None:
    opened: list[QUrl] = []
    preview = EventPreview(open_url=opened.append)
    qtbot.addWidget(preview)
    preview.show_event(replace(event(APPEARED, 1, NOON), clip=clip))
    preview.show_folder.click()
    assert opened == [QUrl.fromLocalFile(str(clip.parent))]


def test_a_clip_goes_with_its_events_and_one_that_is_gone_is_told(
    qtbot: QtBot, clip: Path, dialog: HistoryDialog
) -> None:
    dialog.delete([dialog.rows.events[0].id])
    qtbot.waitUntil(lambda: dialog.message.text() == "Deleted." and len(listed(dialog)) == 4)
    clip.unlink()
    dialog.table.selectRow(1)
    dialog.table.selectRow(0)
    qtbot.waitUntil(lambda: "gone or damaged" in dialog.preview.picture.text(), timeout=20_000)
    dialog.save_clip(clip, clip.with_name("b.mp4"))
    qtbot.waitUntil(lambda: "not there any more" in dialog.message.text())
    clip.write_bytes(b"back")
    dialog.delete(HistoryQuery())
    qtbot.waitUntil(lambda: listed(dialog) == [])
    assert not clip.exists()


def test_export(qtbot: QtBot, dialog: HistoryDialog, tmp_path: Path) -> None:
    choose(qtbot, dialog, YESTERDAY)
    target = tmp_path / "out.csv"
    dialog.export(target)
    qtbot.waitUntil(lambda: "4 events were saved" in dialog.message.text())
    with target.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["person"] for row in rows] == ["1", "1", "1", "2"]
    assert rows[1]["place"] == "Tür Süd"
    assert datetime.fromisoformat(rows[0]["time"]).timestamp() == NOON - DAY
    dialog.export(tmp_path / "missing" / "out.csv")
    qtbot.waitUntil(lambda: "no folder" in dialog.message.text())


def answer(qtbot: QtBot, dialog: HistoryDialog, text: str) -> None:
    box = dialog.findChild(QMessageBox)
    assert box is not None
    button = next(b for b in box.findChildren(QPushButton) if text in b.text())
    assert box.defaultButton().text().replace("&", "") == "Cancel"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.findChild(QMessageBox) is None)


def test_deleting_asks_first(qtbot: QtBot, dialog: HistoryDialog) -> None:
    dialog.table.selectRow(0)
    assert dialog.delete_selected.text() == "&Selected events (1)…"
    dialog.delete_selected.trigger()
    answer(qtbot, dialog, "Cancel")
    assert len(listed(dialog)) == 3
    dialog.delete_selected.trigger()
    answer(qtbot, dialog, "Delete")
    qtbot.waitUntil(lambda: len(listed(dialog)) == 2)
    dialog.delete_found.trigger()
    answer(qtbot, dialog, "Delete")
    qtbot.waitUntil(lambda: listed(dialog) == [] and dialog.summary.text() != "Searching…")
    choose(qtbot, dialog, ALL)
    assert len(listed(dialog)) == 5
    dialog.delete_all.trigger()
    answer(qtbot, dialog, "Delete")
    qtbot.waitUntil(lambda: listed(dialog) == [] and dialog.summary.text() != "Searching…")
    assert dialog.filters.source.count() == 1


def test_without_a_history_none_is_begun(make: MakeDialog, tmp_path: Path) -> None:
    missing = tmp_path / "none" / "history.sqlite3"
    dialog = make(missing)
    assert "Nothing was found" in dialog.summary.text()
    assert "Nothing is kept" in dialog.file.toolTip()
    assert not dialog.delete_button.isEnabled()
    assert not missing.exists()


def test_a_damaged_history_is_told(make: MakeDialog, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.sqlite3"
    damaged.write_bytes(b"damaged" * 1000)
    dialog = make(damaged)
    assert "The history was damaged" in dialog.message.text()
    assert listed(dialog) == []


def test_a_history_that_cannot_be_read_is_told(make: MakeDialog, tmp_path: Path) -> None:
    dialog = make(tmp_path)
    assert "cannot be kept in" in dialog.message.text()
    assert dialog.summary.text() == ""


def test_a_search_nobody_wants_any_more_is_given_up(
    qtbot: QtBot, dialog: HistoryDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = History.search
    inside, go_on = threading.Event(), threading.Event()
    searched: list[HistoryQuery] = []
    threads: set[threading.Thread] = set()

    def slow(history: History, query: HistoryQuery, **page: object) -> object:
        searched.append(query)
        threads.add(threading.current_thread())
        inside.set()
        assert go_on.wait(10)
        return search(history, query, **page)

    monkeypatch.setattr(History, "search", slow)
    dialog.filters.time.setCurrentText(WEEK)
    assert inside.wait(10)
    assert dialog.summary.text() == "Searching…"
    dialog.filters.time.setCurrentText(YESTERDAY)
    dialog.filters.time.setCurrentText(ALL)
    go_on.set()
    settle(qtbot, dialog)
    assert len(listed(dialog)) == 8
    # The one in between was never begun.
    assert len(searched) == 2
    assert searched[-1] == HistoryQuery()
    assert threading.current_thread() not in threads


def test_closing_does_not_wait_for_a_search(
    qtbot: QtBot, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def stuck(history: History, query: HistoryQuery, **page: object) -> object:
        inside.set()
        go_on.wait(20)
        raise OSError("the disk is gone")

    monkeypatch.setattr(History, "search", stuck)
    dialog = HistoryDialog(path, clock=lambda: NOON)
    dialog.show()
    assert inside.wait(10)
    for each in (dialog.export_button, dialog.delete_button, dialog.delete_found):
        assert not each.isEnabled()
    dialog.reject()
    assert not dialog.isVisible()
    worker = dialog._worker
    sip.delete(dialog)
    # Nobody is left to be told of the failure.
    go_on.set()
    assert worker.finish(10)
    QApplication.processEvents()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the system cannot change its time zone")
def test_days_are_those_of_the_time_zone(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "IST-5:30")
    time.tzset()
    try:
        # 2023-11-14 22:14 UTC is 03:44 of the 15th in India, which began at 18:30 UTC.
        filters = HistoryFilters(clock=lambda: 1_700_000_040.0)
        qtbot.addWidget(filters)
        midnight = 1_699_986_600.0
        assert filters.query() == HistoryQuery(since=midnight)
        filters.time.setCurrentText(YESTERDAY)
        assert filters.query() == HistoryQuery(since=midnight - DAY, until=midnight)
        filters.time.setCurrentText(WEEK)
        assert filters.query() == HistoryQuery(since=midnight - 6 * DAY)
        filters.time.setCurrentText(TODAY)
        assert filters.query().since == midnight
    finally:
        monkeypatch.undo()
        time.tzset()


def test_names_for_screen_readers(dialog: HistoryDialog) -> None:
    assert dialog.table.accessibleName() == "Events found"
    assert dialog.chart.accessibleName() == "Events per hour"
    for button in (dialog.export_button, dialog.delete_button, dialog.close_button):
        assert button.toolTip()
    for box in (dialog.filters.time, dialog.filters.source, dialog.filters.kind):
        assert box.toolTip()
