from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from itertools import count
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from pedcam.ui.figures.series import KEPT, PeopleSeries, write_series
from pedcam.ui.player.playback import Playback
from pedcam.video.output.partial_file import OutputError
from pedcam.video.people.counts import Counts
from pedcam.video.sources.frame import SourceInfo
from pedcam.video.stream.stream import Result
from tests.factories import make_frame

NAN = float("nan")
ROWS = [
    ("2001-09-09T01:46:40+00:00", 3.0, 4, "", ""),
    ("2001-09-09T01:46:41+00:00", 4.0, 2, 7, 1.5),
]


class See(Protocol):
    def __call__(
        self, time: float, people: int, segment: int = 0, counts: Counts | None = None
    ) -> Result: ...


class Clock:
    now = 1_000_000_000.0  # 2001-09-09T01:46:40Z

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def playback() -> Playback:
    return Playback()


@pytest.fixture
def series(playback: Playback, clock: Clock) -> PeopleSeries:
    return PeopleSeries(playback, clock)


@pytest.fixture
def see(series: PeopleSeries, make_result: Callable[..., Result]) -> See:
    """Adds the next frame, with its time, people and segment."""
    indices = count()

    def add(time: float, people: int, segment: int = 0, counts: Counts | None = None) -> Result:
        frame = make_frame(next(indices), time, segment=segment)
        result = replace(make_result(count=people, frame=frame), counts=counts)
        series.add(result)
        return result

    return add


def shown(series: PeopleSeries, span: float, columns: int) -> list[float]:
    return series.steps(span, columns).people.tolist()


def same(one: list[float], other: list[float]) -> bool:
    return np.array_equal(one, other, equal_nan=True)


def test_nothing_was_seen(series: PeopleSeries) -> None:
    assert series.empty
    assert same(shown(series, 60, 3), [NAN, NAN, NAN])
    assert series.at(0.0) is None
    assert list(series.to_rows()) == []


def test_columns_show_the_most_and_hold_the_last(series: PeopleSeries, see: See) -> None:
    for time, people in ((0.0, 1), (2.0, 2), (2.6, 3), (3.1, 2), (5.0, 4)):
        see(time, people)
    # Columns of two seconds that end at 6: 1 until 2, 3 until 3, 2 until 5, then 4.
    assert same(shown(series, 10, 5), [NAN, NAN, 1, 3, 4])
    # Of one second.
    assert same(shown(series, 6, 6), [1, 1, 3, 2, 2, 4])


def test_columns_stay_on_their_grid(series: PeopleSeries, see: See) -> None:
    see(0.0, 1)
    see(4.1, 2)
    assert series.steps(60, 30).end == 6.0
    see(5.9, 2)
    assert series.steps(60, 30).end == 6.0
    see(6.1, 2)
    assert series.steps(60, 30).end == 8.0


def test_after_three_seconds_without_a_picture_the_number_is_unknown(
    series: PeopleSeries, see: See
) -> None:
    see(0.0, 2)
    see(3.0, 2)
    see(7.0, 5)
    # The second from 3 on is all that is known of 3 to 7.
    assert same(shown(series, 8, 8), [2, 2, 2, 2, NAN, NAN, NAN, 5])


def test_a_jump_in_a_file_is_a_cut_without_length(series: PeopleSeries, see: See) -> None:
    for time in (10.0, 11.0, 12.0):
        see(time, 1)
    for time in (500.0, 501.0, 502.0):
        see(time, 7, segment=1)
    # 0 to 2 were seen, then the next whole second is 3.
    assert series.now == 5.0
    moment = series.at(3.1)
    assert moment is not None
    assert (moment.people, moment.position) == (7, pytest.approx(500.1))
    before = series.at(2.1)
    assert before is not None
    assert (before.people, before.position) == (1, pytest.approx(12.1))


def test_searching_a_place_leaves_no_trace(series: PeopleSeries, see: See) -> None:
    see(0.0, 1)
    see(1.0, 1)
    for segment in range(1, 30):
        see(50.0 * segment, 9, segment=segment)
    see(20.0, 2, segment=30)
    see(20.5, 2, segment=30)
    assert [row[1:3] for row in series.to_rows()] == [(0.0, 1), (1.0, 1), (20.0, 2)]


def test_a_live_source_that_was_away_leaves_a_gap(
    playback: Playback, series: PeopleSeries, see: See
) -> None:
    playback.set_status(playback.status, SourceInfo("", live=True, rate=25.0))
    see(0.0, 1)
    see(1.0, 1)
    see(31.0, 3, segment=1)
    see(32.0, 3, segment=1)
    # The gap of 30 s from second 1 on, then the next whole second.
    assert series.now == 33.0
    assert series.at(20.0) is None
    moment = series.at(32.5)
    assert moment is not None
    assert moment.people == 3


def test_a_frame_detected_again_changes_nothing(
    series: PeopleSeries, see: See, make_result: Callable[..., Result]
) -> None:
    first = see(0.0, 1)
    changes = series.changes
    series.add(make_result(count=9, frame=first.frame, preset="full"))
    assert series.changes == changes
    assert [row[2] for row in series.to_rows()] == [1]


def test_people_who_are_followed_are_counted(series: PeopleSeries, see: See) -> None:
    see(0.0, 5, counts=Counts(now=2, total=8, per_minute=1.5))
    assert [row[2:] for row in series.to_rows()] == [(2, 8, 1.5)]


def test_rows_for_a_table(series: PeopleSeries, clock: Clock, see: See) -> None:
    for time, people in ((3.0, 1), (3.5, 4), (4.0, 2)):
        see(time, people)
        clock.now += 0.5
    rows = series.to_rows(UTC)
    see(9.0, 9)
    # What comes after the call is not among them, nor what was unknown.
    assert list(rows) == [
        ("2001-09-09T01:46:40+00:00", 3.0, 4, "", ""),
        ("2001-09-09T01:46:41+00:00", 4.0, 2, "", ""),
    ]


def test_an_hour_is_seen_by_the_second(series: PeopleSeries, see: See) -> None:
    for second in range(4000):
        see(float(second), second // 1000)
    # Columns of 600 s that end at 4200.
    assert same(shown(series, 3600, 6), [1, 1, 2, 2, 3, 3])
    moment = series.at(1500.0)
    assert moment is not None
    assert moment.people == 1


def test_a_new_source_begins_anew(series: PeopleSeries, see: See) -> None:
    see(0.0, 1)
    see(9.0, 1)
    changes = series.changes
    series.clear()
    assert series.empty
    assert series.changes > changes
    assert series.now == 0.0
    see(100.0, 2)
    assert series.now == 0.0


def test_a_row_keeps_the_most_and_the_newest(series: PeopleSeries, see: See) -> None:
    for time, people in ((2.1, 3), (2.5, 5), (2.9, 4)):
        see(time, people, counts=Counts(now=people, total=10 * people, per_minute=people))
    see(3.2, 1)
    assert [row[1:] for row in series.to_rows()] == [(2.1, 5, 40, 4.0), (3.2, 1, "", "")]


def test_a_day_is_kept_in_bounded_memory(
    playback: Playback, make_result: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEPT == 86_400
    monkeypatch.setattr("pedcam.ui.figures.series.KEPT", 300)
    series = PeopleSeries(playback)
    for second in range(1000):
        series.add(make_result(count=second % 7, frame=make_frame(second, float(second))))
    rows = list(series.to_rows())
    assert [row[1] for row in rows] == list(range(700, 1000))
    assert [row[2] for row in rows] == [second % 7 for second in range(700, 1000)]
    assert len(series._table) == 600


def test_a_table_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    assert write_series(path, iter(ROWS)) == 2
    assert path.read_bytes() == (
        b"time,seconds,people,total,per_minute\r\n"
        b"2001-09-09T01:46:40+00:00,3.0,4,,\r\n"
        b"2001-09-09T01:46:41+00:00,4.0,2,7,1.5\r\n"
    )
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="missing"):
        write_series(tmp_path / "missing" / "counts.csv", ROWS)
