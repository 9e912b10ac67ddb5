"""What the trade-off chart shows of each preset; knows nothing of Qt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pedcam.detect.presets import Preset
from pedcam.ui.state.measurements import Measurements
from pedcam.ui.state.presets import Condition, PresetChoice

NUMBER_KEYS = 9


class Quality(Enum):
    """What tells how well presets find people; the value is its key in their evaluation."""

    MISS_RATE = "miss_rate"
    AP50 = "ap50"


@dataclass(frozen=True)
class Yardstick:
    """What all presets of a chart are compared by: one figure, from one set of pictures.

    Attributes:
        quality: The figure.
        data: Name of the data set; empty for pictures of the user's own.
        images: Number of its pictures, 0 where that is unknown.
    """

    quality: Quality
    data: str
    images: int


@dataclass(frozen=True)
class Point:
    """A preset as a point.

    Attributes:
        preset: The preset.
        key: The number key that chooses it; empty for none.
        label: The part of its title that tells it from the others.
        condition: How far it is.
        error: Why it cannot run; empty if it can.
        chosen: Whether it is the one asked for.
        detect_ms: Measured milliseconds of a detection on this machine, if it was measured.
        rate: Measured frames per second, likewise.
        live_ms: The same as ``detect_ms`` just now, for the running preset.
        quality: Percent of the yardstick's figure, if it is known.
    """

    preset: Preset
    key: str
    label: str
    condition: Condition
    error: str
    chosen: bool
    detect_ms: float | None
    rate: float | None
    live_ms: float | None
    quality: float | None

    @property
    def name(self) -> str:
        """The preset's name."""
        return self.preset.name

    @property
    def running(self) -> bool:
        """Whether it made the picture on screen."""
        return self.condition is Condition.RUNNING

    @property
    def usable(self) -> bool:
        """Whether it can be chosen."""
        return self.condition is not Condition.FAILED


@dataclass(frozen=True)
class Tradeoff:
    """All presets, and what they are compared by.

    Attributes:
        points: In the order of their number keys.
        yardstick: ``None`` where nothing is known of any.
    """

    points: tuple[Point, ...] = ()
    yardstick: Yardstick | None = None

    def find(self, name: str | None) -> Point | None:
        """Return the point of a preset."""
        return next((point for point in self.points if point.name == name), None)

    @property
    def current(self) -> Point | None:
        """The preset that runs, or else the one chosen."""
        running = next((point for point in self.points if point.running), None)
        return running or next((point for point in self.points if point.chosen), None)


def tradeoff(choice: PresetChoice, measurements: Measurements) -> Tradeoff:
    """Bring together what the chart shows."""
    presets = choice.presets
    yardstick, qualities = _qualities(presets, measurements)
    labels = _labels(presets)
    points = []
    for number, (preset, label) in enumerate(zip(presets, labels, strict=True), start=1):
        speed = measurements.speed(preset, choice.provider(preset.name))
        points.append(
            Point(
                preset=preset,
                key=str(number) if number <= NUMBER_KEYS else "",
                label=label,
                condition=choice.condition(preset.name),
                error=choice.error(preset.name),
                chosen=preset.name == choice.chosen,
                detect_ms=speed.detect_ms if speed is not None else None,
                rate=speed.frames_per_second if speed is not None else None,
                live_ms=measurements.live_ms(preset.name)
                if preset.name == choice.running
                else None,
                quality=qualities.get(preset.name),
            )
        )
    return Tradeoff(tuple(points), yardstick)


def family(preset: Preset) -> Hashable:
    """Return what the presets of one network and one training have in common.

    Those are the same layers, and a name that differs only in the depth at its end.
    """
    info = preset.info
    found = re.fullmatch(rf"(.*?)[-_ ]?0*{info.depth}", info.name)
    layers = tuple((layer.name, layer.shape) for layer in info.layers)
    return found.group(1) if found else "", info.depth_limit, layers


def _labels(presets: Sequence[Preset]) -> list[str]:
    titles: dict[Hashable, dict[str, str]] = {}
    for preset in presets:
        titles.setdefault(family(preset), {})[preset.name] = preset.info.title
    short: dict[str, str] = {}
    for kin in titles.values():
        short |= zip(kin, short_titles(list(kin.values())), strict=True)
    return [short[preset.name] for preset in presets]


def short_titles(titles: Sequence[str]) -> list[str]:
    """Return titles without the words that all of them begin with."""
    if len(set(titles)) < 2:
        return list(titles)
    words = [title.split() for title in titles]
    # Each keeps its last word at least.
    shortest = min(map(len, words)) - 1
    common = 0
    while common < shortest and len({title[common] for title in words}) == 1:
        common += 1
    return [" ".join(title[common:]) for title in words]


def _qualities(
    presets: Sequence[Preset], measurements: Measurements
) -> tuple[Yardstick | None, dict[str, float]]:
    """The yardstick that most presets were measured with, and each one's percent of it."""
    yardstick, values = _shared(presets, Quality.MISS_RATE)
    if yardstick is not None:
        return yardstick, values
    values = {
        preset.name: 100 * speed.miss_rate
        for preset in presets
        if (speed := measurements.speed(preset)) is not None and speed.miss_rate is not None
    }
    if values:
        return Yardstick(Quality.MISS_RATE, "", 0), values
    return _shared(presets, Quality.AP50)


def _shared(
    presets: Sequence[Preset], quality: Quality
) -> tuple[Yardstick | None, dict[str, float]]:
    found: dict[str, dict[Yardstick, float]] = {}
    for preset in presets:
        for row in preset.info.evaluation:
            value = row.get(quality.value)
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
                # The first one of a data set counts, as in 'pedcam bench'.
                known = found.setdefault(preset.name, {})
                known.setdefault(_yardstick(quality, row), 100 * value)
    # Counted in the order of the presets: of equals the first wins.
    counts = Counter(yardstick for known in found.values() for yardstick in known)
    if not counts:
        return None, {}
    best = counts.most_common(1)[0][0]
    return best, {name: known[best] for name, known in found.items() if best in known}


def _yardstick(quality: Quality, row: Mapping[str, Any]) -> Yardstick:
    data, images = row.get("data"), row.get("images")
    return Yardstick(
        quality,
        data[:64] if isinstance(data, str) and data.isprintable() else "",
        images if isinstance(images, int) else 0,
    )
