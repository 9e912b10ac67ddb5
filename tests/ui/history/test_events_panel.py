import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from pedcam.history.values import HistorySource, PastEvent
from pedcam.ui.base import theme
from pedcam.ui.history.events import EventList
from pedcam.ui.history.events_panel import EventsPanel
from pedcam.ui.history.preview import EventPreview
from pedcam.ui.side_panel import WIDTH
from pedcam.video.people.counts import Event, EventKind
from tests.factories import write_clip

ALONE = (EventKind.APPEARED, EventKind.LEFT)
STREET = HistorySource("street.mp4", "file", "/videos/street.mp4")


def events(
    first: int, number: int, kind: EventKind = EventKind.APPEARED, live: bool = False
) -> list[PastEvent]:
    return [
        PastEvent(
            Event(kind, track, track, track / 2, "" if kind in ALONE else "Gate"),
            1_700_000_000.0 + track,
            STREET,
            live,
        )
        for track in range(first, first + number)
    ]


@pytest.fixture
def state(qapp: QApplication) -> EventList:
    return EventList(most=200)


@pytest.fixture
def panel(qtbot: QtBot, state: EventList) -> EventsPanel:
    made = EventsPanel(state)
    qtbot.addWidget(made)
    made.resize(320, 400)
    made.show()
    return made


def texts(panel: EventsPanel) -> list[str]:
    model = panel.view.model()
    assert model is not None
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def bottom(panel: EventsPanel) -> bool:
    bar = panel.view.verticalScrollBar()
    return bar.value() == bar.maximum()


def test_it_says_what_will_be_here(panel: EventsPanel, state: EventList) -> None:
    assert panel.view.empty.isVisible()
    assert "Nothing has happened yet" in panel.view.empty.text()
    assert not panel.export.isEnabled()
    state.extend(events(1, 1))
    assert not panel.view.empty.isVisible()
    assert panel.export.isEnabled()
    assert panel.count.text() == "1 event"
    panel.chips[EventKind.APPEARED].setChecked(False)
    assert "hidden" in panel.view.empty.text()
    assert panel.view.empty.isVisible()


def test_a_click_in_a_file_asks_for_its_second(
    qtbot: QtBot, panel: EventsPanel, state: EventList
) -> None:
    state.extend(events(1, 3))
    place = panel.view.visualRect(panel.view.model().index(1, 0)).center()
    with qtbot.waitSignal(panel.seek_requested) as asked:
        qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked.args == [1.0]
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.seek_requested) as asked:
        qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert asked.args == [1.5]


def test_nothing_is_asked_for_without_a_row(
    qtbot: QtBot, panel: EventsPanel, state: EventList
) -> None:
    with qtbot.assertNotEmitted(panel.seek_requested):
        qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    state.extend(events(1, 1))
    with qtbot.assertNotEmitted(panel.seek_requested):
        qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 300))


def test_a_live_event_shows_its_picture(qtbot: QtBot, panel: EventsPanel, state: EventList) -> None:
    jpeg = cv2.imencode(".jpg", np.full((90, 160, 3), 90, np.uint8))[1].tobytes()
    appeared = PastEvent(Event(EventKind.APPEARED, 7, 0, 0.0), 1_700_000_000.0, STREET, True, jpeg)
    left = PastEvent(Event(EventKind.LEFT, 7, 0, 0.0), 1_700_000_005.0, STREET, True)
    other = PastEvent(Event(EventKind.LEFT, 8, 0, 0.0), 1_700_000_005.0, STREET, True)
    state.extend([appeared, left, other])
    with qtbot.assertNotEmitted(panel.seek_requested):
        panel.view.setFocus()
        panel.view.setCurrentIndex(panel.view.model().index(0, 0))
        qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    preview = popup(panel)
    assert preview.isVisible()
    assert preview.picture.pixmap().width() == 288
    assert preview.title.text() == "#7 appeared"
    assert "ast picture" not in preview.details.text()
    close_popup(qtbot, panel)
    panel.view.chosen.emit(state.entries[1])
    preview = popup(panel)
    assert preview.picture.pixmap().width() == 288
    taken = time.strftime("%H:%M:%S", time.localtime(1_700_000_000))
    assert f"Last picture of this person: {taken}" in preview.details.text()
    close_popup(qtbot, panel)
    panel.view.chosen.emit(state.entries[2])
    assert "no picture" in popup(panel).picture.text()
    close_popup(qtbot, panel)


@pytest.mark.parametrize("live", [True, False])
def test_an_event_with_a_clip_plays_it(
    qtbot: QtBot, panel: EventsPanel, state: EventList, tmp_path: Path, live: bool
) -> None:
    clip = write_clip(tmp_path / "a.mp4", [0.0, 0.2, 0.4])
    alert = Event(EventKind.ALERT, 7, 0, 3.5, "Door", rule="Loitering", detail="it stays")
    state.extend([PastEvent(alert, 1_700_000_000.0, STREET, live)])
    state.attach_clip(alert, clip)
    with qtbot.assertNotEmitted(panel.seek_requested):
        panel.view.chosen.emit(state.events[0])
    preview = popup(panel)
    assert preview.title.text() == "Loitering: it stays, #7 at Door"
    assert preview.open.isVisible() == (not live)
    assert not preview.save.isVisible()
    qtbot.waitUntil(lambda: not preview.picture.pixmap().isNull(), timeout=20_000)
    thread = preview.player._decoder.thread
    if live:
        close_popup(qtbot, panel)
    else:
        with qtbot.waitSignal(panel.seek_requested) as asked:
            qtbot.mouseClick(preview.open, Qt.MouseButton.LeftButton)
        assert asked.args == [3.5]
        qtbot.waitUntil(lambda: panel.findChildren(EventPreview) == [])
    thread.join(20)
    assert not thread.is_alive()


def popup(panel: EventsPanel) -> EventPreview:
    """Return what is shown beside the event."""
    (preview,) = panel.findChildren(EventPreview)
    return preview


def close_popup(qtbot: QtBot, panel: EventsPanel) -> None:
    (menu,) = panel.findChildren(QMenu)
    with qtbot.waitSignal(menu.destroyed):
        qtbot.keyClick(menu, Qt.Key.Key_Escape)
    assert panel.findChildren(EventPreview) == []


def test_the_newest_stays_in_sight(qtbot: QtBot, panel: EventsPanel, state: EventList) -> None:
    for turn in range(8):
        state.extend(events(1 + 50 * turn, 50))
        QApplication.processEvents()
        assert bottom(panel)
    assert len(texts(panel)) == 200
    assert texts(panel)[-1] == "#400 appeared"
    panel.resize(320, 250)
    QApplication.processEvents()
    assert bottom(panel)


def test_whoever_reads_is_left_in_peace(qtbot: QtBot, panel: EventsPanel, state: EventList) -> None:
    state.extend(events(1, 180))
    QApplication.processEvents()
    bar = panel.view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)

    def top() -> str:
        return panel.view.indexAt(QPoint(20, 30)).data()

    read = top()
    # 200 are remembered: with these, the oldest 30 go.
    state.extend(events(181, 50))
    QApplication.processEvents()
    assert texts(panel)[0] == "#31 appeared"
    assert top() == read
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_End)
    assert bottom(panel)
    state.extend(events(231, 10))
    QApplication.processEvents()
    assert bottom(panel)


def test_home_and_end_lead_to_the_first_and_the_last_event(
    qtbot: QtBot, panel: EventsPanel, state: EventList
) -> None:
    state.extend(events(1, 100))
    panel.view.setFocus()
    for key, track in ((Qt.Key.Key_Home, 1), (Qt.Key.Key_End, 100)):
        qtbot.keyClick(panel.view, key)
        with qtbot.waitSignal(panel.seek_requested) as asked:
            qtbot.keyClick(panel.view, Qt.Key.Key_Return)
        assert asked.args == [track / 2]
    assert bottom(panel)


def test_kinds_can_be_hidden(panel: EventsPanel, state: EventList) -> None:
    state.extend(events(1, 3) + events(1, 2, EventKind.LEFT))
    assert panel.chips[EventKind.APPEARED].text() == "3"
    assert "Appeared: 3" in panel.chips[EventKind.APPEARED].toolTip()
    panel.chips[EventKind.APPEARED].click()
    assert texts(panel) == ["#1 left the picture", "#2 left the picture"]
    assert panel.count.text() == "2 of 5"
    assert "show" in panel.chips[EventKind.APPEARED].toolTip()
    panel.chips[EventKind.APPEARED].click()
    assert len(texts(panel)) == 5


def test_the_switches_follow_what_is_hidden(panel: EventsPanel, state: EventList) -> None:
    chip = panel.chips[EventKind.LEFT]
    state.show_kind(EventKind.LEFT, False)
    assert [each for each in panel.chips.values() if not each.isChecked()] == [chip]
    assert "show" in chip.toolTip()
    chip.click()
    assert state.hidden == frozenset()
    assert chip.isChecked()


def test_another_source_empties_it(panel: EventsPanel, state: EventList) -> None:
    state.extend(events(1, 150))
    panel.view.verticalScrollBar().setValue(0)
    state.begin()
    assert texts(panel) == []
    assert panel.view.empty.isVisible()
    state.extend(events(1, 150))
    QApplication.processEvents()
    assert bottom(panel)


def test_times_are_of_the_file_or_of_the_day(
    panel: EventsPanel, state: EventList, monkeypatch: pytest.MonkeyPatch
) -> None:
    state.extend(events(125, 1))
    index = panel.view.model().index(0, 0)
    spoken = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "1:02.5: #125 appeared"
    state.begin()
    state.extend(events(125, 1, live=True))
    at = time.strftime("%H:%M:%S", time.localtime(1_700_000_125))
    spoken = panel.view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == f"{at}: #125 appeared"


def test_the_buttons_ask(qtbot: QtBot, panel: EventsPanel, state: EventList) -> None:
    state.extend(events(1, 1))
    with qtbot.waitSignal(panel.export_requested):
        qtbot.mouseClick(panel.export, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.history_requested):
        qtbot.mouseClick(panel.history, Qt.MouseButton.LeftButton)


def test_names_and_descriptions_for_screen_readers(panel: EventsPanel) -> None:
    assert panel.view.accessibleName() == "Events"
    assert panel.chips[EventKind.CROSSED].accessibleName() == "Crossed a line: 0"
    for button in (*panel.chips.values(), panel.history, panel.export):
        assert button.toolTip()


@pytest.fixture
def looks() -> Iterator[None]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = app.palette(), app.styleSheet()
    yield
    app.setPalette(before[0])
    app.setStyleSheet(before[1])


@pytest.mark.parametrize("width", [280, 480])
def test_it_follows_the_theme_and_fits(
    qtbot: QtBot, panel: EventsPanel, state: EventList, looks: None, width: int
) -> None:
    app = QApplication.instance()
    panel.resize(width, 400)
    state.extend(events(1, 30, EventKind.CROSSED, live=True))
    for dark in (False, True):
        theme.apply(app, dark)
        QApplication.processEvents()
        image = panel.view.viewport().grab().toImage()
        raised = panel.view.palette().color(QPalette.ColorRole.Base).lightness()
        assert (image.pixelColor(width // 2, 2).lightness() < 128) == dark == (raised < 128)
        assert panel.minimumSizeHint().width() <= 280


def test_many_events_do_not_widen_the_side_panel(qtbot: QtBot, looks: None) -> None:
    theme.apply(QApplication.instance(), False)
    state = EventList(most=1000)
    panel = EventsPanel(state)
    qtbot.addWidget(panel)
    for number, kind in enumerate(EventKind):
        state.extend(events(200 * number, 160, kind))
    state.extend(events(2000, 40))
    assert [chip.text() for chip in panel.chips.values()] == ["200", *["160"] * 5]
    assert panel.minimumSizeHint().width() <= WIDTH - 4 * theme.UNIT
