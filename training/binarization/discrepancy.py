"""How far a layer's codes and scales are from its real weights, and what brings them nearer."""

from __future__ import annotations

import torch
from torch import Tensor


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
