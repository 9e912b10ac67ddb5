"""Layer-wise priority binarization.

After "Flexible Network Binarization with Layer-Wise Priority" (ICIP 2018, arXiv 1709.04344), of
which only the abstract is available: what the abstract leaves open is this project's own choice.

Layers are binarized one at a time, the deepest first. For the layer in turn, with real weights W,

    minimize over B in {-1, +1}, alpha >= 0, W and everything else that is still real:
        detection loss + lambda / 2 * ||W - alpha B||^2

by block coordinate descent: codes and scales in closed form (:func:`codes_and_scales`), then some
gradient steps on the loss, each followed by the exact proximal step of the second term
(:func:`proximal_step`) with a lambda that rises and draws W towards alpha B. Then W is replaced by
alpha B for good and the whole network is fine-tuned, alpha included. A layer may also be frozen in
portions (:func:`easiest_filters`), the rest of it making up for what is frozen already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from training.layout import binarizable
from training.mapping import ConfigError
from training.network import PedestrianNet


def inverse_depth_order(net: PedestrianNet) -> list[str]:
    """Return the layers in the order in which they are binarized: the deepest first."""
    return binarizable(net.nodes)[::-1]


def listed_order(net: PedestrianNet, layers: Sequence[str]) -> list[str]:
    """Check an order given by name.

    Raises:
        ConfigError: It names an unknown layer, or one twice.
    """
    known = binarizable(net.nodes)
    for place, layer in enumerate(layers):
        if layer not in known:
            raise ConfigError(f"'binarize.layers': no layer '{layer}'. Layers: {', '.join(known)}.")
        if layer in layers[:place]:
            raise ConfigError(f"'binarize.layers' names '{layer}' twice.")
    if not layers:
        raise ConfigError("'binarize.layers' must name the layers for the order 'list'.")
    return list(layers)


@torch.no_grad()
def sensitivity(net: PedestrianNet, loss: Callable[[], float]) -> dict[str, float]:
    """Measure what binarizing each layer alone, in closed form, adds to the loss.

    Args:
        net: The float network; unchanged afterwards.
        loss: Computes the loss of the network as it is, always on the same images. It should use
            the batches' own statistics: stale running averages would say more about batch
            normalization than about the layer.

    Returns:
        Increase of the loss by layer, in forward order.
    """
    base = loss()
    increase = {}
    for name in binarizable(net.nodes):
        layer = net.conv(name)
        codes, alpha = codes_and_scales(layer.weight)
        fixed = alpha[:, None, None, None] * codes
        layer.rule = lambda weight, training, fixed=fixed: fixed
        try:
            increase[name] = loss() - base
        finally:
            layer.rule = None
    return increase


def easiest_filters(weight: Tensor, codes: Tensor, alpha: Tensor, count: int) -> Tensor:
    """Choose the filters that lose least by being frozen.

    Args:
        weight: ``[filters, channels, kh, kw]``.
        codes: The same shape.
        alpha: ``[filters]``.
        count: How many.

    Returns:
        Their mask ``[filters]``; the smallest ``||W - alpha B|| / ||W||`` come first.
    """
    weight = weight.detach()
    left = (weight - alpha[:, None, None, None] * codes).flatten(1).norm(dim=1)
    error = left / weight.flatten(1).norm(dim=1).clamp(min=1e-12)
    chosen = torch.zeros(len(error), dtype=torch.bool, device=weight.device)
    chosen[error.argsort(stable=True)[:count]] = True
    return chosen


def flip_ratio(codes: Tensor, before: Tensor) -> float:
    """Return the share of codes that differ from the signs of real weights ``before``."""
    return float((codes != torch.where(before >= 0, 1, -1)).float().mean())


def codes_and_scales(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Solve ``min ||W - alpha B||^2`` for one layer.

    Both blocks have a closed form that does not depend on the other (Rastegari et al., arXiv
    1603.05279): ``B = sign(W)`` with ``sign(0) = +1``, and ``alpha = mean |W|`` per filter.

    Args:
        weight: ``[filters, channels, kh, kw]``.

    Returns:
        Codes of the same shape, -1 or +1, and scales ``[filters]``.
    """
    weight = weight.detach()
    codes = torch.where(weight >= 0, 1.0, -1.0)
    return codes, weight.abs().mean((1, 2, 3))


def reconstruction_error(weight: Tensor, codes: Tensor, alpha: Tensor) -> float:
    """Return ``||W - alpha B|| / ||W||``."""
    difference = weight.detach() - alpha[:, None, None, None] * codes
    return float(difference.norm() / weight.detach().norm().clamp(min=1e-12))


def proximity(fraction: float, start: float, end: float) -> float:
    """Return ``step size * lambda`` after a ``fraction`` (0..1) of the approach, geometrically."""
    return float(start * (end / start) ** fraction)


@torch.no_grad()
def proximal_step(weight: Tensor, codes: Tensor, alpha: Tensor, strength: float) -> None:
    """Move W towards ``alpha B`` in place, by the proximal operator of the distance to it.

    ``argmin_V 1/(2 s) ||V - W||^2 + lambda/2 ||V - alpha B||^2 = (W + s lambda alpha B) /
    (1 + s lambda)``. Taken exactly instead of through the optimizer, because an adaptive optimizer
    would normalize the pull away.

    Args:
        weight: W, ``[filters, channels, kh, kw]``.
        codes: B, the same shape.
        alpha: ``[filters]``.
        strength: ``s lambda``, step size times lambda.
    """
    target = alpha[:, None, None, None] * codes
    weight.lerp_(target, strength / (1 + strength))
