import pytest
import torch

from tests.nets import pictures, small_net
from training.binarization.discrepancy import flip_ratio
from training.binarization.priority import listed_order, sensitivity
from training.binarization.quantizers import (
    QUANTIZERS,
    BinaryConnectQuantizer,
    DoReFaQuantizer,
    SignQuantizer,
    clipped_sign,
    make_quantizer,
)
from training.binarization.rivals import RIVALS, largest_weights
from training.config import METHODS
from training.mapping import ConfigError

# Two filters of fan-in 4.
WEIGHT = [[[[0.5, -1.5], [2.0, 0.0]]], [[[-0.1, 0.3], [-0.2, -0.2]]]]


def weight() -> torch.Tensor:
    return torch.tensor(WEIGHT, requires_grad=True)


def test_names() -> None:
    assert set(RIVALS) == set(METHODS) - {"layer-wise", "forward", "sensitivity"}
    kinds = [type(make_quantizer(name, weight())) for name in QUANTIZERS]
    assert kinds == [SignQuantizer, DoReFaQuantizer, *[BinaryConnectQuantizer] * 2]
    with pytest.raises(ValueError, match="no quantizer 'layer-wise'"):
        make_quantizer("layer-wise", weight())


def test_bwn() -> None:
    w = weight()
    value = SignQuantizer()(w, True)
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
    value = DoReFaQuantizer()(w, True)
    assert torch.allclose(value.abs(), torch.full_like(value, 4.8 / 8))
    (3 * value).sum().backward()
    assert w.grad is not None
    assert torch.equal(w.grad, torch.full_like(w, 3.0))
    codes, alpha = DoReFaQuantizer().codes_and_scales(w)
    assert torch.allclose(alpha, torch.tensor([0.6, 0.6]))
    assert torch.allclose(alpha[:, None, None, None] * codes, value.detach())


def test_deterministic_binaryconnect() -> None:
    w, rule = weight(), BinaryConnectQuantizer(0.6, stochastic=False)
    value = rule(w, True)
    assert torch.allclose(value, 0.6 * torch.where(w >= 0, 1.0, -1.0))
    rule.after_step(w)
    assert w.max().item() == pytest.approx(0.6)
    assert w.min().item() == pytest.approx(-0.6)
    codes, alpha = rule.codes_and_scales(w)
    assert torch.allclose(alpha[:, None, None, None] * codes, value.detach())


def test_stochastic_binaryconnect() -> None:
    rule = BinaryConnectQuantizer(1.0, stochastic=True)
    # The probability of +1 is (W + 1) / 2.
    w = torch.tensor([-1.5, -0.5, 0.0, 0.8, 1.0])[:, None, None, None].expand(5, 4000, 1, 1)
    torch.manual_seed(0)
    value = rule(w, True)
    assert torch.allclose(value.abs(), torch.ones(5, 4000, 1, 1))
    plus = (value > 0).float().mean((1, 2, 3)).tolist()
    assert plus == pytest.approx([0, 0.25, 0.5, 0.9, 1], abs=0.03)
    assert torch.equal(rule(w, False), torch.where(w >= 0, 1.0, -1.0))


def test_constant_of_binaryconnect_is_the_float_layers_mean() -> None:
    rule = make_quantizer("binaryconnect-stochastic", weight())
    assert isinstance(rule, BinaryConnectQuantizer)
    assert rule.limit == pytest.approx(0.6)
    assert rule.stochastic
    assert not isinstance(make_quantizer("sign", weight()), BinaryConnectQuantizer)


def test_largest_weights_go_first() -> None:
    w = torch.tensor([0.1, -0.9, 0.5, -0.3])[None, :, None, None]
    codes = torch.zeros_like(w, dtype=torch.int8)
    half = largest_weights(w, codes, 0.5)
    assert half.flatten().tolist() == [False, True, True, False]
    codes[half] = 1
    # Whatever is frozen already is not chosen again, however large.
    assert largest_weights(w, codes, 0.75).flatten().tolist() == [False, False, False, True]
    assert largest_weights(w, codes, 1.0).flatten().tolist() == [True, False, False, True]


def test_flip_ratio() -> None:
    codes = torch.tensor([1, -1, 1, 1], dtype=torch.int8)
    assert flip_ratio(codes, torch.tensor([0.3, 0.2, -0.1, 0.0])) == 0.5


def test_partly_frozen_layer() -> None:
    layer = small_net(0).conv("h8.box")
    before = layer.weight.detach().clone()
    codes = torch.where(before >= 0, 1.0, -1.0)
    where = torch.zeros_like(before, dtype=torch.bool)
    where[0] = True
    layer.freeze(codes, torch.full((9,), 0.5), where)
    assert not layer.binarized
    value = layer.effective_weight()
    assert torch.equal(value[0].detach(), 0.5 * codes[0])
    assert torch.equal(value[1:].detach(), before[1:])
    value.sum().backward()
    assert layer.weight.grad is not None
    assert not layer.weight.grad[0].any()
    # The rest is frozen with other scales; the first filter keeps its own.
    layer.freeze(codes, torch.full((9,), 0.25))
    assert layer.binarized
    assert layer.alpha.tolist() == [0.5] + [0.25] * 8
    assert torch.equal(layer.codes.float(), codes)


def test_order_from_a_list() -> None:
    net = small_net(0)
    assert listed_order(net, ["p8", "s4.down"]) == ["p8", "s4.down"]
    for layers, message in ((["p9"], "no layer 'p9'"), (["p8", "p8"], "twice"), ([], "must name")):
        with pytest.raises(ConfigError, match=message):
            listed_order(net, layers)


def test_sensitivity_binarizes_each_layer_alone() -> None:
    net = small_net(0)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    images = pictures(2)
    with torch.no_grad():
        expected, _ = net(images)

    def loss() -> float:
        with torch.no_grad():
            return float((net(images)[0] - expected).square().mean())

    increase = sensitivity(net, loss)
    assert next(iter(increase)) == "s4.down"
    assert len(increase) == 24
    # The boxes' last layer has no part in the scores.
    assert increase["h8.box"] == 0
    assert increase["h8.score"] > 0
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


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
