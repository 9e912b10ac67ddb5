"""Layers that turn to 1 bit one after the other and go on learning: ``binarize.free_codes``."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pedcam.detect.presets import find_presets
from tests.nets import SMALL
from tests.training.bars import draw_people, interrupted, presets_in, weights
from tests.training.conftest import Trained
from training.config import DataConfig, PretrainConfig, TrainConfig, load_config
from training.run import command
from training.run.checkpoint import load_checkpoint
from training.run.run import CHECKPOINT_KEYS

CHECKOUT = Path(__file__).parents[3]


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


@pytest.mark.parametrize("frozen_share", [0.0, 0.5])
def test_free_codes_are_sign_and_mean_of_the_weights_behind_them(
    tmp_path: Path, frozen_share: float
) -> None:
    # The settings of what is shipped, on small pictures and with a small network.
    shipped = load_config(CHECKOUT / "training" / "configs" / "pedestrian.yaml")
    assert shipped.binarize.free_codes
    people = draw_people(tmp_path / "people", 8, seed=0)
    data = DataConfig(
        train=(people,), validate=(people,), walkers=0, cache=str(tmp_path / "c"), workers=0
    )
    short = replace(
        shipped.binarize, final_steps=2, finetune_steps=1, descent_steps=1,
        frozen_share=frozen_share, learning_rate=0.01,
    )  # fmt: skip
    small = replace(
        shipped, network=SMALL, batch=4, view=(96, 64), input_size=(96, 64), depths=(3,), data=data,
        binarize=replace(short, calibration_batches=1, export_batches=1),
        pretrain=PretrainConfig(steps=2, warmup=1, plain_steps=0),
    )  # fmt: skip
    command.run(small, tmp_path / "run")
    state = load_checkpoint(tmp_path / "run" / "checkpoint.pt", "cpu", CHECKPOINT_KEYS)["net"]
    latent = load_checkpoint(tmp_path / "run" / "latent.pt", "cpu", frozenset(("net",)))["net"]
    for name in ("h8_box", "h8_score", "h16_box"):
        weight = latent[f"convs.{name}.weight"]
        assert torch.equal(
            state[f"convs.{name}.codes"], torch.where(weight >= 0, 1, -1).to(torch.int8)
        )
        # Scales of frozen codes go on learning.
        same = torch.allclose(state[f"convs.{name}.alpha"], weight.abs().mean((1, 2, 3)))
        assert same == (frozen_share == 0)
        assert weight.abs().mean((1, 2, 3)).std() > 0, "a scale per filter"


def test_the_rest_may_be_int8(free: TrainConfig, trained: Trained, tmp_path: Path) -> None:
    rounded = replace(free, binarize=replace(free.binarize, rest="int8"))
    plain = presets_in(trained(free))
    (real, two, three), errors = find_presets(
        [path.parent for path in command.run(rounded, tmp_path / "rounded")[:1]]
    )
    assert not errors
    assert {layer.bits for layer in real.info.layers} == {32}
    for preset, codes in ((two, 2), (three, 3)):
        bits = {layer.name: layer.bits for layer in preset.info.layers}
        assert list(bits.values()).count(1) == codes
        # Predictions stay real.
        assert {name for name, count in bits.items() if count == 32} == {
            f"h{stride}.{tower}.out" for stride in (8, 16, 32) for tower in ("score", "box")
        }
    # What is not binarized is learned in float all the same: only the exports differ.
    assert weights(plain[1])["h8.box.bits"] == weights(two.path)["h8.box.bits"]
    assert two.file_bytes < 0.6 * plain[1].stat().st_size


def test_what_was_learned_can_be_binarized_further(
    free: TrainConfig, trained: Trained, tmp_path: Path
) -> None:
    *_, first = presets_in(trained(free))
    begin = PretrainConfig(start=str(trained(free) / "latent.pt"))
    # Codes that were learned are not to be solved for again.
    still = replace(
        free.binarize, discrepancy="weight",
        learning_rate=1e-9, descent_steps=1, finetune_steps=1, final_steps=0,
    )  # fmt: skip
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
@pytest.mark.parametrize("interrupted_at", [8, 15, 22, 23, 27, 34])
def test_an_interrupted_run_ends_in_the_same_presets(
    free: TrainConfig,
    trained: Trained,
    tmp_path: Path,
    interrupted_at: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight = presets_in(trained(free))
    resumed = interrupted(free, tmp_path / "broken", interrupted_at, 34, monkeypatch)
    assert [path.name for path in resumed] == [path.name for path in straight]
    for a, b in zip(straight, resumed, strict=True):
        assert weights(a) == weights(b)
