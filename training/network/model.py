"""The detector: a plain convolutional, anchor-free, single-class network.

:class:`PedestrianNet` runs the nodes of ``architecture.py`` in PyTorch; ``export/onnx_graph.py``
writes the same nodes as ONNX.

Shapes: images are ``[batch, 3, height, width]`` float in 0..1, BGR, with both sides multiples of
32. Boxes are x1 y1 x2 y2 in input pixels.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.binarization.quantizers import SignQuantizer
from training.config import NetworkConfig
from training.distributed import BatchNorm
from training.network.architecture import (
    STRIDES,
    Conv,
    Node,
    Upsample,
    binarizable,
    convolutions,
    integer_nodes,
    is_prediction,
    is_signed,
    network_nodes,
)
from training.network.fake_quantize import ActivationQuantizer, fake_quantize_weight

SCORE_PRIOR = 0.01
# exp(0.7) = 2 strides from the anchor to each side: the middle of what a level is asked to find.
DISTANCE_PRIOR = 0.7
MAX_LOG_DISTANCE = 5.0
MAX_WIDER = 4.0  # of a variance, from one set of images to another


class ConvLayer(nn.Module):
    """A convolution whose weights are real, or ``alpha * codes`` once it is frozen.

    Attributes:
        weight: Real weights; empty once they are codes.
        codes: -1 or +1, 0 while the weights are real.
        alpha: One scale per filter, trained once the weights are frozen.
        quantizer: How real weights become 1 bit in every forward pass, while they go on learning
            (see ``binarization/quantizers.py``).
        latent: Those real weights and their quantizer, while their codes are frozen for a time.
        frozen: Whether the weights are ``alpha * codes``.
        eight_bit: Whether the weights are rounded to 8 bits per filter.
    """

    codes: Tensor

    def __init__(self, spec: Conv) -> None:
        super().__init__()
        self.spec = spec
        self.weight = nn.Parameter(torch.empty(spec.shape))
        nn.init.kaiming_normal_(self.weight, mode="fan_out", nonlinearity="relu")
        self.alpha = nn.Parameter(torch.ones(spec.filters))
        codes = torch.zeros(spec.shape, dtype=torch.int8) if spec.binarizable else torch.empty(0)
        self.register_buffer("codes", codes, persistent=spec.binarizable)
        self.norm = None if spec.prediction else BatchNorm(spec.filters)
        self.bias = nn.Parameter(torch.zeros(spec.filters)) if spec.prediction else None
        self.quantizer: SignQuantizer | None = None
        self.latent: tuple[Tensor, SignQuantizer] | None = None
        self.frozen = False
        self.eight_bit = False

    @property
    def binarized(self) -> bool:
        return self.frozen or self.quantizer is not None

    def effective_weight(self) -> Tensor:
        """Return the weights that the convolution uses, before batch normalization."""
        if self.frozen:
            return self.alpha[:, None, None, None] * self.codes.to(self.alpha.dtype)
        if self.quantizer is not None:
            return self.quantizer(self.weight)
        if self.eight_bit:
            return fake_quantize_weight(self.weight)
        return self.weight

    def freeze(self, codes: Tensor, alpha: Tensor) -> None:
        """Replace the weights by ``alpha * codes``; only ``alpha`` trains from here on.

        Args:
            codes: -1 or +1, of the weight's shape.
            alpha: Scales ``[filters]``.
        """
        with torch.no_grad():
            self.alpha.copy_(alpha)
            self.codes.copy_(codes.to(torch.int8))
        self.quantizer = None
        self.empty()

    def learn_codes(self, latent: Tensor, quantizer: SignQuantizer) -> None:
        """Compute with 1-bit weights while the real ones behind them, ``latent`` now, learn."""
        self.weight.data.copy_(latent)
        self.quantizer = quantizer

    def freeze_codes(self) -> None:
        """Freeze codes that were free, until :meth:`thaw_codes` lets them go on learning."""
        assert self.quantizer is not None
        self.latent = self.weight.detach(), self.quantizer
        self.freeze(*self.quantizer.codes_and_scales(self.weight))

    def thaw_codes(self) -> None:
        assert self.latent is not None
        latent, quantizer = self.latent
        self.make_real()
        self.learn_codes(latent, quantizer)

    def empty(self) -> None:
        self.weight.requires_grad_(False)
        self.weight.grad = None
        self.weight.data = self.weight.new_empty(0)
        self.frozen = True

    def make_real(self) -> None:
        """Forget codes and quantizer; the weights are loaded next."""
        if self.spec.binarizable:
            # The layout decides which kernel runs, and so the last bits of every result.
            empty = self.alpha.new_empty(self.spec.shape)
            self.weight.data = empty.to(memory_format=torch.channels_last)
            self.weight.requires_grad_(True)
            self.codes.zero_()
        self.quantizer, self.latent, self.frozen = None, None, False

    def forward(self, x: Tensor) -> Tensor:
        spec = self.spec
        x = F.conv2d(x, self.effective_weight(), self.bias, spec.stride, spec.kernel // 2)
        if self.norm is not None:
            x = self.norm(x)
        return F.relu(x) if spec.relu else x


class PedestrianNet(nn.Module):
    """The network; see the module docstring.

    Attributes:
        nodes: The nodes in forward order.
        integer: Names of the nodes that compute on 8-bit activations.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.nodes = network_nodes(config)
        # Module names may not hold dots, node names do.
        self.convs = nn.ModuleDict(
            {module_key(node.name): ConvLayer(node) for node in convolutions(self.nodes)}
        )
        self.quantizers = nn.ModuleDict(
            {
                module_key(node.name): ActivationQuantizer(signed=is_signed(node))
                for node in self.nodes
                if not isinstance(node, Upsample) and not is_prediction(node)
            }
        )
        self.integer: frozenset[str] = frozenset()
        self._observing = False
        self._rest_rounded = False
        self._initialize_predictions()

    def _initialize_predictions(self) -> None:
        """Start scores at their prior, with evidence for and against a person in equal parts.

        What a score reads is the output of a ReLU, so all its inputs are positive. With small
        weights a few steps against the many anchors without a person would make all of them
        negative, and features that only ever speak against a person never come back: the level's
        score could not exceed ``sigmoid(bias)``.
        """
        for stride in STRIDES:
            score, box = self.conv(f"h{stride}.score.out"), self.conv(f"h{stride}.box.out")
            assert score.bias is not None
            assert box.bias is not None
            nn.init.constant_(score.bias, math.log(SCORE_PRIOR / (1 - SCORE_PRIOR)))
            # Larger ones learn more slowly at first.
            nn.init.normal_(score.weight, std=0.3 * score.spec.channels**-0.5)
            nn.init.constant_(box.bias, DISTANCE_PRIOR)
            nn.init.normal_(box.weight, std=0.01)

    def conv(self, name: str) -> ConvLayer:
        layer = self.convs[module_key(name)]
        assert isinstance(layer, ConvLayer)
        return layer

    def quantizer(self, name: str) -> ActivationQuantizer:
        # Upsampling copies values, so it keeps the range of what it copies.
        source = next(
            (n.source for n in self.nodes if n.name == name and isinstance(n, Upsample)), name
        )
        quantizer = self.quantizers[module_key(source)]
        assert isinstance(quantizer, ActivationQuantizer)
        return quantizer

    def binarizable(self) -> list[ConvLayer]:
        """Return the layers that can be binarized, in forward order."""
        return [self.conv(name) for name in binarizable(self.nodes)]

    def binarized(self) -> list[str]:
        """Return the names of the binarized layers, in forward order."""
        return [layer.spec.name for layer in self.binarizable() if layer.binarized]

    def update_integer(self) -> None:
        """Recompute which nodes are integer; to be called after any layer is binarized."""
        names = binarizable(self.nodes) if self._rest_rounded else self.binarized()
        self.integer = integer_nodes(self.nodes, names)
        for conv in convolutions(self.nodes):
            layer = self.conv(conv.name)
            layer.eight_bit = conv.name in self.integer and not layer.binarized

    def round_rest(self, rounded: bool) -> None:
        """Set whether the layers that are not binarized compute with 8-bit weights."""
        self._rest_rounded = rounded
        self.update_integer()

    def restore(self, state: Mapping[str, Any], frozen: Iterable[str]) -> None:
        """Load a state dictionary of a network in which these layers are frozen.

        Raises:
            RuntimeError: It is the state of another network.
            KeyError: There is no such layer.
        """
        for conv in convolutions(self.nodes):
            self.conv(conv.name).make_real()
        for name in frozen:
            self.conv(name).empty()
        self.load_state_dict(state)
        self.update_integer()

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Run the network on images ``[batch, 3, height, width]``, 0..1.

        Returns:
            Score logits ``[batch, anchors]`` and log distances ``[batch, anchors, 4]`` (left, top,
            right, bottom, in strides), anchors ordered as :func:`anchor_points` gives them.
        """
        return self.predictions(self.values(images))

    def values(self, images: Tensor) -> dict[str, Tensor]:
        """Return the value of every node for images ``[batch, 3, height, width]``, 0..1."""
        values = {"image": images}
        quantized: dict[str, Tensor] = {}
        for node in self.nodes:
            integer = node.name in self.integer
            inputs = [
                self._quantized(values, quantized, source) if integer else values[source]
                for source in node.sources
            ]
            value = self._compute(node, inputs)
            if self._observing and module_key(node.name) in self.quantizers:
                self.quantizer(node.name).observe(value)
            rounds = integer and not isinstance(node, Upsample)
            values[node.name] = self.quantizer(node.name)(value) if rounds else value
        return values

    @staticmethod
    def predictions(values: Mapping[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Gather logits and log distances, as :meth:`forward` returns them."""
        logits = [values[f"h{stride}.score.out"].flatten(1) for stride in STRIDES]
        distances = [values[f"h{stride}.box.out"].flatten(2) for stride in STRIDES]
        return torch.cat(logits, 1), torch.cat(distances, 2).transpose(1, 2)

    def _quantized(
        self, values: dict[str, Tensor], quantized: dict[str, Tensor], source: str
    ) -> Tensor:
        # An 8-bit image is exact as it is; a float node read by an integer one is rounded for
        # that reader only.
        if source == "image" or source in self.integer:
            return values[source]
        if source not in quantized:
            quantized[source] = self.quantizer(source)(values[source])
        return quantized[source]

    def _compute(self, node: Node, inputs: list[Tensor]) -> Tensor:
        if isinstance(node, Conv):
            value: Tensor = self.conv(node.name)(inputs[0])
            return value
        if isinstance(node, Upsample):
            return F.interpolate(inputs[0], scale_factor=2.0, mode="nearest")
        total = inputs[0] + inputs[1]
        return F.relu(total) if node.relu else total

    def calibrate_activations(self, batches: Iterable[Tensor]) -> None:
        """Set every activation range from batches of images ``[batch, 3, height, width]``, 0..1."""
        quantizers = [m for m in self.modules() if isinstance(m, ActivationQuantizer)]
        was_training, integer = self.training, self.integer
        if any(quantizer.scale == 0 for quantizer in quantizers):
            # Nothing can be rounded before its range was seen once.
            self.integer = frozenset()
        self.eval()
        self._observing = True
        try:
            with torch.no_grad():
                for images in batches:
                    self(images)
        finally:
            self._observing = False
            self.integer = integer
            self.train(was_training)
        for quantizer in quantizers:
            quantizer.finish()

    def fix_norm(self) -> None:
        """Have normalization use the statistics it has while training, until ``train`` is called.

        Its scales and shifts go on learning.
        """
        for module in self.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.eval()

    def hold_weights(self, held: bool) -> None:
        """Set whether weights stand still while everything but them and codes learns."""
        for spec in convolutions(self.nodes):
            layer = self.conv(spec.name)
            if not spec.prediction and not layer.frozen:
                layer.weight.requires_grad_(not held)

    @torch.no_grad()
    def recalibrate_batchnorm(
        self, batches: Iterable[Tensor], origin: PedestrianNet | None = None
    ) -> None:
        """Set the mean and variance of every batch normalization from batches of images, 0..1.

        Freezing codes moves the distribution of what follows at once, and running averages would
        take many steps to follow.

        Args:
            batches: The images.
            origin: The float network that this one comes from. Its statistics are of far more, and
                other, images than these; so what is set are those, moved and widened by as much as
                these images say that the two networks differ. It stays as it is.
        """
        twin = copy.deepcopy(origin)
        nets = [self] if twin is None else [self, twin]
        norms = [norm for net in nets for norm in net.norms()]
        momenta, was_training = [norm.momentum for norm in norms], self.training
        for net in nets:
            net.train()
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # a plain average over the batches
        try:
            for images in batches:
                for net in nets:
                    net(images)
        finally:
            for norm, momentum in zip(norms, momenta, strict=True):
                norm.momentum = momentum
            self.train(was_training)
        if origin is None or twin is None:
            return
        for norm, known, measured in zip(self.norms(), origin.norms(), twin.norms(), strict=True):
            new, old, seen = (_statistics(each) for each in (norm, known, measured))
            # What hardly varies in these images says little of how it does elsewhere.
            wider = (old[1] / seen[1].clamp(min=norm.eps)).clamp(1 / MAX_WIDER, MAX_WIDER)
            new[0].copy_(old[0] + (new[0] - seen[0]) * wider.sqrt())
            new[1].mul_(wider)

    def norms(self) -> list[torch.nn.BatchNorm2d]:
        """Return the batch normalizations, in the order of the network."""
        return [module for module in self.modules() if isinstance(module, torch.nn.BatchNorm2d)]


def _statistics(norm: torch.nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    assert norm.running_mean is not None
    assert norm.running_var is not None
    return norm.running_mean, norm.running_var


def anchor_points(
    height: int, width: int, device: torch.device | None = None
) -> tuple[Tensor, Tensor]:
    """Return the anchors of an input: centres ``[anchors, 2]`` (x, y) and strides ``[anchors]``."""
    points, strides = [], []
    for stride in STRIDES:
        ys = (torch.arange(height // stride, device=device) + 0.5) * stride
        xs = (torch.arange(width // stride, device=device) + 0.5) * stride
        grid_y, grid_x = torch.meshgrid(ys, xs, indexing="ij")
        points.append(torch.stack([grid_x.flatten(), grid_y.flatten()], 1))
        strides.append(torch.full((len(points[-1]),), float(stride), device=device))
    return torch.cat(points), torch.cat(strides)


def decode_boxes(log_distances: Tensor, points: Tensor, strides: Tensor) -> Tensor:
    """Return boxes ``[batch, anchors, 4]`` from log distances of the same shape."""
    distances = log_distances.clamp(max=MAX_LOG_DISTANCE).exp() * strides[:, None]
    return torch.cat([points - distances[..., :2], points + distances[..., 2:]], -1)


def module_key(name: str) -> str:
    """Return the name of the module of a node."""
    return name.replace(".", "_")
