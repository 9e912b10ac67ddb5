"""Codes and scales that keep what a layer puts out, not its weights.

For a layer with real weights W and inputs x (im2col columns), this minimizes

    E_w ||(W - alpha B)(x - mu)||^2 = trace((W - alpha B) C (W - alpha B)')

over codes B in {-1, +1} and one scale alpha >= 0 per filter. C is the covariance of x, centred
because batch normalization centres what comes out, with positions weighted by how much the
detection loss cares about them. The start is error-compensating rounding (GPTQ, Frantar et al.,
arXiv 2210.17323) to the two levels +-alpha; then follows coordinate descent over single codes (as
COMQ, Zhang et al., arXiv 2403.07134), the scales in closed form between its sweeps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.config import LossConfig
from training.data.loader import Batch
from training.network.architecture import binarizable
from training.network.loss import detection_loss
from training.network.model import ConvLayer, PedestrianNet

# At a time: the gradients of more take gigabytes.
PICTURES = 4
MAX_POSITIONS = 1500  # of a layer's output in those
MAX_SWEEPS = 12
RIDGE = 0.01
MIN_SCALE = 1e-6
# A position counts 0.2 at least, and the most important ones at most 20 times the mean.
LEAST_WEIGHT = 0.2
MAX_IMPORTANCE = 20.0


@dataclass(frozen=True)
class Codes:
    """A layer's minimum.

    Attributes:
        codes: -1 or +1, of the weight's shape.
        scales: ``[filters]``.
        latent: Real weights with the signs of the codes, whose sizes say what flipping a code would
            cost; of every filter their mean size is its scale. Further training begins with them.
        error: ``trace((W - alpha B) C (W - alpha B)')``, see the module docstring.
        lost: The same as a share of the output's variance.
    """

    codes: Tensor
    scales: Tensor
    latent: Tensor
    error: float
    lost: float

    def to(self, device: torch.device) -> Codes:
        """Return the same on a device."""
        tensors = (self.codes, self.scales, self.latent)
        codes, scales, latent = (tensor.to(device) for tensor in tensors)
        return Codes(codes, scales, latent, self.error, self.lost)


@dataclass(frozen=True)
class InputStatistics:
    """What a layer reads.

    Attributes:
        covariance: C, ``[columns, columns]``, columns ordered as a filter's weights.
        importance: ``sum g^2`` over the positions of its output in a picture, g the loss's gradient
            there, mean over filters.
    """

    covariance: Tensor
    importance: float


class _Moments:
    """Weighted first and second moments of the columns of a layer's input."""

    def __init__(self, layer: ConvLayer) -> None:
        spec = layer.spec
        size = spec.channels * spec.kernel**2
        device = layer.alpha.device
        self.spec, self.total = spec, torch.zeros((), device=device)
        self.importance, self.pictures = torch.zeros((), device=device), 0
        self.first = torch.zeros(size, device=device)
        self.second = torch.zeros(size, size, device=device)
        self.source: Tensor | None = None

    def add(self, gradient: Tensor, generator: torch.Generator) -> None:
        """Take a sample of positions, given the loss's gradient at the convolution's output."""
        assert self.source is not None
        importance = gradient.float().square().mean(1).flatten()
        self.importance += importance.sum()
        self.pictures += len(gradient)
        weights = importance / importance.mean().clamp(min=1e-30)
        weights = LEAST_WEIGHT + (1 - LEAST_WEIGHT) * weights.clamp(max=MAX_IMPORTANCE)
        _, _, height, width = gradient.shape
        count = min(MAX_POSITIONS, len(weights))
        chosen = torch.randperm(len(weights), generator=generator)[:count].to(weights.device)
        weights = weights[chosen]
        image, place = chosen // (height * width), chosen % (height * width)
        y, x = place // width * self.spec.stride, place % width * self.spec.stride
        kernel = self.spec.kernel
        padded = F.pad(self.source.float(), [kernel // 2] * 4)
        columns = torch.stack(
            [padded[image, :, y + dy, x + dx] for dy in range(kernel) for dx in range(kernel)], -1
        ).flatten(1)
        weighted = columns * weights[:, None]
        self.total += weights.sum()
        self.first += weighted.sum(0)
        self.second += weighted.T @ columns
        self.source = None

    def statistics(self) -> InputStatistics:
        mean = self.first / self.total
        covariance = self.second / self.total - mean[:, None] * mean
        covariance.diagonal().add_(RIDGE * covariance.diagonal().mean().clamp(min=1e-12))
        return InputStatistics(covariance, float(self.importance) / self.pictures)


def input_statistics(
    net: PedestrianNet,
    batches: Iterable[Batch],
    config: LossConfig,
    seed: int,
    dtype: torch.dtype | None = None,
) -> dict[str, InputStatistics]:
    """Measure what the layers of a float network read.

    Args:
        net: The network; unchanged afterwards.
        batches: Training pictures as the app would see them.
        config: Of the loss that says which positions matter.
        seed: Of the choice of positions.
        dtype: What the network computes in; by default what its weights are.

    Returns:
        The statistics by binarizable layer.
    """
    generator = torch.Generator().manual_seed(seed)
    layers = {name: net.conv(name) for name in binarizable(net.nodes)}
    moments = {name: _Moments(layer) for name, layer in layers.items()}
    handles = []

    def watch(name: str, layer: ConvLayer) -> None:
        def before(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            moments[name].source = inputs[0].detach()

        def after(_: nn.Module, gradients: tuple[Tensor, ...], __: object) -> None:
            moments[name].add(gradients[0], generator)

        assert layer.norm is not None
        handles.append(layer.register_forward_pre_hook(before))
        handles.append(layer.norm.register_full_backward_hook(after))

    for name, layer in layers.items():
        watch(name, layer)
    was_training = net.training
    net.eval()
    try:
        for batch in batches:
            parts = (batch.images, batch.boxes, batch.labels)
            for images, boxes, labels in zip(*(it.split(PICTURES) for it in parts), strict=True):
                pictures = images.to(memory_format=torch.channels_last) / 255
                size = images.shape[2], images.shape[3]
                with torch.autocast(images.device.type, dtype, enabled=dtype is not None):
                    logits, log_distances = net(pictures)
                loss = detection_loss(logits, log_distances, boxes, labels, size, config)
                loss.total.backward()
                net.zero_grad(set_to_none=True)
    finally:
        for handle in handles:
            handle.remove()
        net.train(was_training)
    return {name: found.statistics() for name, found in moments.items()}


@torch.no_grad()
def minimize_output_discrepancy(weight: Tensor, covariance: Tensor, seed: int = 0) -> Codes:
    """Find a layer's codes and scales; see the module docstring.

    Args:
        weight: W, ``[filters, channels, kh, kw]``.
        covariance: C, ``[columns, columns]``, positive definite.
        seed: Of the order of the codes in the descent.

    Returns:
        A minimum: no single code can be flipped for less.
    """
    generator = torch.Generator().manual_seed(seed)
    real = weight.detach().flatten(1).float()
    codes = _rounded(real, covariance)
    diagonal = covariance.diagonal()
    for _ in range(MAX_SWEEPS):
        scales = _best_scales(real, codes, covariance)
        gradient = (real - scales[:, None] * codes) @ covariance
        flips = 0
        for j in torch.randperm(len(diagonal), generator=generator).tolist():
            code = codes[:, j]
            worse = scales * code * gradient[:, j] + scales.square() * diagonal[j] < 0
            rows = worse.nonzero()[:, 0]
            if len(rows):
                step = 2 * scales[rows] * code[rows]
                gradient[rows] += step[:, None] * covariance[j]
                codes[rows, j] *= -1
                flips += len(rows)
        if not flips:
            break
    scales = _best_scales(real, codes, covariance)
    difference = real - scales[:, None] * codes
    gradient = difference @ covariance
    # The scales have changed since the last sweep, and some latent weights perhaps their sign.
    sizes = (scales[:, None] + codes * gradient / diagonal).clamp(min=0) + MIN_SCALE
    sizes = sizes * (scales / sizes.mean(1))[:, None]
    error = float((gradient * difference).sum())
    lost = error / float(((real @ covariance) * real).sum().clamp(min=1e-30))
    latent = (sizes * codes).view_as(weight).clone()
    return Codes(codes.view_as(weight), scales, latent, error, lost)


def _best_scales(real: Tensor, codes: Tensor, covariance: Tensor) -> Tensor:
    through = codes @ covariance
    scales: Tensor = (through * real).sum(1) / (through * codes).sum(1)
    return scales.clamp(min=MIN_SCALE)


def _rounded(real: Tensor, covariance: Tensor) -> Tensor:
    """Round to +-alpha weight by weight, letting those still to come make up for the error."""
    order = covariance.diagonal().argsort(descending=True)
    back = order.argsort()
    ordered = covariance[order][:, order].double()
    inverse = torch.linalg.cholesky(
        torch.cholesky_inverse(torch.linalg.cholesky(ordered)), upper=True
    ).to(real.dtype)
    left = real[:, order].clone()
    level = real.abs().mean(1)
    codes = torch.empty_like(left)
    for j in range(left.shape[1]):
        codes[:, j] = torch.where(left[:, j] >= 0, 1.0, -1.0)
        error = (left[:, j] - level * codes[:, j]) / inverse[j, j]
        left[:, j + 1 :] -= error[:, None] * inverse[j, j + 1 :]
    return codes[:, back].contiguous()
