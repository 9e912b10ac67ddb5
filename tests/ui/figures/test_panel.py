from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.ui.base import theme
from pedcam.ui.base.figure import Figure
from pedcam.ui.base.text import UNKNOWN
from pedcam.ui.figures.meter import FigureMeter
from pedcam.ui.figures.panel import FiguresPanel
from pedcam.ui.figures.series import PeopleSeries
from pedcam.ui.player.playback import Playback
from pedcam.ui.presets.selection import PresetSelection
from pedcam.video.people.counts import Counts
from pedcam.video.stream.stream import Result, StreamState, StreamStatus

NAMES = (
    "people",
    "total",
    "per_minute",
    "rate",
    "latency_ms",
    "detect_ms",
    "dropped",
    "provider",
)


class Clock:
    now = 10.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def themed(qapp: QApplication) -> Iterator[QApplication]:
    before = qapp.palette(), qapp.styleSheet()
    yield qapp
    qapp.setPalette(before[0])
    qapp.setStyleSheet(before[1])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> FigureMeter:
    return FigureMeter(clock=clock)


@pytest.fixture
def playback() -> Playback:
    made = Playback()
    made.set_status(StreamStatus(StreamState.PLAYING))
    return made


@pytest.fixture
def choice(presets: Sequence[Preset]) -> PresetSelection:
    return PresetSelection(presets, "half")


@pytest.fixture
def panel(
    qtbot: QtBot, meter: FigureMeter, choice: PresetSelection, playback: Playback
) -> FiguresPanel:
    made = FiguresPanel(meter, choice, playback, PeopleSeries(playback))
    qtbot.addWidget(made)
    return made


def test_figures_are_shown_by_themselves(
    qtbot: QtBot,
    panel: FiguresPanel,
    meter: FigureMeter,
    choice: PresetSelection,
    clock: Clock,
    make_result: Callable[..., Result],
) -> None:
    panel.show()
    assert {panel.value(name) for name in NAMES} == {UNKNOWN}

    choice.mark_ready("half", "cpu")
    meter.add(make_result(index=0, detect_ms=12.34))
    clock.now += 0.5
    result = make_result(index=1, detect_ms=12.34, latency_ms=22.0, count=9, dropped=3)
    meter.add(replace(result, counts=Counts(now=7, total=31, per_minute=2.25)))
    qtbot.waitUntil(lambda: panel.value("people") == "7")
    assert [panel.value(name) for name in NAMES] == [
        "7",
        "31",
        "2.2",
        "2.0",
        "21",
        "12.3",
        "3",
        "CPU",
    ]


def test_it_rests_while_hidden(
    panel: FiguresPanel, meter: FigureMeter, make_result: Callable[..., Result]
) -> None:
    panel.show()
    assert panel._timer.isActive()
    panel.hide()
    assert not panel._timer.isActive()
    meter.add(make_result(count=4))
    panel.show()
    assert panel.value("people") == "4"


def test_while_paused_there_is_no_rate(
    panel: FiguresPanel,
    meter: FigureMeter,
    playback: Playback,
    clock: Clock,
    make_result: Callable[..., Result],
) -> None:
    meter.add(make_result(index=0))
    clock.now += 0.5
    meter.add(make_result(index=1))
    panel.show()
    assert panel.value("rate") == "2.0"
    playback.set_status(StreamStatus(StreamState.PAUSED))
    assert panel.value("rate") == UNKNOWN


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [(99_999, "99999"), (123_999, "123k"), (999_999, "999k"), (1_290_000, "1.2M")],
)
def test_many_are_told_shortly(
    panel: FiguresPanel,
    meter: FigureMeter,
    make_result: Callable[..., Result],
    dropped: int,
    expected: str,
) -> None:
    meter.add(make_result(dropped=dropped))
    panel.refresh()
    assert panel.value("dropped") == expected


def test_numbers_do_not_move_their_neighbours(
    panel: FiguresPanel, meter: FigureMeter, make_result: Callable[..., Result]
) -> None:
    panel.resize(280, 500)
    panel.show()

    def places() -> list[object]:
        return [figure.geometry() for figure in panel.findChildren(Figure)]

    before = places()
    assert len(before) == len(NAMES)
    meter.add(make_result(count=88, detect_ms=1234.5, latency_ms=9999, dropped=123_456))
    panel.refresh()
    layout = panel.layout()
    assert layout is not None
    layout.activate()
    assert places() == before


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_narrow_column(themed: QApplication, panel: FiguresPanel, dark: bool) -> None:
    theme.apply(themed, dark)
    panel.show()
    assert panel.minimumSizeHint().width() <= 248


def test_how_much_of_the_past(qtbot: QtBot, panel: FiguresPanel) -> None:
    with qtbot.waitSignal(panel.span_chosen) as heard:
        qtbot.keyClick(panel.spans, Qt.Key.Key_Down)
    assert heard.args == [10]
    assert panel.people_chart.span == 600
    with qtbot.assertNotEmitted(panel.span_chosen):
        panel.set_span(60)
        panel.set_span(7)
    assert panel.people_chart.span == 3600


def test_a_value_and_its_meaning(qtbot: QtBot) -> None:
    figure = Figure("frames/s", "Pictures shown per second")
    qtbot.addWidget(figure)
    assert figure.number.text() == UNKNOWN
    figure.show_value("29.9")
    assert figure.number.text() == "29.9"
    assert figure.accessibleName() == "29.9 frames/s"
    assert figure.toolTip() == "Pictures shown per second"


def test_a_long_value_takes_no_more_room(qtbot: QtBot) -> None:
    figure = Figure("dropped", "Frames left out")
    qtbot.addWidget(figure)
    before = figure.minimumSizeHint(), figure.sizeHint()
    figure.show_value("123456789012345")
    assert (figure.minimumSizeHint(), figure.sizeHint()) == before
