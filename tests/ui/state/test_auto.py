"""Auto's state."""

from pedcam.ui.state.auto import AutoState


def test_switching_and_other_rates_are_changes_and_repeating_is_none() -> None:
    auto, changes = AutoState(), []
    auto.subscribe(lambda: changes.append((auto.enabled, auto.target_rate)))
    assert auto.set(True, 30.0)
    assert not auto.set(True, 30.0)
    assert auto.set(True, None)
    assert auto.set(False, None)
    assert changes == [(True, 30.0), (True, None), (False, None)]


def test_rates_are_kept_within_what_can_be_chosen() -> None:
    auto = AutoState()
    auto.set(True, 1000.0)
    assert auto.target_rate == 120
    auto.set(True, 0.5)
    assert auto.target_rate == 5


def test_a_reason_lasts_until_something_else_is_wanted() -> None:
    auto = AutoState()
    auto.tell("while it is off nothing is told")
    assert auto.reason == ""
    auto.set(True, None)
    auto.tell("one preset deeper")
    assert auto.reason == "one preset deeper"
    auto.set(True, 30.0)
    assert auto.reason == ""
