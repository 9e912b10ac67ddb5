"""``pedcam evaluate`` and ``pedcam bench`` through the command line."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.cli import main
from tests.nets import small_preset


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    small_preset(folder, depth=0, name="float")
    small_preset(folder, depth=24, name="binary")
    return folder


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((64, 96, 3), 90, np.uint8))
    path = tmp_path / "labels.json"
    path.write_text(
        json.dumps(
            {
                "images": [{"id": 7, "file_name": "a.png", "width": 96, "height": 64}],
                "annotations": [
                    {"image_id": 7, "bbox": [10, 10, 20, 40]},
                    {"image_id": 7, "bbox": [50, 10, 20, 40], "iscrowd": 1},
                    {"image_id": 7, "bbox": [50, 10, 0, 40]},
                ],
                "categories": [{"id": 1, "name": "person"}],
            }
        )
    )
    return path


def test_nobody_to_find_is_null(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((64, 96, 3), np.uint8))
    path = tmp_path / "l.json"
    path.write_text('{"images": [{"id": 1, "file_name": "a.png"}], "annotations": []}')
    assert main(["evaluate", str(path), "--models", str(models), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["ap50"], row["miss_rate"]) for row in rows] == [(None, None)] * 2
    assert main(["evaluate", str(path), "--models", str(models)]) == 0


def test_evaluate(models: Path, labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(labels), "--models", str(models), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["float", "binary"]
    assert all(row["images"] == 1 and row["people"] == 1 for row in rows)
    assert all(0 <= row["ap50"] <= 1 and 0 < row["miss_rate"] <= 1 for row in rows)
    assert main(["evaluate", str(labels), "--models", str(models), "--preset", "float"]) == 0
    output = capsys.readouterr()
    assert "AP50" in output.out
    assert "miss rate" in output.out
    assert "warning: a.png: 1 box without area, left out" in output.err


def test_problems_are_warnings_and_not_too_many(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    cv2.imwrite(str(folder / "a.png"), np.zeros((64, 96, 3), np.uint8))
    (folder / "a.txt").write_text("0 0.5 0.5 0.2 0.5\n" + "0 0.5\n" * 12)
    (tmp_path / "data.yaml").write_text("{names: [person], val: images}")
    words = ["evaluate", str(tmp_path), "--models", str(models), "--preset", "float", "--json"]
    assert main(words) == 0
    output = capsys.readouterr()
    assert json.loads(output.out)[0]["people"] == 1
    lines = output.err.splitlines()
    assert len(lines) == 11
    assert "warning: images/a.txt line 2: 2 numbers" in lines[0]
    assert "2 more problems" in lines[10]
    assert main([*words, "--split", "train"]) == 1
    assert "have no 'train' (there are: val)" in capsys.readouterr().err


def test_bench(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--models", str(models), "--runs", "2", "--threads", "1"]
    assert main([*words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["float", "binary"]
    assert rows[0]["speedup"] == 1
    for row in rows:
        assert row["file_bytes"] == (models / f"{row['name']}.onnx").stat().st_size
        assert min(row["inference_ms"], row["load_ms"], row["frames_per_second"]) > 0
    assert main([*words, "--size", "128x96"]) == 0
    assert "binary" in capsys.readouterr().out
    for size in ("100x100", "64", "0x64"):
        with pytest.raises(SystemExit):
            main([*words, "--size", size])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json", "not COCO json"),
        ('{"images": [], "annotations": []}', "name no images"),
        ('{"images": [{"id": 1, "file_name": "none.png"}], "annotations": []}', "none.png"),
        (
            '{"images": [{"id": 1, "file_name": "empty.png"}], "annotations": []}',
            "is empty or too large",
        ),
        ('{"images": [{"id": 1, "file_name": "l.json"}], "annotations": []}', "be decoded"),
    ],
)
def test_unusable_labels(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    path = tmp_path / "l.json"
    path.write_text(text)
    (tmp_path / "empty.png").touch()
    assert main(["evaluate", str(path), "--models", str(models)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_missing_labels_and_presets(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(tmp_path / "none.json"), "--models", str(models)]) == 1
    assert "cannot be read: No such file" in capsys.readouterr().err
    assert main(["bench", "--models", str(models), "--preset", "none"]) == 1
    assert "There is no preset 'none'. Presets: float, binary." in capsys.readouterr().err
    assert main(["bench", "--models", str(tmp_path)]) == 1
    assert "no usable preset" in capsys.readouterr().err
