"""Print the layers of a network: shapes, work, bits and bytes, like larq's ``summary()``.

python -m training.tools.summary                       # the default network, all at 1 bit
python -m training.tools.summary --config training/configs/pedestrian.yaml --depth 19
python -m training.tools.summary --preset models/pedestrian-28.onnx
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pedcam.detect.presets import LayerInfo, Preset, read_preset
from pedcam.errors import UserError
from training.binarization.compression import layer_bits, ratio_at, stored_bytes
from training.config import NetworkConfig, TrainConfig, load_config
from training.mapping import ConfigError, from_mapping
from training.network.architecture import (
    Node,
    binarizable,
    convolutions,
    layout,
    multiply_accumulates,
)

KINDS = {1: "binarized", 8: "8-bit", 32: "float"}


def layer_order(config: TrainConfig) -> list[str]:
    """Return the layers in the order they are binarized; an order yet to be measured as inverse.

    Raises:
        ConfigError: A listed layer is not one that can be binarized.
    """
    names = binarizable(layout(config.network))
    order = config.order
    if order == "forward":
        return names
    if order == "list":
        unknown = [name for name in config.binarize.layers if name not in names]
        if unknown:
            raise ConfigError(f"'binarize.layers': {unknown[0]} is not one of {', '.join(names)}.")
        return list(config.binarize.layers)
    return names[::-1]


def describe(nodes: Sequence[Node], binarized: Sequence[str], size: tuple[int, int]) -> tuple[
    LayerInfo, ...
]:  # fmt: skip
    """Return what a preset of this network would say of its layers, without its weights.

    Args:
        nodes: The network.
        binarized: The layers at 1 bit.
        size: Input ``(width, height)``.
    """
    bits, macs = layer_bits(nodes, binarized), multiply_accumulates(nodes, size)
    return tuple(
        LayerInfo(
            conv.name,
            bits[conv.name],
            conv.shape,
            macs[conv.name],
            stored_bytes(conv, bits[conv.name]),
        )
        for conv in convolutions(nodes)
    )


def ratios_so_far(nodes: Sequence[Node], order: Sequence[str]) -> dict[str, float]:
    """Return the compression once each layer, and all before it in the order, are binarized."""
    return {name: ratio_at(nodes, order[: turn + 1]) for turn, name in enumerate(order)}


def summary_table(
    layers: Sequence[LayerInfo], so_far: Mapping[str, float], size: tuple[int, int], title: str
) -> Table:
    """Return the table of a network's layers.

    Args:
        layers: Every convolution.
        so_far: :func:`ratios_so_far`; layers that are not in it never become 1 bit.
        size: Input ``(width, height)``.
        title: What stands above.
    """
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
    if so_far:
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
            KINDS.get(layer.bits, f"{layer.bits}-bit"),
        ]
        if so_far:
            cells.append(f"{so_far[layer.name]:.2f}x" if layer.name in so_far else "")
        table.add_row(*cells, style="bold" if layer.bits == 1 else "")
    return table


def totals(layers: Sequence[LayerInfo], preset: Preset | None = None) -> list[str]:
    """Return what the table adds up to, in sentences."""
    parameters = sum(layer.parameters for layer in layers)
    macs = sum(layer.macs for layer in layers)
    stored = sum(layer.bytes for layer in layers)
    one_bit = [layer for layer in layers if layer.bits == 1]
    one_bit_weights = sum(layer.parameters for layer in one_bit)
    one_bit_macs = sum(layer.macs for layer in one_bit)
    lines = [
        f"parameters: {parameters:,}, of them {100 * one_bit_weights / parameters:.2f} % at 1 bit",
        f"multiply-accumulates: {macs:,}, {100 * one_bit_macs / macs:.2f} % in 1-bit layers",
        f"weights and scales: {stored:,} bytes, {4 * parameters / stored:.2f}x smaller than "
        f"{4 * parameters:,} in float32 (codes only)",
    ]
    if preset is not None:
        lines.append(
            f"file: {preset.file_bytes:,} bytes, {preset.info.ratio_file:.2f}x smaller than the "
            "float preset"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parsed = _parse(arguments)
    try:
        preset = read_preset(parsed.preset) if parsed.preset else None
        if preset is not None:
            layers, size, title = preset.info.layers, preset.info.input_size, preset.info.title
            so_far = _ratios_of_preset(preset)
            if not layers:
                raise ConfigError(f"{parsed.preset} does not list its layers.")
        else:
            config = load_config(parsed.config, parsed.overrides)
            nodes, order = layout(config.network), layer_order(config)
            depth = len(order) if parsed.depth is None else parsed.depth
            if not 0 <= depth <= len(order):
                raise ConfigError(f"'--depth' must lie between 0 and {len(order)}, not {depth}.")
            size, so_far = config.input_size, ratios_so_far(nodes, order)
            layers = describe(nodes, order[:depth], size)
            title = f"{config.title}, {depth} of {len(binarizable(nodes))} layers at 1 bit"
    except UserError as error:
        sys.stderr.write(f"summary: error: {error}\n")
        return 1
    # A pipe or a narrow terminal must not cut numbers off.
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(summary_table(layers, so_far, size, title))
    for line in totals(layers, preset):
        console.print(line, highlight=False, soft_wrap=True)
    return 0


def _ratios_of_preset(preset: Preset) -> dict[str, float]:
    """Ratios in inverse order, if the preset's network is one that ``layout`` knows."""
    network = preset.info.training.get("network")
    try:
        nodes = layout(from_mapping(NetworkConfig, network if isinstance(network, dict) else {}))
    except (ConfigError, ValueError):
        return {}
    known = [(conv.name, conv.shape) for conv in convolutions(nodes)]
    if known != [(layer.name, layer.shape) for layer in preset.info.layers]:
        return {}
    return ratios_so_far(nodes, binarizable(nodes)[::-1])


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m training.tools.summary",
        description="Print the layers of a network or a preset: shapes, work, bits and bytes. "
        "'ratio so far' is the compression of all weights once a layer's turn has come.",
    )
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE", help="YAML file, by default the default settings")
    add("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides",
        help="override one setting, e.g. network.neck=64")  # fmt: skip
    add("--depth", type=int, metavar="N", help="layers at 1 bit, by default all that can be")
    add("--preset", type=Path, metavar="FILE.onnx", help="a preset instead of a configuration")
    parsed = parser.parse_args(arguments)
    if parsed.preset and (parsed.config or parsed.overrides or parsed.depth is not None):
        parser.error("--preset describes itself; it takes no --config, --set or --depth")
    return parsed


if __name__ == "__main__":
    sys.exit(main())
