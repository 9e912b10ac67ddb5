"""``pedcam evaluate`` and ``pedcam bench`` through the command line."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.cli import main
from pedcam.measure.labels import LabelError, read_coco
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


def test_reading_labels(labels: Path) -> None:
    [image] = read_coco(labels, labels.parent)
    assert image.path == labels.parent / "a.png"
    assert image.boxes.tolist() == [[10, 10, 30, 50], [50, 10, 70, 50]]
    assert image.ignored.tolist() == [False, True]


def test_only_people_count_where_there_are_other_categories(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 0, "file_name": "a.png"}],
        "annotations": [
            {"image_id": 0, "category_id": 1, "bbox": [0, 0, 5, 9]},
            {"image_id": 0, "category_id": 3, "bbox": [0, 0, 9, 5]},
        ],
        "categories": [{"id": 1, "name": "Person"}, {"id": 3, "name": "car"}],
    }
    path = tmp_path / "l.json"
    path.write_text(json.dumps(document))
    assert read_coco(path, tmp_path)[0].boxes.tolist() == [[0, 0, 5, 9]]
    document["categories"][0]["name"] = "dog"
    path.write_text(json.dumps(document))
    with pytest.raises(LabelError, match="none of them 'person'"):
        read_coco(path, tmp_path)


def test_nobody_to_find_is_null(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((64, 96, 3), np.uint8))
    path = tmp_path / "l.json"
    path.write_text('{"images": [{"id": 1, "file_name": "a.png"}], "annotations": []}')
    assert main(["evaluate", str(path), "--models", str(models), "--json"]) == 0
    assert [row["ap50"] for row in json.loads(capsys.readouterr().out)] == [None, None]
    assert main(["evaluate", str(path), "--models", str(models)]) == 0


def test_evaluate(models: Path, labels: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(labels), "--models", str(models), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["float", "binary"]
    assert all(row["images"] == 1 and row["people"] == 1 for row in rows)
    assert all(0 <= row["ap50"] <= 1 for row in rows)
    assert main(["evaluate", str(labels), "--models", str(models), "--preset", "float"]) == 0
    assert "AP50" in capsys.readouterr().out


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
        ("[]", "not COCO json"),
        ('{"images": []}', "not COCO json"),
        ('{"images": [], "annotations": []}', "name no images"),
        ('{"images": [{"id": 1, "file_name": "none.png"}], "annotations": []}', "none.png"),
        (
            '{"images": [{"id": 1, "file_name": "empty.png"}], "annotations": []}',
            "is empty or too large",
        ),
        ('{"images": [{"id": 1, "file_name": "a\\u0000b"}], "annotations": []}', "null character"),
        ('{"images": [{"id": 1, "file_name": "\\ud800"}], "annotations": []}', "not COCO json"),
        (
            '{"images": [{"id": 1, "file_name": "a"}], "annotations": '
            '[{"image_id": 1, "bbox": [NaN, 0, 1, 1]}]}',
            "is not finite",
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
    with pytest.raises(LabelError, match="cannot be read"):
        read_coco(tmp_path / "none.json", tmp_path)
    assert main(["bench", "--models", str(models), "--preset", "none"]) == 1
    assert "There is no preset 'none'. Presets: float, binary." in capsys.readouterr().err
    assert main(["bench", "--models", str(tmp_path)]) == 1
    assert "no usable preset" in capsys.readouterr().err
