import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from pytestqt.qtbot import QtBot

from pedcam.ui.start.start_page import Offer, StartPage


@pytest.mark.parametrize("way", ["click", "enter", "space"])
def test_every_offer_triggers_its_action(qtbot: QtBot, way: str) -> None:
    actions = [QAction(f"{number}") for number in range(3)]
    page = StartPage([Offer(action, f"Offer {action.text()}", "why", "file") for action in actions])
    qtbot.addWidget(page)
    page.show()
    for button, action in zip(page.buttons, actions, strict=True):
        assert button.accessibleName() == f"Offer {action.text()}"
        assert button.accessibleDescription() == "why"
        with qtbot.waitSignal(action.triggered):
            if way == "click":
                qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            else:
                key = Qt.Key.Key_Return if way == "enter" else Qt.Key.Key_Space
                qtbot.keyClick(button, key)
