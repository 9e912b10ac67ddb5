"""What the trade-off chart shows and says of each preset; knows nothing of Qt."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from pedcam.detect.presets import Preset
from pedcam.ui.base import text
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.selection import Condition, PresetSelection

NUMBER_KEYS = 9  # presets that have a key of their own


@dataclass(frozen=True)
class DataSet:
    """What the accuracy of presets was measured on: its name and number of images, 0 if unknown."""

    name: str
    images: int


@dataclass(frozen=True)
class Point:
    """A preset as a point.

    Attributes:
        preset: The preset.
        key: The number key that chooses it; empty for none.
        label: The part of its title that tells it from the others.
        condition: Whether it is loaded, runs, or failed.
        error: Why it cannot run; empty if it can.
        selected: Whether it is the one asked for.
        detect_ms: Measured milliseconds of a detection on this machine, if it was measured.
        rate: Measured frames per second, likewise.
        miss_rate: Percent of people missed in the data set that the points share, if known.
    """

    preset: Preset
    key: str
    label: str
    condition: Condition
    error: str
    selected: bool
    detect_ms: float | None
    rate: float | None
    miss_rate: float | None

    @property
    def name(self) -> str:
        return self.preset.name

    @property
    def running(self) -> bool:
        return self.condition is Condition.RUNNING

    @property
    def usable(self) -> bool:
        return self.condition is not Condition.FAILED


@dataclass(frozen=True)
class Tradeoff:
    """All presets, in the order of their number keys, and the data set that compares them."""

    points: tuple[Point, ...] = ()
    data: DataSet | None = None

    def find(self, name: str | None) -> Point | None:
        return next((point for point in self.points if point.name == name), None)

    @property
    def current(self) -> Point | None:
        """The preset that runs, or else the one chosen."""
        running = next((point for point in self.points if point.running), None)
        return running or next((point for point in self.points if point.selected), None)


def tradeoff(selection: PresetSelection, measurements: Measurements) -> Tradeoff:
    """Bring together what the chart shows."""
    data, miss_rates = _accuracies(selection.presets)
    labels = _labels(selection.presets)
    points = []
    for number, preset in enumerate(selection.presets, start=1):
        speed = measurements.speed(preset, selection.provider(preset.name))
        points.append(
            Point(
                preset=preset,
                key=str(number) if number <= NUMBER_KEYS else "",
                label=labels[preset.name],
                condition=selection.condition(preset.name),
                error=selection.error(preset.name),
                selected=preset.name == selection.selected,
                detect_ms=speed.detect_ms if speed is not None else None,
                rate=speed.frames_per_second if speed is not None else None,
                miss_rate=miss_rates.get(preset.name),
            )
        )
    return Tradeoff(tuple(points), data)


def family(preset: Preset) -> Hashable:
    """Return what the presets of one network and one training have in common.

    Those are the same layers, and a name that differs only in the depth at its end.
    """
    info = preset.info
    found = re.fullmatch(rf"(.*?)[-_ ]?0*{info.depth}", info.name)
    layers = tuple((layer.name, layer.shape) for layer in info.layers)
    return found.group(1) if found else "", info.depth_limit, layers


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


def _labels(presets: Sequence[Preset]) -> dict[str, str]:
    titles: dict[Hashable, dict[str, str]] = {}
    for preset in presets:
        titles.setdefault(family(preset), {})[preset.name] = preset.info.title
    labels: dict[str, str] = {}
    for kin in titles.values():
        labels |= zip(kin, short_titles(list(kin.values())), strict=True)
    return labels


def _accuracies(presets: Sequence[Preset]) -> tuple[DataSet | None, dict[str, float]]:
    """The data set that most presets were measured on, and each one's miss rate in percent."""
    found: dict[DataSet, dict[str, float]] = {}
    for preset in presets:
        for row in preset.info.evaluation:
            name, images, value = row.get("data"), row.get("images"), row.get("miss_rate")
            if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
                data = DataSet(
                    name[:64] if isinstance(name, str) and name.isprintable() else "",
                    images if isinstance(images, int) else 0,
                )
                # The first one of a data set counts, as in 'pedcam bench'.
                found.setdefault(data, {}).setdefault(preset.name, 100 * value)
    if not found:
        return None, {}
    best = max(found, key=lambda data: len(found[data]))
    return best, found[best]


def explain(point: Point, data: DataSet | None) -> list[str]:
    """Return all there is to say about a preset, one line each; the first is its title."""
    lines = [point.preset.info.title, f"{text.depth(point.preset)} · {size(point)}"]
    lines += [speed(point), accuracy(point, data)]
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
    return ", ".join(filter(None, [text.file_size(point.preset.file_bytes), smaller(point)]))


def smaller(point: Point) -> str:
    """Return how many times smaller than the float preset the file is; empty if it is not."""
    ratio = point.preset.info.ratio_file
    return f"{ratio:.1f}× smaller" if ratio > 1.05 else ""  # noqa: RUF001


def speed(point: Point) -> str:
    """Return how fast it is on this machine."""
    if point.detect_ms is None:
        return "speed not measured yet"
    words = f"{milliseconds(point.detect_ms)} ms per picture"
    return words if point.rate is None else f"{words} · {point.rate:.0f} frames/s"


def accuracy(point: Point, data: DataSet | None) -> str:
    """Return how well it finds people, and on which pictures that was measured."""
    if point.miss_rate is None or data is None:
        return "accuracy not measured"
    images = f", {data.images} pictures" if data.images else ""
    return f"misses {point.miss_rate:.1f} % of people (data “{data.name}”{images})"


def state(point: Point) -> str:
    """Return whether a preset loads, runs or failed; empty where it only waits to be chosen."""
    return {
        Condition.LOADING: "loading…",
        Condition.READY: "switching…" if point.selected else "",
        Condition.RUNNING: "running",
        Condition.FAILED: "cannot run",
    }[point.condition]


def milliseconds(value: float) -> str:
    """Return a time with as many digits as mean something."""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"
