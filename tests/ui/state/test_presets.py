from collections.abc import Sequence
from dataclasses import replace

import pytest

from pedcam.detect.presets import Preset
from pedcam.ui.state.presets import Condition, PresetChoice


def of_depth(like: Preset, name: str, depth: int) -> Preset:
    return replace(like, info=replace(like.info, name=name, depth=depth))


@pytest.fixture
def choice(presets: Sequence[Preset]) -> PresetChoice:
    made = PresetChoice(presets, "half")
    for preset in presets:
        made.mark_ready(preset.name, "cpu")
    return made


def test_one_more_preset(choice: PresetChoice, presets: Sequence[Preset]) -> None:
    heard: list[int] = []
    choice.subscribe(lambda: heard.append(len(choice.presets)))
    new = of_depth(presets[0], "new", 20)
    choice.set_presets([*presets, new])
    assert heard == [4]
    assert choice.find("new") is new
    assert choice.condition("new") is Condition.LOADING
    assert choice.condition("float") is Condition.READY
    assert choice.chosen == "half"


@pytest.mark.parametrize(
    ("chosen", "left", "expected"),
    [
        # Of depths 0, 14 and 28.
        ("half", ["float", "full"], "float"),
        ("full", ["float", "half"], "half"),
        ("float", ["half", "full"], "half"),
        ("half", ["full"], "full"),
        ("half", [], None),
        ("half", ["half"], "half"),
    ],
)
def test_what_is_chosen_instead_of_a_preset_that_is_gone(
    presets: Sequence[Preset], chosen: str, left: list[str], expected: str | None
) -> None:
    choice = PresetChoice(presets, chosen)
    choice.set_presets([preset for preset in presets if preset.name in left])
    assert choice.chosen == expected


def test_nothing_that_failed_is_chosen_instead(
    choice: PresetChoice, presets: Sequence[Preset]
) -> None:
    choice.mark_failed("float", "broken")
    choice.set_presets([preset for preset in presets if preset.name != "half"])
    assert choice.chosen == "full"


def test_the_first_preset_of_all_is_chosen(presets: Sequence[Preset]) -> None:
    choice = PresetChoice(())
    choice.set_presets(presets[:1])
    assert choice.chosen == "float"


def test_another_file_of_the_same_name_is_loaded_anew(
    choice: PresetChoice, presets: Sequence[Preset]
) -> None:
    choice.mark_failed("full", "broken")
    choice.set_presets([presets[0], *(of_depth(preset, preset.name, 7) for preset in presets[1:])])
    assert [choice.condition(name) for name in ("float", "half", "full")] == [
        Condition.READY,
        Condition.LOADING,
        Condition.LOADING,
    ]
    assert choice.error("full") == ""


def test_what_is_known_of_a_preset_goes_with_it(
    choice: PresetChoice, presets: Sequence[Preset]
) -> None:
    choice.mark_failed("full", "broken")
    choice.set_presets(presets[:1])
    assert choice.error("full") == ""
    assert choice.provider("half") == ""
    choice.set_presets(presets)
    assert choice.condition("half") is Condition.LOADING


def test_forgetting_the_readiness(choice: PresetChoice) -> None:
    choice.mark_failed("full", "broken")
    choice.forget_readiness()
    assert choice.condition("half") is Condition.LOADING
    assert choice.condition("full") is Condition.LOADING
    assert (choice.error("full"), choice.provider("half")) == ("", "")
    assert choice.chosen == "half"


def test_after_all_had_failed_there_is_a_choice_again(choice: PresetChoice) -> None:
    for name in ("float", "half", "full"):
        choice.mark_failed(name, "There is no GPU.")
    assert choice.chosen is None
    choice.forget_readiness()
    assert choice.chosen == "full"
