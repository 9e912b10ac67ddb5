"""A run carried to another machine."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training.config import TrainConfig
from training.run import command, pack
from training.run.run import CHECKPOINT


def test_a_packed_run_goes_on(config: TrainConfig, tmp_path: Path) -> None:
    config = replace(config, depths=(0,), method="float", checkpoint_steps=1)
    run, other = tmp_path / "run", tmp_path / "other"
    command.run(config, run, minutes=0)
    before = torch.load(run / CHECKPOINT, weights_only=True)
    assert before["step"] == 1
    packed = tmp_path / "kept" / "run.pt"
    assert pack.main([str(run), str(packed)]) == 0
    assert pack.main(["--unpack", str(packed), str(other)]) == 0
    after = torch.load(other / CHECKPOINT, weights_only=True)
    for name, value in before["net"].items():
        torch.testing.assert_close(after["net"][name], value, rtol=1e-3, atol=1e-6)
    for one, two in zip(
        before["optimizer"]["state"].values(), after["optimizer"]["state"].values(), strict=True
    ):
        torch.testing.assert_close(two["exp_avg_sq"], one["exp_avg_sq"], rtol=1e-2, atol=0)
        assert two["step"] == one["step"]
        assert not two["exp_avg"].any()
    assert command.run(config, other, resume=True)
    assert (other / "presets" / "bars-00.onnx").exists()


def test_what_cannot_be_packed_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pack.main([str(tmp_path / "none"), str(tmp_path / "kept.pt")]) == 1
    assert "none" in capsys.readouterr().err
    (tmp_path / CHECKPOINT).write_bytes(b"x")
    assert pack.main(["--unpack", str(tmp_path / "kept.pt"), str(tmp_path)]) == 1
    assert "is there already" in capsys.readouterr().err
