from pedcam.history.values import HistorySource, PastEvent
from pedcam.ui.rules.firings import Firings
from pedcam.video.people.counts import Event, EventKind


def past(kind: EventKind, at: float, rule: str = "") -> PastEvent:
    return PastEvent(Event(kind, 1, 0, at, rule=rule), at, HistorySource("a", "camera", "0"), True)


def test_alerts_are_counted_by_rule() -> None:
    firings = Firings()
    changes: list[int] = []
    firings.subscribe(lambda: changes.append(1))
    assert firings.of("Loitering") is None
    firings.add([past(EventKind.ALERT, 1.0, "Loitering"), past(EventKind.APPEARED, 2.0)])
    firings.add([past(EventKind.ALERT, 3.0, "Loitering"), past(EventKind.ALERT, 4.0, "Crowd")])
    loitering, crowd = firings.of("Loitering"), firings.of("Crowd")
    assert loitering is not None
    assert crowd is not None
    assert (loitering.count, loitering.last.at) == (2, 3.0)
    assert (crowd.count, crowd.last.at) == (1, 4.0)
    assert len(changes) == 2


def test_other_events_change_nothing() -> None:
    firings = Firings()
    firings.subscribe(lambda: (_ for _ in ()).throw(AssertionError("changed")))
    firings.add([past(EventKind.ENTERED, 1.0)])
    firings.clear()


def test_another_source_begins_anew() -> None:
    firings = Firings()
    firings.add([past(EventKind.ALERT, 1.0, "Loitering")])
    firings.clear()
    assert firings.of("Loitering") is None
