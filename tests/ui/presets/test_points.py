"""What the chart shows of each preset."""

from dataclasses import replace
from typing import Any

import pytest

from pedcam.detect.accuracy import DataSet
from pedcam.detect.detail import Detail
from pedcam.detect.presets import Preset
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.points import (
    Point,
    duration,
    explain,
    family,
    short_titles,
    speed,
    state,
    tradeoff,
)
from pedcam.ui.presets.selection import Condition, PresetSelection
from tests.factories import fake_preset as make_preset
from tests.ui.conftest import PRESETS

VALIDATION = DataSet("validation", 671)
PRESET = make_preset("net-19", 19, 0.4, 2_135_414)
POINT = Point(
    preset=replace(PRESET, info=replace(PRESET.info, ratio_file=7.99)),
    key="3",
    label="19",
    condition=Condition.READY,
    error="",
    selected=False,
    detect_ms=38.6,
    rate=31.2,
    found=65.06,
    false_alarms=29.6,
)


def evaluated(preset: Preset, *rows: dict[str, Any]) -> Preset:
    return replace(preset, info=replace(preset.info, evaluation=rows))


def row(data: str, images: int = 10, **values: object) -> dict[str, Any]:
    return {"data": data, "images": images, **values}


def choice(*presets: Preset) -> PresetSelection:
    return PresetSelection(presets)


def measured() -> Measurements:
    measurements = Measurements()
    row = {"file_bytes": FLOAT.file_bytes, "provider": "cpu", "inference_ms": 20.0}
    measurements.set_rows({"float": row}, {})
    return measurements


FLOAT, HALF, FULL = PRESETS


def test_the_data_set_of_most_presets_is_shared() -> None:
    shown = tradeoff(
        choice(
            evaluated(FLOAT, row("a", found=0.8), row("b", found=0.7, false_alarms=0.31)),
            evaluated(HALF, row("b", found=0.75)),
            evaluated(FULL, row("b", 11, found=0.9)),
        ),
        Measurements(),
    )
    assert shown.data == DataSet("b", 10)
    # Another number of pictures is another data set of the same name.
    assert [point.found for point in shown.points] == [70.0, 75.0, None]
    assert [point.false_alarms for point in shown.points] == [31.0, None, None]


@pytest.mark.parametrize("value", [None, "0.2", True, -0.1, 1.1, float("nan")])
def test_impossible_values_are_no_accuracy(value: object) -> None:
    shown = tradeoff(choice(evaluated(FLOAT, row("a", found=value))), Measurements())
    assert shown.data is None
    assert shown.points[0].found is None


def test_speeds_keys_and_conditions_are_taken_over() -> None:
    presets = choice(FLOAT, HALF, *(make_preset(f"p{n}", n, 0.5) for n in range(15, 23)))
    presets.mark_failed("half", "broken")
    presets.mark_ready("float", "cpu")
    presets.mark_running("float")
    shown = tradeoff(presets, measured())
    first, second = shown.points[:2]
    assert (first.detect_ms, second.detect_ms) == (20.0, None)
    assert [point.key for point in shown.points] == [*"123456789", ""]
    assert (second.condition, second.error, second.usable) == (Condition.FAILED, "broken", False)
    assert shown.current is first


def test_the_chosen_one_is_current_until_one_runs() -> None:
    presets = choice(*PRESETS)
    assert tradeoff(presets, Measurements()).current == tradeoff(presets, Measurements()).points[2]


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (make_preset("a-00", 0, 0.5), make_preset("a-19", 19, 0.5), True),
        (make_preset("a-00", 0, 0.5), make_preset("b-19", 19, 0.5), False),
        (make_preset("a-00", 0, 0.5), make_preset("a-int8", 0, 0.5), False),
        (make_preset("float", 0, 0.5), make_preset("full", 28, 0.5), True),
    ],
)
def test_a_family_differs_in_the_depth_at_the_end_of_the_name(
    first: Preset, second: Preset, same: bool
) -> None:
    assert (family(first) == family(second)) is same


def test_another_network_is_another_family() -> None:
    preset = make_preset("a-00", 0, 0.5)
    other = replace(preset, info=replace(preset.info, depth_limit=20))
    assert family(preset) != family(other)


@pytest.mark.parametrize(
    ("titles", "short"),
    [
        (["Pedestrian, float", "Pedestrian, all 28 binary"], ["float", "all 28 binary"]),
        (["One", "Other"], ["One", "Other"]),
        (["Net", "Net deep"], ["Net", "Net deep"]),
        (["Alone here"], ["Alone here"]),
        (["Same one", "Same one"], ["Same one", "Same one"]),
    ],
)
def test_titles_lose_the_words_they_share_at_the_beginning(
    titles: list[str], short: list[str]
) -> None:
    assert short_titles(titles) == short


def test_everything_is_explained() -> None:
    assert explain(POINT, VALIDATION) == [
        "Title of net-19",
        "19 of 28 layers binary · 2.1 MB, 8.0\N{MULTIPLICATION SIGN} smaller",
        "39 ms per picture · 31 frames/s",
        "finds 65 of 100 people, 30 false alarms in 100 pictures (data “validation”, 671 pictures)",
        "Click, or press 3, to switch",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"detect_ms": None, "rate": None}, "speed not measured yet"),
        ({"found": None}, "accuracy not measured"),
        ({"false_alarms": None}, "finds 65 of 100 people (data “validation”, 671 pictures)"),
        ({"condition": Condition.RUNNING}, "Running now"),
        ({"condition": Condition.FAILED, "error": "It is broken."}, "It is broken."),
        ({"key": ""}, "Click to switch"),
    ],
)
def test_what_is_not_known_or_not_possible_is_said(changes: dict[str, object], words: str) -> None:
    assert words in explain(replace(POINT, **changes), VALIDATION)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.84, "0.8 ms"), (9.96, "10.0 ms"), (38.6, "39 ms"), (999, "999 ms"), (1360, "1.4 s")],
)
def test_times_have_as_many_digits_as_mean_something(value: float, words: str) -> None:
    assert duration(value) == words


def test_states_are_words() -> None:
    assert state(POINT) == ""
    assert state(replace(POINT, selected=True)) == "switching…"
    assert state(replace(POINT, condition=Condition.FAILED)) == "cannot run"


def test_further_sizes_are_minor_unless_they_are_the_present_one() -> None:
    sizes = {(128, 64): 0.9, (96, 64): None}
    presets = choice(
        make_preset("a-00", 0, sizes=sizes, found=0.8), make_preset("a-19", 19, found=0.7)
    )
    measurements = Measurements()
    row = {"file_bytes": 1_234_567, "provider": "cpu", "inference_ms": 20.0}
    measurements.set_rows({"a-00": row}, {})
    presets.select("a-00")
    shown = tradeoff(presets, measurements)
    # How many people are found at 96x64 is not known.
    assert [(it.name, it.key, it.minor) for it in shown.points] == [
        ("a-00", "1", False), ("a-19", "2", False), ("a-00@128x64", "", True)
    ]  # fmt: skip
    assert shown.points[2].found == 90
    # Twice the area.
    assert [point.place_ms for point in shown.points] == [20.0, None, 40.0]
    presets.select("a-00@128x64")
    shown = tradeoff(presets, measurements)
    assert [(it.name, it.key, it.minor) for it in shown.points] == [
        ("a-00@128x64", "1", False), ("a-19", "2", False), ("a-00", "", True)
    ]  # fmt: skip
    assert shown.points[0].label == shown.points[2].label
    assert shown.current is shown.points[0]


def test_sizes_of_a_preset_are_one_family() -> None:
    preset = make_preset("a-19", 19, sizes={(96, 96): None})
    assert family(preset.at((96, 96))) == family(preset) == family(make_preset("a-00", 0))


def test_tiles_take_as_many_times_longer() -> None:
    sizes = {(128, 64): 0.9}
    presets = choice(make_preset("a-00", 0, sizes=sizes, found=0.8))
    measurements = Measurements()
    row = {"file_bytes": 1_234_567, "provider": "cpu", "inference_ms": 20.0}
    measurements.set_rows({"a-00": row, "a-00@128x64": {**row, "inference_ms": 50.0}}, {})
    presets.select("a-00")
    presets.mark_searched((640, 320), 0)
    presets.set_detail(Detail.FINER)
    # An input of 64 x 64 pixels sees 99.2 of 640 across two tiles, and so 64 of 320 down are 413.
    points = tradeoff(presets, measurements).points
    assert [point.looks for point in points] == [3, 5]
    assert [point.detect_ms for point in points] == [None, None]
    assert [point.rate for point in points] == [None, None]
    assert [point.place_ms for point in points] == [60.0, 250.0]
    assert speed(points[0]) == "about 60 ms per picture for 3 parts, estimated"
    presets.set_detail(Detail.WHOLE)
    assert [point.detect_ms for point in tradeoff(presets, measurements).points] == [20.0, 50.0]


def test_a_speed_that_is_only_estimated_says_so() -> None:
    estimated = replace(POINT, detect_ms=None, rate=None, expected_ms=77.3)
    assert speed(estimated) == "about 77 ms per picture, estimated"
    assert speed(replace(estimated, expected_ms=None)) == "speed not measured yet"
