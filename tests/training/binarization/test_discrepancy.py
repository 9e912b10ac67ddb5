import numpy as np
import pytest
import torch

from tests.nets import small_net
from training.binarization.discrepancy import (
    codes_and_scales,
    proximal_step,
    proximity,
    reconstruction_error,
)
from training.binarization.priority import inverse_depth_order


def test_codes_and_scales_of_a_small_tensor() -> None:
    weight = torch.tensor([[[[1.0, -3.0], [0.0, 4.0]]], [[[-0.5, 0.5], [-0.5, 0.1]]]])
    codes, alpha = codes_and_scales(weight)
    assert codes.tolist() == [[[[1, -1], [1, 1]]], [[[-1, 1], [-1, 1]]]]
    assert alpha.tolist() == pytest.approx([2.0, 0.4])


def test_closed_form_is_the_least_squares_optimum() -> None:
    weight = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 2, 2, 2)))
    codes, alpha = codes_and_scales(weight)
    best = ((weight - alpha * codes) ** 2).sum()
    flat = weight.flatten()
    for number in range(2**8):
        other = torch.tensor([1.0 if number >> bit & 1 else -1.0 for bit in range(8)])
        scale = (flat * other).mean().clamp(min=0)  # least squares for these codes
        assert ((flat - scale * other) ** 2).sum() >= best - 1e-9


def test_reconstruction_error() -> None:
    weight = torch.tensor([[[[3.0, -1.0]]]])
    codes, alpha = codes_and_scales(weight)  # 2 * (+1, -1): off by (1, 1)
    assert reconstruction_error(weight, codes, alpha) == pytest.approx((2 / 10) ** 0.5)


def test_proximal_step_minimizes_what_it_says() -> None:
    weight = torch.tensor([[[[3.0, -1.0]]]], requires_grad=True)
    codes, alpha = codes_and_scales(weight)
    before = weight.detach().clone()
    proximal_step(weight, codes, alpha, strength=0.25)
    # (W + 0.25 * target) / 1.25, with target (2, -2).
    assert weight.flatten().tolist() == pytest.approx([2.8, -1.2])
    # The gradient of 1/2 |V - W|^2 + 0.25/2 |V - target|^2 is zero there.
    gradient = (weight - before) + 0.25 * (weight - alpha[:, None, None, None] * codes)
    assert gradient.abs().max() < 1e-6


def test_proximity_rises_geometrically() -> None:
    assert proximity(0, 0.01, 1) == pytest.approx(0.01)
    assert proximity(0.5, 0.01, 1) == pytest.approx(0.1)
    assert proximity(1, 0.01, 1) == pytest.approx(1)


def test_order_is_the_inverse_of_depth() -> None:
    order = inverse_depth_order(small_net(0))
    assert order[:2] == ["h8.box", "h8.score"]
    assert order[-1] == "s4.down"
    assert "stem" not in order
    assert not any(name.endswith(".out") for name in order)


def test_frozen_codes_stay_and_alpha_learns() -> None:
    net = small_net(0).train()
    layer = net.conv("h8.box")
    codes, alpha = codes_and_scales(layer.weight)
    layer.freeze(codes, alpha)
    net.update_integer()
    net.calibrate_activations([torch.rand(2, 3, 64, 96)])
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=0.1)
    logits, log_distances = net(torch.rand(2, 3, 64, 96))
    (logits.sum() + log_distances.square().sum()).backward()
    optimizer.step()
    assert torch.equal(layer.codes.float(), codes)
    assert layer.weight.numel() == 0
    assert not torch.equal(layer.alpha, alpha)
    expected = layer.alpha[:, None, None, None] * codes
    assert torch.equal(layer.effective_weight(), expected)
