"""The summary's arithmetic, against numbers worked out by hand and against the exporter's."""

import pytest

from tests.nets import SIZE as SMALL_SIZE
from tests.nets import SMALL, small_net
from training.binarization.compression import (
    depths_for_ratios,
    layer_bits,
    layer_bytes,
    network_bytes,
    ratio_at,
    stored_bytes,
)
from training.config import NetworkConfig
from training.export.onnx_graph import layer_table
from training.mapping import ConfigError
from training.network.architecture import Conv, binarizable, convolutions, network_nodes
from training.tools.summary import describe, main, ratios_so_far


@pytest.mark.parametrize("fan_in", [8, 64, 576, 1440])
def test_a_filter_shrinks_as_its_fan_in_says(fan_in: int) -> None:
    filters = 16
    parameters = fan_in * filters
    ratio = layer_bytes(parameters, filters, 32) / layer_bytes(parameters, filters, 1)
    assert ratio == pytest.approx(32 * fan_in / (fan_in + 32))


def test_bytes_of_a_layer() -> None:
    conv = Conv("a", "image", 3, 5, 3)  # 135 weights: 16.9 bytes of bits
    assert stored_bytes(conv, 1) == 17 + 20
    assert stored_bytes(conv, 8) == 135 + 20
    assert stored_bytes(conv, 32) == 540


@pytest.mark.parametrize("depth", [6, 24])
def test_agrees_with_what_is_exported(depth: int) -> None:
    nodes = network_nodes(SMALL)
    order = binarizable(nodes)[::-1]
    table = layer_table(small_net(depth), SMALL_SIZE)
    assert describe(nodes, order[:depth], SMALL_SIZE) == table
    assert network_bytes(nodes, order[:depth]) == sum(layer.bytes for layer in table)


def test_the_stem_has_eight_bits_once_its_readers_have_one() -> None:
    nodes = network_nodes(NetworkConfig())
    names = binarizable(nodes)
    bits = layer_bits(nodes, names)
    assert (bits["stem"], bits["s4.down"], bits["h8.box.out"]) == (8, 1, 32)
    assert layer_bits(nodes, names[1:])["stem"] == 32


def test_ratios_follow_the_order() -> None:
    nodes = network_nodes(NetworkConfig())
    order = binarizable(nodes)[::-1]
    full = 4 * sum(conv.parameters for conv in convolutions(nodes))
    # h8.box: 64 x 96 x 3 x 3 = 55296 weights, 221184 bytes, become 6912 + 256.
    assert ratio_at(nodes, ()) == 1
    assert ratio_at(nodes, ["h8.box"]) == full / (full - 221184 + 7168)
    so_far = ratios_so_far(nodes, order)
    assert so_far["h8.box"] == ratio_at(nodes, ["h8.box"])
    assert so_far["s4.down"] == ratio_at(nodes, order)
    assert list(so_far.values()) == sorted(so_far.values())


def test_depths_that_reach_ratios() -> None:
    nodes = network_nodes(NetworkConfig())
    order = binarizable(nodes)[::-1]
    depths = depths_for_ratios(nodes, order, [1, 8, 31])
    assert depths[0] == 0
    assert ratio_at(nodes, order[: depths[1]]) >= 0.99 * 8 > ratio_at(nodes, order[: depths[1] - 1])
    assert depths[2] == 28
    with pytest.raises(ConfigError, match=r"32x is out of reach, the most is 31\.0x"):
        depths_for_ratios(nodes, order, [8, 32])


def test_prints_every_layer_and_the_totals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--depth", "1"]) == 0
    text = capsys.readouterr().out
    row = next(line for line in text.splitlines() if "h8.box " in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "h8.box", "64x96x3x3", "212.34", "55,296", "1", "7,168", "30.86x", "binarized", "1.01x",
    ]  # fmt: skip
    weights = sum(conv.parameters for conv in convolutions(network_nodes(NetworkConfig())))
    assert f"parameters: {weights:,}, of them {100 * 55296 / weights:.2f} % at 1 bit" in text
    assert f"{4 * weights - 221184 + 7168:,} bytes, 1.01x smaller" in text


def test_follows_the_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--set", "method=forward", "--set", "network.stem=8", "--depth", "1"]) == 0
    rows = {line.split()[1]: line for line in capsys.readouterr().out.splitlines() if "│" in line}
    assert "8x3x3x3" in rows["stem"]
    assert "8-bit" in rows["stem"]
    assert "binarized" in rows["s4.down"]
    assert "float" in rows["h8.box"]
    layers = "binarize.layers=[p8, h8.box]"
    assert main(["--set", "binarize.order=list", "--set", layers]) == 0
    assert capsys.readouterr().out.count("binarized") == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--depth", "29"], "'--depth' must lie between 0 and 28, not 29"),
        (["--set", "network.stemm=3"], "did you mean 'network.stem'"),
        (["--config", "missing.yaml"], "missing.yaml cannot be read"),
        (["--set", "binarize.order=list", "--set", "binarize.layers=[x]"], "x is not one of"),
    ],
)
def test_errors_are_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("summary: error: ")
    assert words in error
    assert error.count("\n") == 1
