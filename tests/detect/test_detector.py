import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pedcam.detect.detector import Detector
from pedcam.detect.presets import METADATA_KEY, CalibratedSize, Preset, PresetError, read_preset
from tests.nets import SIZE, pictures, small_preset
from training.export.onnx_graph import describe_preset


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Preset:
    return small_preset(tmp_path_factory.mktemp("presets"), depth=24)


def frame() -> np.ndarray:
    picture = pictures(1, seed=5)[0].permute(1, 2, 0).numpy() * 255
    return np.ascontiguousarray(picture.round().astype(np.uint8))


def test_detections_are_sorted_and_inside(preset: Preset) -> None:
    detector = Detector(preset, threads=1)
    big = np.repeat(np.repeat(frame(), 3, axis=0), 3, axis=1)
    found = detector.detect(big, 0.0)
    assert len(found) > 0
    assert (np.diff(found.confidence) <= 0).all()
    assert (found.xyxy >= 0).all()
    assert (found.xyxy[:, 2] <= big.shape[1]).all()
    assert (found.xyxy[:, 3] <= big.shape[0]).all()
    assert set(found.class_id) == {0}


def test_default_threshold_is_the_presets_own(preset: Preset) -> None:
    detector = Detector(preset, threads=1)
    own, explicit = detector.detect(frame()), detector.detect(frame(), 0.25)
    assert len(detector.detect(frame(), 0.6)) != len(own) > 0
    assert np.array_equal(own.xyxy, explicit.xyxy)
    assert len(detector.detect(frame(), 1.0)) == 0


def test_other_input_sizes(preset: Preset) -> None:
    detector = Detector(preset, input_size=(160, 128), threads=1)
    boxes, scores = detector.infer(np.zeros((1, 128, 160, 3), np.uint8))
    anchors = 20 * 16 + 10 * 8 + 5 * 4
    assert boxes.shape == (anchors, 4)
    assert scores.shape == (anchors,)


@pytest.mark.parametrize("size", [(100, 64), (64, 0), (64, -32), (8192, 64)])
def test_impossible_input_size(preset: Preset, size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="multiples of 32"):
        Detector(preset, input_size=size)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
    ],
)
def test_what_is_no_frame(preset: Preset, bad: np.ndarray) -> None:
    with pytest.raises(ValueError, match="H x W x 3 uint8"):
        Detector(preset, threads=1).detect(bad)


def test_asking_for_cuda_without_one_runs_on_the_cpu(preset: Preset) -> None:
    detector = Detector(preset, threads=1, provider="cuda")
    if shutil.which("nvidia-smi") is None:
        assert detector.provider == "cpu"
    detector.warm_up()


def stranger(path: Path, preset: Preset, boxes: np.ndarray, scores: np.ndarray) -> Preset:
    """A file that reads as a preset and gives what it likes."""
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))
        for name, value in (("boxes", boxes), ("scores", scores))
    ]
    graph = helper.make_graph(
        nodes,
        "stranger",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "height", "width", 3])],
        [
            helper.make_tensor_value_info("boxes", TensorProto.FLOAT, None),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, None),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    helper.set_model_props(model, {METADATA_KEY: preset.info.to_json()})
    onnx.save(model, path)
    return read_preset(path)


@pytest.mark.parametrize(
    ("boxes", "scores"),
    [
        ((1, 5, 3), (1, 5)),
        ((1, 5, 4), (1, 6)),
        ((5, 4), (5,)),
        ((2, 5, 4), (2, 5)),
        ((0,), (0,)),
        ((1, 10, 4), (2, 5)),
    ],
)
def test_outputs_of_other_shapes(
    preset: Preset, tmp_path: Path, boxes: tuple[int, ...], scores: tuple[int, ...]
) -> None:
    found = stranger(
        tmp_path / "s.onnx", preset, np.ones(boxes, np.float32), np.ones(scores, np.float32)
    )
    with pytest.raises(PresetError, match=r"s\.onnx gives boxes"):
        Detector(found, threads=1).detect(frame())


def test_boxes_that_are_no_numbers_are_nobody(preset: Preset, tmp_path: Path) -> None:
    boxes = np.array([[[1, 1, 20, 40], [np.nan] * 4, [0, 0, np.inf, 9]]], np.float32)
    found = stranger(tmp_path / "s.onnx", preset, boxes, np.ones((1, 3), np.float32))
    assert len(Detector(found, threads=1).detect(frame())) == 1


def test_file_replaced_by_rubbish_after_reading(preset: Preset, tmp_path: Path) -> None:
    path = tmp_path / "gone.onnx"
    path.write_bytes(b"rubbish")
    with pytest.raises(PresetError, match="cannot be run"):
        Detector(Preset(path, 7, preset.info))


def test_what_onnx_runtime_says_is_one_plain_line(
    preset: Preset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = onnx.load(preset.path)
    reshape = next(node for node in model.graph.node if node.name == "d32.logits")
    reshape.name = "\x1b[31mred\n" * 200
    rows = next(tensor for tensor in model.graph.initializer if tensor.name == "rows")
    rows.CopyFrom(numpy_helper.from_array(np.array([7, -1], np.int64), "rows"))
    path = tmp_path / "red.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(PresetError, match="cannot be run") as caught:
        Detector(read_preset(path), threads=1).detect(frame())
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400 + len(str(path))
    assert capfd.readouterr() == ("", "")


def test_tiny_frames(preset: Preset) -> None:
    found = Detector(preset, threads=1).detect(np.zeros((1, 1, 3), np.uint8), 0.0)
    assert (found.xyxy <= 1).all()


def test_size_is_the_default(preset: Preset) -> None:
    assert Detector(preset, threads=1).input_size == SIZE


def test_further_sizes_share_a_session(tmp_path: Path) -> None:
    path = small_preset(tmp_path, depth=24).path
    sizes = (CalibratedSize((192, 128), 0.02), CalibratedSize((64, 64), 0.02))
    preset = describe_preset(path, sizes=sizes)
    base = Detector(preset)
    for size in sizes:
        further = preset.at(size.input_size)
        shared, alone = base.at(further), Detector(further)
        assert shared._session is base._session
        assert shared.input_size == size.input_size
        found = [detector.detect(frame()).xyxy for detector in (shared, alone)]
        assert len(found[0]) > 0
        np.testing.assert_allclose(*found, atol=1e-3)
    assert base.input_size == preset.info.input_size
