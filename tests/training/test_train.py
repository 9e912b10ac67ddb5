"""Real training runs, seeded, on a handful of small pictures."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import yaml

from pedcam.detect.detector import Detector
from pedcam.detect.presets import find_presets, read_preset
from pedcam.endings import ending_signals
from tests.nets import SMALL
from tests.training.bars import interrupted, presets_in, weights
from tests.training.conftest import Trained
from training.config import (
    BinarizeConfig,
    DistillConfig,
    PretrainConfig,
    TrainConfig,
)
from training.mapping import ConfigError
from training.network.model import PedestrianNet, anchor_points, decode_boxes
from training.run import command
from training.run.checkpoint import load_checkpoint
from training.run.run import CHECKPOINT_KEYS

CHECKOUT = Path(__file__).parents[2]


def test_a_run_ends_in_presets(config: TrainConfig, trained: Trained) -> None:
    folder = trained(config)
    assert [path.name for path in presets_in(folder)] == [
        "bars-00.onnx",
        "bars-02.onnx",
        "bars-03.onnx",
    ]
    found, errors = find_presets([folder / "presets"])
    assert not errors
    assert [preset.info.depth for preset in found] == [0, 2, 3]
    assert found[2].info.title == "Bars, 3 of 24 binary"
    assert found[0].file_bytes > found[1].file_bytes > found[2].file_bytes
    bits = {layer.name: layer.bits for layer in found[2].info.layers}
    assert [name for name, width in bits.items() if width == 1] == [
        "h16.box",
        "h8.score",
        "h8.box",
    ]
    assert found[2].info.training["seed"] == 0
    assert str(folder) not in found[2].info.to_json()
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    frozen = [row for row in rows if row["event"] == "layer"]
    assert [row["layer"] for row in frozen] == ["h8.box", "h8.score", "h16.box"]
    for row in frozen:
        assert 0 < row["reconstruction_error"] < 1
        assert 0 <= row["flip_ratio"] < 0.5
        assert row["loss"] > 0
    # 972 weights of 9 filters: 31 bits saved of each, less 32 for each filter's scale.
    assert frozen[0]["bits_saved"] == 31 * 972 - 9 * 32 - (-972 % 8)
    exported = [row for row in rows if row["event"] == "preset"]
    assert [(row["depth"], row["branch_steps"]) for row in exported] == [(0, 0), (2, 12), (3, 18)]
    # A layer at which a preset is exported is as good as that preset; others were not measured.
    assert [(row["miss_rate"], row["ap50"]) for row in frozen] == [
        (None, None), *((row["miss_rate"], row["ap50"]) for row in exported[1:])
    ]  # fmt: skip
    assert all(0 <= row["ap50"] <= 1 for row in exported)
    # What a resumed run goes on with.
    state = load_checkpoint(folder / "checkpoint.pt", "cpu", CHECKPOINT_KEYS)
    assert state["config"]["threads"] == torch.get_num_threads()


# In the float training, in a descent (which begins anew), in a fine-tuning, at the very end of a
# phase, and at the end of the run.
@pytest.mark.parametrize("interrupted_at", [4, 8, 11, 12, 24])
def test_interrupted_run_ends_in_the_same_presets(
    config: TrainConfig,
    trained: Trained,
    tmp_path: Path,
    interrupted_at: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    straight = presets_in(trained(config))
    resumed = interrupted(config, tmp_path / "broken", interrupted_at, 24, monkeypatch)
    assert [path.name for path in resumed] == [path.name for path in straight]
    for a, b in zip(straight, resumed, strict=True):
        assert weights(a) == weights(b)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_learns_to_find_people_and_keeps_finding_them(config: TrainConfig, tmp_path: Path) -> None:
    longer = replace(
        config,
        batch=8,
        depths=(0, 24),
        checkpoint_steps=1000,
        augment=replace(config.augment, mosaic=0.0, log_scale=(-0.2, 0.2), log_aspect=0.1),
        pretrain=PretrainConfig(steps=160, warmup=10, plain_steps=40, learning_rate=4e-3),
        binarize=BinarizeConfig(
            descent_steps=4, block_steps=2, finetune_steps=3, final_steps=40, learning_rate=2e-3,
            calibration_batches=2, validate_every=0,
        ),
    )  # fmt: skip
    command.run(longer, tmp_path)
    found, _ = find_presets([tmp_path / "presets"])
    as_float, binary = (preset.info.evaluation[0]["ap50"] for preset in found)
    assert as_float > 0.6
    assert binary > 0.5
    assert found[1].info.depth == found[1].info.depth_limit == 24

    # The preset detects what the PyTorch network of the checkpoint detects.
    state = load_checkpoint(tmp_path / "checkpoint.pt", "cpu", CHECKPOINT_KEYS)
    net = PedestrianNet(SMALL)
    net.restore(state["net"], state["binarized"])
    net.eval()
    detector, people = Detector(found[1], threads=1), 0
    # Both round activations to 8 bits, now and then the other way: two steps of every one that a
    # score is made of, and a score changes by a quarter of its logit at most.
    off = max(
        2 * net.quantizer(name).scale.item() * net.conv(f"{name}.out").weight.abs().sum().item()
        for name in ("h8.score", "h16.score", "h32.score")
    )
    for number in range(8):
        folder = Path(config.data.train[0].images)
        picture = cv2.imread(str(folder / f"{number}.png"))
        with torch.no_grad():
            logits, log_distances = net(torch.from_numpy(picture).permute(2, 0, 1)[None] / 255)
        expected = decode_boxes(log_distances, *anchor_points(64, 96))[0].numpy()
        sure = logits[0].sigmoid().numpy()
        boxes, scores = detector.infer(picture[None])
        # Anchor by anchor: of two that are equally sure of one person either may be reported.
        likely = sure > 0.3
        assert np.abs(boxes - expected)[likely].max(initial=0) < 1
        assert np.abs(scores - sure).max() < off / 4
        found_here = len(detector.detect(picture, 0.3))
        assert bool(found_here) == bool(likely.any())
        people += found_here
    assert people >= 4


def command_line(*arguments: object) -> list[str]:
    return [sys.executable, str(CHECKOUT / "training" / "train.py"), "--no-install",
            *map(str, arguments)]  # fmt: skip


def as_yaml(config: TrainConfig, path: Path) -> Path:
    data = config.data
    document = {
        "name": config.name,
        "batch": config.batch,
        "view": list(config.view),
        "input_size": list(config.input_size),
        "depths": list(config.depths),
        "checkpoint_steps": 3,
        "tensorboard": False,
        "network": {"stem": 8, "widths": [8, 12, 16, 20], "blocks": [1, 1, 1, 1],
                    "neck": 12, "head": 9},
        "data": {
            "train": [{"labels": data.train[0].labels, "images": data.train[0].images}],
            "validate": [{"labels": data.train[0].labels, "images": data.train[0].images}],
            "walkers": 0,
            "cache": data.cache,
            "workers": 1,
        },
        "pretrain": {"steps": 6, "warmup": 2, "plain_steps": 2},
        # A phase long enough to be killed in, which is begun again.
        "binarize": {"discrepancy": "weight", "descent_steps": 40, "finetune_steps": 2,
                     "calibration_batches": 1, "export_batches": 1, "validate_every": 1,
                     "validate_images": 4},
    }  # fmt: skip
    path.write_text(yaml.safe_dump(document))
    return path


@pytest.mark.slow
def test_killed_in_a_binarization_step_and_resumed_from_the_command_line(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last bits of a sum depend on how many threads share it.
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    output, whole = tmp_path / "run", tmp_path / "whole"
    settings = as_yaml(config, tmp_path / "c.yaml")
    process = subprocess.Popen(
        command_line("--config", settings, "--output", output),
        stdout=subprocess.DEVNULL,
        cwd=tmp_path,
    )
    log = output / "log.jsonl"
    deadline = time.monotonic() + 90
    while not (log.exists() and '"descent"' in log.read_text()):
        assert process.poll() is None, "the run ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()

    # What is left of the run is asked to stop, politely this time, and says how to go on. As in a
    # terminal, the worker that loads is asked too.
    process = subprocess.Popen(
        command_line("--output", output, "--resume"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
    )
    assert process.stdout is not None
    lines = []
    while not lines or "from step" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], lines
    assert int(lines[-1].rsplit(" ", 1)[1]) >= 6
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=90)
    assert process.returncode == 130
    assert "--resume" in error
    assert "Traceback" not in error

    # Taken to its end it is the run that was never killed: weights bit for bit, and its figures.
    for arguments in (["--output", output, "--resume"], ["--config", settings, "--output", whole]):
        assert command.main([*map(str, arguments), "--no-install"]) == 0
    assert measured(output) == measured(whole)
    for name in ("bars-00.onnx", "bars-02.onnx", "bars-03.onnx"):
        assert weights(output / "presets" / name) == weights(whole / "presets" / name)


@pytest.mark.parametrize("number", ending_signals())
def test_every_signal_to_end_is_taken_for_a_wish_to_stop(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with command.graceful_stop() as stopping:
        assert not stopping.is_set()
        signal.raise_signal(number)
        assert stopping.is_set()
    assert signal.getsignal(number) is before


def test_stopped_with_all_its_processes(config: TrainConfig, tmp_path: Path) -> None:
    output, settings = tmp_path / "run", as_yaml(config, tmp_path / "c.yaml")
    process = subprocess.Popen(
        command_line("--config", settings, "--output", output),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1"}, start_new_session=True,
    )  # fmt: skip
    log = output / "log.jsonl"
    deadline = time.monotonic() + 90
    while not (log.exists() and '"descent"' in log.read_text()):
        assert process.poll() is None, "the run ended before it was stopped"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # As timeout and systemd do: the worker that loads gets it too.
    os.killpg(process.pid, signal.SIGTERM)
    _, error = process.communicate(timeout=90)
    assert process.returncode == 130
    last = error.splitlines()[-1]
    assert last == f"train: stopped; go on with --output {output} --resume"
    assert "Traceback" not in error
    assert load_checkpoint(output / "checkpoint.pt", "cpu", CHECKPOINT_KEYS)["step"] >= 6


def measured(run: Path) -> list[dict[str, object]]:
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [row for row in rows if row["event"] in ("layer", "preset")]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--config", "none.yaml"], "none.yaml cannot be read"),
        (["--set", "bacth=1"], "did you mean 'batch'"),
        (["--resume"], "to resume"),
        (["--depths", "99"], "'depths' must lie between 0 and"),
        (["--output", "taken"], "holds a run already"),
        (["--set", "data.walkers=0",
          "--set", "data.train=[{labels: none.json, images: .}]"], "none.json cannot be read"),
        (["--output", "taken/checkpoint.pt/below"], "checkpoint.pt"),
    ],
)  # fmt: skip
def test_bad_input_gives_one_message(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("taken").mkdir()
    Path("taken/checkpoint.pt").touch()
    assert command.main([*arguments, "--no-install"]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("content", "message"), [(b"rubbish", "is damaged"), (b"", "is damaged")])
def test_damaged_checkpoint(
    tmp_path: Path, config: TrainConfig, content: bytes, message: str
) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        command.run(config, tmp_path, resume=True)


def test_checkpoint_of_something_else(tmp_path: Path, config: TrainConfig) -> None:
    path = tmp_path / "checkpoint.pt"
    torch.save({"config": 3}, path)
    with pytest.raises(ConfigError, match="not a checkpoint"):
        command.run(config, tmp_path, resume=True)
    state: dict[str, object] = {key: {} for key in CHECKPOINT_KEYS}
    torch.save(state, path)
    with pytest.raises(ConfigError, match="does not fit this network"):
        command.run(config, tmp_path, resume=True)


def test_resuming_takes_no_other_settings() -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(["--resume", "--depths", "3"])
    assert caught.value.code == 2


def test_nan_loss_stops_and_names_the_checkpoint(config: TrainConfig, tmp_path: Path) -> None:
    wild = replace(
        config,
        pretrain=PretrainConfig(steps=40, warmup=1, plain_steps=1, learning_rate=float("nan")),
    )
    # Another run was in the folder: its checkpoint is none of this one.
    for name in ("checkpoint.pt", "float.pt"):
        (tmp_path / name).touch()
    with pytest.raises(FloatingPointError) as caught:
        command.run(wild, tmp_path)
    # The weights were spoilt after the first step: nothing of that is kept.
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]
    assert str(caught.value) == (
        "The loss is nan at step 2: train with a lower learning rate. There is no checkpoint yet."
    )

    with pytest.raises(FloatingPointError) as caught:
        command.run(replace(wild, checkpoint_steps=1), tmp_path)
    assert str(caught.value) == (
        "The loss is nan at step 2: train with a lower learning rate. The last checkpoint is "
        f"{tmp_path / 'checkpoint.pt'}."
    )


@pytest.mark.parametrize(
    "method",
    ["forward", "bytes", "bwn", "binaryconnect", "dorefa"],
)
def test_every_method_exports_what_it_trained(
    config: TrainConfig, tmp_path: Path, method: str
) -> None:
    """Presets at two depths; the deeper one detects what the network of the checkpoint does."""
    presets = command.run(replace(config, method=method, depths=(0, 2, 5)), tmp_path)
    shallow, deep = (read_preset(path) for path in presets[1:])
    assert (shallow.info.depth, deep.info.depth) == (2, 5)
    assert deep.info.ratio_codes > shallow.info.ratio_codes
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    budgets = [row["branch_steps"] for row in rows if row["event"] == "preset"]
    # Layer by layer: 6 steps each. At once: a branch of as many steps for each depth.
    assert budgets == [0, 12, 30]

    state = load_checkpoint(tmp_path / "checkpoint.pt", "cpu", CHECKPOINT_KEYS)
    assert len(state["binarized"]) == 5
    net = PedestrianNet(SMALL)
    net.restore(state["net"], state["binarized"])
    net.eval()
    detector = Detector(deep, threads=1)
    for number in range(4):
        picture = cv2.imread(str(Path(config.data.train[0].images) / f"{number}.png"))
        with torch.no_grad():
            logits, log_distances = net(torch.from_numpy(picture).permute(2, 0, 1)[None] / 255)
        boxes, scores = detector.infer(picture[None])
        # Anchor by anchor, as in test_export.py: hardly trained networks are sure of nothing.
        expected = decode_boxes(log_distances, *anchor_points(64, 96))[0].numpy()
        assert np.abs(boxes - expected).max() < 1
        assert np.abs(scores - logits[0].sigmoid().numpy()).max() < 0.01


@pytest.mark.parametrize("method", ["bwn", "binaryconnect", "bytes"])
def test_interrupted_rival_ends_in_the_same_presets(
    config: TrainConfig, tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rival = replace(config, method=method, depths=(0, 2))
    straight = command.run(rival, tmp_path / "straight")
    resumed = interrupted(rival, tmp_path / "broken", 11, 18, monkeypatch)
    for a, b in zip(straight, resumed, strict=True):
        assert weights(a) == weights(b)


@pytest.mark.parametrize(
    "distill", [{}, {"score": 1.0}, {"box": 1.0}, {"feature": 1.0}], ids=lambda part: str(*part)
)
def test_the_teacher_has_a_say_where_it_is_asked(
    config: TrainConfig, trained: Trained, tmp_path: Path, distill: dict[str, float]
) -> None:
    short = replace(config, depths=(1,), pretrain=PretrainConfig(steps=1, warmup=0, plain_steps=0))
    [plain] = presets_in(trained(short))
    taught = replace(short.binarize, distill=DistillConfig(**distill))
    [preset] = command.run(replace(short, binarize=taught), tmp_path / "taught")
    assert (weights(preset) != weights(plain)) == bool(distill)


def test_the_teacher_may_be_another_network(config: TrainConfig, tmp_path: Path) -> None:
    short = replace(config, depths=(1,), pretrain=PretrainConfig(steps=1, warmup=0, plain_steps=0))
    wide = replace(SMALL, neck=SMALL.neck + 4, head=SMALL.head + 3)
    command.run(replace(short, depths=(0,), network=wide), tmp_path / "wide")
    teacher = str(tmp_path / "wide" / "float.pt")
    found = []
    for distill in (
        DistillConfig(score=1.0, box=1.0),
        DistillConfig(score=1.0, box=1.0, teacher=teacher),
    ):
        taught = replace(short, binarize=replace(short.binarize, distill=distill))
        [preset] = command.run(taught, tmp_path / str(len(found)))
        found.append(weights(preset))
    assert found[0] != found[1]
    for name, distill, message in (
        ("a", DistillConfig(feature=1.0, teacher=teacher), "has features of 16 channels"),
        ("b", DistillConfig(score=1.0, teacher=str(tmp_path / "none.pt")), "cannot be read"),
    ):
        taught = replace(short, binarize=replace(short.binarize, distill=distill))
        with pytest.raises(ConfigError, match=message):
            command.run(taught, tmp_path / name)


def test_float_trained_on_and_int8(config: TrainConfig, tmp_path: Path) -> None:
    on = command.run(replace(config, method="float"), tmp_path / "float")
    assert [path.name for path in on] == ["bars-00.onnx", "bars-float.onnx"]
    assert weights(on[0]) != weights(on[1])
    start = replace(config.pretrain, start=str(tmp_path / "float" / "float.pt"))
    eight = command.run(replace(config, method="int8", pretrain=start), tmp_path / "int8")
    assert [path.name for path in eight] == ["bars-00.onnx", "bars-int8.onnx"]
    assert weights(eight[0]) == weights(on[0])
    assert read_preset(eight[1]).info.ratio_codes > 3
