from collections.abc import Callable
from dataclasses import replace

import pytest

from pedcam.ui.figures.meter import STAGES, FigureMeter, Figures
from pedcam.video.people.counts import Counts
from pedcam.video.stream.stream import Result


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


def staged(result: Result, read: float, inference: float) -> Result:
    """A result with times of its stages."""
    result.detections.metadata = {
        "letterbox_ms": 1.0,
        "inference_ms": inference,
        "postprocess_ms": 0.5,
    }
    return replace(result, frame=replace(result.frame, read_ms=read))


def test_stages_are_medians(
    meter: FigureMeter, clock: Clock, make_result: Callable[..., Result]
) -> None:
    assert meter.stages() == {}
    for index, (read, inference) in enumerate([(4.0, 30.0), (2.0, 10.0), (3.0, 11.0)]):
        clock.now += 0.1
        meter.add(staged(make_result(index=index), read, inference))
        meter.add_drawing(5.0 + index)
    assert meter.stages() == {
        "read_ms": 3.0,
        "letterbox_ms": 1.0,
        "inference_ms": 11.0,
        "postprocess_ms": 0.5,
        "draw_ms": 6.0,
    }
    assert tuple(meter.stages()) == STAGES


def test_stages_of_ten_seconds_count(
    meter: FigureMeter, clock: Clock, make_result: Callable[..., Result]
) -> None:
    for seconds, inference in ((0, 90.0), (6, 20.0), (9, 30.0)):
        clock.now = 100.0 + seconds
        meter.add(staged(make_result(index=seconds), 1.0, inference))
    assert meter.stages()["inference_ms"] == 30.0  # of 90, 20 and 30
    clock.now = 111.0
    assert meter.stages()["inference_ms"] == 25.0  # of 20 and 30
    clock.now = 200.0
    assert meter.stages()["inference_ms"] == 30.0  # the last one still tells


def test_stages_of_another_preset_are_forgotten(
    meter: FigureMeter, make_result: Callable[..., Result]
) -> None:
    for index in range(5):
        meter.add(staged(make_result(index=index, preset="float"), 2.0, 50.0))
    meter.add(staged(make_result(index=5, preset="full"), 4.0, 5.0))
    assert meter.stages()["inference_ms"] == 5.0
    assert meter.stages()["read_ms"] == 4.0
    meter.clear()
    assert meter.stages() == {}


def test_a_paused_frame_under_another_preset_has_its_detection_only(
    meter: FigureMeter, make_result: Callable[..., Result]
) -> None:
    first = staged(make_result(preset="float"), 2.0, 50.0)
    meter.add(first)
    again = make_result(frame=first.frame, preset="full")
    again.detections.metadata = {"inference_ms": 6.0}
    meter.add(again)
    assert meter.stages() == {"inference_ms": 6.0}


def test_people_who_are_followed(meter: FigureMeter, make_result: Callable[..., Result]) -> None:
    result = replace(make_result(count=5), counts=Counts(now=3, total=12, per_minute=4.5))
    meter.add(result)
    figures = meter.figures()
    assert (figures.people, figures.total, figures.per_minute) == (3, 12, 4.5)
