"""The run as a list of spans of training.

The first span trains the float network. What follows depends on the method:

- layer by layer: every layer in turn has an "approach" (block coordinate descent, its weights drawn
  onto ``alpha * codes``) and a "finetune" (the whole network, the layer's codes frozen); depths to
  export end with a longer fine-tuning.
- layer by layer with free codes: one "joining" for every exported depth, in which its layers turn
  to 1 bit one after the other, as many steps apart, and all of them go on learning.
- all at once, and in portions: one branch per exported depth, each from the float network on, as
  there is nothing in between to export. A branch has as many steps as layer-by-layer training
  takes to the same depth, so that all methods are compared at equal budgets.
- float: the float network trained on for the budget of the deepest export.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from training.config import TrainConfig
from training.mapping import ConfigError
from training.methods import METHODS


@dataclass(frozen=True)
class Span:
    """A stretch of training with one learning-rate curve.

    Attributes:
        kind: ``float``, ``approach``, ``finetune``, ``joining``, ``at-once``, ``portion`` or
            ``continue``.
        layer: The layer being binarized; empty where it is not one.
        depth: Binarized layers once the span is over.
        steps: Number of steps.
        start: Number of the first step, counted from the beginning of the run.
        export: Whether a preset is exported at the end.
        branches: Whether it begins with the float network.
        share: Share of the weights that is frozen at the beginning of a ``portion``.
    """

    kind: str
    layer: str
    depth: int
    steps: int
    start: int
    export: bool
    branches: bool = False
    share: float = 0.0


def float_span(config: TrainConfig) -> Span:
    """Return the span that trains the float network; empty where one is given."""
    steps = 0 if config.pretrain.start else config.pretrain.steps
    return Span("float", "", 0, steps, 0, True)


def choose_depths(config: TrainConfig, order: Sequence[str]) -> tuple[int, ...]:
    """Return the depths to export, by default float, half and all of the layers.

    Raises:
        ConfigError: A depth is not there to be reached.
    """
    depths = tuple(sorted(set(config.depths))) or (0, len(order) // 2, len(order))
    if not all(0 <= depth <= len(order) for depth in depths):
        raise ConfigError(f"'depths' must lie between 0 and {len(order)}, not {list(depths)}.")
    return depths


def plan(config: TrainConfig, order: Sequence[str], depths: Sequence[int]) -> list[Span]:
    """Lay out the whole run for an order of layers and the depths to export."""
    kind = METHODS[config.method].kind
    spans = [float_span(config)]
    layers = _layer_spans(config, order, depths, spans[0].steps)
    if kind == "layers":
        return spans + (joined(layers) if config.binarize.free_codes else layers)
    budget = {span.depth: span.start + span.steps - spans[0].steps for span in layers}
    start = spans[0].steps
    if kind == "float" and budget:
        return [*spans, Span("continue", "", 0, max(budget.values()), start, True, True)]
    if kind in ("at-once", "portions"):
        for depth in depths:
            if not depth:
                continue
            shares = config.binarize.inq_portions if kind == "portions" else (1.0,)
            # As many parts of fine-tuning after the portions as there are portions, in all.
            for index, share in enumerate(shares):
                steps = budget[depth] * (index + 1) // len(shares)
                steps -= budget[depth] * index // len(shares)
                name = "portion" if kind == "portions" else "at-once"
                last = index == len(shares) - 1
                spans.append(Span(name, "", depth, steps, start, last, index == 0, share))
                start += steps
    return spans


def joined(layers: Sequence[Span]) -> list[Span]:
    """Return one span for every exported depth, with all the steps that lead to it."""
    spans, start = [], layers[0].start if layers else 0
    for span in layers:
        if span.export:
            end = span.start + span.steps
            spans.append(Span("joining", "", span.depth, end - start, start, True))
            start = end
    return spans


def joined_layers(config: TrainConfig, spans: Sequence[Span], span: Span, step: int) -> int:
    """Return how many layers compute with 1-bit weights at a step of a "joining"."""
    before = max(
        (s.depth for s in spans if s.kind == "joining" and s.start < span.start), default=0
    )
    each = config.binarize.approach_steps + config.binarize.finetune_steps
    return min(span.depth, before + 1 + step // each)


def _layer_spans(
    config: TrainConfig, order: Sequence[str], depths: Sequence[int], start: int
) -> list[Span]:
    spans = []
    for depth, layer in enumerate(order[: max(depths, default=0)], 1):
        tuning = config.binarize.finetune_steps
        if depth in depths:
            tuning += config.binarize.final_steps
        for kind, steps in (("approach", config.binarize.approach_steps), ("finetune", tuning)):
            export = kind == "finetune" and depth in depths
            spans.append(Span(kind, layer, depth, steps, start, export))
            start += steps
    return spans


def branch_start(spans: Sequence[Span], step: int) -> int:
    """Return the step at which the branch that ends at ``step`` left the float network."""
    return max(
        (span.start for span in spans if span.branches and span.start < step),
        default=spans[0].steps,
    )


def learning_rate(config: TrainConfig, span: Span, step: int) -> float:
    """Return the rate of a step: a short linear warm-up, then a cosine down to a twentieth.

    The float network's stays at its peak in between unless ``pretrain.decay`` is 1.
    """
    if span.kind == "float":
        peak, warmup = config.pretrain.learning_rate, config.pretrain.warmup
        falls_from = span.steps - round(config.pretrain.decay * span.steps)
    else:
        peak, warmup = config.binarize.learning_rate, min(5, span.steps // 4)
        falls_from = 0
    if step < warmup:
        return peak * (step + 1) / warmup
    falls_from = max(warmup, falls_from)
    fraction = max(0, step - falls_from) / max(1, span.steps - falls_from)
    return peak * (0.05 + 0.95 * (1 + math.cos(math.pi * fraction)) / 2)


def title_of_depth(depth: int, limit: int) -> str:
    """Return how a depth is called in a preset's title."""
    if depth == 0:
        return "float"
    return f"all {limit} binary" if depth == limit else f"{depth} of {limit} binary"
