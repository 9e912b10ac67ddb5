from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.ui.base import theme
from pedcam.ui.figures.people_chart import PeopleChart, runs, scale
from pedcam.ui.figures.series import PeopleSeries
from pedcam.ui.player.playback import Playback
from pedcam.video.sources.frame import SourceInfo
from pedcam.video.stream.stream import Result
from tests.factories import make_frame

NAN = float("nan")


@pytest.fixture
def playback() -> Playback:
    return Playback()


@pytest.fixture
def series(playback: Playback) -> PeopleSeries:
    return PeopleSeries(playback, lambda: 1_000_000_000.0)


@pytest.fixture
def see(series: PeopleSeries, make_result: Callable[..., Result]) -> Callable[[float, int], None]:
    def add(time: float, people: int) -> None:
        frame = make_frame(round(100 * time), time)
        series.add(make_result(count=people, frame=frame))

    return add


@pytest.fixture
def chart(qtbot: QtBot, series: PeopleSeries, playback: Playback) -> PeopleChart:
    made = PeopleChart(series, playback)
    qtbot.addWidget(made)
    made.resize(320, made.sizeHint().height())
    made.show()
    return made


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[QApplication]:
    before = qapp.palette(), qapp.styleSheet()
    yield qapp
    qapp.setPalette(before[0])
    qapp.setStyleSheet(before[1])


def hover(qtbot: QtBot, chart: PeopleChart, part: float) -> None:
    """Put the mouse over a part of the plot, 0 at its left end and 1 at its right."""
    plot = chart._plot()
    chart._mouse = QPointF(plot.left() + part * plot.width(), 0.0).x()


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, (2, 1)),
        (1, (2, 1)),
        (3, (3, 1)),
        (4, (4, 1)),
        (5, (6, 2)),
        (9, (10, 5)),
        (21, (30, 10)),
        (80, (80, 20)),
        (81, (100, 50)),
    ],
)
def test_the_axis_ends_at_a_round_number(most: int, expected: tuple[int, int]) -> None:
    assert scale(most) == expected


def test_runs_of_one_number() -> None:
    people = np.array([NAN, NAN, 2, 2, 3, NAN, 3, 0])
    assert runs(people) == [(2, 4, 2.0), (4, 5, 3.0), (6, 7, 3.0), (7, 8, 0.0)]
    assert runs(np.array([NAN])) == []
    assert runs(np.array([5.0])) == [(0, 1, 5.0)]


def test_the_number_under_the_mouse(
    qtbot: QtBot, chart: PeopleChart, see: Callable[[float, int], None]
) -> None:
    for time in np.arange(100.0, 160.0, 0.5):
        see(float(time), 2 if time < 130 else 5)
    chart.refresh()
    hover(qtbot, chart, 0.25)
    assert chart.hovered() == "1:54 · 2"
    hover(qtbot, chart, 0.75)
    assert chart.hovered() == "2:24 · 5"
    chart.set_span(600)
    # Only the last minute of ten was seen.
    assert chart.hovered() == ""
    hover(qtbot, chart, 0.98)
    assert chart.hovered().endswith(" · up to 5")


def test_a_live_source_has_the_time_of_day(
    qtbot: QtBot,
    chart: PeopleChart,
    playback: Playback,
    see: Callable[[float, int], None],
) -> None:
    playback.set_status(playback.status, SourceInfo("", live=True, rate=25.0))
    see(0.0, 3)
    see(0.2, 3)
    chart.refresh()
    hover(qtbot, chart, 0.9999)
    words = chart.hovered()
    # 01:46:40 UTC: the seconds are the same in every time zone.
    assert words[2:3] == ":"
    assert words.endswith(":40 · 3")


def test_the_mouse_shows_and_leaves(
    qtbot: QtBot, chart: PeopleChart, see: Callable[[float, int], None]
) -> None:
    for second in range(60):
        see(float(second), 4)
    chart.refresh()
    plot = chart._plot()
    qtbot.mouseMove(chart, plot.center().toPoint())
    qtbot.waitUntil(lambda: chart.hovered().endswith(" · 4"))
    chart.leaveEvent(None)
    assert chart.hovered() == ""


def test_the_line_is_as_high_as_the_number(
    chart: PeopleChart, see: Callable[[float, int], None]
) -> None:
    for second in range(60):
        see(float(second), 1 if second < 30 else 4)
    chart.refresh()
    image = chart.grab().toImage()
    plot = chart._plot()

    def line(part: float, value: int) -> QColor:
        x = round(plot.left() + part * plot.width())
        return image.pixelColor(x, round(plot.bottom() - plot.height() * value / 4))

    accent = QColor(theme.colors().accent)
    assert line(0.25, 1) == accent
    assert line(0.75, 4) == accent
    assert line(0.25, 4) != accent


@pytest.mark.parametrize("seconds", [60, 600, 3600])
def test_the_axes_follow_the_look(
    chart: PeopleChart, see: Callable[[float, int], None], themed: QApplication, seconds: int
) -> None:
    see(0.0, 1)
    chart.set_span(seconds)
    for dark in (False, True):
        theme.apply(themed, dark)
        image = chart.grab().toImage()
        plot = chart._plot()
        grid = image.pixelColor(round(plot.left()) + 20, round(plot.bottom() - plot.height() / 2))
        assert grid == QColor(theme.colors().line)
