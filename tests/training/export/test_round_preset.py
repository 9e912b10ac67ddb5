"""A float preset rounded from the command line, with a handful of pictures."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pedcam.detect.detector import Detector
from pedcam.detect.presets import read_preset
from pedcam.measure.accuracy.matching import pairwise_iou
from tests.nets import SMALL, pictures, small_info, small_net
from training.export import round_preset
from training.export.onnx_graph import export_preset


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    images = []
    for number, picture in enumerate(
        (pictures(8) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    ):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
        size = {"width": picture.shape[1], "height": picture.shape[0]}
        images.append({"id": number, "file_name": f"{number}.png", **size})
    people = [{"image_id": image["id"], "bbox": [5, 5, 20, 40]} for image in images]
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps({"images": images, "annotations": people}))
    info = replace(small_info(), training={"network": asdict(SMALL)})
    preset = export_preset(small_net(0), tmp_path / "small.onnx", info)
    return [str(preset.path), "--labels", str(labels), "--pictures", "6",
            "--output", str(tmp_path / "small-int8.onnx")]  # fmt: skip


def test_the_rounded_preset_finds_what_the_float_one_finds(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert round_preset.main(arguments) == 0
    as_float, rounded = (read_preset(Path(path)) for path in (arguments[0], arguments[-1]))
    assert capsys.readouterr().out.startswith(f"{rounded.path}: {rounded.file_bytes} bytes, ")
    assert (rounded.info.name, rounded.info.title) == ("small-int8", "Small, int8")
    bits = [layer.bits for layer in rounded.info.layers]
    # All but the two predictions at each of three strides.
    assert (bits.count(8), bits.count(32), len(bits)) == (25, 6, 31)
    overlaps: list[float] = []
    fresh = (pictures(4, seed=9) * 255).round().byte().permute(0, 2, 3, 1).contiguous()
    for picture in fresh.numpy():
        boxes, scores = Detector(as_float, threads=1).infer(picture[None])
        found, confidence = Detector(rounded, threads=1).infer(picture[None])
        assert np.abs(confidence - scores).max() < 0.1
        sure = scores > 0.5
        overlaps += pairwise_iou(boxes[sure], found[sure]).diagonal().tolist()
    # The network is not trained: its smaller boxes move by a good part of their size.
    assert len(overlaps) > 10
    assert np.mean(overlaps) > 0.9
    assert min(overlaps) > 0.6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((0, "none.onnx"), "none.onnx"),
        ((2, "none.json"), "none.json"),
        ((-1, "int8.bin"), "int8.bin must end in .onnx"),
    ],
)
def test_bad_arguments_give_one_message(
    arguments: list[str], change: tuple[int, str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments[change[0]] = change[1]
    assert round_preset.main(arguments) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_a_picture_that_cannot_be_decoded_is_named(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "0.png").write_text("no picture")
    assert round_preset.main(arguments) == 1
    assert f"{tmp_path / '0.png'}, named by the labels" in capsys.readouterr().err
    assert not Path(arguments[-1]).exists()
