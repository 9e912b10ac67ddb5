from collections.abc import Callable
from dataclasses import replace

import pytest
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from pedcam.ui.base import theme
from pedcam.ui.figures.meter import STAGES, FigureMeter
from pedcam.ui.figures.stage_chart import StageChart, round_up
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


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.0, 1.0), (1.1, 2.0), (40.0, 50.0), (50.0, 50.0), (51, 70), (71, 100), (101, 200)],
)
def test_the_scale_ends_at_a_round_number(value: float, expected: float) -> None:
    assert round_up(value) == pytest.approx(expected)


def test_nothing_is_said_before_anything_was_measured(chart: StageChart) -> None:
    assert chart.verdict == ""
    assert not chart.grab().isNull()


def test_it_keeps_up(chart: StageChart, show: Callable[..., None]) -> None:
    show(38.5)  # 40 ms with the other stages, as long as a frame of 25 a second
    assert chart.verdict == "Keeps up with 25 frames/s"
    assert chart.accessibleDescription() == (
        "Keeps up with 25 frames/s. Reading 2.0 ms. Scaling 1.0 ms. Inference 38.5 ms. Boxes 0.5 ms"
    )


def test_the_slowest_is_named(
    chart: StageChart, meter: FigureMeter, show: Callable[..., None]
) -> None:
    show(39.0)
    assert chart.verdict == "Detection is too slow for 25 frames/s"
    assert not chart.keeps_up
    meter.add_drawing(90.0)
    chart.refresh()
    assert chart.verdict == "Drawing is too slow for 25 frames/s"


def test_a_faster_pace_leaves_less_time(
    chart: StageChart, playback: Playback, show: Callable[..., None]
) -> None:
    show(20.0)
    playback.set_speed(2.0)
    chart.refresh()
    assert chart.verdict == "Detection is too slow for 50 frames/s"


def test_waiting_for_a_camera_is_no_work(chart: StageChart, show: Callable[..., None]) -> None:
    show(10.0, read=45.0)
    assert chart.verdict == "Reading is too slow for 25 frames/s"
    show(10.0, read=45.0, live=True)
    assert chart.verdict == "Keeps up with 25 frames/s"


def test_a_source_without_a_rate(chart: StageChart, show: Callable[..., None]) -> None:
    show(500.0, rate=0.0)
    assert chart.verdict == "The source does not tell its rate"


def test_bars_are_as_long_as_the_times(chart: StageChart, show: Callable[..., None]) -> None:
    show(23.5)  # 25 ms of detection on a scale of 50 ms: half the room
    image = chart.grab().toImage()
    bars = chart._bar_room()
    y = round(bars.center().y())

    def color(part: float) -> QColor:
        return image.pixelColor(round(bars.left() + part * bars.width()), y)

    inference = QColor(theme.series_colors()[STAGES.index("inference_ms")])
    assert color(0.1) == inference
    assert color(0.4) == inference
    assert color(0.55) == QColor(theme.colors().hover)
    # The time of a frame is 40 ms.
    assert color(0.8) == QColor(theme.colors().text)
