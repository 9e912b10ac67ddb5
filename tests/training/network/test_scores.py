"""Whether scores can say everything: no level with evidence against a person alone, no ties."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from pedcam.measure.accuracy.matching import Matches
from tests.nets import SMALL
from training.config import TrainConfig
from training.evaluation import default_threshold, tied_share
from training.network.architecture import STRIDES
from training.network.model import PedestrianNet
from training.network.resize import collapsed_levels
from training.run import command


def matches(scores: list[float], true: list[bool], images: int) -> Matches:
    order = np.argsort(-np.array(scores), kind="stable")
    return Matches(
        np.array(scores, np.float32)[order], np.array(true)[order], people=10, images=images
    )


def test_scores_start_with_evidence_for_and_against_a_person() -> None:
    torch.manual_seed(0)
    net = PedestrianNet(replace(SMALL, head=64))
    for stride in STRIDES:
        score = net.conv(f"h{stride}.score.out")
        assert score.bias is not None
        assert torch.sigmoid(score.bias).item() == pytest.approx(0.01)
        assert 16 < int((score.weight > 0).sum()) < 48, "in equal parts for and against"


def test_levels_without_anybody_keep_their_evidence(config: TrainConfig, tmp_path: Path) -> None:
    # All people are of one size, so that the coarser levels see nobody. With small weights, all
    # below 0 after as many steps, they could never learn to see anybody.
    pretrain = replace(config.pretrain, steps=60, warmup=6, ema=0.9)
    network = replace(SMALL, head=32)
    config = replace(config, pretrain=pretrain, network=network, depths=(0,), method="float")
    command.run(config, tmp_path)
    state = torch.load(tmp_path / "float.pt", weights_only=True)["net"]
    assert collapsed_levels(state) == []
    for stride in STRIDES:
        weight = state[f"convs.h{stride}_score_out.weight"]
        assert 8 <= int((weight > 0).sum()) <= 24


def test_the_log_says_what_each_level_can_say(config: TrainConfig, tmp_path: Path) -> None:
    pretrain = replace(config.pretrain, validate_every=2)
    config = replace(config, pretrain=pretrain, depths=(0,), method="float")
    command.run(config, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    measured = [row for row in rows if row["event"] == "float"]
    assert [row["step"] for row in measured] == [2, 4]
    for row in (*measured, next(row for row in rows if row["event"] == "preset")):
        assert [stride for stride, _, _ in row["levels"]] == list(STRIDES)
        assert all(0 < usual <= highest < 1 for _, highest, usual in row["levels"])
        assert row["tied"] == 0


def test_share_of_tied_scores() -> None:
    assert tied_share(np.array([0.9, 0.3, 0.3, 0.2, 0.01, 0.01], np.float32)) == 0.5
    assert tied_share(np.array([0.01], np.float32)) == 0


def test_threshold_goes_below_a_tie_that_decides_on_many() -> None:
    true, false = [0.9, 0.8, 0.7, 0.6], [0.5, 0.35]
    # 2 images and 1 false alarm allowed of each: without a tie the threshold is just above 0.35.
    plain = matches(true + false, [True] * 4 + [False] * 2, images=2)
    assert default_threshold(plain, 0.5) == pytest.approx(0.35, abs=1e-3)
    # Six people tie with the false alarm: all of them are found, and so is it.
    tied = matches(true + false + [0.35] * 6, [True] * 4 + [False] * 2 + [True] * 6, images=2)
    threshold = default_threshold(tied, 0.5)
    assert 0.34 < threshold < 0.35
    # Nine false alarms that tie are not worth it.
    assert default_threshold(matches([0.3] + [0.2] * 9, [False] * 10, images=1), 1.0) == 0.21
    assert default_threshold(matches([0.02] * 9, [True] * 9, images=1), 1.0) == 0.05


def test_threshold_passes_over_several_ties() -> None:
    # Going below the upper one would end just above the lower one.
    people = [0.9] + [0.35] * 9 + [0.345] * 9
    tied = matches([*people, 0.353, 0.352], [True] * 19 + [False] * 2, images=1)
    assert default_threshold(tied, 1.0) == 0.344
    # Nothing lies below the lowest threshold, and nothing above the highest.
    assert default_threshold(matches([0.05] * 9, [True] * 9, images=1), 1.0) == 0.06
    false = matches([0.945] * 9, [False] * 9, images=1)
    assert default_threshold(false, 1.0) == 0.944
