"""Print the layers of a network: shapes, work, bits and bytes, like larq's ``summary()``.

python -m training.tools.summary                       # the default network, all at 1 bit
python -m training.tools.summary --config training/configs/pedestrian.yaml --depth 19
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pedcam.detect.presets import LayerInfo
from training.binarization.compression import layer_bits, ratio_at, stored_bytes
from training.config import TrainConfig, load_config
from training.mapping import ConfigError
from training.network.architecture import (
    Node,
    binarizable,
    convolutions,
    multiply_accumulates,
    network_nodes,
)
from training.tools.exit_code import exit_code

WEIGHTS = {1: "binarized", 8: "8-bit", 32: "float"}


def layer_order(config: TrainConfig) -> list[str]:
    """Return the layers in the order they are binarized; an order yet to be measured as inverse.

    Raises:
        ConfigError: A listed layer is not one that can be binarized.
    """
    names = binarizable(network_nodes(config.network))
    if config.order == "forward":
        return names
    if config.order == "list":
        unknown = [name for name in config.binarize.layers if name not in names]
        if unknown:
            raise ConfigError(f"'binarize.layers': {unknown[0]} is not one of {', '.join(names)}.")
        return list(config.binarize.layers)
    return names[::-1]


def describe(
    nodes: Sequence[Node], binarized: Sequence[str], size: tuple[int, int], rest: str = "float"
) -> tuple[LayerInfo, ...]:
    """Return what a preset of this network would say of its layers, without its weights."""
    bits, macs = layer_bits(nodes, binarized, rest), multiply_accumulates(nodes, size)
    layers = []
    for conv in convolutions(nodes):
        stored = stored_bytes(conv, bits[conv.name])
        layers.append(LayerInfo(conv.name, bits[conv.name], conv.shape, macs[conv.name], stored))
    return tuple(layers)


def ratios_so_far(
    nodes: Sequence[Node], order: Sequence[str], rest: str = "float"
) -> dict[str, float]:
    """Return the compression once each layer, and all before it in the order, are binarized."""
    return {name: ratio_at(nodes, order[: turn + 1], rest) for turn, name in enumerate(order)}


def summary_table(
    layers: Sequence[LayerInfo], so_far: Mapping[str, float], size: tuple[int, int], title: str
) -> Table:
    """Return the table of a network's layers; for ``so_far`` see :func:`ratios_so_far`."""
    table = Table(title=title, title_justify="left", show_footer=True)
    parameters = sum(layer.parameters for layer in layers)
    stored = sum(layer.bytes for layer in layers)
    ratio = 4 * parameters / stored
    for heading, footer in (("layer", f"{len(layers)} layers"), ("shape", "")):
        table.add_column(heading, footer, no_wrap=True)
    for heading, footer in (
        (f"MMACs at {size[0]}x{size[1]}", f"{sum(layer.macs for layer in layers) / 1e6:,.1f}"),
        ("parameters", f"{parameters:,}"),
        ("bits", f"{8 * stored / parameters:.2f}"),
        ("bytes", f"{stored:,}"),
        ("smaller", f"{ratio:.2f}x"),
    ):
        table.add_column(heading, footer, justify="right")
    table.add_column("weights")
    table.add_column("ratio so far", justify="right")
    for layer in layers:
        cells = [
            layer.name,
            "x".join(map(str, layer.shape)),
            f"{layer.macs / 1e6:,.2f}",
            f"{layer.parameters:,}",
            str(layer.bits),
            f"{layer.bytes:,}",
            f"{4 * layer.parameters / layer.bytes:.2f}x",
            WEIGHTS[layer.bits],
            f"{so_far[layer.name]:.2f}x" if layer.name in so_far else "",
        ]
        table.add_row(*cells, style="bold" if layer.bits == 1 else "")
    return table


def totals(layers: Sequence[LayerInfo]) -> list[str]:
    """Return what the table adds up to."""
    parameters = sum(layer.parameters for layer in layers)
    macs = sum(layer.macs for layer in layers)
    stored = sum(layer.bytes for layer in layers)
    one_bit = [layer for layer in layers if layer.bits == 1]
    one_bit_weights = sum(layer.parameters for layer in one_bit)
    one_bit_macs = sum(layer.macs for layer in one_bit)
    return [
        f"parameters: {parameters:,}, of them {100 * one_bit_weights / parameters:.2f} % at 1 bit",
        f"multiply-accumulates: {macs:,}, {100 * one_bit_macs / macs:.2f} % in 1-bit layers",
        f"weights and scales: {stored:,} bytes, {4 * parameters / stored:.2f}x smaller than "
        f"{4 * parameters:,} in float32 (codes only)",
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m training.tools.summary",
        description="Print the layers of a network: shapes, work, bits and bytes. "
        "'ratio so far' is the compression of all weights once a layer's turn has come.",
    )
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE", help="YAML file, by default the default settings")
    add("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
        help="override one setting, e.g. network.neck=64")  # fmt: skip
    add("--depth", type=int, metavar="N", help="layers at 1 bit, by default all that can be")
    args = parser.parse_args(arguments)
    return exit_code("summary", lambda: _print_summary(args))


def _print_summary(args: argparse.Namespace) -> None:
    config = load_config(args.config, args.overrides)
    nodes, order = network_nodes(config.network), layer_order(config)
    depth = len(order) if args.depth is None else args.depth
    if not 0 <= depth <= len(order):
        raise ConfigError(f"'--depth' must lie between 0 and {len(order)}, not {depth}.")
    rest = config.binarize.rest
    layers = describe(nodes, order[:depth], config.input_size, rest)
    title = f"{config.title}, {depth} of {len(binarizable(nodes))} layers at 1 bit"
    if config.order == "bytes":
        title += ", the deepest first (the order 'bytes' is measured in training)"
    # A pipe or a narrow terminal must not cut numbers off.
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(
        summary_table(layers, ratios_so_far(nodes, order, rest), config.input_size, title)
    )
    for line in totals(layers):
        console.print(line, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
