import threading

import pytest

import pedcam.video.stream.slot as slot_module
from pedcam.video.sources.frame import Frame, Jump
from pedcam.video.stream.slot import FrameSlot
from tests.factories import make_frame


class Clock(threading.Condition):
    """A condition on which waiting costs no time but moves the clock that the slot reads."""

    def __init__(self) -> None:
        super().__init__(threading.RLock())
        self.now = 100.0
        self.waits: list[float] = []

    def perf_counter(self) -> float:
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None, "this would wait for ever"
        self.waits.append(timeout)
        self.now += timeout
        return False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(slot_module, "time", clock)
    return clock


@pytest.fixture
def slot(clock: Clock) -> FrameSlot:
    slot = FrameSlot(clock, complete=False)
    slot.release()
    return slot


def taken(slot: FrameSlot) -> Frame:
    with slot.changed:
        frame = slot.take()
    assert frame is not None
    return frame


class TestPace:
    def test_frames_wait_for_their_time(self, slot, clock):
        for index, time in enumerate([0.0, 0.04, 0.14]):
            slot.put(make_frame(index, time), live=False)
            # The detector takes some time, which does not delay the next frame.
            clock.now += 0.01
            assert taken(slot).captured == pytest.approx(100 + time)
        assert clock.waits == pytest.approx([0.03, 0.09])
        assert slot.dropped == 0

    def test_live_frames_do_not_wait_and_keep_their_time_of_capture(self, slot, clock):
        slot.put(make_frame(0, 5.0, captured=-1.0), live=True)
        assert taken(slot).captured == -1.0
        assert clock.waits == []

    def test_a_small_lag_is_caught_up(self, slot, clock):
        slot.put(make_frame(0, 0.0), live=False)
        clock.now += 0.3
        slot.put(make_frame(1, 0.1), live=False)
        slot.put(make_frame(2, 0.2), live=False)
        slot.put(make_frame(3, 0.4), live=False)
        assert clock.waits == pytest.approx([0.1])
        assert slot.dropped == 3
        assert taken(slot).index == 3

    def test_after_a_long_lag_it_goes_on_from_there(self, slot, clock):
        slot.put(make_frame(0, 0.0), live=False)
        clock.now += 60
        slot.put(make_frame(1, 0.1), live=False)
        slot.put(make_frame(2, 0.2), live=False)
        assert clock.waits == pytest.approx([0.1])

    def test_wrong_timestamps_do_not_stop_the_picture(self, slot, clock):
        slot.put(make_frame(0, 0.0), live=False)
        slot.put(make_frame(1, 90_000.0), live=False)
        slot.put(make_frame(2, 90_000.5), live=False)
        assert clock.waits == pytest.approx([0.5])

    def test_a_pause_takes_no_time_of_the_recording(self, slot, clock):
        slot.put(make_frame(0, 0.0), live=False)
        taken(slot)
        slot.pause()
        slot.put(make_frame(1, 0.1), live=False)
        clock.now += 30
        slot.resume()
        assert taken(slot).index == 1
        slot.put(make_frame(2, 0.2), live=False)
        assert clock.waits == pytest.approx([0.1])

    def test_the_next_round_follows_at_the_pace_of_the_last(self, slot, clock):
        slot.put(make_frame(0, 0.0), live=False)
        slot.put(make_frame(1, 0.04), live=False)
        slot.restart_clock(0.04)
        slot.put(make_frame(2, 0.0), live=False)
        assert clock.waits == pytest.approx([0.04, 0.04])

    @pytest.mark.parametrize("speed", [0.25, 0.5, 2.0, 4.0])
    def test_another_speed(self, slot, clock, speed):
        slot.set_speed(speed)
        for index in range(3):
            slot.put(make_frame(index, index * 0.08), live=False)
        assert clock.waits == pytest.approx([0.08 / speed] * 2)
        slot.restart_clock(0.08)
        slot.put(make_frame(3, 0.0), live=False)
        assert clock.waits[-1] == pytest.approx(0.08 / speed)

    def test_a_change_of_speed_goes_on_from_what_is_due(self, slot, clock):
        slot.put(make_frame(0, 0.0), live=False)
        clock.now += 0.1
        slot.set_speed(0.5)
        # However often it is set, nothing is let through early: 0.3 s are left, at half the speed.
        slot.set_speed(4.0)
        slot.set_speed(0.5)
        slot.put(make_frame(1, 0.4), live=False)
        assert clock.waits == pytest.approx([0.6])


class TestHolding:
    def test_nothing_passes_before_the_release(self):
        slot = FrameSlot(threading.Condition(), complete=False)
        slot.put(make_frame(0, 0.0), live=False)
        with slot.changed:
            assert slot.take() is None
            slot.release()
            assert slot.take() is not None
            assert slot.take() is None

    def test_a_step_lets_one_frame_pass(self):
        slot = FrameSlot(threading.Condition(), complete=False)
        slot.release()
        slot.pause()
        slot.put(make_frame(0, 0.0), live=False)
        with slot.changed:
            assert slot.take() is None
            slot.step()
            assert slot.take() is not None
        slot.put(make_frame(1, 0.1), live=False)
        with slot.changed:
            assert slot.take() is None

    def test_a_step_means_nothing_while_playing(self):
        slot = FrameSlot(threading.Condition(), complete=False)
        slot.release()
        slot.step()
        slot.pause()
        slot.put(make_frame(0, 0.0), live=False)
        with slot.changed:
            assert slot.take() is None

    def test_a_jump_empties_it_and_is_taken_once(self):
        slot = FrameSlot(threading.Condition(), complete=False)
        slot.release()
        slot.put(make_frame(0, 0.0), live=True)
        slot.seek(Jump(7.5))
        assert slot.frame is None
        slot.put(make_frame(1, 0.1), live=True)
        assert slot.frame is None, "frames from before the jump are left out"
        assert slot.take_seek() == Jump(7.5)
        assert slot.take_seek() is None
        slot.put(make_frame(2, 7.5), live=True)
        assert slot.frame is not None
