"""What the chart says about a preset."""

from dataclasses import replace

import pytest

from pedcam.ui.panels.tradeoff_points import Point, Quality, Yardstick
from pedcam.ui.panels.tradeoff_words import explain, milliseconds, state
from pedcam.ui.state.presets import Condition
from tests.ui.conftest import make_preset

VALIDATION = Yardstick(Quality.MISS_RATE, "validation", 671)
PRESET = make_preset("net-19", 19, 0.4, 2_135_414)
POINT = Point(
    preset=replace(PRESET, info=replace(PRESET.info, ratio_file=7.99)),
    key="3",
    label="19",
    condition=Condition.READY,
    error="",
    chosen=False,
    detect_ms=38.6,
    rate=31.2,
    live_ms=None,
    quality=34.94,
)


def test_everything_is_explained() -> None:
    assert explain(POINT, VALIDATION) == [
        "Title of net-19",
        "19 of 28 layers binary · 2.1 MB, 8.0\N{MULTIPLICATION SIGN} smaller",
        "39 ms per picture · 31 frames/s",
        "misses 34.9 % of people (data “validation”, 671 pictures)",
        "Click, or press 3, to switch",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"detect_ms": None, "rate": None}, "speed not measured yet"),
        ({"detect_ms": None, "live_ms": 41.0}, "speed not measured yet · 41 ms just now"),
        ({"quality": None}, "accuracy not measured"),
        ({"condition": Condition.RUNNING}, "Running now"),
        ({"condition": Condition.FAILED, "error": "It is broken."}, "It is broken."),
        ({"key": ""}, "Click to switch"),
    ],
)
def test_what_is_not_known_or_not_possible_is_said(changes: dict[str, object], words: str) -> None:
    assert words in explain(replace(POINT, **changes), VALIDATION)


def test_precision_and_the_users_own_pictures_are_named() -> None:
    lines = explain(POINT, Yardstick(Quality.AP50, "", 0))
    assert "average precision 34.9 % (measured on your pictures)" in lines


@pytest.mark.parametrize(("value", "words"), [(0.84, "0.8"), (9.96, "10.0"), (38.6, "39")])
def test_short_times_have_a_decimal(value: float, words: str) -> None:
    assert milliseconds(value) == words


def test_states_are_words() -> None:
    assert state(POINT) == ""
    assert state(replace(POINT, chosen=True)) == "switching…"
    assert state(replace(POINT, condition=Condition.FAILED)) == "cannot run"
