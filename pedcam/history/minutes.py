"""Counts summed up by the minute."""

from __future__ import annotations

from dataclasses import dataclass, field

from pedcam.video.people.counts import Counts

MINUTE = 60  # seconds


@dataclass(frozen=True)
class LineMinute:
    """Crossings of a line in a minute, ``into`` and ``out`` as in ``LineCount``."""

    name: str
    into: int
    out: int


@dataclass(frozen=True)
class ZoneMinute:
    """A zone in a minute: the most people at once, and how many new ones came."""

    name: str
    most: int
    new: int


@dataclass(frozen=True)
class Minute:
    """What was counted in a minute.

    Attributes:
        at: Its first second, since 1970 (UTC).
        most: Most people at once.
        mean: Mean number of people over its frames.
        total: Different people at its end, since the session began.
        new: How many of them came in this minute.
        lines: What was counted at the lines.
        zones: What was counted in the zones.
    """

    at: int
    most: int
    mean: float
    total: int
    new: int
    lines: tuple[LineMinute, ...] = ()
    zones: tuple[ZoneMinute, ...] = ()


@dataclass
class _Sums:
    at: int
    frames: int = 0
    people: int = 0
    most: int = 0
    total: int = 0
    new: int = 0
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    zones: dict[str, tuple[int, int]] = field(default_factory=dict)

    def minute(self) -> Minute:
        return Minute(
            self.at,
            self.most,
            self.people / self.frames,
            self.total,
            self.new,
            tuple(LineMinute(name, *counted) for name, counted in self.lines.items()),
            tuple(ZoneMinute(name, *counted) for name, counted in self.zones.items()),
        )


class MinuteCounter:
    """Sums up the counts of one session; frames that were dropped are missing in the means."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._now: _Sums | None = None
        self._finished: list[Minute] = []
        self._total = 0
        self._lines: dict[str, tuple[int, int]] = {}
        self._zones: dict[str, int] = {}

    @property
    def finished(self) -> bool:
        """Whether a minute has ended that is not written down."""
        return bool(self._finished)

    def add(self, counts: Counts, at: float) -> None:
        """Take in the counts of a frame seen at that second since 1970."""
        start = int(at // MINUTE) * MINUTE
        if self._now is None or self._now.at != start:
            if self._now is not None:
                self._finished.append(self._now.minute())
            self._now = _Sums(start)
        now = self._now
        now.frames += 1
        now.people += counts.now
        now.most = max(now.most, counts.now)
        now.total = counts.total
        now.new += _growth(counts.total, self._total)
        self._total = counts.total
        for line in counts.lines:
            before = self._lines.get(line.name, (0, 0))
            into, out = now.lines.get(line.name, (0, 0))
            # A line that was moved counts from 0 again, in both directions.
            if line.into < before[0] or line.out < before[1]:
                before = (0, 0)
            now.lines[line.name] = into + line.into - before[0], out + line.out - before[1]
            self._lines[line.name] = line.into, line.out
        for zone in counts.zones:
            most, new = now.zones.get(zone.name, (0, 0))
            new += _growth(zone.total, self._zones.get(zone.name, 0))
            now.zones[zone.name] = max(most, zone.now), new
            self._zones[zone.name] = zone.total

    def peek(self) -> list[Minute]:
        """Return the minutes that ended, and the present one as it is."""
        return self._finished + ([self._now.minute()] if self._now is not None else [])

    def drop_finished(self) -> None:
        """The minutes that ended are written down."""
        self._finished = []


def _growth(value: int, before: int) -> int:
    return value - before if value >= before else value
