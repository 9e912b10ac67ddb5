"""The exported preset computes what the PyTorch network computes, and stays one bit per weight."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from pedcam.detect.detector import Detector
from pedcam.measure.accuracy.matching import pairwise_iou
from tests.nets import SIZE, binarize_to, pictures, small_info, small_net, small_preset
from training.config import NetworkConfig
from training.export.onnx_graph import export_preset, layer_table, training_record
from training.network.architecture import convolutions
from training.network.model import PedestrianNet, anchor_points, decode_boxes

FULL = 24
# Rounding to 8 bits can fall either way where the two runtimes differ in the last float bit; one
# level of an early layer then moves a box by a fraction of a pixel.
BOX_TOLERANCE = 1.0  # pixels
SCORE_TOLERANCE = 0.01


def torch_outputs(net: PedestrianNet, images: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    net.eval()
    with torch.no_grad():
        logits, log_distances = net(images)
    points, strides = anchor_points(*images.shape[2:])
    return decode_boxes(log_distances, points, strides).numpy(), logits.sigmoid().numpy()


def as_frame(image: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray((image * 255).round().byte().permute(1, 2, 0).numpy())


@pytest.mark.parametrize("depth", [0, 1, 5, 9, 13, 18, 23, FULL])
def test_onnx_agrees_with_torch(depth: int, tmp_path: Path) -> None:
    net = small_net(depth)
    preset = export_preset(net, tmp_path / "p.onnx", small_info())
    assert preset.info.depth == depth
    assert preset.info.depth_limit == FULL
    detector = Detector(preset, threads=1)
    images = pictures(4, seed=9)
    expected_boxes, expected_scores = torch_outputs(net, images)
    for index, image in enumerate(images):
        boxes, scores = detector.infer(as_frame(image)[None])
        assert np.abs(boxes - expected_boxes[index]).max() < BOX_TOLERANCE
        assert np.abs(scores - expected_scores[index]).max() < SCORE_TOLERANCE
        assert np.ptp(scores) > 20 * SCORE_TOLERANCE
        # Anchor by anchor: non-maximum suppression of an untrained network's near-equal scores may
        # keep either of two boxes. What a trained one detects is compared in test_train.py.
        sure = expected_scores[index] > 0.5 + SCORE_TOLERANCE
        assert sure.sum() > 3
        assert (scores[sure] > 0.5).all()
        overlap = pairwise_iou(expected_boxes[index][sure], boxes[sure]).diagonal()
        assert overlap.min() > 0.9


@pytest.mark.parametrize("depth", [2, 13])
def test_onnx_agrees_with_torch_where_the_rest_is_8_bit(depth: int, tmp_path: Path) -> None:
    net = small_net(depth)
    plain = export_preset(net, tmp_path / "plain.onnx", small_info())
    net.round_rest(True)
    net.calibrate_activations([pictures(4)])
    preset = export_preset(net, tmp_path / "p.onnx", small_info())
    assert [layer.bits for layer in preset.info.layers].count(8) == 1 + FULL - depth
    assert preset.info.ratio_codes > plain.info.ratio_codes
    images = pictures(4, seed=9)
    expected_boxes, expected_scores = torch_outputs(net, images)
    detector = Detector(preset, threads=1)
    for index, image in enumerate(images):
        boxes, scores = detector.infer(as_frame(image)[None])
        # Integer biases turn a few roundings of the stem over, and an untrained network makes more
        # of that from layer to layer: by the 25th, a third of the codes are off, most by one.
        assert np.abs(boxes - expected_boxes[index]).max() < 2 * BOX_TOLERANCE
        assert np.percentile(np.abs(boxes - expected_boxes[index]), 90) < BOX_TOLERANCE / 2
        assert np.abs(scores - expected_scores[index]).max() < 2 * SCORE_TOLERANCE


@pytest.mark.parametrize(("depth", "rest"), [(1, 0), (9, 0), (17, 0), (FULL, 0), (9, 1)])
def test_every_integer_layer_runs_as_integer_convolution(
    depth: int, rest: int, tmp_path: Path
) -> None:
    net = small_net(depth)
    net.round_rest(bool(rest))
    preset = export_preset(net, tmp_path / "p.onnx", small_info())
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    for name, value in (("height", SIZE[1]), ("width", SIZE[0])):
        options.add_free_dimension_override_by_name(name, value)
    ort.InferenceSession(str(preset.path), options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(tmp_path / "optimized.onnx").graph.node]
    # At full depth the stem joins them, with 8-bit weights.
    assert kinds.count("QLinearConv") == (FULL + 1 if rest or depth == FULL else depth)
    assert kinds.count("Conv") == len(convolutions(net.nodes)) - kinds.count("QLinearConv")
    assert "FusedConv" not in kinds
    # The unpacking is gone: it happened once, when the file was loaded.
    assert not {"BitwiseAnd", "Gather"} & set(kinds)


def test_weights_take_one_bit_each_on_disk(tmp_path: Path) -> None:
    net = small_net(FULL)
    preset = export_preset(net, tmp_path / "p.onnx", small_info())
    stored = {tensor.name: tensor for tensor in onnx.load(preset.path).graph.initializer}
    turned = 0
    for conv in convolutions(net.nodes):
        if not conv.binarizable:
            continue
        bits = stored[f"{conv.name}.bits"]
        assert bits.data_type == onnx.TensorProto.UINT8
        assert len(bits.raw_data) == -(-conv.parameters // 8)
        codes = np.unpackbits(np.frombuffer(bits.raw_data, np.uint8), bitorder="little")
        weight = net.conv(conv.name).codes.numpy()
        factor = net.conv(conv.name).norm.weight.detach().numpy()
        signs = np.where(factor < 0, -1, 1)[:, None, None, None]
        assert np.array_equal(2.0 * codes[: conv.parameters] - 1, (weight * signs).reshape(-1))
        turned += (factor < 0).sum()
    assert turned > 5  # the case was there to be tested
    largest = max(len(t.raw_data) for n, t in stored.items() if not n.endswith(".bits"))
    assert largest <= 4 * 64 * 5


def test_compression_is_counted_by_hand(tmp_path: Path) -> None:
    net = small_net(2)
    layers = {layer.name: layer for layer in layer_table(net, SIZE)}
    box = layers["h8.box"]
    # 9 filters of 12 * 9 weights: 972 bits are 122 bytes, and 9 scales of 4 bytes.
    assert (box.bits, box.bytes) == (1, 122 + 36)
    assert layers["h16.box"].bytes == 4 * 972
    total = sum(4 * layer.parameters for layer in layers.values())
    saved = 2 * (4 * 972 - 158)
    preset = export_preset(net, tmp_path / "p.onnx", small_info())
    assert preset.info.ratio_codes == round(total / (total - saved), 2)
    as_float = small_preset(tmp_path, 0, name="float")
    assert preset.info.ratio_file == pytest.approx(
        as_float.file_bytes / preset.file_bytes, abs=0.02
    )


def test_full_depth_of_the_shipped_network_is_20_times_smaller(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = PedestrianNet(NetworkConfig())
    as_float = export_preset(net, tmp_path / "float.onnx", small_info("float"))
    binarize_to(net, 28)
    binary = export_preset(net, tmp_path / "binary.onnx", small_info("binary"))
    assert as_float.file_bytes / binary.file_bytes > 20
    assert binary.info.ratio_file > 20
    assert binary.info.ratio_codes > 25


def test_dead_filters_do_not_overflow(tmp_path: Path) -> None:
    """A filter that batch normalization has all but switched off keeps its bias."""
    net = small_net(FULL)
    norm = net.conv("p8").norm
    with torch.no_grad():
        norm.weight[0], norm.bias[0] = 1e-12, 3.0
        norm.weight[1], norm.bias[1] = 0.0, -3.0
    net.calibrate_activations([pictures(8)])
    preset = export_preset(net, tmp_path / "p.onnx", small_info())
    images = pictures(1, seed=3)
    boxes, scores = Detector(preset, threads=1).infer(as_frame(images[0])[None])
    expected_boxes, expected_scores = torch_outputs(net, images)
    assert np.abs(boxes - expected_boxes[0]).max() < BOX_TOLERANCE
    assert np.abs(scores - expected_scores[0]).max() < SCORE_TOLERANCE


def test_failed_export_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preset = small_preset(tmp_path, depth=0)
    before = preset.path.read_bytes()

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pedcam.files.os.replace", full_disk)
    with pytest.raises(OSError, match="No space left"):
        small_preset(tmp_path, depth=3)
    assert preset.path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [preset.path.name]


def test_training_record_names_files_without_their_folders() -> None:
    record = training_record(
        {
            "data": {"train": [{"labels": "/home/ann/a.json"}], "walkers": 3},
            "pretrain": {"start": "/home/ann/a.pt", "teacher": "/home/ann/b.onnx", "steps": 5},
            "binarize": {"ema": 0.9, "distill": {"score": 1.0, "teacher": "/home/ann/wide.pt"}},
        }
    )
    assert "ann" not in repr(record)
    assert record["binarize"] == {"ema": 0.9, "distill": {"score": 1.0, "teacher": "wide.pt"}}
    assert record["pretrain"] == {"start": "a.pt", "teacher": "b.onnx", "steps": 5}
    assert record["data"] == {"train": ["a.json"], "walkers": 3}
