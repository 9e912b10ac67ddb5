import time
from datetime import datetime, timedelta, timezone

import pytest

from pedcam.ui.history.bars import Bar, bars, day_start

MIDNIGHT = 1_699_920_000  # 2023-11-14 00:00:00 UTC
QUARTER = 900


def test_by_hour_in_a_zone_of_half_hours() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    # 00:15 and 00:30 UTC are 5:45 and 6:00 there.
    quarters = {MIDNIGHT + QUARTER: 2, MIDNIGHT + 2 * QUARTER: 3, MIDNIGHT + 5 * QUARTER: 4}
    assert bars(quarters, zone=india) == [
        Bar(MIDNIGHT - 1800, MIDNIGHT + 1800, 2),
        Bar(MIDNIGHT + 1800, MIDNIGHT + 5400, 7),
    ]
    assert bars({}, zone=india) == []


def test_by_day_of_the_zone() -> None:
    new_york = timezone(timedelta(hours=-5))
    quarters = {MIDNIGHT: 1, MIDNIGHT + 5 * 3600 - QUARTER: 2, MIDNIGHT + 5 * 3600: 4}
    assert bars(quarters, by_day=True, zone=new_york) == [
        Bar(MIDNIGHT - 19 * 3600, MIDNIGHT + 5 * 3600, 3),
        Bar(MIDNIGHT + 5 * 3600, MIDNIGHT + 29 * 3600, 4),
    ]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the system cannot change its time zone")
def test_days_on_which_the_clocks_are_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    try:
        # On 2023-10-29 the hour from 2 to 3 came twice: a day of 25 hours.
        noon = datetime(2023, 10, 29, 12).timestamp()
        start, end = day_start(noon), day_start(noon, 1)
        assert end - start == 25 * 3600
        assert day_start(noon, -1) == start - 24 * 3600
        twice = {int(start) + 2 * 3600: 5, int(start) + 3 * 3600: 6}
        assert bars(twice) == [
            Bar(start + 7200, start + 10800, 5),
            Bar(start + 10800, start + 14400, 6),
        ]
        assert bars(twice, by_day=True) == [Bar(start, end, 11)]
        spring = datetime(2023, 3, 26, 12).timestamp()
        assert day_start(spring, 1) - day_start(spring) == 23 * 3600
    finally:
        monkeypatch.undo()
        time.tzset()
