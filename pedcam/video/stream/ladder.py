"""The presets that Auto moves along."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pedcam.detect.accuracy import shared_accuracies
from pedcam.detect.presets import Preset, at_all_sizes

FLOAT = 2.7  # time of a float layer over that of one with 1 or 8 bits; see models/MODELS.md


@dataclass(frozen=True)
class Ladder:
    """Names of presets, the slowest and most accurate first, and what a frame takes on each.

    The estimates are in an arbitrary unit; there are none where the order is that of the depth.
    """

    names: tuple[str, ...]
    work: Mapping[str, float] = field(default_factory=dict)


def make_ladder(presets: Sequence[Preset]) -> Ladder:
    """Order presets for Auto.

    Without further input sizes of known accuracy these are all presets by depth. With them they are
    the presets, at any size, that find more people than all that take less time. Work stands for
    time: multiply-accumulates, which are proportional to the input's area.
    """
    everything = at_all_sizes(presets)
    _, accuracies = shared_accuracies(everything)
    known = [preset for preset in everything if preset.name in accuracies]
    if all(preset.default_size for preset in known):
        return Ladder(tuple(it.name for it in sorted(presets, key=lambda one: one.info.depth)))
    front: list[Preset] = []
    for preset in sorted(known, key=lambda one: (work(one), -accuracies[one.name][0])):
        if not front or accuracies[preset.name][0] > accuracies[front[-1].name][0]:
            front.append(preset)
    return Ladder(
        tuple(preset.name for preset in reversed(front)), {one.name: work(one) for one in front}
    )


def work(preset: Preset) -> float:
    """Estimate what a frame takes on a preset, in an arbitrary unit."""
    layers = preset.info.layers
    estimate = sum(layer.macs * (FLOAT if layer.bits == 32 else 1.0) for layer in layers)
    return estimate or float(math.prod(preset.info.input_size))
