"""Which layer is binarized next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from training import distributed
from training.binarization.compression import stored_bytes
from training.binarization.output_descent import minimize_output_discrepancy
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
    if order == "bytes":
        error = distributed.broadcast_object(error_per_byte(run))
        return sorted(error, key=lambda layer: error[layer])
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
def error_per_byte(run: Run) -> dict[str, float]:
    """Return what binarizing each layer alone is worth, in forward order.

    The error is an estimate of the loss's increase by second derivatives, ``sum g^2 e^2`` over what
    a layer puts out for a picture: e is how far that is from the float layer's, g the loss's
    gradient there, whose square stands for the curvature (the diagonal of the empirical Fisher
    information). The bytes are those that the layer takes less than in ``binarize.rest``.
    """
    bits = {"float": 32, "int8": 8}[run.config.binarize.rest]
    found = {}
    for name in binarizable(run.net.nodes):
        layer, inputs = run.net.conv(name), run.input_statistics(name)
        descent = minimize_output_discrepancy(layer.weight, inputs.covariance)
        saved = stored_bytes(layer.spec, bits) - stored_bytes(layer.spec, 1)
        found[name] = descent.error * inputs.importance / saved
    return found
