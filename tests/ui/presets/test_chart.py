"""The chart as a switch."""

from dataclasses import replace

import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QHelpEvent
from PyQt6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.ui.presets.chart import TradeoffChart
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.selection import PresetSelection
from tests.ui.conftest import PRESETS

TIMES = {"float": 60.0, "half": 40.0, "full": 15.0}
MISSED = {"float": 0.3, "half": 0.35, "full": 0.4}


def evaluated(preset: Preset) -> Preset:
    rows = ({"data": "a", "images": 9, "miss_rate": MISSED[preset.name]},)
    return replace(preset, info=replace(preset.info, evaluation=rows))


@pytest.fixture
def choice() -> PresetSelection:
    made = PresetSelection([evaluated(preset) for preset in PRESETS], "half")
    for preset in PRESETS:
        made.mark_ready(preset.name, "cpu")
    return made


@pytest.fixture
def measurements() -> Measurements:
    made = Measurements()
    size = PRESETS[0].file_bytes
    made.set_rows(
        {
            name: {"file_bytes": size, "provider": "cpu", "inference_ms": ms}
            for name, ms in TIMES.items()
        },
        {"machine": "here"},
    )
    return made


@pytest.fixture
def chart(qtbot: QtBot, choice: PresetSelection, measurements: Measurements) -> TradeoffChart:
    made = TradeoffChart(choice, measurements)
    qtbot.addWidget(made)
    made.resize(320, 248)
    with qtbot.waitExposed(made):
        made.show()
    made.chosen.connect(choice.select)
    return made


def place(chart: TradeoffChart, name: str) -> QPoint:
    return next(s.center.toPoint() for s in chart.spots if s.point.name == name)


def click(qtbot: QtBot, chart: TradeoffChart, where: QPoint) -> None:
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=where)


@pytest.mark.parametrize("offset", [QPoint(0, 0), QPoint(-12, 10)])
def test_a_click_on_or_near_a_point_switches(
    qtbot: QtBot, chart: TradeoffChart, offset: QPoint
) -> None:
    with qtbot.waitSignal(chart.chosen) as caught:
        click(qtbot, chart, place(chart, "full") + offset)
    assert caught.args == ["full"]


def test_a_click_on_a_label_switches(qtbot: QtBot, chart: TradeoffChart) -> None:
    label = next(label for label in chart.labels if label.spot.point.name == "full")
    assert label.full
    with qtbot.waitSignal(chart.chosen) as caught:
        click(qtbot, chart, QPointF(label.rect.right() - 2, label.rect.center().y()).toPoint())
    assert caught.args == ["full"]


def test_neither_empty_places_nor_failed_presets_switch(
    qtbot: QtBot, chart: TradeoffChart, choice: PresetSelection
) -> None:
    choice.mark_failed("full", "broken")
    with qtbot.assertNotEmitted(chart.chosen):
        click(qtbot, chart, QPoint(300, 60))
        click(qtbot, chart, place(chart, "full"))
        qtbot.mouseClick(chart, Qt.MouseButton.RightButton, pos=place(chart, "float"))


def test_arrow_keys_move_along_the_points(
    qtbot: QtBot, chart: TradeoffChart, choice: PresetSelection
) -> None:
    for key, name in (
        (Qt.Key.Key_Right, "float"),
        (Qt.Key.Key_Right, "float"),
        (Qt.Key.Key_Left, "half"),
        (Qt.Key.Key_Down, "full"),
        (Qt.Key.Key_Up, "half"),
        (Qt.Key.Key_Home, "full"),
        (Qt.Key.Key_End, "float"),
    ):
        qtbot.keyClick(chart, key)
        assert choice.selected == name


def test_arrow_keys_leave_out_what_cannot_run(
    qtbot: QtBot, chart: TradeoffChart, choice: PresetSelection
) -> None:
    choice.select("float")
    choice.mark_failed("half", "broken")
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert choice.selected == "full"


def test_the_point_under_the_pointer_is_explained(
    qtbot: QtBot, chart: TradeoffChart, choice: PresetSelection
) -> None:
    with qtbot.waitSignal(chart.explored) as caught:
        qtbot.mouseMove(chart, place(chart, "full"))
    assert caught.args == ["full"]
    assert chart.hovered is not None
    assert chart.cursor().shape() is Qt.CursorShape.PointingHandCursor
    with qtbot.waitSignal(chart.explored) as caught:
        QApplication.sendEvent(chart, QEvent(QEvent.Type.Leave))
    assert caught.args == [None]
    assert chart.hovered is None


def test_tooltips_are_for_points_and_show_markup_as_it_is(
    qtbot: QtBot, chart: TradeoffChart, choice: PresetSelection
) -> None:
    strange = evaluated(PRESETS[2])
    strange = replace(strange, info=replace(strange.info, title="<img src=x>"))
    choice.set_presets([*choice.presets[:2], strange])
    where = place(chart, "full")
    help_ = QHelpEvent(QEvent.Type.ToolTip, where, chart.mapToGlobal(where))
    QApplication.sendEvent(chart, help_)
    assert "<b>&lt;img src=x&gt;</b>" in QToolTip.text()
    assert "15 ms per picture" in QToolTip.text()


def test_the_running_one_looks_different_and_is_said(
    chart: TradeoffChart, choice: PresetSelection
) -> None:
    before = chart.grab().toImage()
    choice.mark_running("half")
    assert chart.grab().toImage() != before
    assert "Title of half" in chart.accessibleDescription()
    assert "Running now" in chart.accessibleDescription()


def test_other_presets_get_their_points(chart: TradeoffChart, choice: PresetSelection) -> None:
    choice.set_presets(choice.presets[:1])
    assert [spot.point.name for spot in chart.spots] == ["float"]
    choice.set_presets([])
    assert chart.spots == ()
    assert chart.accessibleDescription() == "There are no presets."
    chart.grab()


def test_keys_without_presets_do_nothing(qtbot: QtBot, chart: TradeoffChart) -> None:
    chart._presets.set_presets([])
    with qtbot.assertNotEmitted(chart.chosen):
        qtbot.keyClick(chart, Qt.Key.Key_Right)
        qtbot.keyClick(chart, Qt.Key.Key_Home)


@pytest.mark.parametrize("width", [240, 280, 320, 480])
def test_labels_stay_inside(chart: TradeoffChart, width: int) -> None:
    chart.resize(width, 248)
    assert len(chart.labels) == 3
    for label in chart.labels:
        assert chart.rect().contains(label.rect.toAlignedRect())
