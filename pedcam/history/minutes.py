"""Counts summed up by the minute."""

from __future__ import annotations

from dataclasses import dataclass, field

from pedcam.video.people.counts import Counts

MINUTE = 60  # seconds


@dataclass
class Minute:
    """What was counted in a minute.

    Attributes:
        at: Its first second, since 1970 (UTC).
        most: Most people at once.
        mean: Mean number of people over its frames.
        total: Different people at its end, since the session began.
        new: How many of them came in this minute.
        lines: Crossings of each line, ``into`` and ``out`` as in ``LineCount``.
        zones: For each zone the most people at once, and how many new ones came.
        frames: How many frames there were.
    """

    at: int
    most: int = 0
    mean: float = 0.0
    total: int = 0
    new: int = 0
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)
    zones: dict[str, tuple[int, int]] = field(default_factory=dict)
    frames: int = field(default=0, compare=False)


class MinuteCounter:
    """Sums up the counts of one session; frames that were dropped are missing in the means.

    Attributes:
        minutes: The last one goes on; whoever writes them down removes those before it.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.minutes: list[Minute] = []
        self._before: dict[tuple[str, str], tuple[int, ...]] = {}

    def add(self, counts: Counts, at: float) -> None:
        """Take in the counts of a frame seen at that second since 1970."""
        start = int(at // MINUTE) * MINUTE
        if not self.minutes or self.minutes[-1].at != start:
            self.minutes.append(Minute(start))
        now = self.minutes[-1]
        now.frames += 1
        now.most = max(now.most, counts.now)
        now.mean += (counts.now - now.mean) / now.frames
        now.total = counts.total
        now.new += self._growth("people", "", counts.total)[0]
        for line in counts.lines:
            into, out = self._growth("line", line.name, line.into, line.out)
            before = now.lines.get(line.name, (0, 0))
            now.lines[line.name] = before[0] + into, before[1] + out
        for zone in counts.zones:
            most, new = now.zones.get(zone.name, (0, 0))
            new += self._growth("zone", zone.name, zone.total)[0]
            now.zones[zone.name] = max(most, zone.now), new

    def _growth(self, kind: str, name: str, *counted: int) -> list[int]:
        """Return what was counted since the last time."""
        before = self._before.get((kind, name), (0,) * len(counted))
        self._before[kind, name] = counted
        # A line that was moved counts from 0 again, in both directions.
        if any(now < then for now, then in zip(counted, before, strict=True)):
            return list(counted)
        return [now - then for now, then in zip(counted, before, strict=True)]
