import pytest
from PyQt6.QtWidgets import QApplication

from pedcam.ui.history import event_text
from pedcam.video.people.counts import Event, EventKind


@pytest.mark.parametrize(
    ("kind", "place", "direction", "text", "short"),
    [
        (EventKind.APPEARED, "", "", "#12 appeared", "#12 appeared"),
        (EventKind.LEFT, "", "", "#12 left the picture", "#12 left the picture"),
        (EventKind.CROSSED, "Gate", "in", "#12 crossed Gate inwards", "#12 crossed Gate in"),
        (EventKind.CROSSED, "Gate", "out", "#12 crossed Gate outwards", "#12 crossed Gate out"),
        (EventKind.ENTERED, "{place}", "", "#12 entered {place}", "#12 entered {place}"),
        (EventKind.EXITED, "入口", "", "#12 left 入口", "#12 left 入口"),
    ],
)
def test_what_happened(
    qapp: QApplication, kind: EventKind, place: str, direction: str, text: str, short: str
) -> None:
    event = Event(kind, 12, 0, 0.0, place, direction)
    assert event_text.event_text(event) == text
    assert event_text.event_text(event, short=True) == short
    assert event_text.deed_alone(event)
    assert event_text.kind_name(kind)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0:00.0"),
        (12.39, "0:12.3"),
        (59.99, "0:59.9"),
        (3725.5, "1:02:05.5"),
        (-1.0, "0:00.0"),
    ],
)
def test_a_position(qapp: QApplication, seconds: float, text: str) -> None:
    assert event_text.position(seconds) == text
