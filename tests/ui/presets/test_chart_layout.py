"""Where things lie in the chart."""

import random
from dataclasses import replace
from itertools import combinations

import pytest

from pedcam.detect.accuracy import DataSet
from pedcam.ui.presets.chart_layout import (
    BOTTOM,
    LARGEST,
    LEFT,
    MINOR,
    RIGHT,
    SMALLEST,
    STRIP,
    TOP,
    Scale,
    lay_out,
    nice_ticks,
    place_labels,
)
from pedcam.ui.presets.points import Point, Tradeoff
from pedcam.ui.presets.selection import Condition
from tests.factories import fake_preset as make_preset

DATA = DataSet("a", 10)
WIDTH, HEIGHT = LEFT + RIGHT + 300, TOP + BOTTOM + 150


def point(
    depth: int, ms: float | None, found: float | None, size: int = 1000, name: str = ""
) -> Point:
    return Point(
        preset=make_preset(name or f"net-{depth}", depth, 0.5, size),
        key="1",
        label=f"{depth} of 28 binary",
        condition=Condition.READY,
        error="",
        selected=False,
        detect_ms=ms,
        rate=None,
        found=found,
        false_alarms=None,
    )


def test_times_start_at_zero_and_percents_are_a_window() -> None:
    layout = lay_out(Tradeoff((point(0, 60, 30), point(28, 15, 40)), DATA), WIDTH, HEIGHT)
    assert layout.across is not None
    assert layout.across.ticks == (0, 20, 40, 60, 80)
    assert layout.up is not None
    assert layout.up.ticks == (25, 30, 35, 40, 45)
    slow, fast = layout.spots
    # 60 of 80 ms, and 15 of them, over 300 pixels.
    assert (slow.center.x(), fast.center.x()) == (LEFT + 225, LEFT + 56.25)
    # 30 and 40 between 25 and 45 percent, over 150 pixels; few found is at the bottom.
    assert (slow.center.y(), fast.center.y()) == (TOP + 112.5, TOP + 37.5)
    assert layout.strip.height() == 0


def test_areas_follow_the_file_sizes() -> None:
    presets = (point(0, 60, 30, 1600), point(9, 50, 30, 400), point(28, 15, 40, 1))
    layout = lay_out(Tradeoff(presets, DATA), WIDTH, HEIGHT)
    assert [spot.radius for spot in layout.spots] == [LARGEST, LARGEST / 2, SMALLEST]


def test_unknown_accuracies_stand_in_a_strip_above() -> None:
    layout = lay_out(Tradeoff((point(0, 60, 30), point(28, 15, None)), DATA), WIDTH, HEIGHT)
    known, unknown = layout.spots
    assert layout.strip.height() == STRIP
    assert layout.strip.contains(unknown.center)
    assert known.center.y() > layout.strip.bottom()


def test_where_no_accuracy_is_known_the_strip_is_the_plot() -> None:
    layout = lay_out(Tradeoff((point(0, 60, None),)), WIDTH, HEIGHT)
    assert layout.up is None
    assert layout.strip == layout.plot


def test_an_unknown_speed_leaves_the_order_to_say_where() -> None:
    presets = (point(0, 60, 30), point(7, None, 30), point(28, 20, 40))
    layout = lay_out(Tradeoff(presets, DATA), WIDTH, HEIGHT)
    # Half way between the ends, which are 22 pixels inside the plot.
    assert layout.spots[1].center.x() == LEFT + 22 + 0.5 * 256


def test_without_any_speed_the_last_is_on_the_left() -> None:
    presets = (point(0, None, 30), point(14, None, 30), point(28, None, 40))
    layout = lay_out(Tradeoff(presets, DATA), WIDTH, HEIGHT)
    assert layout.across is None
    assert [spot.center.x() for spot in layout.spots] == [LEFT + 278, LEFT + 150, LEFT + 22]


def test_scales_end_at_their_ends() -> None:
    scale = Scale(0, 10, 100, 200, ())
    assert [scale.at(value) for value in (-5, 0, 5, 99)] == [100, 100, 150, 200]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 64, (0, 20, 40, 60, 80)),
        (0, 0.9, (0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0)),
        (0, 1000, (0, 200, 400, 600, 800, 1000)),
        (93, 100, (92, 94, 96, 98, 100)),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: tuple[float, ...]) -> None:
    assert nice_ticks(low, high, 6) == pytest.approx(ticks)


def test_percents_stay_between_0_and_100() -> None:
    layout = lay_out(Tradeoff((point(0, 60, 99), point(28, 15, 1)), DATA), WIDTH, HEIGHT)
    assert layout.up is not None
    assert (layout.up.low, layout.up.high) == (0, 100)


@pytest.mark.parametrize("seed", range(20))
def test_labels_cover_neither_each_other_nor_a_point(seed: int) -> None:
    chance = random.Random(seed)
    presets = tuple(
        point(
            depth,
            chance.uniform(5, 80),
            chance.choice([None, chance.uniform(10, 60)]),
            chance.randrange(1, 1000),
        )
        for depth in range(0, 27, 3)
    )
    layout = lay_out(Tradeoff(presets, DATA), WIDTH, HEIGHT)
    labels = place_labels(layout, lambda _: 100.0, 16.0, 16.0, reserved=[layout.strip])
    assert labels
    for first, second in combinations(labels, 2):
        assert not first.rect.intersects(second.rect)
    for label in labels:
        assert not any(label.rect.intersects(spot.circle) for spot in layout.spots)
        assert not label.rect.intersects(layout.strip)


def test_a_label_without_room_shrinks_to_its_key() -> None:
    layout = lay_out(Tradeoff((point(0, 60, 30),), DATA), WIDTH, HEIGHT)
    (label,) = place_labels(layout, lambda _: 500.0, 16.0, 16.0)
    assert not label.full
    assert label.rect.width() == 16


def test_the_curve_joins_one_network_by_depth() -> None:
    presets = (
        replace(point(28, 15, 40), selected=True),
        point(0, 60, 30),
        point(9, 50, None),
        point(14, 30, 35, name="other-14"),
    )
    layout = lay_out(Tradeoff(presets, DATA), WIDTH, HEIGHT)
    assert layout.curve == (layout.spots[1].center, layout.spots[0].center)


def test_minor_points_are_small_and_have_no_label() -> None:
    minor = replace(point(28, 50, 60), minor=True)
    layout = lay_out(Tradeoff((point(0, 60, 30), minor), DATA), WIDTH, HEIGHT)
    assert layout.spots[1].radius == MINOR
    (label,) = place_labels(layout, lambda _: 60.0, 16.0, 16.0)
    assert label.spot is layout.spots[0]


def test_with_several_sizes_the_curve_is_the_front() -> None:
    sized = make_preset("net-28", 28, sizes={(96, 64): None})
    larger = replace(point(28, 40, 50), preset=sized.at((96, 64)), minor=True)
    fast = replace(point(28, 20, 40), preset=sized, selected=True)
    slow, good = point(0, 60, 45), point(9, 70, 55)
    layout = lay_out(Tradeoff((slow, fast, good, larger), DATA), WIDTH, HEIGHT)
    # At 60 ms fewer are found than at 40.
    assert layout.curve == tuple(layout.spots[number].center for number in (1, 3, 2))
