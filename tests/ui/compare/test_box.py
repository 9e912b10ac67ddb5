from collections.abc import Sequence
from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QStandardItemModel
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.ui.compare.box import CompareBox, other_preset
from pedcam.ui.compare.state import ComparisonState, Layout
from pedcam.ui.presets.selection import PresetSelection


@pytest.fixture
def choice(presets: Sequence[Preset]) -> PresetSelection:
    return PresetSelection(presets, "half")


@pytest.fixture
def state() -> ComparisonState:
    return ComparisonState()


@pytest.fixture
def box(qtbot: QtBot, choice: PresetSelection, state: ComparisonState) -> CompareBox:
    made = CompareBox(choice, state)
    qtbot.addWidget(made)
    made.resize(320, 160)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.mark.parametrize(
    ("chosen", "before", "other"),
    [
        # Of depths 0, 14 and 28 the farthest; float and full are as far from half.
        ("float", None, "full"),
        ("full", None, "float"),
        ("half", None, "float"),
        ("half", "full", "full"),
        # What was compared before runs now, or is gone.
        ("full", "full", "float"),
        ("float", "gone", "full"),
    ],
)
def test_what_to_compare_with(
    presets: Sequence[Preset], chosen: str, before: str | None, other: str
) -> None:
    assert other_preset(PresetSelection(presets, chosen), before) == other


@pytest.mark.parametrize("number", [0, 1])
def test_nothing_to_compare_with(presets: Sequence[Preset], number: int) -> None:
    assert other_preset(PresetSelection(presets[:number])) is None


def test_one_that_cannot_run_is_not_compared_with(choice: PresetSelection) -> None:
    choice.mark_failed("float", "broken")
    assert other_preset(choice) == "full"
    assert other_preset(choice, "float") == "full"
    choice.mark_failed("full", "broken")
    assert other_preset(choice) is None


def test_presets_are_listed(box: CompareBox) -> None:
    entries = [box.other.itemText(row) for row in range(box.other.count())]
    assert entries == ["Nothing", "Title of float", "Title of half", "Title of full"]
    assert box.other.currentText() == "Nothing"
    assert not box.divider.isVisible()
    assert not box.legend.isVisible()


def test_choosing(qtbot: QtBot, box: CompareBox) -> None:
    wanted: list[object] = []
    box.compare_wanted.connect(wanted.append)
    box.other.setFocus()
    for key in (Qt.Key.Key_End, Qt.Key.Key_Home):
        qtbot.keyClick(box.other, key)
    assert wanted == ["full", None]


def test_the_one_that_runs_cannot_be_chosen(
    qtbot: QtBot, box: CompareBox, choice: PresetSelection, state: ComparisonState
) -> None:
    def possible() -> list[bool]:
        model = box.other.model()
        assert isinstance(model, QStandardItemModel)
        items = [model.item(row) for row in range(model.rowCount())]
        return [item is not None and item.isEnabled() for item in items]

    box.compare_wanted.connect(state.set_other)
    assert possible() == [True, True, False, True]
    others = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(box.other, key)
        others.append(state.other)
    # Half is passed over.
    assert others == ["float", "full", "float"]
    choice.select("full")
    assert possible() == [True, True, True, False]


def test_it_follows_the_state(box: CompareBox, state: ComparisonState) -> None:
    wanted: list[object] = []
    box.compare_wanted.connect(wanted.append)
    state.set_other("full")
    assert box.other.currentText() == "Title of full"
    assert box.divider.isVisible()
    assert box.legend.isVisible()
    state.set_layout(Layout.DIVIDER)
    assert box.divider.isChecked()
    state.set_other(None)
    assert box.other.currentText() == "Nothing"
    assert not box.divider.isVisible()
    assert wanted == []


def test_the_layout(qtbot: QtBot, box: CompareBox, state: ComparisonState) -> None:
    state.set_other("full")
    box.divider.click()
    assert state.layout is Layout.DIVIDER
    box.divider.click()
    assert state.layout is Layout.SIDE_BY_SIDE


def test_on_and_off_with_the_one_before(box: CompareBox, state: ComparisonState) -> None:
    box.compare_wanted.connect(state.set_other)
    box.toggle()
    assert state.other == "float"
    state.set_other("full")
    box.toggle()
    assert state.other is None
    box.toggle()
    assert state.other == "full"


def test_presets_come_and_go(
    box: CompareBox, choice: PresetSelection, state: ComparisonState, presets: Sequence[Preset]
) -> None:
    state.set_other("full")
    new = replace(presets[0], info=replace(presets[0].info, name="new", title="New"))
    choice.set_presets([*presets, new])
    assert box.other.itemText(4) == "New"
    assert box.other.currentText() == "Title of full"
    choice.set_presets(presets[:2])
    assert box.other.count() == 3
