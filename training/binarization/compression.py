"""Compression arithmetic, without torch: what a network takes at any state of binarization.

A binarized layer of ``p`` weights in ``f`` filters takes ``ceil(p / 8) + 4 f`` bytes: one bit per
weight and a 32-bit scale per filter. A filter of fan-in ``n`` shrinks by ``32 n / (n + 32)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from training.mapping import ConfigError
from training.network.architecture import (
    Conv,
    Node,
    binarizable,
    convolutions,
    integer_nodes,
)

REACHED = 0.99


def layer_bytes(parameters: int, filters: int, bits: int) -> int:
    """Return the bytes of so many weights in so many filters at 1, 8 or 32 bits per weight.

    Weights of 1 and 8 bits have a 32-bit scale per filter.
    """
    if bits == 32:
        return 4 * parameters
    return -(-parameters * bits // 8) + 4 * filters


def stored_bytes(conv: Conv, bits: int) -> int:
    """Return the bytes of a convolution's weights (and scales) at 1, 8 or 32 bits per weight."""
    return layer_bytes(conv.parameters, conv.filters, bits)


def layer_bits(
    nodes: Sequence[Node], binarized: Iterable[str], rest: str = "float"
) -> dict[str, int]:
    """Return the bits per weight of every convolution.

    Args:
        nodes: The network.
        binarized: Names of the layers that are binarized.
        rest: What the others are once there is one: ``float`` or ``int8``.
    """
    names = set(binarized)
    integer = integer_nodes(nodes, binarizable(nodes) if names and rest == "int8" else names)
    return {
        conv.name: 1 if conv.name in names else 8 if conv.name in integer else 32
        for conv in convolutions(nodes)
    }


def network_bytes(nodes: Sequence[Node], binarized: Iterable[str], rest: str = "float") -> int:
    """Return the bytes of all convolutions' weights; see :func:`layer_bits`."""
    bits = layer_bits(nodes, binarized, rest)
    return sum(stored_bytes(conv, bits[conv.name]) for conv in convolutions(nodes))


def ratio_at(nodes: Sequence[Node], binarized: Iterable[str], rest: str = "float") -> float:
    """Return how many times smaller the weights are than in float32; see :func:`layer_bits`."""
    return network_bytes(nodes, ()) / network_bytes(nodes, binarized, rest)


def depths_for_ratios(
    nodes: Sequence[Node], order: Sequence[str], ratios: Iterable[float], rest: str = "float"
) -> list[int]:
    """Return the first depth at which each ratio is reached (within a hundredth of it).

    Args:
        nodes: The network.
        order: Layers in the order in which they are binarized.
        ratios: Compression ratios.
        rest: See :func:`layer_bits`.

    Raises:
        ConfigError: A ratio is out of reach.
    """
    reached = [ratio_at(nodes, order[:depth], rest) for depth in range(len(order) + 1)]
    depths = []
    for ratio in ratios:
        depth = next((d for d, value in enumerate(reached) if value >= REACHED * ratio), None)
        if depth is None:
            raise ConfigError(
                f"'ratios': {ratio:g}x is out of reach, the most is {max(reached):.1f}x with all "
                f"{len(order)} layers binarized."
            )
        depths.append(depth)
    return depths
