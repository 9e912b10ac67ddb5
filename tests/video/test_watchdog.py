from types import SimpleNamespace

import numpy as np
import pytest

import pedcam.video.numbering as numbering_module
from pedcam.video.frames import Frame
from pedcam.video.numbering import Numbering
from pedcam.video.pace import Pace
from pedcam.video.watchdog import Verdict, Watchdog


@pytest.mark.parametrize(
    ("silent", "usual", "verdict", "look_again"),
    [
        (0.0, 0.04, Verdict.FINE, 2.0),
        (1.5, 0.04, Verdict.FINE, 0.5),
        (2.0, 0.04, Verdict.STALLED, 8.16),  # given up after 10 s and four usual waits
        (10.15, 0.04, Verdict.STALLED, 0.01),
        (10.16, 0.04, Verdict.GONE, 2.0),
        (3.9, 1.0, Verdict.FINE, 0.1),  # a camera with a frame per second
        (4.0, 1.0, Verdict.STALLED, 10.0),
        (14.0, 1.0, Verdict.GONE, 2.0),
    ],
)
def test_silence(silent, usual, verdict, look_again):
    watchdog = Watchdog(stall_after=2.0, abandon_after=10.0)
    assert watchdog.judge(silent, usual) is verdict
    assert watchdog.look_again(silent, usual) == pytest.approx(look_again)


def frame(index: int, time: float = 0.0, captured: float = 0.0, segment: int = 0) -> Frame:
    return Frame(np.zeros((2, 2, 3), np.uint8), index, time, captured, segment=segment)


class TestNumbering:
    def numbers(self, numbering: Numbering, *frames: Frame) -> list[tuple[int, float, int]]:
        return [
            (numbered.index, numbered.time, numbered.segment)
            for numbered in map(numbering.apply, frames)
        ]

    def test_a_loop_counts_on_and_its_time_starts_again(self):
        numbering = Numbering()
        assert self.numbers(numbering, frame(0, 0.0), frame(1, 0.04)) == [(0, 0.0, 0), (1, 0.04, 0)]
        numbering.loop()
        assert self.numbers(numbering, frame(0, 0.0)) == [(2, 0.0, 1)]

    def test_a_jump_brings_its_own_numbers(self):
        numbering = Numbering()
        numbering.apply(frame(0))
        numbering.loop()
        numbering.jump()
        assert self.numbers(numbering, frame(50, 2.0)) == [(50, 2.0, 2)]

    def test_after_a_reconnect_everything_goes_on(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr(numbering_module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
        numbering = Numbering()
        numbering._started = 100.0
        numbering.apply(frame(7, 3.0))
        now[0] = 112.5
        numbering.reconnect()
        assert self.numbers(numbering, frame(0, 0.0), frame(1, 0.5)) == [(8, 12.5, 1), (9, 13.0, 1)]

    def test_time_never_runs_backwards_over_a_reconnect(self, monkeypatch):
        monkeypatch.setattr(numbering_module, "time", SimpleNamespace(perf_counter=lambda: 100.0))
        numbering = Numbering()
        numbering._started = 100.0
        numbering.apply(frame(0, 60.0))
        numbering.reconnect()
        assert self.numbers(numbering, frame(0, 0.0)) == [(1, 60.0, 1)]


class TestPace:
    def test_frames_that_nobody_saw_count(self):
        pace = Pace()
        rates = [pace.observe(frame(3 * place, captured=place * 0.1)) for place in range(30)]
        assert rates[:3] == [0.0, 0.0, 0.0]
        assert rates[3:] == pytest.approx([30.0] * 27)

    def test_the_last_two_seconds_count(self):
        pace = Pace()
        for place in range(20):
            pace.observe(frame(place, captured=place * 0.1))
        # It slows down from 10 to 2 frames per second.
        for place in range(1, 10):
            rate = pace.observe(frame(19 + place, captured=1.9 + place * 0.5))
        assert rate == pytest.approx(2.0)

    def test_a_jump_begins_anew(self):
        pace = Pace()
        for place in range(10):
            pace.observe(frame(place, captured=place * 0.1))
        assert pace.observe(frame(500, captured=1.0, segment=1)) == 0.0

    def test_frames_at_one_instant_say_nothing(self):
        pace = Pace()
        assert [pace.observe(frame(place)) for place in range(9)] == [0.0] * 9
