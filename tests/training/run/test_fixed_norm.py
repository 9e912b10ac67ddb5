"""Fine-tuning with the statistics of normalization fixed: ``binarize.fixed_norm``."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.bars import interrupted, presets_in, weights
from tests.training.conftest import Trained
from training.config import DistillConfig, TrainConfig, check
from training.mapping import ConfigError
from training.run.checkpoint import load_checkpoint
from training.run.run import CHECKPOINT_KEYS


def fixed(config: TrainConfig, method: str = "layer-wise", **changes: Any) -> TrainConfig:
    """Return one that takes no step but before an export."""
    settings = {
        "fixed_norm": True, "free_codes": True, "rest": "int8", "descent_steps": 0,
        "finetune_steps": 0, "final_steps": 5, "learning_rate": 1e-3,
        "distill": DistillConfig(score=1.0, box=1.0, labels=0.0),
    } | changes  # fmt: skip
    binarize = replace(config.binarize, **settings)  # type: ignore[arg-type]
    return replace(config, method=method, depths=(0, 2), binarize=binarize)


def state(run: Path) -> dict[str, torch.Tensor]:
    net: dict[str, torch.Tensor] = load_checkpoint(run / "checkpoint.pt", "cpu", CHECKPOINT_KEYS)[
        "net"
    ]
    return net


def test_statistics_stay_and_everything_else_learns(config: TrainConfig, trained: Trained) -> None:
    before, after = (
        state(trained(fixed(config, final_steps=steps))) for steps in (0, 5)
    )  # fmt: skip
    statistics = [key for key in after if "running" in key]
    assert statistics
    assert all(torch.equal(before[key], after[key]) for key in statistics)
    learned = [key for key in after if key.endswith(("norm.weight", "norm.bias"))]
    assert all(not torch.equal(before[key], after[key]) for key in learned)
    assert not torch.equal(before["convs.stem.weight"], after["convs.stem.weight"])


def test_without_steps_between_layers_nothing_is_measured_between_them(
    config: TrainConfig, trained: Trained
) -> None:
    lines = (trained(fixed(config)) / "log.jsonl").read_text().splitlines()
    layers = [row for row in map(json.loads, lines) if row["event"] == "layer"]
    assert [row["depth"] for row in layers] == [1, 2]
    # The first layer was only on the way to the depth that is exported.
    assert layers[0]["loss"] is None
    assert layers[1]["loss"] > 0


def test_weights_and_codes_stand_still_where_they_are_told_to(
    config: TrainConfig, trained: Trained
) -> None:
    before, after = (
        state(trained(fixed(config, final_steps=steps, learn_weights=False))) for steps in (0, 5)
    )
    still = [key for key in after if key.endswith((".weight", ".codes")) and after[key].ndim == 4]
    assert {key for key in still if not torch.equal(before[key], after[key])} == {
        f"convs.h{stride}_{tower}_out.weight"
        for stride in (8, 16, 32)
        for tower in ("score", "box")
    }
    assert not torch.equal(before["convs.stem.norm.weight"], after["convs.stem.norm.weight"])


def test_scales_and_shifts_learn_as_fast_as_they_are_told(
    config: TrainConfig, trained: Trained
) -> None:
    start, slow, fast = (
        state(trained(fixed(config, final_steps=steps, norm_rate=rate)))
        for steps, rate in ((0, 1.0), (5, 1.0), (5, 10.0))
    )
    key = "convs.stem.norm.bias"
    moved = [(net[key] - start[key]).abs().mean().item() for net in (slow, fast)]
    assert moved[1] == pytest.approx(10 * moved[0], rel=0.3)


# Within the fine-tuning, codes free and then frozen, and between the two.
@pytest.mark.parametrize(
    ("method", "learn_weights", "interrupted_at"),
    [("layer-wise", True, 8), ("layer-wise", True, 9), ("forward", True, 10), ("bytes", False, 8)],
)
def test_an_interrupted_run_ends_in_the_same_presets(
    config: TrainConfig,
    trained: Trained,
    tmp_path: Path,
    method: str,
    learn_weights: bool,
    interrupted_at: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = fixed(config, method, learn_weights=learn_weights)
    straight = presets_in(trained(whole))
    resumed = interrupted(whole, tmp_path / "broken", interrupted_at, 11, monkeypatch)
    for a, b in zip(straight, resumed, strict=True):
        assert weights(a) == weights(b)


def test_what_is_binarized_at_once_measures_statistics_anew(config: TrainConfig) -> None:
    with pytest.raises(ConfigError, match=r"binarize.fixed_norm.*in turn.*'bwn'"):
        check(fixed(config, "bwn"))


def test_a_rate_is_positive(config: TrainConfig) -> None:
    with pytest.raises(ConfigError, match=r"binarize.norm_rate.*positive"):
        check(fixed(config, norm_rate=0.0))
