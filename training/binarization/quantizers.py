"""Weights that are 1 bit in every forward pass, while real ones behind them go on learning.

A quantizer turns real weights into 1-bit ones and lets gradients through to the real ones;
``codes_and_scales`` says what is frozen and exported in the end.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.binarization.discrepancy import codes_and_scales

QUANTIZERS = ("sign", "dorefa", "binaryconnect")


class SignQuantizer:
    """BWN (Rastegari et al., arXiv 1603.05279): ``alpha sign(W)``, ``alpha = mean |W|`` per filter.

    The gradient of the sign is that of a clip to [-1, 1]; alpha is differentiated too, which
    together is the paper's ``(1/n + alpha 1[|W| <= 1])``.
    """

    name = "sign"

    def __call__(self, weight: Tensor) -> Tensor:
        """Return 1-bit weights of the same shape ``[filters, channels, kh, kw]``."""
        return weight.abs().mean((1, 2, 3), keepdim=True) * clipped_sign(weight)

    def after_step(self, weight: Tensor) -> None:
        """Change the real weights in place after a step of the optimizer."""

    def codes_and_scales(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the layer is frozen to: codes of the weight's shape, scales ``[filters]``."""
        return codes_and_scales(weight)


class DoReFaQuantizer(SignQuantizer):
    """DoReFa (Zhou et al., arXiv 1606.06160), 1-bit weights: ``mean |W| sign(W)``, one per layer.

    The gradient passes straight through to W.
    """

    name = "dorefa"

    def __call__(self, weight: Tensor) -> Tensor:
        """Return 1-bit weights of the same shape."""
        return straight_through(weight, weight.detach().abs().mean() * _sign(weight.detach()))

    def codes_and_scales(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return codes and the layer's one scale, repeated for every filter."""
        weight = weight.detach()
        return _sign(weight), weight.abs().mean().expand(len(weight)).clone()


class BinaryConnectQuantizer(SignQuantizer):
    """BinaryConnect (Courbariaux et al., arXiv 1511.00363): ``H sign(W)``, W kept in [-H, H].

    H stays as it is: here the mean ``|W|`` of the layer of the float network, since the original
    constant is meant for training from nothing.
    """

    name = "binaryconnect"

    def __init__(self, limit: float) -> None:
        """Quantize a layer whose constant is ``limit``."""
        self.limit = limit

    def __call__(self, weight: Tensor) -> Tensor:
        """Return 1-bit weights of the same shape."""
        return straight_through(weight, self.limit * _sign(weight.detach()))

    @torch.no_grad()
    def after_step(self, weight: Tensor) -> None:
        """Clip the real weights to [-H, H]."""
        weight.clamp_(-self.limit, self.limit)

    def codes_and_scales(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Return codes and H for every filter."""
        return _sign(weight.detach()), weight.new_full((len(weight),), self.limit).detach()


def make_quantizer(name: str, float_weight: Tensor) -> SignQuantizer:
    """Return a quantizer of :data:`QUANTIZERS` for a layer with these float weights.

    Raises:
        ValueError: There is none of this name.
    """
    if name == "sign":
        return SignQuantizer()
    if name == "dorefa":
        return DoReFaQuantizer()
    if name not in QUANTIZERS:
        raise ValueError(f"no quantizer '{name}'; there are {', '.join(QUANTIZERS)}")
    return BinaryConnectQuantizer(float(float_weight.detach().abs().mean().clamp(min=1e-8)))


def straight_through(weight: Tensor, value: Tensor) -> Tensor:
    """Return ``value`` with the gradient going to ``weight`` (Bengio et al., arXiv 1308.3432)."""
    return weight + (value - weight).detach()


def clipped_sign(weight: Tensor) -> Tensor:
    """Return the sign, +1 for 0, with the gradient of a clip to [-1, 1]."""
    return straight_through(weight.clamp(-1, 1), _sign(weight.detach()))


def _sign(weight: Tensor) -> Tensor:
    return torch.where(weight >= 0, 1.0, -1.0)
