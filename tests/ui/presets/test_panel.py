"""The panel's parts together."""

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence, QShortcut
from pytestqt.qtbot import QtBot

from pedcam.detect.detail import Detail
from pedcam.ui.presets.measurements import Measurements, Phase
from pedcam.ui.presets.panel import PresetPanel
from pedcam.ui.presets.selection import AutoState, PresetSelection
from tests.ui.conftest import PRESETS


@pytest.fixture
def choice() -> PresetSelection:
    return PresetSelection(PRESETS, "half")


@pytest.fixture
def measurements() -> Measurements:
    return Measurements()


@pytest.fixture
def panel(qtbot: QtBot, choice: PresetSelection, measurements: Measurements) -> PresetPanel:
    made = PresetPanel(choice, measurements, AutoState())
    qtbot.addWidget(made)
    made.resize(320, 560)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_every_part_says_what_is_wanted(qtbot: QtBot, panel: PresetPanel) -> None:
    with qtbot.waitSignal(panel.chart.chosen) as caught:
        qtbot.keyClick(panel.chart, Qt.Key.Key_Left)
    assert caught.args == ["full"]
    with qtbot.waitSignal(panel.slider.chosen) as caught:
        qtbot.keyClick(panel.slider.slider, Qt.Key.Key_Right)
    assert caught.args == ["float"]
    with qtbot.waitSignal(panel.detail.chosen) as caught:
        qtbot.keyClick(panel.detail.choice, Qt.Key.Key_Down)
    assert caught.args == [Detail.AUTO]
    with qtbot.waitSignal(panel.auto.auto_changed) as caught:
        panel.auto.switch.click()
    assert caught.args == [True, None]
    with qtbot.waitSignal(panel.measuring.asked):
        panel.measuring.button.click()


def test_measuring_can_be_cancelled(
    qtbot: QtBot, panel: PresetPanel, measurements: Measurements
) -> None:
    measurements.set_phase(Phase.RUNNING)
    with qtbot.waitSignal(panel.measuring.cancelled):
        panel.measuring.button.click()


def test_the_readout_shows_the_running_preset_or_the_one_under_the_pointer(
    qtbot: QtBot, panel: PresetPanel, choice: PresetSelection
) -> None:
    assert panel.readout.title.text() == "Title of half"
    choice.mark_running("float")
    assert panel.readout.title.text() == "Title of float"
    assert panel.readout.state.text() == "running"
    full = next(s.center.toPoint() for s in panel.chart.spots if s.point.name == "full")
    qtbot.mouseMove(panel.chart, full)
    assert panel.readout.title.text() == "Title of full"


def test_the_tab_key_goes_from_top_to_bottom(qtbot: QtBot, panel: PresetPanel) -> None:
    order = [panel.chart]
    while (following := order[-1].nextInFocusChain()) is not None and len(order) < 60:
        order.append(following)
    reached = [widget for widget in order if widget.focusPolicy() & Qt.FocusPolicy.TabFocus]
    parts = [
        panel.chart,
        panel.slider.slider,
        panel.detail.choice,
        panel.auto.switch,
        panel.auto.rate,
        panel.measuring.button,
    ]
    places = [reached.index(part) for part in parts]
    assert places == sorted(places)


def test_its_keys_are_no_shortcuts_while_it_has_the_focus(
    qtbot: QtBot, panel: PresetPanel, choice: PresetSelection
) -> None:
    for part in (panel.chart, panel.slider):
        part.chosen.connect(choice.select)
    seek = QShortcut(QKeySequence("Left"), panel)
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.measuring.button.setFocus()
    with qtbot.waitSignal(seek.activated):
        qtbot.keyClick(panel.measuring.button, Qt.Key.Key_Left)
    for part in (panel.chart, panel.slider.slider):
        choice.select("half")
        part.setFocus()
        with qtbot.assertNotEmitted(seek.activated):
            qtbot.keyClick(part, Qt.Key.Key_Left)
        assert choice.selected == "full"


@pytest.mark.parametrize("width", [280, 320, 480])
def test_it_fits_its_width(panel: PresetPanel, width: int) -> None:
    assert panel.minimumSizeHint().width() <= 280
    panel.resize(width, 600)
    for part in (panel.chart, panel.readout, panel.detail, panel.auto, panel.measuring):
        assert part.geometry().right() < width
