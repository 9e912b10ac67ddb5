"""Auto's switch."""

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.ui.panels.tradeoff_auto import TradeoffAuto
from pedcam.ui.state.auto import AutoState


@pytest.fixture
def auto() -> AutoState:
    return AutoState()


@pytest.fixture
def panel(qtbot: QtBot, auto: AutoState) -> TradeoffAuto:
    made = TradeoffAuto(auto)
    qtbot.addWidget(made)
    return made


def test_the_switch_says_what_to_hold(qtbot: QtBot, panel: TradeoffAuto) -> None:
    with qtbot.waitSignal(panel.auto_changed) as caught:
        panel.switch.click()
    assert caught.args == [True, None]
    with qtbot.waitSignal(panel.auto_changed) as caught:
        panel.rate.setValue(30)
    assert caught.args == [True, 30.0]
    with qtbot.waitSignal(panel.auto_changed) as caught:
        panel.switch.click()
    assert caught.args == [False, 30.0]


def test_the_lowest_rate_is_the_sources_and_buttons_step(qtbot: QtBot, panel: TradeoffAuto) -> None:
    assert panel.rate.text() == "as the source"
    with qtbot.waitSignal(panel.auto_changed) as caught:
        qtbot.mouseClick(panel.up, Qt.MouseButton.LeftButton)
    assert caught.args == [False, 5.0]
    assert panel.rate.text() == "5 frames/s"
    with qtbot.waitSignal(panel.auto_changed) as caught:
        qtbot.mouseClick(panel.down, Qt.MouseButton.LeftButton)
    assert caught.args == [False, None]


def test_it_follows_without_telling(qtbot: QtBot, panel: TradeoffAuto, auto: AutoState) -> None:
    with qtbot.assertNotEmitted(panel.auto_changed):
        auto.set(True, 60.0)
    assert panel.switch.isChecked()
    assert panel.rate.value() == 60
    assert panel.reason.text() == "Holding 60 frames/s. No move was needed so far."
    auto.tell("24 frames/s of the 60 wanted: one preset deeper")
    assert panel.reason.text() == (
        "Holding 60 frames/s. Last move: 24 frames/s of the 60 wanted: one preset deeper."
    )
    auto.set(False, 60.0)
    assert panel.reason.text() == "Off: the preset stays the one that you choose."
