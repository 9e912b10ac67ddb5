"""What presets say of their accuracy, and the one that is used by default."""

from dataclasses import replace
from typing import Any

import pytest

from pedcam.detect.accuracy import default_preset, known_number
from pedcam.detect.presets import Preset
from tests.factories import fake_preset


def preset(name: str, depth: int, *rows: dict[str, Any]) -> Preset:
    made = fake_preset(name, depth)
    return replace(made, info=replace(made.info, evaluation=rows))


def on_street(found: float) -> dict[str, Any]:
    return {"data": "street", "images": 9, "found": found}


def test_the_default_is_the_binarized_preset_that_finds_most() -> None:
    real, shallow = preset("a", 0, on_street(0.9)), preset("b", 12, on_street(0.8))
    deep, better = preset("c", 28, on_street(0.6)), preset("d", 19, on_street(0.85))
    assert default_preset([real, shallow, deep, better]) is better
    # Whatever was measured on other pictures is no reason to take it.
    other = preset("e", 23, {"data": "easy", "images": 9, "found": 1.0})
    assert default_preset([real, shallow, deep, better, other]) is better


def test_of_two_that_find_as_many_the_default_has_fewer_false_alarms() -> None:
    alarming = preset("a", 12, on_street(0.9) | {"false_alarms": 0.3})
    calm = preset("b", 19, on_street(0.9) | {"false_alarms": 0.2})
    silent = preset("c", 23, on_street(0.9))  # about its false alarms
    assert default_preset([alarming, calm, silent]) is calm


def test_the_default_is_the_deepest_where_nothing_is_known() -> None:
    real, shallow, deep = preset("a", 0), preset("b", 12), preset("c", 28)
    assert default_preset([real, shallow, deep]) is deep
    assert default_preset([real]) is real
    assert default_preset([]) is None
    assert default_preset([replace(real), preset("f", 0, on_street(1.0)), deep]) is deep


@pytest.mark.parametrize("value", [None, "0.2", True, -0.1, 1.1, float("nan"), [1]])
def test_numbers_of_strangers(value: object) -> None:
    assert known_number(value, 1) is None
    assert known_number(1, 1) == 1.0
