import threading
from types import SimpleNamespace

import pytest

import pedcam.video.stream.capture as capture_module
from pedcam.video.sources.frame import Frame, Jump, Source, SourceError
from pedcam.video.stream.capture import Capture, Numbering, Watchdog
from pedcam.video.stream.slot import FrameSlot
from tests.factories import make_frame, number_in
from tests.video.standins import FakeSource


class Listener:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def opened(self, source: Source) -> None:
        self.heard.append("opened")

    def lost(self, message: str, retry_in: float) -> None:
        self.heard.append(message)

    def finished(self, error: str | None) -> None:
        self.heard.append(f"finished: {error}")


class ImpatientSlot(FrameSlot):
    """Notes how long it was to wait, does not, and closes after so many waits."""

    def __init__(self, waits: int) -> None:
        super().__init__(threading.Condition(), complete=False)
        self.waited: list[float] = []
        self.waits = waits

    def wait_for_close(self, seconds: float) -> None:
        self.waited.append(seconds)
        if len(self.waited) == self.waits:
            self.close()


@pytest.fixture(autouse=True)
def middle(monkeypatch):
    monkeypatch.setattr(capture_module.random, "uniform", lambda low, high: (low + high) / 2)


def run(openings: list[FakeSource | SourceError], slot: FrameSlot) -> list[str]:
    listener = Listener()
    remaining = iter(openings)

    def open_source() -> Source:
        opening = next(remaining, None) or SourceError("Gone.")
        if isinstance(opening, SourceError):
            raise opening
        return opening

    Capture(open_source, slot, listener, complete=False, first_retry=0.5).run()
    return listener.heard


def test_attempts_to_reconnect_come_ever_more_slowly():
    slot = ImpatientSlot(8)
    heard = run([FakeSource([0, None], live=True)], slot)
    assert slot.waited == pytest.approx([0.5, 1, 2, 4, 8, 10, 10, 10])
    assert heard[:4] == [
        "opened",
        "The stream ended. Trying again in 0.5 s.",
        "Gone. Trying again in 1.0 s.",
        "Gone. Trying again in 2.0 s.",
    ]


def test_many_cameras_do_not_come_back_all_at_once(monkeypatch):
    asked: list[tuple[float, float]] = []

    def lowest(low: float, high: float) -> float:
        asked.append((low, high))
        return low

    monkeypatch.setattr(capture_module.random, "uniform", lowest)
    slot = ImpatientSlot(2)
    run([FakeSource([0, None], live=True)], slot)
    assert asked == [pytest.approx((0.4, 0.6)), pytest.approx((0.8, 1.2))]
    assert slot.waited == pytest.approx([0.4, 0.8])


def test_they_come_fast_again_after_a_frame():
    gone = SourceError("Gone.")
    slot = ImpatientSlot(5)
    run([FakeSource([0, gone], live=True), gone, gone, FakeSource([1, gone], live=True)], slot)
    assert slot.waited == pytest.approx([0.5, 1, 2, 0.5, 1])


def test_what_never_opened_is_not_tried_again():
    slot = ImpatientSlot(1)
    assert run([SourceError("No such host.")], slot) == ["finished: No such host."]
    assert slot.waited == []


def test_a_source_that_cannot_be_closed_is_left():
    class Stuck(FakeSource):
        def close(self) -> None:
            raise OSError("stuck")

    gone = SourceError("Gone.")
    slot = ImpatientSlot(2)
    heard = run([Stuck([0, gone], live=True), FakeSource([1, gone], live=True)], slot)
    assert heard.count("opened") == 2


def test_a_jump_during_the_last_read_is_no_end():
    class Ending(FakeSource):
        """Somebody jumps back while it says that it is over."""

        jumps = 0

        def read(self):
            if not self._items and not self.jumps:
                slot.seek(Jump(0.0))
            return super().read() if self._items else None

        def seek(self, time, *, before=False):
            self.jumps += 1
            self.give(7)

    slot = FrameSlot(threading.Condition(), complete=True)
    slot.release()
    listener = Listener()
    source = Ending([0], live=False)
    capture = Capture(lambda: source, slot, listener, complete=True, first_retry=0.5)
    thread = threading.Thread(target=capture.run)
    thread.start()
    taken = []
    with slot.changed:
        for _ in range(2000):
            if frame := slot.take():
                taken.append(number_in(frame.image))
            if "finished: None" in listener.heard and slot.frame is None:
                break
            slot.changed.wait(0.01)
    slot.close()
    thread.join(20)
    # Only after the frame that was jumped to.
    assert listener.heard == ["opened", "finished: None"]
    assert taken[-1] == 7


def test_every_source_is_closed():
    sources = [FakeSource([0, SourceError("Gone.")], live=True) for _ in range(3)]
    run(list(sources), ImpatientSlot(3))
    assert all(source.closed.is_set() for source in sources)


class TestNumbering:
    def numbers(self, numbering: Numbering, *frames: Frame) -> list[tuple[int, float, int]]:
        return [
            (numbered.index, numbered.time, numbered.segment)
            for numbered in map(numbering.apply, frames)
        ]

    def test_a_loop_counts_on_and_its_time_starts_again(self):
        numbering = Numbering()
        assert self.numbers(numbering, make_frame(0, 0.0), make_frame(1, 0.04)) == [
            (0, 0.0, 0),
            (1, 0.04, 0),
        ]
        numbering.loop()
        assert self.numbers(numbering, make_frame(0, 0.0)) == [(2, 0.0, 1)]

    def test_a_jump_brings_its_own_numbers(self):
        numbering = Numbering()
        numbering.apply(make_frame(0))
        numbering.loop()
        numbering.jump()
        assert self.numbers(numbering, make_frame(50, 2.0)) == [(50, 2.0, 2)]

    def test_after_a_reconnect_everything_goes_on(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr(capture_module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
        numbering = Numbering()
        numbering._started = 100.0
        numbering.apply(make_frame(7, 3.0))
        now[0] = 112.5
        numbering.reconnect()
        assert self.numbers(numbering, make_frame(0, 0.0), make_frame(1, 0.5)) == [
            (8, 12.5, 1),
            (9, 13.0, 1),
        ]

    def test_time_never_runs_backwards_over_a_reconnect(self, monkeypatch):
        monkeypatch.setattr(capture_module, "time", SimpleNamespace(perf_counter=lambda: 100.0))
        numbering = Numbering()
        numbering._started = 100.0
        numbering.apply(make_frame(0, 60.0))
        numbering.reconnect()
        assert self.numbers(numbering, make_frame(0, 0.0)) == [(1, 60.0, 1)]


@pytest.mark.parametrize(
    ("usual", "stalled", "gone"),
    [
        (0.04, 2.0, 10.16),  # given up after 10 s and four usual waits
        (1.0, 4.0, 14.0),  # a camera with a frame per second
    ],
)
def test_silence(usual, stalled, gone):
    watchdog = Watchdog(stall_after=2.0, abandon_after=10.0)
    assert watchdog.limits(usual) == pytest.approx((stalled, gone))
