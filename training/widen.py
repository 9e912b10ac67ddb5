"""Begin a network with the training of a smaller one: Net2Net (Chen et al., ICLR 2016).

The larger network computes what the smaller one does. New filters are copies of old ones, and
whatever reads a copied channel divides its weights among the copies, at random: equal parts would
give all copies the same gradient, and they would stay copies. New blocks add nothing at first.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from training.layout import Add, Conv, NetworkConfig, Node, convolutions, layout
from training.mapping import ConfigError
from training.network import PedestrianNet, module_key


def widened(
    state: dict[str, Tensor], old: NetworkConfig, new: NetworkConfig, seed: int
) -> dict[str, Tensor]:
    """Return the state dictionary of a larger float network that computes the same.

    Args:
        state: State dictionary of the float network ``old`` describes.
        old: The smaller network.
        new: The larger one; nothing in it may be narrower or shallower.
        seed: Of the choice of copies and of the weights of new blocks.

    Raises:
        ConfigError: ``new`` is smaller somewhere.
    """
    for name, before, after in (
        ("stem", [old.stem], [new.stem]), ("widths", old.widths, new.widths),
        ("blocks", old.blocks, new.blocks), ("neck", [old.neck], [new.neck]),
        ("head", [old.head], [new.head]),
    ):  # fmt: skip
        if any(a > b for a, b in zip(before, after, strict=True)):
            raise ConfigError(
                f"'network.{name}' is smaller than in the network of 'pretrain.initial': a network "
                "can be made larger, not smaller."
            )
    generator = torch.Generator().manual_seed(seed)
    sizes = {conv.name: conv.filters for conv in convolutions(layout(old))}
    origins = _origins(layout(new), sizes, generator)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        result = PedestrianNet(new).state_dict()
    for conv in convolutions(layout(new)):
        prefix = f"convs.{module_key(conv.name)}."
        if conv.name not in sizes:
            if not conv.relu:  # the last of a block: what the block adds to its input
                result[f"{prefix}norm.weight"].zero_()
            continue
        filters = origins[conv.name]
        for key in result:
            if key.startswith(prefix) and not key.endswith((".weight", ".codes")):
                value = state[key]
                result[key] = value[filters].clone() if value.ndim else value.clone()
        if not conv.prediction:
            result[f"{prefix}norm.weight"] = state[f"{prefix}norm.weight"][filters].clone()
        weight = state[f"{prefix}weight"][filters]
        if conv.source != "image":
            channels = origins[conv.source]
            weight = weight[:, channels] * _shares(channels, len(filters), generator)
        result[f"{prefix}weight"] = weight.contiguous()
    return result


def _origins(
    nodes: Sequence[Node], sizes: dict[str, int], generator: torch.Generator
) -> dict[str, Tensor]:
    """Say for every node which channel of the smaller network each of its channels copies.

    What is added up has the same channels in the same places.
    """
    groups = {node.name: {node.name} for node in nodes}
    for node in nodes:
        if isinstance(node, Conv):
            continue
        sources = node.sources if isinstance(node, Add) else (node.source,)
        merged = groups[node.name].union(*(groups[source] for source in sources))
        for name in merged:
            groups[name] = merged
    filters = {conv.name: conv.filters for conv in convolutions(nodes)}
    origins: dict[str, Tensor] = {}
    for node in nodes:
        if node.name in origins:
            continue
        group = groups[node.name]
        known = next((name for name in sorted(group) if name in sizes), None)
        if known is None:  # within a new block
            continue
        count, wanted = sizes[known], filters[known]
        copies = [torch.randperm(count, generator=generator) for _ in range(wanted // count)]
        origin = torch.cat([torch.arange(count), *copies])[:wanted]
        origins.update(dict.fromkeys(group, origin))
    return origins


def _shares(channels: Tensor, filters: int, generator: torch.Generator) -> Tensor:
    """Divide 1 among the copies of every channel: ``[filters, channels, 1, 1]``."""
    parts = torch.rand(filters, len(channels), generator=generator) + 0.1
    sums = torch.zeros(filters, int(channels.max()) + 1)
    sums.index_add_(1, channels, parts)
    return (parts / sums[:, channels])[:, :, None, None]
