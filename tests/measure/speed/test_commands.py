"""``pedcam bench`` through the command line."""

import json
from pathlib import Path

import pytest

from pedcam.cli import main
from tests.nets import small_preset


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    small_preset(folder, depth=0, name="float")
    small_preset(folder, depth=24, name="binary")
    return folder


def test_bench(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--models", str(models), "--runs", "2", "--threads", "1"]
    assert main([*words, "--size", "128x96", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["float", "binary"]
    assert rows[0]["speedup"] == 1
    for row in rows:
        assert row["file_bytes"] == (models / f"{row['name']}.onnx").stat().st_size
        assert min(row["inference_ms"], row["load_ms"], row["frames_per_second"]) > 0


def test_missing_presets(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--models", str(models), "--preset", "none"]) == 1
    assert "There is no preset 'none'. Presets: float, binary." in capsys.readouterr().err
    assert main(["bench", "--models", str(tmp_path)]) == 1
    assert "no usable preset" in capsys.readouterr().err
