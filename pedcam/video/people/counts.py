"""How many people there are and were, and what they did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class EventKind(Enum):
    """What somebody did."""

    APPEARED = "appeared"
    LEFT = "left"
    CROSSED = "crossed"
    ENTERED = "entered"
    EXITED = "exited"
    ALERT = "alert"  # a rule fired


@dataclass(frozen=True)
class Event:
    """One thing that one person did, or that a rule watches for."""

    kind: EventKind
    track: int  # the person's identity, from 1; 0 for an alert about a crowd
    frame: int
    time: float  # seconds of the source
    zone: str = ""  # name of the line or zone
    direction: str = ""  # in or out for a crossing
    rule: str = ""  # name of the rule that fired
    detail: str = ""  # what it watches for, such as "someone stays longer than 30 s"


@dataclass(frozen=True)
class LineCount:
    """How many people crossed a line so far.

    ``into`` counts crossings from left to right, as seen looking from the line's start to its end;
    ``out`` counts the other way.
    """

    name: str
    into: int
    out: int


@dataclass(frozen=True)
class ZoneCount:
    """People in a zone at this frame, and different people that were in it so far."""

    name: str
    now: int
    total: int


@dataclass(frozen=True)
class Counts:
    """What was counted up to a frame."""

    now: int  # people followed at this frame
    total: int  # different people so far
    per_minute: float  # new people in the last minute of the source; of a shorter one, at this pace
    lines: tuple[LineCount, ...] = ()
    zones: tuple[ZoneCount, ...] = ()
    events: tuple[Event, ...] = ()  # what happened since the frame before
