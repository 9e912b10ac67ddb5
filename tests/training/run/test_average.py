"""The moving average of the weights while a network is binarized: ``binarize.ema``."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.bars import interrupted, presets_in, weights
from tests.training.conftest import Trained
from training.config import TrainConfig, check
from training.mapping import ConfigError


def averaged(config: TrainConfig, method: str, decay: float, *, free: bool = False) -> TrainConfig:
    binarize = replace(config.binarize, ema=decay, free_codes=free)
    return replace(config, method=method, binarize=binarize)


CASES = [("layer-wise", False), ("layer-wise", True), ("bwn", False), ("float", False)]


@pytest.mark.parametrize(("method", "free"), CASES)
def test_the_average_is_exported(
    config: TrainConfig, trained: Trained, method: str, free: bool
) -> None:
    short = replace(config, depths=(0, 2))
    # With so short a memory it is the last weights.
    plain, last, mean = (
        presets_in(trained(averaged(short, method, decay, free=free)))[1]
        for decay in (0, 1e-30, 0.9)
    )
    assert weights(last) == weights(plain)
    assert weights(mean) != weights(plain)


# Within a fine-tuning or the only phase, and at the end of a phase.
@pytest.mark.parametrize(
    ("method", "free", "interrupted_at"),
    [*((*case, 11) for case in CASES), ("layer-wise", False, 12), ("layer-wise", True, 12)],
)
def test_an_interrupted_run_ends_in_the_same_presets(
    config: TrainConfig,
    trained: Trained,
    tmp_path: Path,
    method: str,
    free: bool,
    interrupted_at: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mean = averaged(replace(config, depths=(0, 2)), method, 0.9, free=free)
    straight = presets_in(trained(mean))
    resumed = interrupted(mean, tmp_path / "broken", interrupted_at, 18, monkeypatch)
    for a, b in zip(straight, resumed, strict=True):
        assert weights(a) == weights(b)


@pytest.mark.parametrize("decay", [-0.1, 1.0, float("nan")])
def test_a_decay_is_a_share(config: TrainConfig, decay: float) -> None:
    with pytest.raises(ConfigError, match=r"binarize.ema.*below 1"):
        check(averaged(config, "bwn", decay))
