"""The buttons of the input sizes."""

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.ui.presets.selection import PresetSelection
from pedcam.ui.presets.size_row import SizeRow
from tests.factories import fake_preset

SIZED = fake_preset("net-19", 19, sizes={(128, 96): None, (96, 64): None})


@pytest.fixture
def choice() -> PresetSelection:
    return PresetSelection([SIZED, fake_preset("net-28", 28)], "net-19")


@pytest.fixture
def row(qtbot: QtBot, choice: PresetSelection) -> SizeRow:
    made = SizeRow(choice)
    qtbot.addWidget(made)
    made.chosen.connect(choice.select)
    return made


def checked(row: SizeRow) -> list[tuple[str, bool]]:
    return [
        (button.text().replace(" \N{MULTIPLICATION SIGN} ", "x"), button.isChecked())
        for button in row.buttons
    ]


def test_a_button_per_size(qtbot: QtBot, row: SizeRow, choice: PresetSelection) -> None:
    assert checked(row) == [("64x64", True), ("96x64", False), ("128x96", False)]
    qtbot.mouseClick(row.buttons[2], Qt.MouseButton.LeftButton)
    assert choice.selected == "net-19@128x96"
    assert checked(row) == [("64x64", False), ("96x64", False), ("128x96", True)]
    choice.select("net-19@96x64")
    assert checked(row) == [("64x64", False), ("96x64", True), ("128x96", False)]


def test_a_preset_with_one_size_has_no_choice(row: SizeRow, choice: PresetSelection) -> None:
    choice.select("net-28")
    (button,) = row.buttons
    assert button.isChecked()
    assert not button.isEnabled()
    assert "one input size only" in button.toolTip()
    assert not row.isHidden()


def test_it_is_hidden_where_nobody_has_a_choice(row: SizeRow, choice: PresetSelection) -> None:
    choice.set_presets([fake_preset("net-28", 28)])
    assert row.isHidden()
    choice.set_presets([SIZED])
    assert not row.isHidden()
