"""The choice of how closely to look, and what it costs."""

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.detect.detail import Detail
from pedcam.ui.presets.detail_row import DetailRow
from pedcam.ui.presets.selection import PresetSelection
from tests.ui.conftest import PRESETS


@pytest.fixture
def choice() -> PresetSelection:
    made = PresetSelection(PRESETS, "half")
    made.mark_searched((640, 480), 0)
    return made


@pytest.fixture
def row(qtbot: QtBot, choice: PresetSelection) -> DetailRow:
    made = DetailRow(choice)
    qtbot.addWidget(made)
    made.chosen.connect(choice.set_detail)
    return made


def test_what_is_chosen_and_what_it_costs(
    qtbot: QtBot, row: DetailRow, choice: PresetSelection
) -> None:
    assert row.choice.currentText() == "Whole picture"
    assert row.price.text() == "Finer finds people farther away, and is slower."
    row.choice.setFocus()
    qtbot.keyClick(row.choice, Qt.Key.Key_End)
    assert choice.detail is Detail.FINEST
    # A square input: three of 64 pixels see 134.4 for 640, of which two have room for 480.
    assert row.price.text() == "7 parts of each picture: about 7 times the time."
    choice.set_detail(Detail.FINER)
    assert row.choice.currentText() == "Finer"
    assert "5 parts" in row.price.text()


def test_automatic_costs_what_the_latest_picture_did(
    row: DetailRow, choice: PresetSelection
) -> None:
    choice.set_detail(Detail.AUTO)
    assert row.price.text().startswith("Finer finds")
    choice.mark_searched((640, 480), 2)
    assert "5 parts" in row.price.text()
    # A picture of before the choice says nothing of what it costs.
    choice.set_detail(Detail.WHOLE)
    choice.mark_searched((640, 480), 2)
    assert row.price.text().startswith("Finer finds")


def test_a_panorama_is_worth_a_hint(row: DetailRow, choice: PresetSelection) -> None:
    choice.mark_searched((6400, 640), 0)
    assert "Automatic finds more" in row.price.text()
    choice.set_detail(Detail.AUTO)
    # Steps of 35.2 pixels of 64 along 640, and the whole.
    assert "19 parts" in row.price.text()
