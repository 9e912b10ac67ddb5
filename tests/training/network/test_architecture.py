import torch

from tests.nets import SMALL, small_net
from training.config import NetworkConfig
from training.network.architecture import (
    Add,
    Conv,
    Upsample,
    binarizable,
    convolutions,
    integer_nodes,
    multiply_accumulates,
    network_nodes,
)
from training.network.model import anchor_points, decode_boxes


def test_shipped_network_is_of_the_size_it_claims() -> None:
    nodes = network_nodes(NetworkConfig())
    parameters = sum(conv.parameters for conv in convolutions(nodes))
    work = sum(multiply_accumulates(nodes, (640, 384)).values())
    assert 4e6 < parameters < 6e6
    assert 3e9 < work < 4e9
    assert len(binarizable(nodes)) == 28


def test_multiply_accumulates_of_known_layers() -> None:
    work = multiply_accumulates(network_nodes(NetworkConfig()), (640, 384))
    assert work["stem"] == 24 * 3 * 9 * 320 * 192
    assert work["s8.0.a"] == 80 * 80 * 9 * 80 * 48
    assert work["p8"] == 96 * 96 * 9 * 80 * 48
    assert work["h32.box.out"] == 4 * 64 * 20 * 12


def test_every_source_comes_first() -> None:
    seen = {"image"}
    for node in network_nodes(SMALL):
        assert set(node.sources) <= seen
        assert node.name not in seen
        seen.add(node.name)


def test_integer_nodes_follow_the_binarized_ones() -> None:
    nodes = (
        Conv("stem", "image", 3, 8, 3, 2, binarizable=False),
        Conv("a", "stem", 8, 8, 3),
        Conv("b", "a", 8, 8, 3, relu=False),
        Add("sum", ("a", "b"), relu=True),
        Upsample("up", "sum"),
        Conv("out", "up", 8, 1, 1, relu=False, binarizable=False, prediction=True),
    )
    assert integer_nodes(nodes, []) == set()
    assert integer_nodes(nodes, ["b"]) == {"b"}
    assert integer_nodes(nodes, ["a", "b"]) == {"stem", "a", "b", "sum", "up"}
    assert integer_nodes(nodes, ["a"]) == {"stem", "a"}


def test_anchors_match_outputs() -> None:
    net = small_net(0)
    logits, log_distances = net(torch.rand(2, 3, 64, 96))
    points, strides = anchor_points(64, 96)
    assert logits.shape == (2, len(points))
    assert log_distances.shape == (2, len(points), 4)
    assert points[0].tolist() == [4, 4]
    assert points[1].tolist() == [12, 4]
    assert points[-1].tolist() == [80, 48]
    assert strides.unique().tolist() == [8, 16, 32]


def test_decoding() -> None:
    points, strides = torch.tensor([[20.0, 30.0]]), torch.tensor([8.0])
    log_distances = torch.tensor([[[0.0, 0.0, torch.log(torch.tensor(2.0)), 99.0]]])
    x1, y1, x2, y2 = decode_boxes(log_distances, points, strides)[0, 0].tolist()
    assert (x1, y1, x2) == (12, 22, 36)
    assert y2 == 30 + 8 * torch.tensor(5.0).exp().item()
