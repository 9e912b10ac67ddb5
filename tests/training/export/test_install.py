from pathlib import Path

import pytest

from training.export import presets


def test_presets_reach_the_apps_menu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "user" / "models"
    monkeypatch.setattr(presets, "user_models_folder", lambda: folder)
    made = tmp_path / "a.onnx"
    made.write_bytes(b"new")
    said: list[str] = []
    presets.install_presets([made], overwrite=False, report=said.append)
    assert (folder / "a.onnx").read_bytes() == b"new"
    assert said == [f"1 presets added to {folder}: pedcam --demo has them in its menu"]

    made.write_bytes(b"newer")
    presets.install_presets([made], overwrite=False, report=said.append)
    assert (folder / "a.onnx").read_bytes() == b"new"
    assert "--overwrite" in said[-1]
    presets.install_presets([made], overwrite=True, report=said.append)
    assert (folder / "a.onnx").read_bytes() == b"newer"
    assert [path.name for path in folder.iterdir()] == ["a.onnx"]
