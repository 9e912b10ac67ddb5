from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from pedcam.ui.rules.choice_blank import ChoiceBlank


def test_it_shows_the_choice_and_offers_all(qtbot: QtBot) -> None:
    blank = ChoiceBlank("Direction", {"in": "inwards", "out": "outwards"})
    qtbot.addWidget(blank)
    spy = QSignalSpy(blank.chosen)
    blank.show_choice("out")
    assert blank.text() == "outwards"
    assert blank.accessibleName() == "Direction: outwards"
    assert [action.text() for action in blank.choices.values()] == ["inwards", "outwards"]
    assert [action.isChecked() for action in blank.choices.values()] == [False, True]
    assert len(spy) == 0


def test_enter_opens_the_menu_and_chooses(qtbot: QtBot) -> None:
    blank = ChoiceBlank("Direction", {"in": "inwards", "out": "outwards"})
    qtbot.addWidget(blank)
    blank.show_choice("in")
    blank.show()
    menu = blank.menu()
    assert menu is not None
    spy = QSignalSpy(blank.chosen)
    menu.aboutToShow.connect(lambda: menu.setActiveAction(blank.choices["out"]))
    menu.popup(blank.mapToGlobal(blank.rect().bottomLeft()))
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert spy[0] == ["out"]
