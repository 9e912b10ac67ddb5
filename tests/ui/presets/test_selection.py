from collections.abc import Sequence
from dataclasses import replace

import pytest

from pedcam.detect.presets import Preset
from pedcam.ui.presets.selection import AutoState, Condition, PresetSelection, Threshold
from tests.factories import fake_preset


def of_depth(like: Preset, name: str, depth: int) -> Preset:
    return replace(like, info=replace(like.info, name=name, depth=depth))


@pytest.fixture
def choice(presets: Sequence[Preset]) -> PresetSelection:
    made = PresetSelection(presets, "half")
    for preset in presets:
        made.mark_ready(preset.name, "cpu")
    return made


def test_one_more_preset(choice: PresetSelection, presets: Sequence[Preset]) -> None:
    heard: list[int] = []
    choice.subscribe(lambda: heard.append(len(choice.presets)))
    new = of_depth(presets[0], "new", 20)
    choice.set_presets([*presets, new])
    assert heard == [4]
    assert choice.find("new") is new
    assert choice.condition("new") is Condition.LOADING
    assert choice.condition("float") is Condition.READY
    assert choice.selected == "half"


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
    choice = PresetSelection(presets, chosen)
    choice.set_presets([preset for preset in presets if preset.name in left])
    assert choice.selected == expected


def test_the_one_chosen_before_is_known(choice: PresetSelection) -> None:
    assert choice.previous is None
    choice.select("full")
    choice.select("full")
    assert (choice.previous, choice.selected) == ("half", "full")
    choice.mark_failed("full", "broken")
    assert (choice.previous, choice.selected) == ("full", "half")


def test_nothing_that_failed_is_chosen_instead(
    choice: PresetSelection, presets: Sequence[Preset]
) -> None:
    choice.mark_failed("float", "broken")
    choice.set_presets([preset for preset in presets if preset.name != "half"])
    assert choice.selected == "full"


def test_the_first_preset_of_all_is_chosen(presets: Sequence[Preset]) -> None:
    choice = PresetSelection(())
    choice.set_presets(presets[:1])
    assert choice.selected == "float"


def test_another_file_of_the_same_name_is_loaded_anew(
    choice: PresetSelection, presets: Sequence[Preset]
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
    choice: PresetSelection, presets: Sequence[Preset]
) -> None:
    choice.mark_failed("full", "broken")
    choice.set_presets(presets[:1])
    assert choice.error("full") == ""
    assert choice.provider("half") == ""
    choice.set_presets(presets)
    assert choice.condition("half") is Condition.LOADING


def test_forgetting_the_readiness(choice: PresetSelection) -> None:
    choice.mark_failed("full", "broken")
    choice.forget_readiness()
    assert choice.condition("half") is Condition.LOADING
    assert choice.condition("full") is Condition.LOADING
    assert (choice.error("full"), choice.provider("half")) == ("", "")
    assert choice.selected == "half"


def test_after_all_had_failed_there_is_a_choice_again(choice: PresetSelection) -> None:
    for name in ("float", "half", "full"):
        choice.mark_failed(name, "There is no GPU.")
    assert choice.selected is None
    choice.forget_readiness()
    assert choice.selected == "full"


def test_switching_and_other_rates_are_changes_and_repeating_is_none() -> None:
    auto, changes = AutoState(), []
    auto.subscribe(lambda: changes.append((auto.enabled, auto.target_rate)))
    auto.set(True, 30.0)
    auto.set(True, 30.0)
    auto.set(True, None)
    auto.set(False, None)
    assert changes == [(True, 30.0), (True, None), (False, None)]


def test_rates_are_kept_within_what_can_be_chosen() -> None:
    auto = AutoState()
    auto.set(True, 1000.0)
    assert auto.target_rate == 120
    auto.set(True, 0.5)
    assert auto.target_rate == 5


def test_a_reason_lasts_until_something_else_is_wanted() -> None:
    auto = AutoState()
    auto.set_reason("while it is off nothing is told")
    assert auto.reason == ""
    auto.set(True, None)
    auto.set_reason("one preset deeper")
    assert auto.reason == "one preset deeper"
    auto.set(True, 30.0)
    assert auto.reason == ""


@pytest.fixture
def unready(presets: Sequence[Preset]) -> PresetSelection:
    return PresetSelection(presets, "half")


def test_the_deepest_preset_is_chosen_without_a_wish(presets: Sequence[Preset]) -> None:
    assert PresetSelection(presets).selected == "full"
    assert PresetSelection(presets, "no such preset").selected == "full"
    assert PresetSelection([]).selected is None


def test_conditions_of_a_preset(unready: PresetSelection) -> None:
    assert unready.condition("float") is Condition.LOADING
    unready.mark_ready("float", "cuda")
    assert unready.condition("float") is Condition.READY
    assert unready.provider("float") == "cuda"
    unready.mark_running("float")
    assert unready.condition("float") is Condition.RUNNING
    unready.mark_failed("half", "broken")
    assert unready.condition("half") is Condition.FAILED
    assert unready.error("half") == "broken"


@pytest.mark.parametrize(
    ("name", "possible"), [("float", True), ("half", False), ("missing", False), ("full", False)]
)
def test_choosing(unready: PresetSelection, name: str, possible: bool) -> None:
    unready.mark_failed("full", "broken")
    assert unready.select(name) is possible
    assert unready.selected == (name if possible else "half")


def test_a_chosen_preset_that_fails_is_replaced_by_the_nearest(unready: PresetSelection) -> None:
    unready.mark_failed("float", "broken")
    assert unready.selected == "half"
    unready.mark_failed("half", "broken")
    assert unready.selected == "full"
    unready.mark_failed("full", "broken")
    assert unready.selected is None


def test_watchers_hear_of_changes_only(unready: PresetSelection) -> None:
    heard: list[str | None] = []
    unready.subscribe(lambda: heard.append(unready.selected))
    unready.select("float")
    unready.select("float")
    unready.mark_running("float")
    unready.mark_running("float")
    assert heard == ["float", "float"]


@pytest.mark.parametrize(("value", "kept"), [(0.25, 0.25), (-1.0, 0.0), (7.0, 1.0), (None, None)])
def test_threshold_is_clipped(value: float | None, kept: float | None) -> None:
    threshold = Threshold()
    assert threshold.set(value) is (value is not None)
    assert threshold.override == kept
    assert threshold.set(kept) is False


class TestSizes:
    @pytest.fixture
    def choice(self) -> PresetSelection:
        sizes = {(128, 96): None, (96, 64): None}
        presets = [fake_preset("a", 0, sizes=sizes), fake_preset("b", 9, sizes={(96, 64): None})]
        return PresetSelection([*presets, fake_preset("c", 28)], "a")

    def test_a_preset_has_them_from_small_to_large(self, choice: PresetSelection) -> None:
        assert [one.name for one in choice.presets] == ["a", "b", "c"]
        assert [one.name for one in choice.sizes] == ["a", "a@96x64", "a@128x96"]
        assert choice.select("a@96x64")
        assert [one.name for one in choice.sizes] == ["a", "a@96x64", "a@128x96"]
        choice.mark_failed("a@128x96", "no memory")
        assert [one.name for one in choice.sizes] == ["a", "a@96x64"]

    def test_another_depth_keeps_the_size_where_it_has_it(self, choice: PresetSelection) -> None:
        choice.select("a@96x64")
        assert [choice.at_size(one).name for one in choice.presets] == ["a@96x64", "b@96x64", "c"]
        choice.select("a@128x96")
        assert [choice.at_size(one).name for one in choice.presets] == ["a@128x96", "b", "c"]

    def test_it_is_ready_and_fails_with_its_preset(self, choice: PresetSelection) -> None:
        choice.select("a@96x64")
        assert choice.condition("a@96x64") is Condition.LOADING
        choice.mark_ready("a", "cuda")
        assert choice.condition("a@96x64") is Condition.READY
        assert choice.provider("a@96x64") == "cuda"
        choice.mark_failed("a", "broken")
        assert choice.error("a@96x64") == "broken"
        assert choice.selected == "b@96x64"
        choice.mark_failed("b@96x64", "no memory")
        assert choice.condition("b") is Condition.LOADING
        assert choice.selected == "b"

    def test_it_goes_with_its_file(self, choice: PresetSelection) -> None:
        choice.select("a@96x64")
        choice.set_presets(choice.presets[1:])
        assert choice.selected == "b@96x64"
        assert choice.find("a@96x64") is None
