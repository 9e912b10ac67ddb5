"""The network that ONNX Runtime rounds finds what the float network finds."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from pedcam.detect.detector import Detector
from pedcam.detect.presets import Preset
from pedcam.measure.accuracy.matching import pairwise_iou
from tests.nets import SIZE, SMALL, pictures, small_info, small_net
from training.config import NetworkConfig
from training.export.int8 import export_int8
from training.export.onnx_graph import export_preset
from training.network.architecture import convolutions, network_nodes
from training.network.model import PedestrianNet

SCORE_TOLERANCE = 0.1
LOWEST_IOU = 0.8


def frames(count: int, seed: int) -> list[np.ndarray]:
    bytes_ = (pictures(count, seed=seed) * 255).round().byte().permute(0, 2, 3, 1)
    return [np.ascontiguousarray(frame[None]) for frame in bytes_.numpy()]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Preset, Preset]:
    folder, net = tmp_path_factory.mktemp("both"), small_net(0)
    return (
        export_preset(net, folder / "float.onnx", small_info("float")),
        export_int8(net, folder / "int8.onnx", small_info("int8"), iter(frames(16, seed=0))),
    )


def test_finds_what_the_float_network_finds(both: tuple[Preset, Preset]) -> None:
    as_float, int8 = (Detector(preset, threads=1) for preset in both)
    people, differences = 0, []
    for frame in frames(6, seed=9):
        wanted_boxes, wanted_scores = as_float.infer(frame)
        boxes, scores = int8.infer(frame)
        assert boxes.shape == wanted_boxes.shape
        difference = np.abs(scores - wanted_scores)
        assert difference.max() < SCORE_TOLERANCE
        # Anchor by anchor, since non-maximum suppression of an untrained network's near-equal
        # scores may keep either of two boxes.
        sure = wanted_scores > 0.5
        people += sure.sum()
        assert pairwise_iou(wanted_boxes[sure], boxes[sure]).diagonal().min() > LOWEST_IOU
        differences.append(difference.max())
    assert people > 20
    # It is another network than the float one.
    assert max(differences) > 1e-4


def test_every_convolution_but_predictions_runs_on_integers(
    both: tuple[Preset, Preset], tmp_path: Path
) -> None:
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    for name, value in (("height", SIZE[1]), ("width", SIZE[0])):
        options.add_free_dimension_override_by_name(name, value)
    ort.InferenceSession(str(both[1].path), options, providers=["CPUExecutionProvider"])
    graph = onnx.load(tmp_path / "optimized.onnx").graph
    kinds = [node.op_type for node in graph.node]
    assert kinds.count("QLinearConv") == 25  # the stem and the 24 that can be binarized
    assert kinds.count("Conv") == 6
    assert kinds.count("QLinearAdd") == 6
    assert "FusedConv" not in kinds
    # The first convolution reads the picture's own bytes, and only predictions read floats.
    assert "QuantizeLinear" not in kinds
    assert kinds.count("DequantizeLinear") == 6


def test_weights_are_bytes_within_7_bits(both: tuple[Preset, Preset]) -> None:
    graph = onnx.load(both[1].path).graph
    found = [onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer]
    weights = [value for value in found if value.ndim == 4 and value.dtype == np.int8]
    assert len(weights) == 25
    assert max(int(np.abs(value.astype(int)).max()) for value in weights) in (63, 64)


def test_says_what_it_is(both: tuple[Preset, Preset]) -> None:
    info = both[1].info
    assert (info.name, info.title, info.depth, info.depth_limit) == ("int8", "Int8", 0, 24)
    layers = {layer.name: layer for layer in info.layers}
    assert [name for name, layer in layers.items() if layer.bits == 32] == [
        conv.name for conv in convolutions(network_nodes(SMALL)) if conv.prediction
    ]
    # 9 filters of 12 * 9 weights: a byte each, and 9 scales of 4 bytes.
    assert (layers["h8.box"].bits, layers["h8.box"].bytes) == (8, 972 + 36)
    assert layers["h8.box.out"].bytes == 4 * 9 * 4
    measured = both[0].file_bytes / both[1].file_bytes
    assert info.ratio_file == pytest.approx(measured, abs=0.02)
    # Nothing of the tool's own notes, temporary folders included, is left in the file.
    assert [entry.key for entry in onnx.load(both[1].path).metadata_props] == ["pedcam"]


def test_a_larger_network_is_four_times_smaller(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    torch.manual_seed(0)
    net = PedestrianNet(NetworkConfig()).eval()
    as_float = export_preset(net, tmp_path / "float.onnx", small_info("float"))
    int8 = export_int8(net, tmp_path / "int8.onnx", small_info("int8"), frames(2, seed=0))
    assert 3.8 < as_float.file_bytes / int8.file_bytes < 4
    assert 3.9 < int8.info.ratio_codes < 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["float.onnx", "int8.onnx"]
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_no_pictures_and_no_float_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "int8.onnx"
    with pytest.raises(ValueError, match="binarized layers"):
        export_int8(small_net(1), path, small_info(), frames(1, seed=0))
    with pytest.raises(ValueError, match="no picture"):
        export_int8(PedestrianNet(SMALL), path, small_info(), [])
    assert not path.exists()
