"""Codes and scales that keep a layer's output: the solver and what it is given."""

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.nets import SMALL
from training.binarization import output_descent
from training.binarization.discrepancy import codes_and_scales
from training.binarization.output_descent import (
    LEAST_WEIGHT,
    RIDGE,
    Codes,
    input_statistics,
    minimize_output_discrepancy,
)
from training.config import LossConfig
from training.data.loader import Batch
from training.network.architecture import binarizable
from training.network.loss import detection_loss
from training.network.model import PedestrianNet


def objective(weight: Tensor, codes: Tensor, scales: Tensor, covariance: Tensor) -> float:
    rest = (weight - scales[:, None, None, None] * codes).flatten(1)
    return float(((rest @ covariance) * rest).sum())


def random_problem(seed: int, filters: int, columns: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    few = torch.randn(columns // 2, columns, generator=generator)
    inputs = F.relu(torch.randn(8 * columns, columns // 2, generator=generator) @ few)
    inputs += 0.3 * torch.randn(inputs.shape, generator=generator)
    return torch.randn(filters, columns, 1, 1, generator=generator), torch.cov(inputs.T)


def test_three_weights_by_hand() -> None:
    # W = (3, 1, 0.2), and the first two inputs are nearly the same: C12 = 0.9. Codes (+, +, +) lose
    # sum W'CW - (bCW)^2 / bCb = 15.44 - 7.8^2 / 4.8 = 2.765, codes (+, -, +) 15.44 - 0.4^2 / 1.2.
    weight = torch.tensor([3.0, 1.0, 0.2]).view(1, 3, 1, 1)
    covariance = torch.tensor([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    found = minimize_output_discrepancy(weight, covariance)
    assert found.codes.flatten().tolist() == [1, 1, 1]
    assert found.scales.item() == pytest.approx(7.8 / 4.8)
    assert objective(weight, found.codes, found.scales, covariance) == pytest.approx(2.765)
    assert found.error == pytest.approx(2.765)
    assert found.lost == pytest.approx(2.765 / 15.44)
    # With inputs that cancel each other, C12 = -0.9, the small weight turns: W'CW = 7.47, and
    # (+, -) has bCW = 5.13 and bCb = 3.8, so loses 7.47 - 5.13^2 / 3.8 = 0.544, while (+, +) has
    # bCW = 0.33 and bCb = 0.2, and loses 6.93.
    weight = torch.tensor([3.0, 0.3]).view(1, 2, 1, 1)
    covariance = torch.tensor([[1.0, -0.9], [-0.9, 1.0]])
    found = minimize_output_discrepancy(weight, covariance)
    assert found.codes.flatten().tolist() == [1, -1]
    assert found.scales.item() == pytest.approx(5.13 / 3.8)
    assert objective(weight, found.codes, found.scales, covariance) == pytest.approx(
        0.544, abs=1e-3
    )


def test_is_near_the_best_of_all_codes() -> None:
    ratios = []
    every = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=8)))
    for seed in range(30):
        weight, covariance = random_problem(seed, 1, 8)
        real = weight.flatten()
        through = every @ covariance
        gain = (through @ real).clamp(min=0).square() / (through * every).sum(1)
        best = float(real @ covariance @ real - gain.max())
        tries = [minimize_output_discrepancy(weight, covariance, seed=i) for i in range(4)]
        found = min(objective(weight, t.codes, t.scales, covariance) for t in tries)
        assert found >= best - 1e-4
        ratios.append(found / best)
    assert sorted(ratios)[len(ratios) // 2] == pytest.approx(1, abs=1e-3), "most are the best"
    assert max(ratios) < 1.5  # measured: 24 of 30 are the best, the worst loses 1.37 times as much


@pytest.mark.parametrize("seed", range(3))
def test_a_minimum_that_no_flip_improves(seed: int) -> None:
    weight, covariance = random_problem(seed, 5, 24)
    found = minimize_output_discrepancy(weight, covariance)
    least = objective(weight, found.codes, found.scales, covariance)
    signs = objective(weight, *codes_and_scales(weight), covariance)
    assert least < 0.8 * signs
    for row, column in itertools.product(range(5), range(24)):
        other = found.codes.clone()
        other[row, column] *= -1
        assert objective(weight, other, found.scales, covariance) >= least - 1e-3
    for factor in (0.99, 1.01):
        assert objective(weight, found.codes, factor * found.scales, covariance) > least
    relative = least / objective(weight, torch.zeros_like(weight), found.scales, covariance)
    assert found.error == pytest.approx(least, rel=1e-4)
    assert found.lost == pytest.approx(relative, rel=1e-4)


def test_the_objective_never_rises(monkeypatch: pytest.MonkeyPatch) -> None:
    weight, covariance = random_problem(1, 16, 48)
    after = []
    for sweeps in range(8):
        monkeypatch.setattr(output_descent, "MAX_SWEEPS", sweeps)
        found = minimize_output_discrepancy(weight, covariance)
        after.append(objective(weight, found.codes, found.scales, covariance))
    assert all(later <= sooner * (1 + 1e-5) for sooner, later in itertools.pairwise(after))
    assert after[-1] < 0.95 * after[0], "it falls"


def test_latent_weights_have_the_codes_as_signs_and_the_scales_as_sizes() -> None:
    weight, covariance = random_problem(7, 4, 18)
    found: Codes = minimize_output_discrepancy(weight, covariance)
    codes, scales = codes_and_scales(found.latent)
    assert torch.equal(codes, found.codes)
    torch.testing.assert_close(scales, found.scales)


def test_covariance_is_that_of_the_columns_where_the_loss_cares() -> None:
    torch.manual_seed(0)
    net = PedestrianNet(SMALL)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    images = torch.randint(256, (2, 3, 64, 64), dtype=torch.uint8)
    boxes = torch.tensor([[[4.0, 4, 24, 44]], [[30, 10, 50, 60]]])
    batch = Batch(images, boxes, torch.ones(2, 1, dtype=torch.int8))
    found = input_statistics(net, [batch], LossConfig(), seed=0)
    assert set(found) == set(binarizable(net.nodes))
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())
    net.eval()
    values = net.values(images / 255)
    logits, log_distances = net.predictions(values)
    loss = detection_loss(logits, log_distances, boxes, batch.labels, (64, 64), LossConfig())
    (after,) = torch.autograd.grad(loss.total, values["h8.score"])
    norm = net.conv("h8.score").norm
    assert norm is not None
    assert norm.running_var is not None
    # Through the ReLU and batch normalization to what the convolution puts out.
    slope = (norm.weight / (norm.running_var + norm.eps).sqrt())[:, None, None]
    importance = ((values["h8.score"] > 0) * slope * after).square().mean(1).flatten()
    assert found["h8.score"].importance == pytest.approx(importance.sum().item() / 2, rel=1e-3)
    importance = (importance / importance.mean()).clamp(max=20)
    weight = LEAST_WEIGHT + (1 - LEAST_WEIGHT) * importance
    assert weight.max() > 5 * weight.median(), "not all positions matter alike"
    columns = F.unfold(values["p8"], 3, padding=1).transpose(1, 2).flatten(0, 1)
    centred = columns - (weight[:, None] * columns).sum(0) / weight.sum()
    expected = (weight[:, None] * centred).T @ centred / weight.sum()
    expected.diagonal().add_(RIDGE * expected.diagonal().mean())
    torch.testing.assert_close(
        found["h8.score"].covariance, expected.detach(), rtol=1e-3, atol=1e-5
    )


def test_statistics_in_bfloat16_are_nearly_the_same() -> None:
    torch.manual_seed(0)
    net = PedestrianNet(SMALL)
    images = torch.randint(256, (2, 3, 64, 64), dtype=torch.uint8)
    boxes = torch.tensor([[[4.0, 4, 24, 44]], [[30, 10, 50, 60]]])
    batch = Batch(images, boxes, torch.ones(2, 1, dtype=torch.int8))
    exact = input_statistics(net, [batch], LossConfig(), seed=0)
    fast = input_statistics(net, [batch], LossConfig(), seed=0, dtype=torch.bfloat16)
    # Some heads have no person here, and gradients that are nothing but rounding.
    for name in (name for name in exact if name.startswith("s")):
        found, expected = fast[name].covariance, exact[name].covariance
        assert found.dtype == torch.float32
        # Sums are in float32; inputs, and how much a position counts, have 8 bits.
        assert torch.linalg.norm(found - expected) < 0.2 * torch.linalg.norm(expected)
