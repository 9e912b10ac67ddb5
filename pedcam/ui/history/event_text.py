"""How events and their times are put into words."""

from __future__ import annotations

from datetime import datetime

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
    }[kind]


def event_text(event: Event, *, short: bool = False) -> str:
    """Return what somebody did, such as ``#12 crossed Gate inwards``, or in fewer letters."""
    return f"#{event.track} {deed(event, short=short)}"


def deed(event: Event, *, short: bool = False) -> str:
    """Return what somebody did, without saying who."""
    if event.kind is EventKind.CROSSED:
        if event.direction == "in":
            words = "crossed {place} in" if short else "crossed {place} inwards"
        else:
            words = "crossed {place} out" if short else "crossed {place} outwards"
        return words.format(place=event.place)
    return {
        EventKind.APPEARED: "appeared",
        EventKind.LEFT: "left the picture",
        EventKind.ENTERED: "entered {place}",
        EventKind.EXITED: "left {place}",
    }[event.kind].format(place=event.place)


def deed_alone(event: Event) -> str:
    """Return what somebody did, where the place is said elsewhere."""
    if event.kind is EventKind.CROSSED:
        return "Crossed inwards" if event.direction == "in" else "Crossed outwards"
    return {
        EventKind.APPEARED: "Appeared",
        EventKind.LEFT: "Left the picture",
        EventKind.ENTERED: "Entered",
        EventKind.EXITED: "Left",
    }[event.kind]


def position(seconds: float) -> str:
    """Return a place in a video to the tenth of a second, such as ``2:05.3``."""
    tenths = int(max(seconds, 0.0) * 10 + 1e-6)
    return f"{text.clock(tenths // 10)}.{tenths % 10}"


def clock_time(at: float) -> str:
    """Return the time of day of a moment, in this computer's time zone: ``17:42:05``."""
    return f"{datetime.fromtimestamp(at):%H:%M:%S}"


def hours(start: float, end: float) -> str:
    """Return two times of a day: ``17:00 to 18:00``."""
    return f"{datetime.fromtimestamp(start):%H:%M} to {datetime.fromtimestamp(end):%H:%M}"


def date(at: float) -> str:
    """Return the day of a moment, in this computer's time zone: ``2026-03-01``."""
    return f"{datetime.fromtimestamp(at):%Y-%m-%d}"


def moment(at: float) -> str:
    """Return the day and the time of day of a moment."""
    return f"{date(at)} {clock_time(at)}"
