"""What the trade-off chart shows and says of each preset; knows nothing of Qt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pedcam.detect.presets import Preset
from pedcam.ui.base import text
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.selection import Condition, PresetSelection

NUMBER_KEYS = 9  # presets that have a key of their own


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
        selected: Whether it is the one asked for.
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
    selected: bool
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
        return running or next((point for point in self.points if point.selected), None)


def tradeoff(choice: PresetSelection, measurements: Measurements) -> Tradeoff:
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
                selected=preset.name == choice.selected,
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


def explain(point: Point, yardstick: Yardstick | None) -> list[str]:
    """Return all there is to say about a preset, one line each; the first is its title."""
    lines = [point.preset.info.title, f"{text.depth(point.preset)} · {size(point)}"]
    lines += [speed(point), quality(point, yardstick)]
    if point.error:
        lines.append(point.error)
    elif point.running:
        lines.append("Running now")
    elif point.key:
        lines.append(f"Click, or press {point.key}, to switch")
    else:
        lines.append("Click to switch")
    return lines


def size(point: Point) -> str:
    """Return the file's size, and how much smaller than the float preset it is."""
    bytes_ = text.file_size(point.preset.file_bytes)
    ratio = smaller(point)
    return f"{bytes_}, {ratio}" if ratio else bytes_


def smaller(point: Point) -> str:
    """Return how many times smaller than the float preset the file is; empty if it is not."""
    ratio = point.preset.info.ratio_file
    return f"{ratio:.1f}× smaller" if ratio > 1.05 else ""  # noqa: RUF001


def speed(point: Point) -> str:
    """Return how fast it is on this machine."""
    parts = []
    if point.detect_ms is not None:
        parts.append(f"{milliseconds(point.detect_ms)} ms per picture")
        if point.rate is not None:
            parts.append(f"{point.rate:.0f} frames/s")
    else:
        parts.append("speed not measured yet")
    if point.live_ms is not None:
        parts.append(f"{milliseconds(point.live_ms)} ms just now")
    return " · ".join(parts)


def quality(point: Point, yardstick: Yardstick | None) -> str:
    """Return how well it finds people, and on which pictures that was measured."""
    if point.quality is None or yardstick is None:
        return "accuracy not measured"
    if yardstick.quality is Quality.MISS_RATE:
        figure = f"misses {point.quality:.1f} % of people"
    else:
        figure = f"average precision {point.quality:.1f} %"
    return f"{figure} ({pictures(yardstick)})"


def pictures(yardstick: Yardstick) -> str:
    """Return what the yardstick was measured on."""
    if not yardstick.data:
        return "measured on your pictures"
    if not yardstick.images:
        return f"data “{yardstick.data}”"
    return f"data “{yardstick.data}”, {yardstick.images} pictures"


def state(point: Point) -> str:
    """Return how far a preset is; empty where it only waits to be chosen."""
    return {
        Condition.LOADING: "loading…",
        Condition.READY: "switching…" if point.selected else "",
        Condition.RUNNING: "running",
        Condition.FAILED: "cannot run",
    }[point.condition]


def milliseconds(value: float) -> str:
    """Return a time with as many digits as mean something."""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"
