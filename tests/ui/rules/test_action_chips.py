import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from pedcam.ui.rules.action_chips import ActionChips
from pedcam.video.people.rules import Action


@pytest.fixture
def chips(qtbot: QtBot) -> ActionChips:
    made = ActionChips()
    qtbot.addWidget(made)
    made.show()
    return made


def test_there_is_a_chip_for_every_action(chips: ActionChips) -> None:
    assert set(chips.chips) == set(Action)
    for chip in chips.chips.values():
        assert chip.accessibleName()
        assert chip.toolTip()


def test_those_that_are_on_say_their_names(chips: ActionChips) -> None:
    spy = QSignalSpy(chips.edited)
    chips.show_actions({Action.NOTIFY, Action.CLIP})
    on = {action: chip.text() for action, chip in chips.chips.items() if chip.isChecked()}
    assert on == {Action.NOTIFY: "Notify", Action.CLIP: "Clip"}
    assert [chip.text() for chip in chips.chips.values() if not chip.isChecked()] == ["", "", ""]
    assert len(spy) == 0


def test_a_click_switches_an_action(qtbot: QtBot, chips: ActionChips) -> None:
    chips.show_actions({Action.NOTIFY})
    with qtbot.waitSignal(chips.edited) as edited:
        qtbot.mouseClick(chips.chips[Action.CLIP], Qt.MouseButton.LeftButton)
    assert edited.args == [frozenset({Action.NOTIFY, Action.CLIP})]
    with qtbot.waitSignal(chips.edited) as edited:
        qtbot.keyClick(chips.chips[Action.NOTIFY], Qt.Key.Key_Return)
    assert edited.args == [frozenset({Action.CLIP})]
