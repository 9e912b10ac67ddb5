"""The run as a list of spans of training.

The first span trains the float network; then every layer in turn, the deepest first, has an
"approach" (block coordinate descent, its weights drawn onto ``alpha * codes``) and a "finetune"
(the whole network, the layer's codes frozen); depths to export end with a longer fine-tuning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from training.config import ConfigError, TrainConfig


@dataclass(frozen=True)
class Span:
    """A stretch of training with one learning-rate curve.

    Attributes:
        kind: ``float``, ``approach`` or ``finetune``.
        layer: The layer being binarized; empty for ``float``.
        depth: Binarized layers once the span is over.
        steps: Number of steps.
        start: Number of the first step, counted from the beginning of the run.
        export: Whether a preset is exported at the end.
    """

    kind: str
    layer: str
    depth: int
    steps: int
    start: int
    export: bool


def plan(config: TrainConfig, order: list[str]) -> list[Span]:
    """Lay out the whole run."""
    depths = config.depths or tuple(round(len(order) * part / 3) for part in range(4))
    if not all(0 <= depth <= len(order) for depth in depths):
        raise ConfigError(f"'depths' must lie between 0 and {len(order)}, not {list(depths)}.")
    spans = [Span("float", "", 0, config.pretrain.steps, 0, 0 in depths)]
    for depth, layer in enumerate(order[: max(depths)], 1):
        tuning = config.binarize.finetune_steps
        if depth in depths:
            tuning += config.binarize.final_steps
        for kind, steps in (("approach", config.binarize.approach_steps), ("finetune", tuning)):
            start = spans[-1].start + spans[-1].steps
            export = kind == "finetune" and depth in depths
            spans.append(Span(kind, layer, depth, steps, start, export))
    return spans


def learning_rate(config: TrainConfig, span: Span, step: int) -> float:
    """Return the rate of a step: a short linear warm-up, then a cosine down to a twentieth."""
    if span.kind == "float":
        peak, warmup = config.pretrain.learning_rate, config.pretrain.warmup
    else:
        peak, warmup = config.binarize.learning_rate, min(5, span.steps // 4)
    if step < warmup:
        return peak * (step + 1) / warmup
    fraction = (step - warmup) / max(1, span.steps - warmup)
    return peak * (0.05 + 0.95 * (1 + math.cos(math.pi * fraction)) / 2)


def title_of_depth(depth: int, limit: int) -> str:
    """Return how a depth is called in a preset's title."""
    if depth == 0:
        return "float"
    return f"all {limit} binary" if depth == limit else f"{depth} of {limit} binary"
