"""The network as a list of nodes, which PyTorch runs and the exporter writes.

Everything between two nodes is the output of a ReLU (or a sum of such outputs), which 8 unsigned
bits represent well; the one exception is the second convolution of a residual block, whose signed
output goes straight into the sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.config import NetworkConfig

STRIDES = (8, 16, 32)


@dataclass(frozen=True)
class Conv:
    """A convolution; with batch normalization unless it makes a prediction."""

    name: str
    source: str
    channels: int
    filters: int
    kernel: int
    stride: int = 1
    relu: bool = True
    binarizable: bool = True
    prediction: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return self.filters, self.channels, self.kernel, self.kernel

    @property
    def parameters(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class Add:
    """The sum of two nodes, with a ReLU where it closes a residual block."""

    name: str
    sources: tuple[str, ...]
    relu: bool


@dataclass(frozen=True)
class Upsample:
    """Nearest-neighbour upsampling by two."""

    name: str
    source: str

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,)


Node = Conv | Add | Upsample


def network_nodes(config: NetworkConfig) -> tuple[Node, ...]:
    """Return the nodes in forward order.

    The order of the convolutions in this list is the "depth" that binarization speaks of: the
    last ones, those of the heads, are the deepest.
    """
    nodes: list[Node] = [Conv("stem", "image", 3, config.stem, 3, 2, binarizable=False)]
    previous, channels = "stem", config.stem
    stage_ends: dict[int, tuple[str, int]] = {}
    for stride, width, blocks in zip((4, 8, 16, 32), config.widths, config.blocks, strict=True):
        down = f"s{stride}.down"
        nodes.append(Conv(down, previous, channels, width, 3, 2))
        previous, channels = down, width
        for index in range(blocks):
            block = f"s{stride}.{index}"
            nodes += [
                Conv(f"{block}.a", previous, width, width, 3),
                Conv(f"{block}.b", f"{block}.a", width, width, 3, relu=False),
                Add(block, (previous, f"{block}.b"), relu=True),
            ]
            previous = block
        stage_ends[stride] = previous, channels
    above = ""
    for stride in reversed(STRIDES):
        source, channels = stage_ends[stride]
        level = f"p{stride}"
        merged = f"{level}.lateral"
        nodes.append(Conv(merged, source, channels, config.neck, 1))
        if above:
            nodes.append(Upsample(f"{level}.up", above))
            nodes.append(Add(f"{level}.sum", (merged, f"{level}.up"), relu=False))
            merged = f"{level}.sum"
        nodes.append(Conv(level, merged, config.neck, config.neck, 3))
        above = level
    for stride in reversed(STRIDES):
        for tower, outputs in (("score", 1), ("box", 4)):
            name = f"h{stride}.{tower}"
            prediction = Conv(
                f"{name}.out", name, config.head, outputs, 1,
                relu=False, binarizable=False, prediction=True,
            )  # fmt: skip
            nodes += [Conv(name, f"p{stride}", config.neck, config.head, 3), prediction]
    return tuple(nodes)


def convolutions(nodes: Iterable[Node]) -> list[Conv]:
    """Return the convolutions in forward order."""
    return [node for node in nodes if isinstance(node, Conv)]


def binarizable(nodes: Iterable[Node]) -> list[str]:
    """Return the names of the layers that can be binarized, in forward order."""
    return [conv.name for conv in convolutions(nodes) if conv.binarizable]


def is_prediction(node: Node) -> bool:
    """Whether the node gives scores or boxes."""
    return isinstance(node, Conv) and node.prediction


def is_signed(node: Node) -> bool:
    """Whether the node's output has negative values."""
    return isinstance(node, Conv) and not node.relu


def integer_nodes(nodes: Sequence[Node], binarized: Iterable[str]) -> frozenset[str]:
    """Return the nodes that compute on 8-bit activations, given which layers are binarized.

    A binarized convolution does. The stem does (with 8-bit weights) once everything that reads it
    is binarized. Sums and upsamplings do when everything they read does. Predictions never do:
    they are a thousandth of the work, and boxes deserve the precision.
    """
    integer = set(binarized)
    readers = [node for node in nodes if "stem" in node.sources]
    if all(node.name in integer for node in readers):
        integer.add("stem")
    for node in nodes:
        if not isinstance(node, Conv) and all(source in integer for source in node.sources):
            integer.add(node.name)
    return frozenset(integer)


def multiply_accumulates(nodes: Sequence[Node], size: tuple[int, int]) -> dict[str, int]:
    """Return the multiply-accumulates of every convolution at an input ``size`` (width, height)."""
    scale = {"image": 1}
    result = {}
    for node in nodes:
        if isinstance(node, Conv):
            scale[node.name] = scale[node.source] * node.stride
            area = (size[0] // scale[node.name]) * (size[1] // scale[node.name])
            result[node.name] = node.parameters * area
        elif isinstance(node, Upsample):
            scale[node.name] = scale[node.source] // 2
        else:
            scale[node.name] = scale[node.sources[0]]
    return result
