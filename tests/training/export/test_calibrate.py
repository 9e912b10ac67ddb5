import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.detect.detector import Detector
from pedcam.detect.presets import CalibratedSize, read_preset
from tests.nets import small_preset
from training.export import calibrate
from training.export.onnx_graph import describe_preset

PICTURES = 4


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for number in range(PICTURES):
        noise = rng.integers(0, 255, (96, 128, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), noise)
    images = [{"id": n, "file_name": f"{n}.png"} for n in range(PICTURES)]
    person = {"image_id": 0, "bbox": [1, 1, 2, 5]}
    path = tmp_path / "set.json"
    path.write_text(json.dumps({"images": images, "annotations": [person]}))
    return path


def test_threshold_gives_the_false_alarms_asked_for(tmp_path: Path, labels: Path) -> None:
    path = small_preset(tmp_path / "models", depth=24).path
    describe_preset(path, evaluation=({"data": "a"},))
    before = read_preset(path).info
    found = {}
    for alarms in ("0.5", "2"):
        assert calibrate.main([str(path), "--labels", str(labels), "--fppi", alarms]) == 0
        preset = read_preset(path)
        detector = Detector(preset)
        pictures = [cv2.imread(str(tmp_path / f"{n}.png")) for n in range(PICTURES)]
        found[alarms] = sum(len(detector.detect(picture)) for picture in pictures)
    # Nobody is in the pictures, so that whatever is found is a false alarm.
    assert found["0.5"] <= 2
    assert 2 < found["2"] <= 8
    assert preset.info.evaluation == before.evaluation
    assert preset.info.layers == before.layers


def test_another_size_drops_what_was_measured(tmp_path: Path, labels: Path) -> None:
    path = small_preset(tmp_path / "models", depth=24).path
    describe_preset(path, evaluation=({"data": "a"},))
    before = read_preset(path).info
    assert calibrate.main([str(path), "--labels", str(labels), "--size", "192x128"]) == 0
    after = read_preset(path).info
    assert after.input_size == (192, 128)
    assert after.evaluation == ()
    assert [(one.name, one.macs) for one in after.layers] == [
        (one.name, 4 * one.macs) for one in before.layers
    ]
    assert (after.name, after.depth, after.training) == (before.name, before.depth, before.training)


def test_further_sizes_leave_the_default_one_alone(
    tmp_path: Path, labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = small_preset(tmp_path / "models", depth=24).path
    # What was measured with another threshold does not hold any longer.
    before = describe_preset(
        path, sizes=(CalibratedSize((192, 128), 0.999, ({"data": "a"},)),)
    ).info
    words = [str(path), "--labels", str(labels), "--fppi", "0.5"]
    assert calibrate.main([*words, "--also", "256x192", "192x128"]) == 0
    after = read_preset(path).info
    assert [size.input_size for size in after.sizes] == [(192, 128), (256, 192)]
    assert all(size.evaluation == () for size in after.sizes)
    assert replace(after, sizes=()) == replace(before, sizes=())
    larger = after.sizes[0].score_threshold
    assert f"small: 256x192, threshold {after.sizes[1].score_threshold}" in capsys.readouterr().out
    # As the default size it is no further one any longer.
    assert calibrate.main([*words, "--size", "192x128"]) == 0
    assert [size.input_size for size in read_preset(path).info.sizes] == [(256, 192)]
    assert read_preset(path).info.score_threshold == larger < 0.999
    assert calibrate.main([*words, "--also", "192x128"]) == 1
    assert "192x128 is the default size of 'small'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"preset": "missing.onnx"}, "missing.onnx"),
        ({"labels": "missing.json"}, "missing.json"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path,
    labels: Path,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str],
    message: str,
) -> None:
    names = {"preset": str(small_preset(tmp_path / "models", depth=0).path), "labels": str(labels)}
    names |= {key: str(tmp_path / value) for key, value in change.items()}
    assert calibrate.main([names["preset"], "--labels", names["labels"]]) == 1
    error = capsys.readouterr().err
    assert error.startswith("calibrate: error: ")
    assert message in error
