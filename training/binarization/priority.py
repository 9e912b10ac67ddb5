"""Which layer is binarized next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch

from training import distributed
from training.binarization.discrepancy import codes_and_scales
from training.mapping import ConfigError
from training.network.architecture import binarizable
from training.network.model import PedestrianNet

if TYPE_CHECKING:
    from training.run.run import Run


def priority(run: Run) -> list[str]:
    """Return the layers in the order in which a run binarizes them.

    Raises:
        ConfigError: The order is a list that does not fit the network.
    """
    net, settings = run.net, run.config.binarize
    order = run.config.order
    if order == "list":
        return listed_order(net, settings.layers)
    if order == "sensitivity":
        increase = distributed.broadcast_object(
            sensitivity(net, lambda: run.results.fixed_loss(own_statistics=True))
        )
        for layer, value in increase.items():
            run.log.write("sensitivity", layer=layer, loss_increase=value)
        return sorted(increase, key=lambda layer: increase[layer])
    deepest_first = inverse_depth_order(net)
    return deepest_first[::-1] if order == "forward" else deepest_first


def inverse_depth_order(net: PedestrianNet) -> list[str]:
    """Return the layers in the order in which they are binarized: the deepest first."""
    return binarizable(net.nodes)[::-1]


def listed_order(net: PedestrianNet, layers: Sequence[str]) -> list[str]:
    """Check an order given by name.

    Raises:
        ConfigError: It names an unknown layer, or one twice.
    """
    known = binarizable(net.nodes)
    for place, layer in enumerate(layers):
        if layer not in known:
            raise ConfigError(f"'binarize.layers': no layer '{layer}'. Layers: {', '.join(known)}.")
        if layer in layers[:place]:
            raise ConfigError(f"'binarize.layers' names '{layer}' twice.")
    if not layers:
        raise ConfigError("'binarize.layers' must name the layers for the order 'list'.")
    return list(layers)


@torch.no_grad()
def sensitivity(net: PedestrianNet, loss: Callable[[], float]) -> dict[str, float]:
    """Measure what binarizing each layer alone, in closed form, adds to the loss.

    Args:
        net: The float network; unchanged afterwards.
        loss: Computes the loss of the network as it is, always on the same images. It should use
            the batches' own statistics: stale running averages would say more about batch
            normalization than about the layer.

    Returns:
        Increase of the loss by layer, in forward order.
    """
    base = loss()
    increase = {}
    for name in binarizable(net.nodes):
        layer = net.conv(name)
        codes, alpha = codes_and_scales(layer.weight)
        fixed = alpha[:, None, None, None] * codes
        layer.quantizer = lambda weight, training, fixed=fixed: fixed
        try:
            increase[name] = loss() - base
        finally:
            layer.quantizer = None
    return increase
