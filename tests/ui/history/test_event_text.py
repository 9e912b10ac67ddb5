import pytest

from pedcam.ui.history import event_text
from pedcam.video.people.counts import Event, EventKind


@pytest.mark.parametrize(
    ("kind", "place", "direction", "sentence", "deed"),
    [
        (EventKind.APPEARED, "", "", "#12 appeared", "Appeared"),
        (EventKind.LEFT, "", "", "#12 left the picture", "Left the picture"),
        (EventKind.CROSSED, "Gate", "in", "#12 crossed Gate inwards", "Crossed inwards"),
        (EventKind.CROSSED, "Gate", "out", "#12 crossed Gate outwards", "Crossed outwards"),
        (EventKind.ENTERED, "{place}", "", "#12 entered {place}", "Entered"),
        (EventKind.EXITED, "Ünï 入口", "", "#12 left Ünï 入口", "Left"),
    ],
)
def test_what_happened(
    kind: EventKind, place: str, direction: str, sentence: str, deed: str
) -> None:
    event = Event(kind, 12, 0, 0.0, place, direction)
    assert event_text.sentence(event) == event_text.short_sentence(event) == sentence
    assert event_text.deed(event) == deed
    assert event_text.kind_name(kind)


@pytest.mark.parametrize(
    ("track", "zone", "sentence", "short"),
    [
        (5, "Door", "Loitering: someone stays longer than 30 s, #5 at Door", "#5 at Door"),
        (5, "", "Loitering: someone stays longer than 30 s, #5", "#5"),
        (0, "Door", "Loitering: someone stays longer than 30 s, at Door", "at Door"),
        (0, "", "Loitering: someone stays longer than 30 s", ""),
    ],
)
def test_alerts(track: int, zone: str, sentence: str, short: str) -> None:
    detail = "someone stays longer than 30 s"
    event = Event(EventKind.ALERT, track, 0, 0.0, zone, rule="Loitering", detail=detail)
    assert event_text.sentence(event) == sentence
    assert event_text.short_sentence(event) == (f"Loitering: {short}" if short else "Loitering")
    assert event_text.deed(event) == "Loitering"
    assert event_text.person(event) == ("#5" if track else "")


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
def test_a_position(seconds: float, text: str) -> None:
    assert event_text.position(seconds) == text
