from collections.abc import Sequence

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.ui.panels.preset_list import PresetList
from pedcam.ui.state.presets import Condition, PresetChoice


@pytest.fixture
def choice(presets: Sequence[Preset]) -> PresetChoice:
    return PresetChoice(presets, "half")


@pytest.fixture
def widget(qtbot: QtBot, choice: PresetChoice) -> PresetList:
    made = PresetList(choice)
    qtbot.addWidget(made)
    made.resize(280, 400)
    made.show()
    return made


def test_every_preset_says_what_it_is(widget: PresetList) -> None:
    assert [card.text() for card in widget.cards] == [
        "Title of float",
        "Title of half",
        "Title of full",
    ]
    tip = widget.cards[1].toolTip()
    assert "14 of 28 layers binary · 1.2 MB" in tip
    assert "Press 2" in tip
    assert widget.cards[1].accessibleName() == "Title of half"
    assert "loading" in widget.cards[1].accessibleDescription()


def test_the_cards_follow_the_choice(widget: PresetList, choice: PresetChoice) -> None:
    assert [card.isChecked() for card in widget.cards] == [False, True, False]
    choice.mark_ready("half", "cpu")
    choice.mark_running("half")
    choice.mark_failed("full", "It is broken.")
    choice.choose("float")
    assert [card.condition for card in widget.cards] == [
        Condition.LOADING,
        Condition.RUNNING,
        Condition.FAILED,
    ]
    assert [card.isChecked() for card in widget.cards] == [True, False, False]
    assert not widget.cards[2].isEnabled()
    assert "It is broken." in widget.cards[2].toolTip()


@pytest.mark.parametrize("way", ["click", "enter"])
def test_picking_a_card(qtbot: QtBot, widget: PresetList, choice: PresetChoice, way: str) -> None:
    with qtbot.waitSignal(widget.chosen) as picked:
        if way == "click":
            qtbot.mouseClick(widget.cards[2], Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(widget.cards[2], Qt.Key.Key_Return)
    assert picked.args == ["full"]
    # The list only asks; what is chosen is for the state to say.
    assert choice.chosen == "half"


def test_each_condition_looks_different(widget: PresetList, choice: PresetChoice) -> None:
    looks = []
    card = widget.cards[0]
    for change in (
        lambda: None,
        lambda: choice.mark_ready("float", "cpu"),
        lambda: choice.choose("float"),
        lambda: choice.mark_running("float"),
        lambda: choice.mark_failed("float", "broken"),
    ):
        change()
        looks.append(card.grab().toImage())
    assert all(look != other for i, look in enumerate(looks) for other in looks[:i])


def test_the_title_keeps_its_line_while_loading(
    widget: PresetList, choice: PresetChoice, presets: Sequence[Preset]
) -> None:
    card = widget.cards[2]

    def title_end() -> int:
        image = card.grab().toImage()
        paper = image.pixel(image.width() - 20, 6)
        line = range(12, 22)  # through the middle of the title
        inked = (
            x
            for x in range(60, image.width() - 12)
            if any(image.pixel(x, y) != paper for y in line)
        )
        return max(inked)

    while_loading = title_end()
    choice.mark_ready(presets[2].name, "cpu")
    # Bold text in another colour may end a pixel earlier.
    assert abs(title_end() - while_loading) <= 1


def test_without_presets_it_says_so(qtbot: QtBot) -> None:
    widget = PresetList(PresetChoice([]))
    qtbot.addWidget(widget)
    assert widget.cards == []


def test_only_nine_presets_have_keys(qtbot: QtBot, presets: Sequence[Preset]) -> None:
    widget = PresetList(PresetChoice([presets[0]] * 10))
    qtbot.addWidget(widget)
    assert "Press 9" in widget.cards[8].toolTip()
    assert "Press" not in widget.cards[9].toolTip()
