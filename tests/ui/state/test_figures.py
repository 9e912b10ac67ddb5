from collections.abc import Callable

import pytest

from pedcam.ui.state.figures import FigureMeter, Figures
from pedcam.video.stream import Result


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> FigureMeter:
    return FigureMeter(span=2.0, clock=clock)


def test_nothing_to_say_without_results(meter: FigureMeter) -> None:
    assert meter.figures() == Figures()


def test_rate_and_medians(
    meter: FigureMeter, clock: Clock, make_result: Callable[..., Result]
) -> None:
    for index, (detect, latency) in enumerate([(9, 30), (12, 20), (11, 40)]):
        clock.now += 0.25
        meter.add(
            make_result(index=index, detect_ms=detect, latency_ms=latency, count=4, dropped=index)
        )
    # Three pictures in the half second from the first to the last: four per second.
    assert meter.figures() == Figures(rate=4.0, detect_ms=11, latency_ms=30, people=4, dropped=2)


def test_a_stall_lowers_the_rate(
    meter: FigureMeter, clock: Clock, make_result: Callable[..., Result]
) -> None:
    for index in range(6):
        clock.now += 0.1
        meter.add(make_result(index=index))
    assert meter.figures().rate == pytest.approx(10.0)
    clock.now += 0.1
    assert meter.figures().rate == pytest.approx(10.0)
    # The next one is half a second overdue: 5 pictures in 1.0 s.
    clock.now += 0.5
    assert meter.figures().rate == pytest.approx(5.0)


def test_a_burst_is_no_rate(
    meter: FigureMeter, clock: Clock, make_result: Callable[..., Result]
) -> None:
    meter.add(make_result(index=0))
    clock.now += 0.003
    meter.add(make_result(index=1))
    assert meter.figures().rate is None


def test_old_pictures_do_not_count(
    meter: FigureMeter, clock: Clock, make_result: Callable[..., Result]
) -> None:
    meter.add(make_result(index=0))
    clock.now += 1
    meter.add(make_result(index=1, count=7))
    clock.now += 2.5
    figures = meter.figures()
    assert figures.rate is None
    assert figures.latency_ms is None
    assert figures.people == 7


def test_another_preset_starts_the_medians_anew(
    meter: FigureMeter, clock: Clock, make_result: Callable[..., Result]
) -> None:
    meter.add(make_result(index=0, detect_ms=50.0, preset="float"))
    clock.now += 0.5
    meter.add(make_result(index=1, detect_ms=5.0, preset="full"))
    figures = meter.figures()
    assert figures.detect_ms == 5.0
    assert figures.rate == pytest.approx(2.0)


def test_the_same_frame_again_is_no_new_picture(
    meter: FigureMeter, make_result: Callable[..., Result]
) -> None:
    first = make_result(detect_ms=50.0)
    meter.add(first)
    meter.add(make_result(frame=first.frame, count=9, detect_ms=5.0, latency_ms=60_000.0))
    assert meter.figures() == Figures(
        rate=None, detect_ms=5.0, latency_ms=None, people=9, dropped=0
    )
    meter.clear()
    assert meter.figures() == Figures()
