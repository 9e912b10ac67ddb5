"""Numbers of events by the hour or by the day, as a clock on the wall counts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from pedcam.history.store import DAY

LONGEST_BY_HOUR = 8 * DAY  # seconds; longer spans are counted by the day


@dataclass(frozen=True)
class Bar:
    """Events in an hour or a day.

    Attributes:
        start: Its beginning, in seconds since 1970 (UTC).
        end: Its end; days on which clocks are changed are longer or shorter.
        events: How many there were.
    """

    start: float
    end: float
    events: int


def bars(
    quarters: Mapping[int, int], *, by_day: bool = False, zone: tzinfo | None = None
) -> list[Bar]:
    """Sum up quarters of an hour, by the second since 1970 (UTC) at which they began.

    Hours and days without events are left out. The time zone is by default the computer's.
    """
    sums: dict[tuple[float, float], int] = {}
    for quarter, number in sorted(quarters.items()):
        hour = quarter - datetime.fromtimestamp(quarter, zone).minute * 60.0
        day = day_start(quarter, 0, zone), day_start(quarter, 1, zone)
        span = day if by_day else (hour, hour + 3600.0)
        sums[span] = sums.get(span, 0) + number
    return [Bar(start, end, events) for (start, end), events in sums.items()]


def day_start(at: float, days: int = 0, zone: tzinfo | None = None) -> float:
    """Return midnight at the beginning of the day of a second, or of that many days later."""
    date = datetime.fromtimestamp(at, zone).date() + timedelta(days)
    return datetime(date.year, date.month, date.day, tzinfo=zone).timestamp()
