"""How events and their times are put into words."""

from __future__ import annotations

from datetime import datetime

from pedcam.history.values import PastEvent
from pedcam.ui.base import text
from pedcam.video.people.counts import Event, EventKind


def kind_name(kind: EventKind) -> str:
    """Return what a kind of event is called in a list to choose from."""
    return {
        EventKind.APPEARED: "Appeared",
        EventKind.LEFT: "Left the picture",
        EventKind.CROSSED: "Crossed a line",
        EventKind.ENTERED: "Entered a zone",
        EventKind.EXITED: "Left a zone",
        EventKind.ALERT: "Alert",
    }[kind]


def deed(event: Event) -> str:
    """Return what somebody did, or the rule that fired, without the line or zone."""
    if event.kind is EventKind.CROSSED:
        return "Crossed inwards" if event.direction == "in" else "Crossed outwards"
    if event.kind is EventKind.ALERT:
        return event.rule
    alone = {EventKind.ENTERED: "Entered", EventKind.EXITED: "Left"}
    return alone.get(event.kind) or kind_name(event.kind)


def sentence(event: Event) -> str:
    """Return who did what and where, such as ``#12 crossed Gate inwards``.

    Of an alert, what is watched for: ``Loitering: someone stays longer than 30 s, #5 at Door``.
    """
    if event.kind is EventKind.ALERT:
        return ", ".join(filter(None, [f"{event.rule}: {event.detail}", _who_and_where(event)]))
    verb, *rest = deed(event).lower().split(maxsplit=1)
    return " ".join([person(event), verb, *filter(None, [event.zone]), *rest])


def short_sentence(event: Event) -> str:
    """Return the same for a narrow list, without what an alert watches for: its name says that."""
    if event.kind is EventKind.ALERT:
        return ": ".join(filter(None, [event.rule, _who_and_where(event)]))
    return sentence(event)


def person(event: Event) -> str:
    """Return how a person is called, such as ``#12``; nothing for a crowd."""
    return f"#{event.track}" if event.track else ""


def position(seconds: float) -> str:
    """Return a place in a video to the tenth of a second, such as ``2:05.3``."""
    tenths = int(max(seconds, 0.0) * 10 + 1e-6)
    return f"{text.clock(tenths // 10)}.{tenths % 10}"


def clock_time(at: float) -> str:
    """Return the time of day of a moment, in this computer's time zone: ``17:42:05``."""
    return f"{datetime.fromtimestamp(at):%H:%M:%S}"


def short_time(past: PastEvent) -> str:
    """Return when it happened: the time of day, or the place in a video."""
    return clock_time(past.at) if past.live else position(past.event.time)


def moment(at: float) -> str:
    """Return the day and the time of day of a moment: ``2026-03-01 17:42:05``."""
    return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M:%S}"


def _who_and_where(event: Event) -> str:
    zone = f"at {event.zone}" if event.zone else ""
    return " ".join(filter(None, [person(event), zone]))
