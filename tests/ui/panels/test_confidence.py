from collections.abc import Sequence

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.ui.panels.confidence import ConfidencePanel
from pedcam.ui.state.presets import PresetChoice
from pedcam.ui.state.threshold import Threshold


@pytest.fixture
def choice(presets: Sequence[Preset]) -> PresetChoice:
    return PresetChoice(presets, "half")


@pytest.fixture
def threshold() -> Threshold:
    return Threshold()


@pytest.fixture
def panel(qtbot: QtBot, threshold: Threshold, choice: PresetChoice) -> ConfidencePanel:
    made = ConfidencePanel(threshold, choice)
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_starts_at_the_preset_s_own_value(panel: ConfidencePanel) -> None:
    assert (panel.slider.value(), panel.value.text()) == (40, "40%")
    assert not panel.reset.isVisible()


def test_it_follows_the_running_preset(panel: ConfidencePanel, choice: PresetChoice) -> None:
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
    qtbot: QtBot, panel: ConfidencePanel, threshold: Threshold, choice: PresetChoice
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
