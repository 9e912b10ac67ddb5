"""How events and their times are put into words."""

from __future__ import annotations

from datetime import datetime

from PyQt6.QtCore import QCoreApplication

from pedcam.ui.base import text
from pedcam.video.people.counts import Event, EventKind


def tr(source: str) -> str:
    """Translate a text of this module."""
    return QCoreApplication.translate("event_text", source)


def kind_name(kind: EventKind) -> str:
    """Return what a kind of event is called in a list to choose from."""
    return {
        EventKind.APPEARED: tr("Appeared"),
        EventKind.LEFT: tr("Left the picture"),
        EventKind.CROSSED: tr("Crossed a line"),
        EventKind.ENTERED: tr("Entered a zone"),
        EventKind.EXITED: tr("Left a zone"),
    }[kind]


def event_text(event: Event, *, short: bool = False) -> str:
    """Return what somebody did, such as ``#12 crossed Gate inwards``, or in fewer letters."""
    return tr("#{track} {deed}").format(track=event.track, deed=deed(event, short=short))


def deed(event: Event, *, short: bool = False) -> str:
    """Return what somebody did, without saying who."""
    if event.kind is EventKind.CROSSED:
        if event.direction == "in":
            words = tr("crossed {place} in") if short else tr("crossed {place} inwards")
        else:
            words = tr("crossed {place} out") if short else tr("crossed {place} outwards")
        return words.format(place=event.place)
    return {
        EventKind.APPEARED: tr("appeared"),
        EventKind.LEFT: tr("left the picture"),
        EventKind.ENTERED: tr("entered {place}"),
        EventKind.EXITED: tr("left {place}"),
    }[event.kind].format(place=event.place)


def deed_alone(event: Event) -> str:
    """Return what somebody did, where the place is said elsewhere."""
    if event.kind is EventKind.CROSSED:
        return tr("Crossed inwards") if event.direction == "in" else tr("Crossed outwards")
    return {
        EventKind.APPEARED: tr("Appeared"),
        EventKind.LEFT: tr("Left the picture"),
        EventKind.ENTERED: tr("Entered"),
        EventKind.EXITED: tr("Left"),
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
    return tr("{start} to {end}").format(
        start=f"{datetime.fromtimestamp(start):%H:%M}", end=f"{datetime.fromtimestamp(end):%H:%M}"
    )


def date(at: float) -> str:
    """Return the day of a moment, in this computer's time zone: ``2026-03-01``."""
    return f"{datetime.fromtimestamp(at):%Y-%m-%d}"


def moment(at: float) -> str:
    """Return the day and the time of day of a moment."""
    return tr("{date} {time}").format(date=date(at), time=clock_time(at))
