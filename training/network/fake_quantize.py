"""8-bit activations and weights, simulated in floating point.

What is simulated here is what the exported preset computes: unsigned 8-bit activations with one
scale per tensor, signed 8-bit weights with one scale per filter. Gradients pass straight through
the rounding (Bengio et al., arXiv 1308.3432) and stop where a value is clipped.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import hardtanh

LEVELS = 255
# Without VNNI instructions ONNX Runtime adds two products of 8-bit activations and weights in 16
# bits; weights of up to 63 cannot overflow there.
WEIGHT_LEVELS = 63
SIGNED_ZERO_POINT = 128
# The largest activations of a few pixels are not worth a coarser step for all the others.
RANGE_QUANTILE = 0.9999
MAX_QUANTILE_SAMPLES = 1_000_000


class ActivationQuantizer(nn.Module):
    """Round a tensor to 8 bits: ``(clip(round(x / scale) + zero, 0, 255) - zero) * scale``.

    Attributes:
        scale: Step between two levels; 0 until the range was observed.
        zero_point: The level that stands for 0: 0 for outputs of a ReLU, 128 for signed ones.
    """

    scale: Tensor

    def __init__(self, *, signed: bool) -> None:
        super().__init__()
        self.zero_point = SIGNED_ZERO_POINT if signed else 0
        self.register_buffer("scale", torch.zeros(()))
        self._ranges: list[Tensor] = []

    def observe(self, x: Tensor) -> None:
        flat = x.detach().float().abs().flatten()
        flat = flat[:: max(1, len(flat) // MAX_QUANTILE_SAMPLES + 1)]
        # Selecting one value takes a fifth of the time of torch.quantile, which sorts them all.
        place = 1 + round(RANGE_QUANTILE * (len(flat) - 1))
        self._ranges.append(torch.kthvalue(flat, place).values)

    def finish(self) -> None:
        """Set the scale from the ranges observed since the last time, and forget them."""
        if not self._ranges:
            return
        top = torch.stack(self._ranges).mean()
        levels = LEVELS - self.zero_point
        self.scale.copy_(torch.clamp(top / levels, min=1e-6))
        self._ranges = []

    def forward(self, x: Tensor) -> Tensor:
        rounded: Tensor = _Rounding.apply(x, float(self.scale), self.zero_point)  # type: ignore[no-untyped-call]
        return rounded


class _Rounding(torch.autograd.Function):
    """A fifth of the time or less that it takes as a chain of differentiable operations."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: float, zero_point: int) -> Tensor:
        ctx.save_for_backward(x)
        ctx.range = -zero_point * scale, (LEVELS - zero_point) * scale
        levels = hardtanh(x.float(), *ctx.range).div_(scale).round_()
        return levels.mul_(scale).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (x,) = ctx.saved_tensors
        return torch.ops.aten.hardtanh_backward(gradient, x, *ctx.range), None, None


def weight_scale(weight: Tensor) -> Tensor:
    """Return the step of symmetric 8-bit weights ``[filters, ...]``, one per filter."""
    return weight.detach().abs().amax((1, 2, 3)).clamp(min=1e-8) / WEIGHT_LEVELS


def fake_quantize_weight(weight: Tensor) -> Tensor:
    """Round weights ``[filters, channels, kh, kw]`` to 8 bits per filter."""
    scale = weight_scale(weight)[:, None, None, None]
    rounded = torch.round(weight.detach() / scale).clamp(-WEIGHT_LEVELS, WEIGHT_LEVELS) * scale
    return weight + (rounded - weight).detach()
