"""The presets in ``models/``: small, one bit a weight, integer arithmetic; they find people."""

from pathlib import Path

import av
import cv2
import numpy as np
import onnx
import onnxruntime as ort
import pytest

from pedcam.bundled import asset
from pedcam.detect.detector import Detector
from pedcam.detect.presets import Preset, find_presets, read_preset, session_options
from pedcam.detect.session import open_session
from pedcam.measure.accuracy.matching import ImageResult, average_precision, match
from pedcam.measure.labels.coco import read_coco

MODELS = Path(__file__).parents[2] / "models"
STRIDES = (8, 16, 32)
# Trained before scores started evenly: its level of small people knows only evidence against a
# person, and all whom it is sure of tie. It is to be made again.
COLLAPSED = {"tiny-26"}


@pytest.fixture(scope="module")
def presets() -> list[Preset]:
    found, errors = find_presets([MODELS])
    assert not errors
    assert len(found) >= 4
    return found


@pytest.fixture(scope="module")
def axis(presets: list[Preset]) -> list[Preset]:
    """The presets of the one network that comes in all depths."""
    return [preset for preset in presets if preset.name.startswith("pedestrian-")]


def test_whole_depth_axis_is_there(axis: list[Preset]) -> None:
    limit = axis[0].info.depth_limit
    depths = [preset.info.depth for preset in axis]
    assert len(depths) >= 5
    assert depths == sorted(depths)
    assert (depths[0], depths[-1]) == (0, limit)
    assert any(0.25 < depth / limit < 0.45 for depth in depths)
    assert any(0.58 < depth / limit < 0.75 for depth in depths)


def test_full_depth_is_at_least_24_times_smaller(axis: list[Preset]) -> None:
    as_float, binary = axis[0], axis[-1]
    assert as_float.path.stat().st_size >= 24 * binary.path.stat().st_size
    assert binary.info.ratio_file == pytest.approx(
        as_float.file_bytes / binary.file_bytes, rel=0.02
    )
    sizes = [preset.file_bytes for preset in axis]
    assert sizes == sorted(sizes, reverse=True)


def test_the_smallest_fits_into_150_kilobytes(presets: list[Preset]) -> None:
    assert presets[-1].file_bytes == min(preset.file_bytes for preset in presets) < 150_000


def test_all_together_are_no_burden() -> None:
    assert sum(path.stat().st_size for path in MODELS.rglob("*")) < 60_000_000


def test_codes_are_packed(presets: list[Preset]) -> None:
    """Fails where a tool has folded the packed bits back into floats or int8."""
    for preset in presets:
        graph = onnx.load(preset.path).graph
        stored = {tensor.name: tensor for tensor in graph.initializer}
        for layer in preset.info.layers:
            if layer.bits == 1:
                bits = stored[f"{layer.name}.bits"]
                assert len(bits.raw_data) == -(-layer.parameters // 8)
        largest = max(len(tensor.raw_data) for tensor in graph.initializer)
        allowed = max((layer.bytes for layer in preset.info.layers), default=0)
        assert largest <= allowed


def test_every_binarized_layer_is_an_integer_convolution(
    presets: list[Preset], tmp_path: Path
) -> None:
    for preset in presets:
        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.optimized_model_filepath = str(tmp_path / f"{preset.name}.onnx")
        for name, value in zip(("width", "height"), preset.info.input_size, strict=True):
            options.add_free_dimension_override_by_name(name, value)
        ort.InferenceSession(str(preset.path), options, providers=["CPUExecutionProvider"])
        graph = onnx.load(tmp_path / f"{preset.name}.onnx").graph
        integer = sum(node.op_type == "QLinearConv" for node in graph.node)
        assert integer == sum(layer.bits < 32 for layer in preset.info.layers)


def test_people_of_the_demo_are_found(presets: list[Preset]) -> None:
    frames = []
    with av.open(str(asset("demo.mp4"))) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % 100 == 50:
                frames.append(frame.to_ndarray(format="bgr24"))
    assert len(frames) >= 4
    for preset in presets:
        detector = Detector(preset)
        counts = [len(detector.detect(frame)) for frame in frames]
        assert min(counts) >= 2, f"{preset.name}: {counts}"


def test_the_float_form_finds_the_same_people(presets: list[Preset]) -> None:
    """What providers without integer convolutions are given, computed on the processor."""
    with av.open(str(asset("demo.mp4"))) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="bgr24")
    for preset in presets:
        detector = Detector(preset)
        expected = detector.detect(frame, 0.3)
        detector._session._session = open_session(
            preset.path, session_options(), "cpu", integer=False
        )
        found = detector.detect(frame, 0.3)
        pixel = frame.shape[1] / preset.info.input_size[0]
        # Those near the threshold may be found by one alone.
        sure = expected.confidence > 0.34
        assert sure.sum() > 3
        for box, score in zip(expected.xyxy[sure], expected.confidence[sure], strict=True):
            distances = np.abs(found.xyxy - box).max(axis=1)
            nearest = int(distances.argmin())
            assert distances[nearest] <= 1.5 * pixel, preset.name
            assert abs(found.confidence[nearest] - score) <= 0.02, preset.name


def test_accuracy_on_photographs(presets: list[Preset], data_folder: Path) -> None:
    images = read_coco(data_folder / "pennfudan.json", data_folder).images[::3]
    for preset in presets:
        detector = Detector(preset)
        results = []
        for image in images:
            found = detector.detect(cv2.imread(str(image.path)), 0.01)
            results.append(
                ImageResult(found.xyxy, found.confidence, image.boxes, np.asarray(image.ignored))
            )
        assert average_precision(match(results)) > 0.9, preset.name


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            path.stem,
            marks=pytest.mark.xfail(path.stem in COLLAPSED, reason="collapsed scores", strict=True),
        )
        for path in sorted(MODELS.glob("*.onnx"))
    ],
)
def test_every_level_can_be_sure_and_few_scores_tie(
    name: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = Detector(read_preset(MODELS / f"{name}.onnx"))
    width, height = detector.input_size
    ends = np.cumsum([height // stride * (width // stride) for stride in STRIDES])
    tops, scores = [], []

    def infer(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        boxes, found = Detector.infer(detector, images)
        tops.append([level.max() for level in np.split(found, ends[:-1])])
        return boxes, found

    monkeypatch.setattr(detector, "infer", infer)
    for image in read_coco(data_folder / "val.json", data_folder).images[::4]:
        scores.append(detector.detect(cv2.imread(str(image.path)), 0.05).confidence)
    assert np.max(tops, axis=0).min() > 0.8
    _, counts = np.unique(np.concatenate(scores), return_counts=True)
    assert counts[counts > 1].sum() <= 0.01 * counts.sum()
