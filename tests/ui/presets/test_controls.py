from collections.abc import Sequence

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.ui.presets.controls import ConfidencePanel, TradeoffAuto
from pedcam.ui.presets.selection import AutoState, PresetSelection, Threshold


@pytest.fixture
def choice(presets: Sequence[Preset]) -> PresetSelection:
    return PresetSelection(presets, "half")


@pytest.fixture
def threshold() -> Threshold:
    return Threshold()


@pytest.fixture
def panel(qtbot: QtBot, threshold: Threshold, choice: PresetSelection) -> ConfidencePanel:
    made = ConfidencePanel(threshold, choice)
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_starts_at_the_preset_s_own_value(panel: ConfidencePanel) -> None:
    assert (panel.slider.value(), panel.value.text()) == (40, "40%")
    assert not panel.reset.isVisible()


def test_it_follows_the_running_preset(panel: ConfidencePanel, choice: PresetSelection) -> None:
    choice.mark_running("full")
    assert panel.value.text() == "30%"


def test_moving_the_slider_asks_for_a_value(qtbot: QtBot, panel: ConfidencePanel) -> None:
    with qtbot.waitSignal(panel.changed) as asked:
        qtbot.keyClick(panel.slider, Qt.Key.Key_Right)
    assert asked.args == [0.41]
    with qtbot.waitSignal(panel.changed) as asked:
        panel.step(-5)
    assert asked.args == [0.36]


def test_an_override_stays_when_presets_change(
    qtbot: QtBot, panel: ConfidencePanel, threshold: Threshold, choice: PresetSelection
) -> None:
    with qtbot.assertNotEmitted(panel.changed):
        threshold.set(0.66)
        choice.mark_running("float")
    assert (panel.slider.value(), panel.value.text()) == (66, "66%")
    assert panel.note.text() == "default 50%"


def test_reset(qtbot: QtBot, panel: ConfidencePanel, threshold: Threshold) -> None:
    threshold.set(0.66)
    with qtbot.waitSignal(panel.changed) as asked:
        qtbot.mouseClick(panel.reset, Qt.MouseButton.LeftButton)
    assert asked.args == [None]


@pytest.fixture
def auto() -> AutoState:
    return AutoState()


@pytest.fixture
def auto_panel(qtbot: QtBot, auto: AutoState) -> TradeoffAuto:
    made = TradeoffAuto(auto)
    qtbot.addWidget(made)
    return made


def test_the_switch_says_what_to_hold(qtbot: QtBot, auto_panel: TradeoffAuto) -> None:
    with qtbot.waitSignal(auto_panel.auto_changed) as caught:
        auto_panel.switch.click()
    assert caught.args == [True, None]
    with qtbot.waitSignal(auto_panel.auto_changed) as caught:
        auto_panel.rate.setFocus()
        auto_panel.rate.setCurrentText("25 frames/s")
        qtbot.keyClick(auto_panel.rate, Qt.Key.Key_Down)
    assert caught.args == [True, 30.0]
    with qtbot.waitSignal(auto_panel.auto_changed) as caught:
        auto_panel.switch.click()
    assert caught.args == [False, 30.0]


def test_the_first_rate_is_the_sources(qtbot: QtBot, auto_panel: TradeoffAuto) -> None:
    assert auto_panel.rate.currentText() == "as the source"
    with qtbot.waitSignal(auto_panel.auto_changed) as caught:
        qtbot.keyClick(auto_panel.rate, Qt.Key.Key_Down)
    assert caught.args == [False, 5.0]
    with qtbot.waitSignal(auto_panel.auto_changed) as caught:
        qtbot.keyClick(auto_panel.rate, Qt.Key.Key_Up)
    assert caught.args == [False, None]


def test_it_follows_without_telling(
    qtbot: QtBot, auto_panel: TradeoffAuto, auto: AutoState
) -> None:
    with qtbot.assertNotEmitted(auto_panel.auto_changed):
        auto.set(True, 24.0)
        assert auto_panel.rate.currentText() == "24 frames/s"
        auto.set(True, 60.0)
    assert auto_panel.switch.isChecked()
    assert auto_panel.rate.currentText() == "60 frames/s"
    assert auto_panel.reason.text() == "Holding 60 frames/s. No move was needed so far."
    auto.set_reason("24 frames/s of the 60 wanted: one preset deeper")
    assert auto_panel.reason.text() == (
        "Holding 60 frames/s. Last move: 24 frames/s of the 60 wanted: one preset deeper."
    )
    auto.set(False, 60.0)
    assert auto_panel.reason.text() == "Off: the preset stays the one that you choose."
