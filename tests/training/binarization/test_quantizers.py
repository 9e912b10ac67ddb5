from types import SimpleNamespace
from typing import Any

import pytest
import torch

from tests.nets import pictures, small_net
from training.binarization.discrepancy import codes_and_scales, flip_ratio
from training.binarization.output_descent import InputStatistics
from training.binarization.priority import error_per_byte, listed_order
from training.binarization.quantizers import (
    QUANTIZERS,
    BinaryConnectQuantizer,
    DoReFaQuantizer,
    SignQuantizer,
    clipped_sign,
    make_quantizer,
)
from training.binarization.rivals import RIVALS
from training.config import METHODS, TrainConfig
from training.mapping import ConfigError
from training.network.architecture import binarizable

# Two filters of fan-in 4.
WEIGHT = [[[[0.5, -1.5], [2.0, 0.0]]], [[[-0.1, 0.3], [-0.2, -0.2]]]]


def weight() -> torch.Tensor:
    return torch.tensor(WEIGHT, requires_grad=True)


def test_names() -> None:
    assert set(RIVALS) == set(METHODS) - {"layer-wise", "forward", "bytes"}
    kinds = [type(make_quantizer(name, weight())) for name in QUANTIZERS]
    assert kinds == [SignQuantizer, DoReFaQuantizer, BinaryConnectQuantizer]
    with pytest.raises(ValueError, match="no quantizer 'layer-wise'"):
        make_quantizer("layer-wise", weight())


def test_bwn() -> None:
    w = weight()
    value = SignQuantizer()(w)
    # mean |W|: 4 / 4 = 1 and 0.8 / 4 = 0.2.
    expected = torch.tensor([[[[1.0, -1], [1, 1]]], [[[-0.2, 0.2], [-0.2, -0.2]]]])
    assert torch.allclose(value, expected)
    value[0].sum().backward()
    # Through alpha: sign(W) / 4 times the sum of the codes, 2; sign(0) has gradient 0. Through the
    # sign: alpha where |W| <= 1.
    assert w.grad is not None
    assert torch.allclose(w.grad[0], torch.tensor([[[0.5 + 1, -0.5], [0.5, 0 + 1]]]))
    codes, alpha = SignQuantizer().codes_and_scales(w)
    assert torch.equal(alpha[:, None, None, None] * codes, value.detach())


def test_clipped_sign() -> None:
    x = torch.tensor([-2.0, -0.5, 0.0, 0.5, 2.0], requires_grad=True)
    value = clipped_sign(x)
    assert value.tolist() == [-1, -1, 1, 1, 1]
    value.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 1, 1, 1, 0]


def test_dorefa() -> None:
    w = weight()
    value = DoReFaQuantizer()(w)
    assert torch.allclose(value.abs(), torch.full_like(value, 4.8 / 8))
    (3 * value).sum().backward()
    assert w.grad is not None
    assert torch.equal(w.grad, torch.full_like(w, 3.0))
    codes, alpha = DoReFaQuantizer().codes_and_scales(w)
    assert torch.allclose(alpha, torch.tensor([0.6, 0.6]))
    assert torch.allclose(alpha[:, None, None, None] * codes, value.detach())


def test_deterministic_binaryconnect() -> None:
    w, rule = weight(), BinaryConnectQuantizer(0.6)
    value = rule(w)
    assert torch.allclose(value, 0.6 * torch.where(w >= 0, 1.0, -1.0))
    rule.after_step(w)
    assert w.max().item() == pytest.approx(0.6)
    assert w.min().item() == pytest.approx(-0.6)
    codes, alpha = rule.codes_and_scales(w)
    assert torch.allclose(alpha[:, None, None, None] * codes, value.detach())


def test_constant_of_binaryconnect_is_the_float_layers_mean() -> None:
    rule = make_quantizer("binaryconnect", weight())
    assert isinstance(rule, BinaryConnectQuantizer)
    assert rule.limit == pytest.approx(0.6)
    assert not isinstance(make_quantizer("sign", weight()), BinaryConnectQuantizer)


def test_flip_ratio() -> None:
    codes = torch.tensor([1, -1, 1, 1], dtype=torch.int8)
    assert flip_ratio(codes, torch.tensor([0.3, 0.2, -0.1, 0.0])) == 0.5


def test_order_from_a_list() -> None:
    net = small_net(0)
    assert listed_order(net, ["p8", "s4.down"]) == ["p8", "s4.down"]
    for layers, message in ((["p9"], "no layer 'p9'"), (["p8", "p8"], "twice"), ([], "must name")):
        with pytest.raises(ConfigError, match=message):
            listed_order(net, layers)


def test_error_per_byte_by_hand() -> None:
    # Uncorrelated inputs of unit variance: the codes are signs, and the error of a layer is that of
    # its weights, ||W - mean |W| sign(W)||^2.
    net = small_net(0)
    columns = {name: net.conv(name).weight[0].numel() for name in binarizable(net.nodes)}
    run: Any = SimpleNamespace(
        net=net,
        config=TrainConfig(),
        input_statistics=lambda name: InputStatistics(torch.eye(columns[name]), 2.0),
    )
    found = error_per_byte(run)
    assert list(found) == binarizable(net.nodes)
    layer = net.conv("h8.box")
    codes, scales = codes_and_scales(layer.weight)
    error = (layer.weight - scales[:, None, None, None] * codes).square().sum()
    count, filters = layer.weight.numel(), len(layer.weight)
    saved = 4 * count - -(-count // 8) - 4 * filters
    assert found["h8.box"] == pytest.approx(2 * float(error) / saved, rel=1e-4)


def test_norms_are_estimated_from_batches() -> None:
    net = small_net(0)
    images = [pictures(4, seed=1), pictures(4, seed=2)]
    net.recalibrate_batchnorm(images)
    norm = net.conv("stem").norm
    assert norm is not None
    with torch.no_grad():
        outputs = [
            torch.nn.functional.conv2d(x, net.conv("stem").weight, stride=2, padding=1)
            for x in images
        ]
    means = torch.stack([output.mean((0, 2, 3)) for output in outputs]).mean(0)
    assert torch.allclose(norm.running_mean, means, atol=1e-5)
    assert norm.momentum == 0.1
    assert not net.training


def test_norms_move_from_those_of_the_float_network() -> None:
    origin = small_net(0)
    origin.recalibrate_batchnorm([pictures(4, seed=seed) for seed in range(3, 9)])
    before = {key: value.clone() for key, value in origin.state_dict().items()}
    net, images = small_net(0), [pictures(4, seed=1)]
    # Nothing differs: what is set is what the float network knows, not what one batch says.
    net.recalibrate_batchnorm(images, origin)
    for norm, known in zip(net.norms(), origin.norms(), strict=True):
        torch.testing.assert_close(norm.running_mean, known.running_mean)
        torch.testing.assert_close(norm.running_var, known.running_var)
    # A layer whose weights are twice as large has twice the mean and four times the variance.
    with torch.no_grad():
        net.conv("stem").weight *= 2
    net.recalibrate_batchnorm(images, origin)
    norm, known = net.conv("stem").norm, origin.conv("stem").norm
    assert norm is not None
    assert known is not None
    torch.testing.assert_close(norm.running_var, 4 * known.running_var, rtol=1e-3, atol=1e-6)
    single = small_net(0)
    single.recalibrate_batchnorm(images)
    of_images = single.conv("stem").norm
    assert of_images is not None
    assert of_images.running_mean is not None
    assert not torch.allclose(of_images.running_mean, known.running_mean, rtol=1e-2)
    assert all(torch.equal(value, origin.state_dict()[key]) for key, value in before.items())
    assert not net.training
