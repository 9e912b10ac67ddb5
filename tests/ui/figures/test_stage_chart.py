from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.figures.meter import FigureMeter
from pedcam.ui.figures.stage_chart import StageChart
from pedcam.ui.player.playback import Playback
from pedcam.video.sources.frame import SourceInfo
from pedcam.video.stream.stream import Result


@pytest.fixture
def playback() -> Playback:
    return Playback()


@pytest.fixture
def meter() -> FigureMeter:
    return FigureMeter(clock=lambda: 10.0)


@pytest.fixture
def chart(qtbot: QtBot, meter: FigureMeter, playback: Playback) -> StageChart:
    made = StageChart(meter, playback)
    qtbot.addWidget(made)
    made.resize(320, made.sizeHint().height())
    made.show()
    return made


@pytest.fixture
def show(
    chart: StageChart, meter: FigureMeter, playback: Playback, make_result: Callable[..., Result]
) -> Callable[..., None]:
    def add(inference: float, *, read: float = 2.0, rate: float = 25.0, live: bool = False) -> None:
        playback.set_status(playback.status, SourceInfo("", live=live, rate=rate))
        result = make_result()
        result.detections.metadata = {
            "letterbox_ms": 1.0,
            "inference_ms": inference,
            "postprocess_ms": 0.5,
        }
        meter.add(replace(result, frame=replace(result.frame, read_ms=read)))
        chart.refresh()

    return add


def test_nothing_is_said_before_anything_was_measured(chart: StageChart) -> None:
    assert chart.verdict.text() == ""


def test_it_keeps_up(chart: StageChart, show: Callable[..., None]) -> None:
    show(38.5)  # 40 ms with the other stages, as long as a frame of 25 a second
    assert chart.verdict.text() == "Keeps up with 25 frames/s"
    assert chart.rows["Detection"][1].text() == "40.0 ms"
    assert chart.detection.text() == "scaling 1.0 · inference 38.5 · boxes 0.5 ms"


def test_the_slowest_is_named(
    chart: StageChart, meter: FigureMeter, show: Callable[..., None]
) -> None:
    show(39.0)
    assert chart.verdict.text() == "Detection is too slow for 25 frames/s"
    meter.add_drawing(90.0)
    chart.refresh()
    assert chart.verdict.text() == "Drawing is too slow for 25 frames/s"


def test_a_faster_pace_leaves_less_time(
    chart: StageChart, playback: Playback, show: Callable[..., None]
) -> None:
    show(20.0)
    playback.set_speed(2.0)
    chart.refresh()
    assert chart.verdict.text() == "Detection is too slow for 50 frames/s"


def test_waiting_for_a_camera_is_no_work(chart: StageChart, show: Callable[..., None]) -> None:
    show(10.0, read=45.0)
    assert chart.verdict.text() == "Reading is too slow for 25 frames/s"
    show(10.0, read=45.0, live=True)
    assert chart.verdict.text() == "Keeps up with 25 frames/s"


def test_a_source_without_a_rate(chart: StageChart, show: Callable[..., None]) -> None:
    show(500.0, rate=0.0)
    assert chart.verdict.text() == "The source does not report its frame rate"


def test_a_full_bar_is_the_time_of_a_frame(chart: StageChart, show: Callable[..., None]) -> None:
    show(8.5, read=60.0)  # 10 ms of detection and 60 of reading; a frame has 40
    assert [bar.value() / bar.maximum() for bar, _ in chart.rows.values()] == [1, 0.25, 0]
    show(8.5, read=60.0, live=True)
    assert [bar.value() / bar.maximum() for bar, _ in chart.rows.values()] == [0, 0.25, 0]
