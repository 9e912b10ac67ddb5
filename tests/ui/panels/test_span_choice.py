from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from pedcam.ui.panels.span_choice import SpanChoice


def test_a_click_chooses(qtbot: QtBot) -> None:
    choice = SpanChoice()
    qtbot.addWidget(choice)
    assert choice.minutes == 1
    buttons = choice.findChildren(QPushButton)
    assert [button.text() for button in buttons] == ["1 min", "10 min", "60 min"]
    with qtbot.waitSignal(choice.chosen) as heard:
        qtbot.mouseClick(buttons[2], Qt.MouseButton.LeftButton)
    assert heard.args == [60]
    assert choice.minutes == 60


def test_it_can_be_set_without_a_word(qtbot: QtBot) -> None:
    choice = SpanChoice()
    qtbot.addWidget(choice)
    with qtbot.assertNotEmitted(choice.chosen):
        choice.set_minutes(10)
        choice.set_minutes(11)
    assert choice.minutes == 10
