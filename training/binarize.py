"""Layer-wise priority binarization.

After "Flexible Network Binarization with Layer-Wise Priority" (ICIP 2018, arXiv 1709.04344), of
which only the abstract is available: what the abstract leaves open is this project's own choice.

Layers are binarized one at a time, the deepest first. For the layer in turn, with real weights W,

    minimize over B in {-1, +1}, alpha >= 0, W and everything else that is still real:
        detection loss + lambda / 2 * ||W - alpha B||^2

by block coordinate descent: codes and scales in closed form (:func:`codes_and_scales`), then some
gradient steps on the loss, each followed by the exact proximal step of the second term
(:func:`proximal_step`) with a lambda that rises and draws W towards alpha B. Then W is replaced by
alpha B for good and the whole network is fine-tuned, alpha included.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.layout import binarizable
from training.network import PedestrianNet


def inverse_depth_order(net: PedestrianNet) -> list[str]:
    """Return the layers in the order in which they are binarized: the deepest first."""
    return binarizable(net.nodes)[::-1]


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
