"""Accuracy against compression, from the logs of runs.

Runs of one method and order are one :class:`Series`, its seeds replicates; runs that differ in
another setting are series of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from training.binarization.compression import layer_bytes
from training.logreader import Layer, Point, ReportError, Run

PARTS = (
    "stem", "stride 4", "stride 8", "stride 16", "stride 32", "neck", "heads", "predictions",
)  # fmt: skip
OURS = ("layer-wise", "inverse")
TITLES = {
    "inverse": "layer-wise, deepest first (ours)",
    "forward": "layer-wise, first layer first",
    "sensitivity": "layer-wise, least sensitive first",
    "bwn": "BWN",
    "binaryconnect": "BinaryConnect",
    "binaryconnect-stochastic": "BinaryConnect, stochastic",
    "dorefa": "DoReFa, 1-bit weights",
    "inq": "INQ-style portions",
    "int8": "int8 after training",
    "float": "float, trained on",
}


@dataclass(frozen=True)
class Series:
    """Runs of one method, order and settings, by seed."""

    key: tuple[str, ...]
    variant: str
    runs: tuple[Run, ...]

    @property
    def title(self) -> str:
        """What people read."""
        if self.key[0] == "layer-wise":
            listed = f"layer-wise, listed order from {self.key[-1]}"
            if self.key[1] == "list" and len(self.key) > 2:
                listed = f"layer-wise, listed order ({self.key[2]} ... {self.key[-1]})"
            title = TITLES.get(self.key[1], listed)
        else:
            title = TITLES.get(self.key[0], self.key[0])
            if self.key[1] not in ("", "inverse"):
                title += f", {self.key[1]} order"
        return f"{title}, {self.variant}" if self.variant else title

    @property
    def is_ours(self) -> bool:
        """Whether it is the paper's method with the settings of most runs."""
        return self.key == OURS and not self.variant

    @property
    def is_order(self) -> bool:
        """Whether it binarizes layer by layer, in whatever order."""
        return self.key[0] == "layer-wise"

    def points(self) -> dict[int, list[Point]]:
        """Return the compressed presets of each seed, by ratio."""
        found: dict[int, list[Point]] = {}
        for run in self.runs:
            found.setdefault(run.seed, []).extend(p for p in run.points if not p.is_float)
        return {
            seed: sorted(points, key=lambda point: point.ratio)
            for seed, points in sorted(found.items())
            if points
        }

    def at_ratio(self, ratio: float) -> dict[int, Point]:
        """Return each seed's smallest compression of at least 0.98 of a ratio."""
        chosen = {}
        for seed, points in self.points().items():
            enough = [point for point in points if point.ratio >= 0.98 * ratio]
            if enough:
                chosen[seed] = enough[0]
        return chosen

    def curve(self) -> list[list[Point]]:
        """Return the presets that belong together, one per seed, by ratio.

        The first presets of all seeds belong together, the second ones and so on, even if a
        measured order of layers gave them different ratios. While some runs have fewer than
        others, those of one depth and ratio do, or else those near each other in ratio.
        """
        seeds = self.points()
        if len({len(points) for points in seeds.values()}) == 1:
            groups = [list(group) for group in zip(*seeds.values(), strict=True)]
            if all(_alike([point.ratio for point in group], 1.75) for group in groups):
                return groups
        by_depth: dict[int, list[Point]] = {}
        for point in (point for points in seeds.values() for point in points):
            by_depth.setdefault(point.depth, []).append(point)
        if all(_alike([point.ratio for point in points], 1.005) for points in by_depth.values()):
            return sorted(by_depth.values(), key=lambda points: points[0].ratio)
        everything = [(point.ratio, seed, point) for seed in seeds for point in seeds[seed]]
        near: list[list[tuple[float, int, Point]]] = []
        for item in sorted(everything, key=lambda item: item[:2]):
            fits = near and item[0] <= 1.25 * near[-1][0][0]
            if fits and item[1] not in {seed for _, seed, _ in near[-1]}:
                near[-1].append(item)
            else:
                near.append([item])
        return [[point for _, _, point in group] for group in near]


def group_runs(runs: Iterable[Run]) -> list[Series]:
    """Return the series that runs make up: ours first, other orders, then other methods.

    Raises:
        ReportError: Two runs give the same depth of the same series and seed.
    """
    by_key: dict[tuple[str, ...], dict[str, list[Run]]] = {}
    runs = list(runs)
    usual = _usual_settings(runs)
    for run in runs:
        variant = ", ".join(
            f"{key.rpartition('.')[2]} {value}"
            for key, value in sorted(run.settings().items())
            if value != usual.get(key)
        )
        by_key.setdefault(run.key, {}).setdefault(variant, []).append(run)
    series = []
    for key, variants in by_key.items():
        for variant, members in variants.items():
            _check_replicates(members)
            members.sort(key=lambda run: run.seed)
            series.append(Series(key, variant, tuple(members)))
    names = list(TITLES)
    places = {name: place for place, name in enumerate(names)}
    return sorted(
        series,
        key=lambda one: (
            not one.is_order,
            places.get(one.key[1] if one.is_order else one.key[0], len(names)),
            one.key,
            one.variant,
        ),
    )


def float_points(runs: Iterable[Run], *, trained_on: bool = False) -> dict[int, list[Point]]:
    """Return the float networks by seed: where binarization begins, or trained on as long."""
    found: dict[int, list[Point]] = {}
    for run in runs:
        for point in run.points:
            if point.is_float and (point.steps > 0) == trained_on:
                found.setdefault(run.seed, []).append(point)
    return dict(sorted(found.items()))


def differing_settings(runs: Sequence[Run]) -> dict[str, list[str]]:
    """Return the settings that runs do not agree in, with their values."""
    values: dict[str, set[str]] = {}
    for run in runs:
        for key, value in run.settings().items():
            values.setdefault(key, set()).add(value)
    return {key: sorted(found) for key, found in sorted(values.items()) if len(found) > 1}


def part_of(name: str) -> str:
    """Return the part of the network that a layer belongs to."""
    if name.endswith(".out"):
        return "predictions"
    if name.startswith("s") and name.partition(".")[0][1:].isdigit():
        return f"stride {name.partition('.')[0][1:]}"
    return {"p": "neck", "h": "heads"}.get(name[0], "stem")


def part_bytes(layers: Sequence[Layer], bits: Mapping[str, int]) -> dict[str, int]:
    """Return the stored bytes of every part of the network."""
    result = dict.fromkeys(PARTS, 0)
    for layer in layers:
        stored = layer_bytes(layer.parameters, layer.shape[0], bits.get(layer.name, 32))
        result[part_of(layer.name)] += stored
    return result


def _usual_settings(runs: Sequence[Run]) -> dict[str, str]:
    """The most frequent value of every setting; of equally frequent ones, the first run's."""
    counts: dict[str, dict[str, int]] = {}
    for run in runs:
        for key, value in run.settings().items():
            found = counts.setdefault(key, {})
            found[value] = found.get(value, 0) + 1
    return {key: max(found, key=lambda value: found[value]) for key, found in counts.items()}


def _check_replicates(runs: Sequence[Run]) -> None:
    seen: dict[tuple[int, int, int], Run] = {}
    for run in runs:
        for place in {
            (run.seed, point.depth, min(point.bits.values(), default=32))
            for point in run.points
            if not point.is_float
        }:
            if place in seen:
                raise ReportError(
                    f"{seen[place].folder} and {run.folder} both hold {run.method} with seed "
                    f"{run.seed} at depth {place[1]}: leave one out."
                )
            seen[place] = run


def _alike(ratios: Sequence[float], factor: float) -> bool:
    return max(ratios) <= factor * min(ratios)
