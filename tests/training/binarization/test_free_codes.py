"""Layers that turn to 1 bit one after the other and go on learning: ``binarize.free_codes``."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pedcam.detect.presets import find_presets
from tests.training.bars import interrupted, weights
from training.config import PretrainConfig, TrainConfig
from training.run import command
from training.run.checkpoint import load_checkpoint
from training.run.run import CHECKPOINT_KEYS


@pytest.fixture
def free(config: TrainConfig) -> TrainConfig:
    return replace(config, binarize=replace(config.binarize, free_codes=True, final_steps=5))


def test_exported_layers_go_on_learning(free: TrainConfig, tmp_path: Path) -> None:
    learning = replace(free.binarize, learning_rate=0.03)
    command.run(replace(free, binarize=learning), tmp_path)
    (real, two, three), errors = find_presets([tmp_path / "presets"])
    assert not errors
    ones = [[layer.name for layer in p.info.layers if layer.bits == 1] for p in (real, two, three)]
    assert ones == [[], ["h8.score", "h8.box"], ["h16.box", "h8.score", "h8.box"]]
    # The codes of a layer that both have.
    bits = [weights(preset.path)["h8.box.bits"] for preset in (two, three)]
    assert bits[0] != bits[1]
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    layers = [row for row in rows if row["event"] == "layer"]
    assert [row["layer"] for row in layers] == ["h8.box", "h8.score", "h16.box"]
    # Of codes that are frozen, which they are for an export.
    assert ["flip_ratio" in row for row in layers] == [False, True, True]
    assert all(row["flip_ratio"] > 0 for row in layers[1:])
    # The run is over, and its last network is that of the last preset.
    state = load_checkpoint(tmp_path / "checkpoint.pt", "cpu", CHECKPOINT_KEYS)
    assert set(state["binarized"]) == {"h16.box", "h8.score", "h8.box"}


def test_what_was_learned_can_be_binarized_further(free: TrainConfig, tmp_path: Path) -> None:
    *_, first = command.run(free, tmp_path / "first")
    begin = PretrainConfig(start=str(tmp_path / "first" / "latent.pt"))
    still = replace(
        free.binarize, learning_rate=1e-9, descent_steps=1, finetune_steps=1, final_steps=0
    )
    *_, again = command.run(
        replace(free, depths=(3,), pretrain=begin, binarize=still), tmp_path / "again"
    )
    # The signs of the weights behind the codes, which a step as small as this does not turn.
    before, after = weights(first), weights(again)
    codes = [name for name in before if name.endswith(".bits")]
    assert len(codes) == 3
    assert all(before[name] == after[name] for name in codes)


# While one layer is binarized and while two are, after an export, in the next layer's steps, and at
# the end of the run.
@pytest.mark.parametrize("interrupted_at", [8, 15, 23, 27, 34])
def test_an_interrupted_run_ends_in_the_same_presets(
    free: TrainConfig, tmp_path: Path, interrupted_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = command.run(free, tmp_path / "straight")
    resumed = interrupted(free, tmp_path / "broken", interrupted_at, 34, monkeypatch)
    assert [path.name for path in resumed] == [path.name for path in straight]
    for a, b in zip(straight, resumed, strict=True):
        assert weights(a) == weights(b)
