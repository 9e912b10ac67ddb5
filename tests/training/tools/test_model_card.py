import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.detect.presets import CalibratedSize, read_preset
from tests.nets import small_preset
from training.export.onnx_graph import describe_preset
from training.tools import model_card


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    small_preset(folder, depth=0, name="float")
    small_preset(folder, depth=24, name="binary")
    return folder


def labels(folder: Path) -> Path:
    cv2.imwrite(str(folder / "a.png"), np.zeros((64, 96, 3), np.uint8))
    path = folder / "set.json"
    path.write_text(
        json.dumps(
            {
                "images": [{"id": 0, "file_name": "a.png"}],
                "annotations": [{"image_id": 0, "bbox": [10, 10, 20, 52]}],
            }
        )
    )
    return path


def test_figures_go_into_presets_and_card(models: Path, tmp_path: Path) -> None:
    assert model_card.main([str(models), "--set", f"street={labels(tmp_path)}"]) == 0
    preset = read_preset(models / "binary.onnx")
    [row] = preset.info.evaluation
    assert (row["data"], row["images"], row["people"]) == ("street", 1, 1)
    text = (models / "MODELS.md").read_text()
    assert f"| `binary` | 96x64 | 24 of 24 | {preset.file_bytes / 1e6:.2f} MB |" in text
    assert "| `float` | 96x64 | 0 of 24 |" in text
    assert f"| {100 * row['miss_rate']:.1f} / {100 * row['ap50']:.1f} |" in text
    assert row["setting"] == "reasonable"
    assert "- street: 1 images, 1 people" in text
    assert [(band["low"], band["high"], band["people"]) for band in row["heights"]] == [
        (50, 80, 1), (80, 120, 0), (120, None, 0)
    ]  # fmt: skip
    assert "| preset | 50 to 80 px | 80 to 120 px | 120 px or more |" in text
    assert f"| `binary` | {100 * row['miss_rate']:.1f} | - | - |" in text


def test_further_sizes_are_measured_and_have_a_table(models: Path, tmp_path: Path) -> None:
    describe_preset(models / "binary.onnx", sizes=(CalibratedSize((192, 128), 0.25),))
    assert model_card.main([str(models), "--set", f"street={labels(tmp_path)}"]) == 0
    info = read_preset(models / "binary.onnx").info
    assert [row["data"] for row in info.evaluation] == ["street"]
    (size,) = info.sizes
    assert (size.input_size, size.score_threshold) == ((192, 128), 0.25)
    assert [(row["data"], row["images"]) for row in size.evaluation] == [("street", 1)]
    text = (models / "MODELS.md").read_text()
    main, further = text.split("further input sizes that they are calibrated for")
    assert "binary@192x128" not in main
    assert "| `binary@192x128` | 192x128 | 24 of 24 |" in further


def test_presets_measured_on_different_sets_share_a_card(models: Path) -> None:
    describe_preset(models / "float.onnx", evaluation=({"data": "a", "ap50": 0.5, "images": 3},))
    describe_preset(
        models / "binary.onnx", evaluation=({"data": "b", "ap50": None}, {}), training={"data": 3}
    )
    assert model_card.main([str(models)]) == 0
    text = (models / "MODELS.md").read_text()
    assert "MR / AP50 a | MR / AP50 b |" in text
    assert "| - / 50.0 | - / - |" in text
    assert "- a: 3 images, ? people" in text


def test_speeds_of_a_benchmark(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = tmp_path / "bench.json"
    bench.write_text(
        json.dumps([{"name": "binary", "inference_ms": 9.56, "speedup": 2.834}, {"name": "other"}])
    )
    assert model_card.main([str(models), "--bench", str(bench)]) == 0
    text = (models / "MODELS.md").read_text()
    assert "| threshold | ms | times float |" in text
    assert " | 9.6 | 2.83x |" in text
    assert " | - | - |" in text
    for content in ("{", "[1]", '[{"preset": 1}]'):
        bench.write_text(content)
        assert model_card.main([str(models), "--bench", str(bench)]) == 1
        assert f"{bench} is not what 'pedcam bench --json' prints" in capsys.readouterr().err


def test_card_alone_measures_nothing(models: Path) -> None:
    before = (models / "float.onnx").read_bytes()
    assert model_card.main([str(models)]) == 0
    assert (models / "float.onnx").read_bytes() == before
    assert (models / "MODELS.md").exists()


def test_mistakes(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert model_card.main([str(tmp_path)]) == 1
    assert "There are no presets" in capsys.readouterr().err
    assert model_card.main([str(models), "--set", "a=none.json"]) == 1
    assert "none.json cannot be read" in capsys.readouterr().err
    (models / "bad.onnx").write_bytes(b"rubbish")
    assert model_card.main([str(models)]) == 1
    assert "bad.onnx" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        model_card.main([str(models), "--set", "a"])
