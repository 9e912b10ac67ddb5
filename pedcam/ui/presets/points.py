"""What the trade-off chart shows and says of each preset; knows nothing of Qt."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from pedcam.detect.accuracy import DataSet, shared_accuracies
from pedcam.detect.presets import Preset
from pedcam.ui.base import text
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.selection import Condition, PresetSelection

NUMBER_KEYS = 9  # presets that have a key of their own


@dataclass(frozen=True)
class Point:
    """A preset as a point.

    Attributes:
        preset: The preset.
        key: The number key that chooses it at the present input size; empty for none.
        label: The part of its title that tells it from the others.
        condition: Whether it is loaded, runs, or failed.
        error: Why it cannot run; empty if it can.
        selected: Whether it is the one asked for.
        detect_ms: Measured milliseconds of a detection on this machine, if it was measured.
        rate: Measured frames per second, likewise.
        found: People found of 100, at its own confidence threshold, in the data set that the points
            share, if known.
        false_alarms: False alarms per 100 pictures there, likewise.
        expected_ms: What a detection should take where it was not measured, work being proportional
            to the area: by another input size of the preset, and by the parts of a picture that
            are searched.
        minor: Whether it is a preset at another input size than the present one.
        looks: Parts of a picture that it searches, the whole of it included.
    """

    preset: Preset
    key: str
    label: str
    condition: Condition
    error: str
    selected: bool
    detect_ms: float | None
    rate: float | None
    found: float | None
    false_alarms: float | None
    expected_ms: float | None = None
    minor: bool = False
    looks: int = 1

    @property
    def place_ms(self) -> float | None:
        """Milliseconds at which it is drawn."""
        return self.detect_ms if self.detect_ms is not None else self.expected_ms

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
    """All presets, in the order of their number keys, and the data set that compares them.

    Those at the present input size come first, then the minor ones of which something is known.
    """

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
    data, accuracies = shared_accuracies(selection.all_sizes)
    labels = _labels(selection.presets)
    points = []
    majors = [selection.at_size(preset) for preset in selection.presets]
    minors = [preset for preset in selection.all_sizes if preset not in majors]
    for number, preset in enumerate([*majors, *minors], start=1):
        found, false_alarms = accuracies.get(preset.name, (None, None))
        speed = measurements.speed(preset, selection.provider(preset.name))
        minor = number > len(majors)
        if minor and (found is None if data is not None else speed is None):
            continue
        looks, expected_ms = selection.looks(preset), _expected_ms(preset, selection, measurements)
        if looks > 1:
            # Measured is the whole picture alone.
            expected_ms = None if expected_ms is None else expected_ms * looks
            speed = None
        points.append(
            Point(
                preset=preset,
                key=str(number) if number <= NUMBER_KEYS and not minor else "",
                label=labels[preset.base_name],
                condition=selection.condition(preset.name),
                error=selection.error(preset.name),
                selected=preset.name == selection.selected,
                detect_ms=speed.detect_ms if speed is not None else None,
                rate=speed.frames_per_second if speed is not None else None,
                found=found,
                false_alarms=false_alarms,
                expected_ms=expected_ms,
                minor=minor,
                looks=looks,
            )
        )
    return Tradeoff(tuple(points), data)


def _expected_ms(
    preset: Preset, selection: PresetSelection, measurements: Measurements
) -> float | None:
    for other in (preset, *selection.all_sizes):
        speed = measurements.speed(other, selection.provider(other.name))
        if other.base_name == preset.base_name and speed is not None:
            area, measured = (math.prod(one.info.input_size) for one in (preset, other))
            return speed.detect_ms * area / measured
    return None


def family(preset: Preset) -> Hashable:
    """Return what the presets of one network and one training have in common.

    Those are the same layers, and a name that differs only in the depth at its end.
    """
    info = preset.info
    found = re.fullmatch(rf"(.*?)[-_ ]?0*{info.depth}", preset.base_name)
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


def explain(point: Point, data: DataSet | None) -> list[str]:
    """Return all there is to say about a preset, one line each; the first is its title."""
    lines = [text.title(point.preset), f"{text.depth(point.preset)} · {size(point)}"]
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
    return f"{ratio:.{0 if ratio >= 10 else 1}f}× smaller" if ratio > 1.05 else ""  # noqa: RUF001


def speed(point: Point) -> str:
    """Return how fast it is on this machine."""
    if point.place_ms is None:
        return "speed not measured yet"
    words = f"{duration(point.place_ms)} per picture"
    if point.detect_ms is None:
        parts = f" for {point.looks} parts" if point.looks > 1 else ""
        return f"about {words}{parts}, estimated"
    return words if point.rate is None else f"{words} · {point.rate:.0f} frames/s"


def accuracy(point: Point, data: DataSet | None) -> str:
    """Return how well it finds people, and on which pictures that was measured."""
    if point.found is None or data is None:
        return "accuracy not measured"
    words = f"finds {point.found:.0f} of 100 people"
    if point.false_alarms is not None:
        words += f", {point.false_alarms:.0f} false alarms in 100 pictures"
    images = f", {data.images} pictures" if data.images else ""
    return f"{words} (data “{data.name}”{images})"


def state(point: Point) -> str:
    """Return whether a preset loads, runs or failed; empty where it only waits to be chosen."""
    return {
        Condition.LOADING: "loading…",
        Condition.READY: "switching…" if point.selected else "",
        Condition.RUNNING: "running",
        Condition.FAILED: "cannot run",
    }[point.condition]


def duration(milliseconds: float) -> str:
    """Return a time with as many digits as mean something."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.1f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"
