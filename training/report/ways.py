"""The runs of a comparison: ways to binarize, and the grid of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from training.binarization.compression import depths_for_ratios, network_bytes, ratio_at
from training.config import NetworkConfig, TrainConfig
from training.network.architecture import binarizable, network_nodes

MOST_STEPS_WITH_SEEDS = 600


@dataclass(frozen=True)
class Way:
    """A way to binarize.

    Attributes:
        method: As in ``TrainConfig``.
        binarize: Settings of ``BinarizeConfig``.
        in_turn: Share of the steps that are taken layer by layer, before the rest with all.
    """

    method: str
    binarize: Mapping[str, Any]
    in_turn: float = 0.0


DESCENT: dict[str, Any] = {"discrepancy": "output", "free_codes": True}
OURS = "output descent, late freezing"
HOW = {
    OURS: Way("layer-wise", DESCENT),
    "the same, layer by layer": Way("layer-wise", DESCENT, in_turn=0.5),
    "output descent, codes frozen": Way("layer-wise", {**DESCENT, "free_codes": False}),
    "output descent, then normalization alone": Way(
        "layer-wise",
        {
            **DESCENT,
            "free_codes": False,
            "fixed_norm": True,
            "norm_rate": 10.0,
            "learn_weights": False,
        },
    ),
    "BWN from these codes": Way("bwn", {"discrepancy": "output"}),
    "BWN": Way("bwn", {"discrepancy": "weight"}),
    "DoReFa": Way("dorefa", {"discrepancy": "weight"}),
    "BinaryConnect": Way("binaryconnect", {"discrepancy": "weight"}),
    "weight descent, layer by layer": Way(
        "layer-wise", {"discrepancy": "weight", "free_codes": False}, in_turn=0.9
    ),
}
"""How a layer gets its bits. BWN without a step is the sign and mean of the float weights."""
WIDER = "all layers of a wider network"
WHICH = {
    "first layers first": Way("forward", DESCENT),
    "least error per byte first": Way("bytes", DESCENT),
    WIDER: Way("layer-wise", DESCENT),
}
"""Which layers get bits, where it isn't the deepest ones."""
WAYS = HOW | WHICH
ALIKE_WITHOUT_STEPS = {
    way for way, it in HOW.items() if way != OURS and it.binarize["discrepancy"] == "output"
}
"""What begins with the same codes as :data:`OURS`, and differs only in how it goes on."""


class Cell(NamedTuple):
    """One run of the grid; the ratio is of bytes of weights, of all runs the same network's."""

    way: str
    ratio: float
    steps: int
    seed: int

    @property
    def folder(self) -> str:
        """Where it is, below the grid's folder."""
        name = "".join(letter if letter.isalnum() else "-" for letter in self.way)
        return f"{name}-{self.ratio:g}x-{self.steps}-{self.seed}"


def grid(
    config: TrainConfig, ratios: Sequence[float], budgets: Sequence[int], seeds: int, enough: int
) -> list[Cell]:
    """Return the runs of a comparison, the most telling ones first.

    All ways are compared at the middle ratio after any number of steps, and at every ratio without
    a step and after ``enough``. What takes longer than :data:`MOST_STEPS_WITH_SEEDS` is done with
    one seed.
    """
    middle = ratios[len(ratios) // 2]
    cells = []
    for seed in range(seeds):
        for steps in budgets:
            if seed and steps > max(enough, MOST_STEPS_WITH_SEEDS):
                continue
            for ratio in ratios:
                if ratio == middle or steps in (0, enough):
                    ways = WAYS if steps else WAYS.keys() - ALIKE_WITHOUT_STEPS
                    cells += [Cell(way, ratio, steps, seed) for way in WAYS if way in ways]
    full = full_ratio(config)
    same_at_full_depth = set(WHICH)
    return [it for it in cells if it.ratio < full or it.way not in same_at_full_depth]


def cell_config(base: TrainConfig, cell: Cell, rate: float) -> TrainConfig:
    """Return the settings of a run."""
    way, network, ratio = WAYS[cell.way], base.network, cell.ratio
    if cell.way == WIDER:
        network = wider(base, ratio)
        ratio = ratio_at(
            network_nodes(network), binarizable(network_nodes(network)), base.binarize.rest
        )
    nodes = network_nodes(network)
    deepest_first = binarizable(nodes)[::-1]
    [depth] = depths_for_ratios(nodes, deepest_first, [ratio], base.binarize.rest)
    each = int(way.in_turn * cell.steps) // depth
    # The weights' own descent needs a step at least to be one.
    descending = way.binarize["discrepancy"] == "weight" and way.method == "layer-wise"
    descent = max(1, each // 2) if descending else 0
    binarize = replace(
        base.binarize,
        **way.binarize,
        learning_rate=rate,
        descent_steps=descent,
        finetune_steps=max(0, each - descent),
        final_steps=max(0, cell.steps - depth * max(each, descent)),
        validate_every=0,
    )
    return replace(
        base,
        title=cell.way,
        seed=cell.seed,
        method=way.method,
        depths=(),
        ratios=(ratio,),
        network=network,
        binarize=binarize,
        tensorboard=False,
    )


def wider(base: TrainConfig, ratio: float) -> NetworkConfig:
    """Return a network that takes, all binary, as many bytes as another at a ratio.

    Its layers are all wider by one factor, to the next multiple of 4.
    """
    network, rest = base.network, base.binarize.rest
    wanted = network_bytes(network_nodes(network), ()) / ratio

    def scaled(factor: float) -> NetworkConfig:
        def width(filters: int) -> int:
            return max(4, 4 * round(factor * filters / 4))

        first, second, third, fourth = map(width, network.widths)
        return replace(
            network,
            stem=width(network.stem),
            widths=(first, second, third, fourth),
            neck=width(network.neck),
            head=width(network.head),
        )

    def distance(candidate: NetworkConfig) -> float:
        nodes = network_nodes(candidate)
        return abs(network_bytes(nodes, binarizable(nodes), rest) - wanted)

    return min((scaled(1 + step / 100) for step in range(300)), key=distance)


def full_ratio(config: TrainConfig) -> float:
    """Return the compression of all layers binary, the first one and predictions apart."""
    nodes = network_nodes(config.network)
    return round(ratio_at(nodes, binarizable(nodes), config.binarize.rest), 2)
