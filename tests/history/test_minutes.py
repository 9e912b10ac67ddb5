from pedcam.history.minutes import Minute, MinuteCounter
from pedcam.video.people.counts import Counts, LineCount, ZoneCount

START = 1_700_000_040  # the start of a minute


def counts(now: int, total: int, line: tuple[int, int] = (0, 0), zone: tuple[int, int] = (0, 0)):
    return Counts(now, total, 0.0, (LineCount("Gate", *line),), (ZoneCount("Square", *zone),))


def test_two_minutes() -> None:
    counter = MinuteCounter()
    assert counter.minutes == []
    counter.add(counts(1, 1), START)
    counter.add(counts(3, 4, (1, 0), (2, 2)), START + 30)
    counter.add(counts(2, 4, (2, 1), (1, 2)), START + 59.999)
    first = Minute(START, 3, 2.0, 4, 4, {"Gate": (2, 1)}, {"Square": (2, 2)})
    assert counter.minutes == [first]
    counter.add(counts(5, 6, (2, 2), (0, 3)), START + 60)
    second = Minute(START + 60, 5, 5.0, 6, 2, {"Gate": (0, 1)}, {"Square": (0, 1)})
    assert counter.minutes == [first, second]


def test_counts_that_begin_again_are_not_negative() -> None:
    counter = MinuteCounter()
    counter.add(counts(1, 10, (5, 5), (1, 4)), START)
    counter.add(counts(1, 2, (1, 5), (1, 1)), START + 1)
    (minute,) = counter.minutes
    assert minute.new == 12
    assert minute.lines == {"Gate": (6, 10)}
    assert minute.zones == {"Square": (1, 5)}


def test_a_minute_without_frames_is_left_out() -> None:
    counter = MinuteCounter()
    counter.add(counts(1, 1), START)
    counter.add(counts(1, 1), START + 600)
    assert [minute.at for minute in counter.minutes] == [START, START + 600]
