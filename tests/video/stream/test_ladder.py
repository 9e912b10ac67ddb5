"""Which presets Auto moves along, and in which order."""

from dataclasses import replace

import pytest

from pedcam.detect.presets import LayerInfo, Preset
from pedcam.video.stream.ladder import make_ladder
from tests.factories import fake_preset


def of_bits(preset: Preset, bits: int) -> Preset:
    layer = LayerInfo("conv", bits, (1, 1, 1, 1), 1000, 1)
    return replace(preset, info=replace(preset.info, layers=(layer,)))


def test_without_further_sizes_the_order_is_the_depth() -> None:
    presets = [fake_preset("deep", 28, found=0.9), fake_preset("float", 0, found=0.5)]
    assert make_ladder(presets).names == ("float", "deep")
    # Sizes of which nothing is known change nothing.
    presets.append(fake_preset("half", 14, sizes={(128, 128): None}))
    ladder = make_ladder(presets)
    assert ladder.names == ("float", "half", "deep")
    assert ladder.work == {}


def test_with_sizes_it_is_who_finds_more_than_all_that_are_faster() -> None:
    presets = [
        of_bits(fake_preset("float", 0, found=0.85), 32),
        of_bits(fake_preset("half", 14, found=0.80, sizes={(128, 64): 0.9, (128, 96): 0.88}), 1),
        of_bits(fake_preset("deep", 28, found=0.75, sizes={(128, 64): 0.84}), 1),
    ]
    ladder = make_ladder(presets)
    # A float layer takes 2.7 times as long, so that half finds more at twice the area in less
    # time; three times the area is slower and finds less.
    assert ladder.names == ("half@128x64", "half")
    assert ladder.work == pytest.approx({"half@128x64": 2000, "half": 1000})
