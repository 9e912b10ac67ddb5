import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml

from pedcam.detect.presets import find_presets
from training.config import TrainConfig
from training.tools import make_presets


@pytest.fixture
def arguments(config: TrainConfig, tmp_path: Path) -> list[str]:
    first = tmp_path / "bars.yaml"
    first.write_text(yaml.safe_dump(plain(asdict(replace(config, depths=(0, 2))))))
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump(plain(asdict(replace(config, depths=(2,), seed=1)))))
    labels = config.data.validate[0].labels
    return [
        f"--output={tmp_path / 'models'}", f"--labels={labels}", f"--set=bars={labels}",
        f"--runs={tmp_path / 'runs'}", "--override=threads=1", "--config", str(first), str(again),
    ]  # fmt: skip


def plain(value: object) -> object:
    """As YAML has it: without tuples."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_all_presets_are_made_by_one_command_which_goes_on(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make_presets.main(arguments) == 0
    presets, errors = find_presets([tmp_path / "models"])
    assert not errors
    assert [preset.name for preset in presets] == ["bars-00", "bars-int8", "bars-02"]
    for preset in presets:
        assert [row["data"] for row in preset.info.evaluation] == ["bars"]
    # The later run's preset counts.
    assert presets[2].info.training["seed"] == 1
    card = (tmp_path / "models" / "MODELS.md").read_text()
    assert all(f"`{preset.name}`" in card for preset in presets)

    asked = []
    monkeypatch.setattr(make_presets, "_do", lambda command, *_, **__: asked.append(command) or b"")
    again = tmp_path / "runs" / "again"
    (again / "presets" / "bars-02.onnx").rename(again / "bars-02.onnx")
    with pytest.raises(FileNotFoundError):  # of the preset that is not made now
        make_presets.make_presets(make_presets.parse(arguments), threading.Event())
    [command] = asked
    assert command[1:] == ["--resume", f"--output={again}", "--no-install"]
    (again / "bars-02.onnx").rename(again / "presets" / "bars-02.onnx")
    make_presets.make_presets(make_presets.parse(arguments), threading.Event())
    assert not any("training/train.py" in command[0] for command in asked[1:])


def test_what_a_step_says_ends_all(
    arguments: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert make_presets.main([*arguments, "--override=pretrain.start=nothing.pt"]) == 1
    said = capfd.readouterr().err
    assert "nothing.pt" in said
    assert "exit code 1" in said
    assert not list((tmp_path / "models").glob("*"))
