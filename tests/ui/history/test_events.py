from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from pedcam.history.values import HistorySource, PastEvent
from pedcam.ui.history.events import EventList
from pedcam.video.people.counts import Event, EventKind

GATE = HistorySource("Camera Gate", "camera", "camera:Gate")
APPEARED, LEFT, CROSSED = EventKind.APPEARED, EventKind.LEFT, EventKind.CROSSED


def logged(kind: EventKind, track: int, at: float = 0.0, snapshot: bytes | None = None):
    return PastEvent(Event(kind, track, 0, at), at, GATE, True, snapshot)


@pytest.fixture
def events(qapp: QApplication) -> EventList:
    made = EventList(most=5)
    made.extend([logged(APPEARED, 1), logged(APPEARED, 2), logged(LEFT, 1)])
    return made


def tracks(events: EventList) -> list[int]:
    assert events.rowCount() == len(events.events)
    return [past.event.track for past in events.events]


def test_the_oldest_go(events: EventList) -> None:
    assert tracks(events) == [1, 2, 1]
    events.extend([logged(CROSSED, track) for track in (7, 8, 9)])
    assert tracks(events) == [2, 1, 7, 8, 9]
    assert events.numbers[APPEARED] == 1
    assert events.numbers[CROSSED] == 3
    assert events.numbers[EventKind.ENTERED] == 0
    events.extend([logged(CROSSED, track) for track in range(10, 20)])
    assert tracks(events) == [15, 16, 17, 18, 19]


def test_a_call_is_one_change(events: EventList) -> None:
    changes: list[int] = []
    events.changed.connect(lambda: changes.append(len(events.entries)))
    events.extend([logged(LEFT, 1), logged(LEFT, 2)])
    assert changes == [5]


def test_kinds_can_be_left_out(events: EventList) -> None:
    changes: list[None] = []
    events.modelReset.connect(lambda: changes.append(None))
    events.show_kind(APPEARED, False)
    assert tracks(events) == [1]
    assert events.numbers[APPEARED] == 2
    events.show_kind(APPEARED, False)
    events.extend([logged(APPEARED, 3), logged(LEFT, 4)])
    assert tracks(events) == [1, 4]
    assert len(changes) == 1
    events.show_kind(APPEARED, True)
    assert tracks(events) == [1, 2, 1, 3, 4]


def test_another_source_begins_anew_but_keeps_what_is_left_out(events: EventList) -> None:
    events.show_kind(LEFT, False)
    events.begin()
    assert not events.entries
    events.extend([logged(LEFT, 1), logged(APPEARED, 8)])
    assert tracks(events) == [8]


def test_the_picture_is_the_last_one_of_that_person_until_then(qapp: QApplication) -> None:
    events = EventList()
    events.extend(
        [
            logged(APPEARED, 1, 10.0, b"first"),
            logged(APPEARED, 2, 11.0, b"other"),
            logged(CROSSED, 1, 12.0),
            logged(LEFT, 1, 13.0, b"last"),
            logged(LEFT, 3, 14.0),
        ],
    )
    pictures = [events.picture(entry) for entry in events.entries]
    assert pictures == [(b"first", 10.0), (b"other", 11.0), (b"first", 10.0), (b"last", 13.0), None]


def test_the_picture_of_a_crowd_is_of_its_moment(qapp: QApplication) -> None:
    events = EventList()
    first, then = (PastEvent(Event(EventKind.ALERT, 0, n, n), n, GATE, True) for n in (1, 2))
    pictured = PastEvent(first.event, first.at, GATE, True, b"crowd")
    events.extend([pictured, then, first])
    assert [events.picture(entry) for entry in (pictured, then)] == [(b"crowd", 1), None]
    # Another rule may have fired for the same crowd.
    assert events.picture(first) == (b"crowd", 1)


def test_a_clip_comes_to_the_last_event_like_its_own(qapp: QApplication) -> None:
    """A video that plays in a loop gives the same events again."""
    events, clip = EventList(), Path("/clips/a.mp4")
    alert = Event(EventKind.ALERT, 1, 0, 0.0, rule="Loitering", detail="it stays")
    events.extend([PastEvent(alert, at, GATE, True) for at in (1.0, 2.0)])
    changes: list[int] = []
    events.dataChanged.connect(lambda first, last: changes.append(first.row()))
    events.attach_clip(alert, clip)
    assert [past.clip for past in events.entries] == [None, clip]
    assert [past.clip for past in events.events] == [None, clip]
    assert changes == [1]
    tip = events.index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("Loitering: it stays, #1\n")
    assert tip.endswith("Click to play its clip.")
    # Of an event that is out of sight, and of one that is forgotten.
    events.show_kind(EventKind.ALERT, False)
    events.attach_clip(alert, Path("/clips/b.mp4"))
    events.attach_clip(Event(LEFT, 9, 0, 0.0), clip)
    events.show_kind(EventKind.ALERT, True)
    assert [past.clip for past in events.events] == [None, Path("/clips/b.mp4")]


def test_alerts_stand_out(qapp: QApplication) -> None:
    events = EventList()
    events.extend([logged(APPEARED, 1), logged(EventKind.ALERT, 1)])
    fonts = [events.index(row, 0).data(Qt.ItemDataRole.FontRole) for row in (0, 1)]
    assert fonts[0] is None
    assert fonts[1].bold()
    assert all(events.index(row, 0).data(Qt.ItemDataRole.DecorationRole) for row in (0, 1))
