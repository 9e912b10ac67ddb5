"""A rule that fired, in words and in fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pedcam.video.people.counts import Counts, Event


@dataclass(frozen=True)
class Alert:
    """A rule that fired, and what was known at that moment."""

    event: Event
    source: str  # title of the source; without any password
    at: float  # when it was noticed, in seconds since 1970 (UTC)
    counts: Counts

    @property
    def title(self) -> str:
        return self.event.rule

    @property
    def text(self) -> str:
        """What happened, where and when, such as ``Someone enters: Door, Camera 0, 17:42:05``."""
        what = self.event.detail[:1].upper() + self.event.detail[1:]
        where = filter(None, [self.event.zone, self.source])
        return f"{what}: {', '.join([*where, f'{datetime.fromtimestamp(self.at):%H:%M:%S}'])}"

    def fields(self) -> dict[str, str | int | float]:
        """Return everything that is known of it, in JSON's types.

        ``time`` is in ISO 8601 with the offset of this computer's time zone, ``position`` in
        seconds of the source; ``person`` is 0 for an alert about a crowd. ``zone_people`` is there
        for a zone only, ``line_in`` and ``line_out`` for a line.
        """
        event, counts = self.event, self.counts
        fields: dict[str, str | int | float] = {
            "rule": event.rule,
            "detail": event.detail,
            "zone": event.zone,
            "source": self.source,
            "time": datetime.fromtimestamp(self.at).astimezone().isoformat(timespec="milliseconds"),
            "position": round(event.time, 3),
            "frame": event.frame,
            "person": event.track,
            "people": counts.now,
            "people_so_far": counts.total,
        }
        for zone in counts.zones:
            if zone.name == event.zone:
                fields["zone_people"] = zone.now
        for line in counts.lines:
            if line.name == event.zone:
                fields |= {"line_in": line.into, "line_out": line.out}
        return fields
