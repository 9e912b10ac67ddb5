"""How many people there are and were, and what they did: the values, without the counting."""

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


@dataclass(frozen=True)
class Event:
    """One thing that one person did.

    Attributes:
        kind: What it was.
        track: The person's identity, 1 for the first one.
        frame: Index of the frame.
        time: Seconds of the source.
        zone: Name of the line or zone, empty where there is none.
        direction: ``in`` or ``out`` for a crossing, else empty.
    """

    kind: EventKind
    track: int
    frame: int
    time: float
    zone: str = ""
    direction: str = ""


@dataclass(frozen=True)
class LineCount:
    """How many people crossed a line so far.

    Attributes:
        name: The line's name.
        into: Crossings from the left to the right of somebody who looks from the line's start to
            its end.
        out: Crossings the other way.
    """

    name: str
    into: int
    out: int


@dataclass(frozen=True)
class ZoneCount:
    """How many people are and were in a zone.

    Attributes:
        name: The zone's name.
        now: People in it at this frame.
        total: Different people that were in it so far.
    """

    name: str
    now: int
    total: int


@dataclass(frozen=True)
class Counts:
    """What was counted up to a frame.

    Attributes:
        now: People followed at this frame.
        total: Different people so far.
        per_minute: New people in the last minute of the source; of a shorter one, as many as a
            minute at this pace would have.
        lines: The lines, in their order.
        zones: The zones, in their order.
        events: What happened since the frame before.
    """

    now: int
    total: int
    per_minute: float
    lines: tuple[LineCount, ...] = ()
    zones: tuple[ZoneCount, ...] = ()
    events: tuple[Event, ...] = ()
