"""Begin a network with the training of another one, narrower or wider.

A wider network computes what the other does: Net2Net (Chen et al., ICLR 2016). New filters are
copies of old ones, and whatever reads a copied channel divides its weights among the copies, at
random: equal parts would give all copies the same gradient, and they would stay copies. New blocks
add nothing at first.

Of a network that is to be narrower the channels are kept that matter most to what reads them, and
blocks too many are left out. It has to learn again what it lost.

Score branches that know nothing but evidence against a person, as networks trained before
``PedestrianNet`` started them evenly do, cannot recover by training on and are reset.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from training.config import NetworkConfig
from training.mapping import ConfigError, from_mapping
from training.network.architecture import STRIDES, Add, Conv, Node, convolutions, network_nodes
from training.network.model import PedestrianNet, module_key
from training.run.checkpoint import load_checkpoint


def initial_state(
    path: Path, network: NetworkConfig, seed: int
) -> tuple[dict[str, Tensor], list[int]]:
    """Read an earlier run's ``float.pt``, and resize it; see :func:`resized`.

    Returns:
        A state dictionary of ``network``, and the strides of the levels whose scores are reset.

    Raises:
        ConfigError: The file does not hold a float network.
    """
    net, old = float_network(path, "pretrain.initial")
    strides = collapsed_levels(net.state_dict())
    reset = [f"h{stride}.score{part}" for stride in strides for part in ("", ".out")]
    return resized(net.state_dict(), old, network, seed, reset), strides


def collapsed_levels(state: Mapping[str, Tensor]) -> list[int]:
    """Return the strides of the levels whose every score weight is negative.

    All that such a weight reads is positive, so ``sigmoid(bias)`` is the highest score there is.
    """
    return [
        stride
        for stride in STRIDES
        if (state[f"convs.{module_key(f'h{stride}.score.out')}.weight"] <= 0).all()
    ]


def float_network(path: Path, setting: str) -> tuple[PedestrianNet, NetworkConfig]:
    """Read an earlier run's ``float.pt``, which a setting named, and its settings.

    Raises:
        ConfigError: The file does not hold a float network.
    """
    checkpoint = load_checkpoint(path, "cpu", frozenset(("net", "config")))
    config = from_mapping(NetworkConfig, checkpoint["config"].get("network", {}), "network.")
    net = PedestrianNet(config)
    try:
        net.restore(checkpoint["net"], ())
    except (RuntimeError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"'{setting}': {path} does not hold a float network.") from error
    return net, config


def resized(
    state: dict[str, Tensor],
    old: NetworkConfig,
    new: NetworkConfig,
    seed: int,
    reset: Collection[str] = (),
) -> dict[str, Tensor]:
    """Return the state dictionary of a float network that begins with what another one learned.

    Args:
        state: State dictionary of ``old``.
        old: The other network.
        new: The network to begin.
        seed: Of the choice of copies and of the weights of new blocks.
        reset: Names of layers that keep their random start.
    """
    generator = torch.Generator().manual_seed(seed)
    sizes = {conv.name: conv.filters for conv in convolutions(network_nodes(old))}
    origins = _origins(network_nodes(new), _channels(state, old), generator)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        result = PedestrianNet(new).state_dict()
    for conv in convolutions(network_nodes(new)):
        prefix = f"convs.{module_key(conv.name)}."
        if conv.name in reset:
            continue
        if conv.name not in sizes:
            if not conv.relu:  # the last of a block: what the block adds to its input
                result[f"{prefix}norm.weight"].zero_()
            continue
        filters = torch.arange(conv.filters) if conv.prediction else origins[conv.name]
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


def _channels(state: dict[str, Tensor], old: NetworkConfig) -> dict[str, Tensor]:
    """Say for every node how much each of its channels matters to what reads it.

    That is the mean square of what the node puts there (from its batch normalization) times the
    squares of the weights that read it.
    """
    nodes = network_nodes(old)
    groups = _groups(nodes)
    written: dict[str, Tensor] = {}
    read: dict[str, Tensor] = {}
    for conv in convolutions(nodes):
        prefix = f"convs.{module_key(conv.name)}."
        place = min(groups[conv.name])
        zero = torch.zeros(conv.filters)
        if not conv.prediction:
            power = state[f"{prefix}norm.weight"] ** 2 + state[f"{prefix}norm.bias"] ** 2
            written[place] = written.get(place, zero) + power
        if conv.source != "image":
            place = min(groups[conv.source])
            power = (state[f"{prefix}weight"] ** 2).sum((0, 2, 3))
            read[place] = read.get(place, torch.zeros(conv.channels)) + power
    return {
        name: written[min(group)] * read[min(group)]
        for name, group in groups.items()
        if min(group) in written
    }


def _groups(nodes: Sequence[Node]) -> dict[str, set[str]]:
    # For every node those that have the same channels, as they are added up.
    groups = {node.name: {node.name} for node in nodes}
    for node in nodes:
        if isinstance(node, Conv):
            continue
        sources = node.sources if isinstance(node, Add) else (node.source,)
        merged = groups[node.name].union(*(groups[source] for source in sources))
        for name in merged:
            groups[name] = merged
    return groups


def _origins(
    nodes: Sequence[Node], channels: dict[str, Tensor], generator: torch.Generator
) -> dict[str, Tensor]:
    # For every node which channel of the other network each of its channels is.
    filters = {conv.name: conv.filters for conv in convolutions(nodes)}
    groups = _groups(nodes)
    origins: dict[str, Tensor] = {}
    for node in nodes:
        group = groups[node.name]
        known = next((name for name in sorted(group & set(filters)) if name in channels), None)
        if node.name in origins or known is None:  # a prediction, or within a new block
            continue
        count, wanted = len(channels[known]), filters[known]
        if wanted < count:
            origin = channels[known].topk(wanted).indices.sort().values
        else:
            copies = [torch.randperm(count, generator=generator) for _ in range(wanted // count)]
            origin = torch.cat([torch.arange(count), *copies])[:wanted]
        origins.update(dict.fromkeys(group, origin))
    return origins


def _shares(channels: Tensor, filters: int, generator: torch.Generator) -> Tensor:
    # 1 divided among the copies of every channel: [filters, channels, 1, 1].
    parts = torch.rand(filters, len(channels), generator=generator) + 0.1
    sums = torch.zeros(filters, int(channels.max()) + 1)
    sums.index_add_(1, channels, parts)
    return (parts / sums[:, channels])[:, :, None, None]
