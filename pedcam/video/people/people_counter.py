"""Everybody in front of the camera: identities, counts and events."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import time as TimeOfDay

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.video.people.counters import (
    IgnoredZone,
    Line,
    LineCounter,
    Point,
    Zone,
    ZoneCounter,
    check_names,
    without_ignored,
)
from pedcam.video.people.counts import Counts, Event, EventKind
from pedcam.video.people.rules import Condition, Person, Rule, RuleWatch
from pedcam.video.people.tracker import LONGEST_STEP_BACK, Tracker

MINUTE = 60.0
LEAST_TIME = 10.0
"""Seconds of the source that a rate per minute is taken over at least.

Up to then it is what it would be if nobody else came, so that the first person makes 6 per minute
and not thousands.
"""

_SCALE = 1000.0  # the tracker's picture has this width and height, whatever the real one's size


Sighting = tuple[int, float]  # frame and time at which somebody was last seen


class PeopleCounter:
    """Follows people from frame to frame, and counts them altogether, at lines and in zones.

    Whoever stands in an ignored zone is left out before anything else, and rules are watched for
    after everything else. Thread-safe: all of them may be set at any time; ValueError if two lines
    or zones, or two rules, have the same name. Its memory grows with the people of the last minute
    at most, not with all ever seen.

    An event is reported once, in the counts of the frame at which it is known. Somebody has LEFT,
    and EXITED the zones they were in, when unseen for ``tracker.LOST_AFTER`` seconds or at a cut;
    these two carry the frame and time of the last sighting and come first.

    Attributes:
        on_ignored: Called when the ignored zones change, on the thread that changes them.
    """

    def __init__(
        self,
        lines: Sequence[Line] = (),
        zones: Sequence[Zone] = (),
        ignored: Sequence[IgnoredZone] = (),
        rules: Sequence[Rule] = (),
    ) -> None:
        self.on_ignored: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        self._lines: list[LineCounter] = []
        self._zones: list[ZoneCounter] = []
        self._ignored: tuple[IgnoredZone, ...] = ()
        self._rules: list[RuleWatch] = []
        self.set_zones(lines, zones, ignored)
        self.set_rules(rules)
        self._tracker = Tracker()
        self._seen: dict[int, Sighting] = {}  # everybody who has not left
        self._waiting: list[Event] = []
        self._last_time: float | None = None
        self._clock = 0.0  # seconds of the source that were watched, without the jumps
        self._arrivals: deque[float] = deque()  # on this clock, in the last minute

    @property
    def lines(self) -> tuple[Line, ...]:
        with self._lock:
            return tuple(counter.line for counter in self._lines)

    @property
    def zones(self) -> tuple[Zone, ...]:
        with self._lock:
            return tuple(counter.zone for counter in self._zones)

    @property
    def ignored(self) -> tuple[IgnoredZone, ...]:
        with self._lock:
            return self._ignored

    @property
    def rules(self) -> tuple[Rule, ...]:
        with self._lock:
            return tuple(watch.rule for watch in self._rules)

    def set_zones(
        self, lines: Sequence[Line], zones: Sequence[Zone], ignored: Sequence[IgnoredZone] = ()
    ) -> None:
        """Count at these from now on; existing ones keep their counts."""
        check_names([*lines, *zones, *ignored])
        with self._lock:
            known_lines = {counter.line: counter for counter in self._lines}
            known_zones = {counter.zone: counter for counter in self._zones}
            self._lines = [known_lines.get(line) or LineCounter(line) for line in lines]
            self._zones = [known_zones.get(zone) or ZoneCounter(zone) for zone in zones]
            changed = self._ignored != tuple(ignored)
            self._ignored = tuple(ignored)
        if changed:
            self.on_ignored()

    def set_rules(self, rules: Sequence[Rule]) -> None:
        """Watch for these from now on; one about a line or zone that there is not never fires.

        Existing ones go on where they are, also with other actions, hours or cool-downs: nobody is
        reported again because a rule was edited.
        """
        names = [rule.name for rule in rules]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two rules are called {name!r}; names must differ")
        with self._lock:
            known = {_watched_for(watch.rule): watch for watch in self._rules}
            self._rules = [known.get(_watched_for(rule)) or RuleWatch(rule) for rule in rules]
            for watch, rule in zip(self._rules, rules, strict=True):
                watch.rule = rule

    def update(
        self,
        detections: sv.Detections,
        *,
        index: int,
        time: float,
        size: tuple[int, int],
        score_threshold: float = 0.0,
        now: TimeOfDay | None = None,
    ) -> tuple[sv.Detections, Counts]:
        """Take in the people of the next frame.

        Args:
            detections: The people, boxes in pixels.
            index: The frame's number.
            time: The frame's time in seconds; ValueError if it is not finite. If it goes back by
                more than a second, that is a cut.
            size: Width and height of the frame in pixels; it may change.
            score_threshold: Lowest score that can begin an identity. Boxes with a lower one only
                help not to lose somebody.
            now: The local time of day, for rules that hold at certain hours; ``None`` for a
                recording, of which it is not known.

        Returns:
            The same boxes in the same order, but for those of people in ignored zones, with
            ``tracker_id`` set, -1 for somebody not followed (yet), and the counts. Where there
            are zones, ``data["zones"]`` names those that each person is in, joined by ``;``.
        """
        # The tracker sees fractions of the picture, so that another resolution changes nothing.
        scale = np.array([*size, *size], np.float32)
        detections = without_ignored(detections, self.ignored, size)
        seen = sv.Detections(detections.xyxy / scale * _SCALE, confidence=detections.confidence)
        with self._lock:
            if self._last_time is not None and time < self._last_time - LONGEST_STEP_BACK:
                self._cut()
            known = self._tracker.total
            ids = self._tracker.update(seen, time, score_threshold).tracker_id
            assert ids is not None, "the tracker sets it"
            self._pass_time(time, self._tracker.total - known)
            here = index, time
            events = self._waiting
            self._waiting = []
            alive = self._tracker.identities
            for person in [person for person in self._seen if person not in alive]:
                events += self._leave(person)
            followed = np.flatnonzero(ids >= 0)
            for row in followed:
                events += self._move(int(ids[row]), detections.xyxy[row], here, size)
            people = [int(number) for number in ids[followed]]
            zones = [self._zones_of(int(number)) for number in ids]
            there = [
                Person(int(ids[row]), *_stance(detections.xyxy[row], size), zones[row])
                for row in followed
            ]
            events += self._alerts(there, events, here, size, now)
            counts = Counts(
                now=len(people),
                total=self._tracker.total,
                per_minute=len(self._arrivals) * MINUTE / max(LEAST_TIME, min(self._clock, MINUTE)),
                lines=tuple(counter.count for counter in self._lines),
                zones=tuple(counter.count(people) for counter in self._zones),
                events=tuple(events),
            )
        names = np.array([";".join(each) for each in zones])
        data = detections.data | ({"zones": names} if self._zones else {})
        return replace(detections, tracker_id=ids, data=data), counts

    def cut(self) -> None:
        """End all identities, as after a jump, a loop or a reconnect; the counts stay.

        Everybody has left, which the next frame's counts report.
        """
        with self._lock:
            self._cut()

    def _cut(self) -> None:
        for person in list(self._seen):
            self._waiting += self._leave(person)
        self._tracker.cut()
        for watch in self._rules:
            watch.cut()
        self._last_time = None

    def _zones_of(self, person: int) -> list[str]:
        return [zone.zone.name for zone in self._zones if zone.holds(person)]

    def _alerts(
        self,
        people: Sequence[Person],
        events: Sequence[Event],
        here: Sighting,
        size: tuple[int, int],
        now: TimeOfDay | None,
    ) -> list[Event]:
        frame, time = here
        alerts = (
            watch.look(
                people, events, clock=self._clock, now=now, size=size, frame=frame, time=time
            )
            for watch in self._rules
        )
        return [alert for alert in alerts if alert is not None]

    def _pass_time(self, time: float, arrived: int) -> None:
        if self._last_time is not None:
            self._clock += max(time - self._last_time, 0.0)
        self._last_time = time
        self._arrivals.extend([self._clock] * arrived)
        while self._arrivals and self._arrivals[0] <= self._clock - MINUTE:
            self._arrivals.popleft()

    def _leave(self, person: int) -> Iterator[Event]:
        last = self._seen.pop(person)
        for line in self._lines:
            line.forget(person)
        for zone in self._zones:
            if zone.forget(person):
                yield Event(EventKind.EXITED, person, *last, zone.zone.name)
        yield Event(EventKind.LEFT, person, *last)

    def _move(
        self, person: int, box: NDArray[np.float32], now: Sighting, size: tuple[int, int]
    ) -> Iterator[Event]:
        if person not in self._seen:
            yield Event(EventKind.APPEARED, person, *now)
        self._seen[person] = now
        feet, height = _stance(box, size)
        for line in self._lines:
            direction = line.move(person, feet, size, height)
            if direction:
                yield Event(EventKind.CROSSED, person, *now, line.line.name, direction)
        for zone in self._zones:
            entered, exited = zone.move(person, feet, size, height)
            if entered or exited:
                kind = EventKind.ENTERED if entered else EventKind.EXITED
                yield Event(kind, person, *now, zone.zone.name)


def _stance(box: NDArray[np.number], size: tuple[int, int]) -> tuple[Point, float]:
    """Return where the feet are, as fractions of the picture, and the box's height in pixels."""
    left, top, right, bottom = (float(value) for value in box)
    return ((left + right) / 2 / size[0], bottom / size[1]), bottom - top


def _watched_for(rule: Rule) -> tuple[str, str, Condition]:
    return rule.name, rule.zone, rule.when
