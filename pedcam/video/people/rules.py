"""Rules for lines and zones: when something is worth an alert, and what is then done."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time as TimeOfDay
from enum import Enum

from pedcam.video.people.counters import Point
from pedcam.video.people.counts import Event, EventKind

LEEWAY = 2.0
"""Seconds for which somebody may be unseen, or a crowd smaller, without beginning anew.

Whoever appears within them, no further than :data:`NEAR` from where somebody of the zone was last
seen, is that person: the tracker gives a new identity to someone who was hidden for long.
"""
NEAR = 1.0  # heights of the person's box
_LONGEST_STEP = 1.0  # seconds between two frames; beyond them is a gap
MAX_SECONDS = 24 * 3600.0
MAX_PEOPLE = 1000


class Action(Enum):
    """What is done when a rule fires."""

    SNAPSHOT = "snapshot"
    CLIP = "clip"
    SOUND = "sound"
    NOTIFY = "notify"  # a notification on the desktop
    SEND = "send"  # to the addresses that the user set


@dataclass(frozen=True)
class Stays:
    """Somebody stays longer than ``seconds``."""

    seconds: float

    def __post_init__(self) -> None:
        _check_seconds(self.seconds, least=1.0)

    def __str__(self) -> str:
        return f"someone stays longer than {self.seconds:g} s"


@dataclass(frozen=True)
class Crowd:
    """More than ``people`` are there at once for ``seconds``."""

    people: int
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.people <= MAX_PEOPLE:
            raise ValueError(f"a number of people is from 0 to {MAX_PEOPLE}, not {self.people}")
        _check_seconds(self.seconds)

    def __str__(self) -> str:
        noun = "person is" if self.people == 1 else "people are"
        duration = f" for {self.seconds:g} s" if self.seconds else ""
        return f"more than {self.people} {noun} there{duration}"


@dataclass(frozen=True)
class Enters:
    """Somebody enters a zone, or appears where a rule is about the whole picture."""

    def __str__(self) -> str:
        return "someone enters"


@dataclass(frozen=True)
class Crosses:
    """Somebody crosses a line: ``in``, ``out`` or either way."""

    direction: str = "either"

    def __post_init__(self) -> None:
        if self.direction not in ("in", "out", "either"):
            raise ValueError(f"a direction is 'in', 'out' or 'either', not {self.direction!r}")

    def __str__(self) -> str:
        way = {"in": " inwards", "out": " outwards", "either": ""}[self.direction]
        return f"someone crosses{way}"


Condition = Stays | Crowd | Enters | Crosses


@dataclass(frozen=True)
class Hours:
    """A part of each day, which may go past midnight; ValueError if it is empty."""

    start: TimeOfDay
    end: TimeOfDay  # exclusive

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError(f"from {self.start:%H:%M} to {self.end:%H:%M} is no time at all")

    def __contains__(self, now: TimeOfDay) -> bool:
        if self.start < self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


@dataclass(frozen=True)
class Rule:
    """What is watched for, where and when, and what is then done.

    Attributes:
        name: What people call it.
        when: What has to happen.
        zone: Name of the line or zone; empty for the whole picture.
        hours: When it holds, in local time; ``None`` for always. Recordings have no time of day:
            there it always holds.
        cooldown: Seconds in which it does not fire again.
        then: What is done.
        enabled: Whether it is on.

    Raises:
        ValueError: The name is missing, or the cool-down is out of range.
    """

    name: str
    when: Condition
    zone: str = ""
    hours: Hours | None = None
    cooldown: float = 60.0
    then: frozenset[Action] = field(default_factory=frozenset)
    enabled: bool = True

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a rule needs a name")
        _check_seconds(self.cooldown)


@dataclass(frozen=True)
class Person:
    """Somebody who is seen at a frame: identity, feet as fractions of the picture, box height.

    ``height`` is in pixels, ``zones`` are the names of the zones that the person is in.
    """

    track: int
    feet: Point
    height: float
    zones: Sequence[str]


@dataclass
class _Visit:
    since: float
    seen: float
    person: Person
    reported: bool = False


class RuleWatch:
    """Watches for one rule; tell it every frame, in order.

    All times are seconds on a clock of the source that leaves out jumps.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._visits: dict[int, _Visit] = {}
        self._arrived: dict[int, float] = {}
        self._clock = 0.0  # at the frame before
        self._crowd: tuple[float, float] | None = None  # since when, and when last large enough
        self._crowd_reported = False
        self._fired: float | None = None

    def cut(self) -> None:
        """Begin anew, as after a jump; the cool-down goes on."""
        self._visits.clear()
        self._arrived.clear()
        self._crowd = None

    def look(
        self,
        people: Sequence[Person],
        happened: Sequence[Event],
        *,
        clock: float,
        now: TimeOfDay | None,
        size: tuple[int, int],
        frame: int,
        time: float,
    ) -> Event | None:
        """Take in a frame, and return the alert if the rule fires.

        Args:
            people: Everybody who is seen.
            happened: The other events of this frame.
            clock: Seconds of the source that were watched.
            now: The local time of day; ``None`` for a recording.
            size: Width and height of the picture in pixels.
            frame: The frame's number.
            time: The frame's time in the source.
        """
        rule = self.rule
        zone = rule.zone
        there = [person for person in people if not zone or zone in person.zones]
        for event in happened:
            if event.kind is EventKind.APPEARED:
                self._arrived[event.track] = clock
            elif event.kind is EventKind.LEFT:
                self._arrived.pop(event.track, None)
        self._follow(there, people, clock, size)
        self._clock = clock
        track = self._fires(there, happened, clock)
        if track is None or not self._may_fire(clock, now):
            return None
        self._fired = clock
        if isinstance(rule.when, Stays):
            self._visits[track].reported = True
        elif isinstance(rule.when, Crowd):
            self._crowd_reported = True
        return Event(
            EventKind.ALERT, track, frame, time, zone, rule=rule.name, detail=str(rule.when)
        )

    def _may_fire(self, clock: float, now: TimeOfDay | None) -> bool:
        rule = self.rule
        cooled = self._fired is None or clock - self._fired >= rule.cooldown
        return rule.enabled and cooled and (rule.hours is None or now is None or now in rule.hours)

    def _fires(
        self, there: Sequence[Person], happened: Sequence[Event], clock: float
    ) -> int | None:
        """Return the person whom the rule fires for, 0 for nobody in particular."""
        when, zone = self.rule.when, self.rule.zone
        if isinstance(when, Stays):
            for person in there:
                visit = self._visits[person.track]
                if not visit.reported and clock - visit.since >= when.seconds:
                    return person.track
            return None
        if isinstance(when, Crowd):
            return 0 if self._is_crowd(len(there) > when.people, when.seconds, clock) else None
        if isinstance(when, Enters):
            kind = EventKind.ENTERED if zone else EventKind.APPEARED
            ways = {""}
        else:
            kind = EventKind.CROSSED
            ways = {"in", "out"} if when.direction == "either" else {when.direction}
        for event in happened:
            if event.kind is kind and event.zone == zone and event.direction in ways:
                return event.track
        return None

    def _is_crowd(self, large: bool, seconds: float, clock: float) -> bool:
        if self._crowd is not None and clock - self._crowd[1] > LEEWAY:
            self._crowd = None
        if self._crowd is None:
            self._crowd_reported = False
        if not large:
            return False
        since = clock if self._crowd is None else self._crowd[0]
        self._crowd = since, clock
        return not self._crowd_reported and clock - since >= seconds

    def _follow(
        self,
        there: Sequence[Person],
        people: Sequence[Person],
        clock: float,
        size: tuple[int, int],
    ) -> None:
        # An identity begins with the second sighting, a frame after the person came back.
        leeway = LEEWAY + min(clock - self._clock, _LONGEST_STEP)
        inside = {person.track for person in there}
        seen = {person.track for person in people}
        self._visits = {
            track: visit
            for track, visit in self._visits.items()
            # Who is seen outside has left; who is not seen may be hidden.
            if track in inside or (track not in seen and clock - visit.seen <= leeway)
        }
        for person in there:
            if person.track not in self._visits:
                before = None
                if clock - self._arrived.get(person.track, -math.inf) <= leeway:
                    before = _same(person, self._visits, seen, size)
                visit = _Visit(clock, clock, person) if before is None else self._visits.pop(before)
                self._visits[person.track] = visit
            visit = self._visits[person.track]
            visit.seen, visit.person = clock, person


def _same(
    person: Person, visits: Mapping[int, _Visit], seen: set[int], size: tuple[int, int]
) -> int | None:
    """Return whom of those that are unseen somebody is who has just appeared."""

    def distance(track: int) -> float:
        last = visits[track].person
        steps = ((a - b) * c for a, b, c in zip(person.feet, last.feet, size, strict=True))
        return math.hypot(*steps) / max(last.height, 1.0)

    near = [track for track in visits if track not in seen and distance(track) <= NEAR]
    return min(near, key=distance, default=None)


def _check_seconds(seconds: float, *, least: float = 0.0) -> None:
    if not least <= seconds <= MAX_SECONDS:
        raise ValueError(f"seconds are from {least:g} to {MAX_SECONDS:g}, not {seconds:g}")
