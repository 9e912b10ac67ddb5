"""The rivals of layer-wise binarization: how all layers of a set become 1 bit at once.

A :class:`Rule` turns real weights into 1-bit ones in every forward pass and lets gradients through
to the real ones; when training is over, :meth:`Rule.codes_and_scales` says what is exported.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.binarize import codes_and_scales


@dataclass(frozen=True)
class Method:
    """A way to binarize.

    Attributes:
        title: What people read.
        kind: ``layers`` (one after the other), ``at-once``, ``portions``, ``int8`` or ``float``.
        order: The order of layers that is the method, where that is what it is.
    """

    title: str
    kind: str
    order: str = ""


METHODS = {
    "layer-wise": Method("layer-wise, deepest first", "layers"),
    "forward": Method("layer-wise, first layer first", "layers", "forward"),
    "sensitivity": Method("layer-wise, least sensitive first", "layers", "sensitivity"),
    "bwn": Method("BWN, all at once", "at-once"),
    "binaryconnect": Method("BinaryConnect", "at-once"),
    "binaryconnect-stochastic": Method("BinaryConnect, stochastic", "at-once"),
    "dorefa": Method("DoReFa, 1-bit weights", "at-once"),
    "inq": Method("INQ-style portions", "portions"),
    "int8": Method("int8 after training", "int8"),
    "float": Method("float, trained on", "float"),
}


class Rule:
    """BWN (Rastegari et al., arXiv 1603.05279): ``alpha sign(W)``, ``alpha = mean |W|`` per filter.

    The gradient of the sign is that of a clip to [-1, 1]; alpha is differentiated too, which
    together is the paper's ``(1/n + alpha 1[|W| <= 1])``.
    """

    def __call__(self, weight: Tensor, training: bool) -> Tensor:
        """Return 1-bit weights of the same shape ``[filters, channels, kh, kw]``."""
        return weight.abs().mean((1, 2, 3), keepdim=True) * clipped_sign(weight)

    def after_step(self, weight: Tensor) -> None:
        """Change the real weights in place after a step of the optimizer."""

    def codes_and_scales(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the layer is frozen to: codes of the weight's shape, scales ``[filters]``."""
        return codes_and_scales(weight)


class DoReFa(Rule):
    """DoReFa (Zhou et al., arXiv 1606.06160), 1-bit weights: ``mean |W| sign(W)``, one per layer.

    The gradient passes straight through to W.
    """

    def __call__(self, weight: Tensor, training: bool) -> Tensor:
        """Return 1-bit weights of the same shape."""
        return straight_through(weight, weight.detach().abs().mean() * _sign(weight.detach()))

    def codes_and_scales(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return codes and the layer's one scale, repeated for every filter."""
        weight = weight.detach()
        return _sign(weight), weight.abs().mean().expand(len(weight)).clone()


class BinaryConnect(Rule):
    """BinaryConnect (Courbariaux et al., arXiv 1511.00363): ``H sign(W)``, W kept in [-H, H].

    The stochastic kind draws ``+H`` with probability ``clip((W / H + 1) / 2, 0, 1)`` while training
    and is deterministic afterwards. H stays as it is: here the mean ``|W|`` of the layer of the
    float network, since the original constant is meant for training from nothing.
    """

    def __init__(self, limit: float, *, stochastic: bool) -> None:
        """Make the rule for a layer whose constant is ``limit``."""
        self.limit, self.stochastic = limit, stochastic

    def __call__(self, weight: Tensor, training: bool) -> Tensor:
        """Return 1-bit weights of the same shape."""
        real = weight.detach()
        if self.stochastic and training:
            probability = ((real / self.limit + 1) / 2).clamp(0, 1)
            codes = torch.where(torch.rand_like(real) < probability, 1.0, -1.0)
        else:
            codes = _sign(real)
        return straight_through(weight, self.limit * codes)

    @torch.no_grad()
    def after_step(self, weight: Tensor) -> None:
        """Clip the real weights to [-H, H]."""
        weight.clamp_(-self.limit, self.limit)

    def codes_and_scales(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return codes and H for every filter."""
        return _sign(weight.detach()), weight.new_full((len(weight),), self.limit).detach()


def make_rule(method: str, float_weight: Tensor) -> Rule:
    """Make the rule of a method that binarizes at once, for a layer with these float weights."""
    if method == "bwn":
        return Rule()
    if method == "dorefa":
        return DoReFa()
    limit = float(float_weight.detach().abs().mean().clamp(min=1e-8))
    return BinaryConnect(limit, stochastic=method == "binaryconnect-stochastic")


def largest_weights(weight: Tensor, codes: Tensor, share: float) -> Tensor:
    """Choose the weights that are frozen next, INQ-style (Zhou et al., arXiv 1702.03044).

    Args:
        weight: Real weights.
        codes: -1 or +1 where frozen already, of the same shape.
        share: Share of all weights to be frozen now or before, 0..1.

    Returns:
        A mask of the same shape: the largest ``|W|`` of those still real.
    """
    free = codes == 0
    count = round(share * weight.numel()) - int((~free).sum())
    size = torch.where(free, weight.detach().abs(), torch.full_like(weight, -1.0)).flatten()
    chosen = torch.zeros(weight.numel(), dtype=torch.bool, device=weight.device)
    chosen[size.argsort(descending=True, stable=True)[: max(0, count)]] = True
    return chosen.view_as(weight)


def straight_through(weight: Tensor, value: Tensor) -> Tensor:
    """Return ``value`` with the gradient going to ``weight`` (Bengio et al., arXiv 1308.3432)."""
    return weight + (value - weight).detach()


def clipped_sign(weight: Tensor) -> Tensor:
    """Return the sign, +1 for 0, with the gradient of a clip to [-1, 1]."""
    return straight_through(weight.clamp(-1, 1), _sign(weight.detach()))


def _sign(weight: Tensor) -> Tensor:
    return torch.where(weight >= 0, 1.0, -1.0)
