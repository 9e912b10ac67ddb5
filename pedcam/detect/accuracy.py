"""What presets say of how well they find people, and which one is used by default."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pedcam.detect.presets import Preset

MAX_FALSE_ALARMS = 1000.0  # per picture


@dataclass(frozen=True)
class DataSet:
    """What the accuracy of presets was measured on: its name and number of images, 0 if unknown."""

    name: str
    images: int


Accuracy = tuple[float, float | None]  # found of 100 people, false alarms per 100 pictures


def shared_accuracies(presets: Sequence[Preset]) -> tuple[DataSet | None, dict[str, Accuracy]]:
    """Return the data set that most presets were measured on, and how well each does there."""
    measured: dict[DataSet, dict[str, Accuracy]] = {}
    for preset in presets:
        for row in preset.info.evaluation:
            name, images, found = row.get("data"), row.get("images"), row.get("found")
            found = known_number(found, 1)
            if found is not None:
                data = DataSet(
                    name[:64] if isinstance(name, str) and name.isprintable() else "",
                    images if isinstance(images, int) else 0,
                )
                alarms = known_number(row.get("false_alarms"), MAX_FALSE_ALARMS)
                accuracy = 100 * found, None if alarms is None else 100 * alarms
                # The first one of a data set counts, as in 'pedcam bench'.
                measured.setdefault(data, {}).setdefault(preset.name, accuracy)
    if not measured:
        return None, {}
    best = max(measured, key=lambda data: len(measured[data]))
    return best, measured[best]


def known_number(value: object, most: float) -> float | None:
    """Return a number from 0 on out of a preset's evaluation, which may hold anything."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most:
        return float(value)
    return None


def default_preset(presets: Iterable[Preset]) -> Preset | None:
    """Return the binarized preset that finds most people, or else the deepest one.

    Of those that find as many, it is the one with the fewest false alarms. A deeper one is a
    smaller file, but hardly faster: what is not binary is 8-bit.
    """
    presets = list(presets)
    _, accuracies = shared_accuracies(presets)
    binarized = [it for it in presets if it.info.depth and it.name in accuracies]
    if binarized:

        def merit(preset: Preset) -> tuple[float, float]:
            found, false_alarms = accuracies[preset.name]
            return found, -MAX_FALSE_ALARMS if false_alarms is None else -false_alarms

        return max(binarized, key=merit)
    return max(presets, key=lambda preset: preset.info.depth, default=None)
