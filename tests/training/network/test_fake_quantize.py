import pytest
import torch

from training.network.fake_quantize import ActivationQuantizer, fake_quantize_weight, weight_scale


def quantizer(scale: float, *, signed: bool) -> ActivationQuantizer:
    made = ActivationQuantizer(signed=signed)
    made.scale.fill_(scale)
    return made


def test_unsigned_rounding_and_clipping() -> None:
    x = torch.tensor([-1.0, 0.0, 0.06, 0.14, 25.5, 99.0])
    expected = [0.0, 0.0, 0.1, 0.1, 25.5, 25.5]
    assert quantizer(0.1, signed=False)(x).tolist() == pytest.approx(expected, abs=1e-6)


def test_signed_rounding_and_clipping() -> None:
    x = torch.tensor([-99.0, -0.26, 0.0, 0.26, 99.0])
    expected = [-64.0, -0.5, 0.0, 0.5, 63.5]
    assert quantizer(0.5, signed=True)(x).tolist() == pytest.approx(expected)


def test_gradient_passes_where_nothing_is_clipped() -> None:
    x = torch.tensor([-1.0, 0.06, 99.0], requires_grad=True)
    quantizer(0.1, signed=False)(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 1.0, 0.0]


def test_observed_range() -> None:
    made = ActivationQuantizer(signed=False)
    made.observe(torch.linspace(0, 51, 100_001))
    made.observe(torch.linspace(0, 102, 100_001))
    made.finish()
    # The mean of both 99.99 % quantiles over 255 levels.
    assert made.scale.item() == pytest.approx(0.9999 * (51 + 102) / 2 / 255, rel=1e-4)
    made.finish()
    assert made.scale.item() > 0


def test_weights_round_to_63_levels_either_way_per_filter() -> None:
    weight = torch.tensor([[[[0.63, -0.004, 0.006]]], [[[-6.3, 0.04, 0.06]]]])
    assert weight_scale(weight).tolist() == pytest.approx([0.01, 0.1])
    rounded = fake_quantize_weight(weight).flatten().tolist()
    assert rounded == pytest.approx([0.63, 0, 0.01, -6.3, 0, 0.1], abs=1e-6)
