"""Writing a network as a preset: one ``.onnx`` file with one bit per binarized weight.

The ONNX graph is built node by node from the network's layout. A binarized layer's codes are
stored packed, eight to a byte, and unpacked by standard operators, which ONNX Runtime folds into
constants when it loads the file; quantize/dequantize pairs around the layer then let it run the
layer as one integer convolution (QLinearConv). Three things make that fusion happen and must stay:
every integer layer's output is quantized again, biases are 32-bit integers at the scale
``input scale * weight scale``, and ReLU is left to the quantization, whose lowest level is zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pedcam.detect.presets import METADATA_KEY, LayerInfo, Preset, PresetInfo, read_preset
from pedcam.files import write_atomically
from training.binarization.compression import stored_bytes
from training.network.architecture import (
    STRIDES,
    Add,
    Conv,
    Upsample,
    binarizable,
    convolutions,
    multiply_accumulates,
)
from training.network.fake_quantize import WEIGHT_LEVELS, weight_scale
from training.network.model import MAX_LOG_DISTANCE, PedestrianNet

OPSET = 21
IR_VERSION = 10
PRODUCER = "pedcam"
# An integer bias beyond this would overflow the 32-bit accumulator.
MAX_INTEGER_BIAS = 2**29


def export_preset(net: PedestrianNet, path: Path, info: PresetInfo) -> Preset:
    """Write a network as a preset, atomically.

    Args:
        net: The network, with every activation range observed that its depth needs.
        path: Where to write.
        info: What the preset says about itself; ``depth``, ``depth_limit``, ``layers`` and the
            ratios are filled in from the network.

    Returns:
        The preset as the app reads it back from disk.

    Raises:
        PresetError: The app would not accept the description.
        OSError: The file cannot be written; what was there before is still there.
    """
    layers = layer_table(net, info.input_size)
    float_codes = sum(4 * layer.parameters for layer in layers)
    float_bytes = with_metadata(build_model(net, as_float=True), info).ByteSize()
    model = build_model(net)
    info = replace(
        info,
        depth=len(net.binarized()),
        depth_limit=len(binarizable(net.nodes)),
        layers=layers,
        ratio_codes=round(float_codes / sum(layer.bytes for layer in layers), 2),
    )
    file_bytes = with_metadata(model, info).ByteSize()
    info = replace(info, ratio_file=round(float_bytes / file_bytes, 2))
    write_model(with_metadata(model, info), path)
    return read_preset(path)


def describe_preset(path: Path, **changes: Any) -> Preset:
    """Change what a preset says about itself, for instance its ``evaluation``."""
    model = onnx.load(path)
    info = replace(read_preset(path).info, **changes)
    write_model(with_metadata(model, info), path)
    return read_preset(path)


def layer_table(net: PedestrianNet, size: tuple[int, int]) -> tuple[LayerInfo, ...]:
    """Describe every convolution: bits, shape, work at ``size`` (width, height), stored bytes.

    A binarized layer of ``p`` weights and ``f`` filters takes ``ceil(p / 8) + 4 f`` bytes.
    """
    macs = multiply_accumulates(net.nodes, size)
    table = []
    for conv in convolutions(net.nodes):
        layer = net.conv(conv.name)
        bits = 1 if layer.frozen else 8 if layer.eight_bit else 32
        stored = stored_bytes(conv, bits)
        table.append(LayerInfo(conv.name, bits, conv.shape, macs[conv.name], stored))
    return tuple(table)


def write_model(model: onnx.ModelProto, path: Path) -> None:
    """Check a model and write it so that the file is either complete or absent."""
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, model.SerializeToString())


def build_model(net: PedestrianNet, *, as_float: bool = False) -> onnx.ModelProto:
    """Build the ONNX model of a network, or ``as_float`` with every layer as float32."""
    return _Builder(net, frozenset() if as_float else net.integer).build()


def with_metadata(model: onnx.ModelProto, info: PresetInfo) -> onnx.ModelProto:
    """Write a preset's description into a model; return the model."""
    helper.set_model_props(model, {METADATA_KEY: info.to_json()})
    return model


def _fold(net: PedestrianNet, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    # The factor and the bias per filter that batch normalization leaves.
    layer = net.conv(name)
    if layer.norm is None:
        assert layer.bias is not None
        bias = _array(layer.bias)
        return np.ones_like(bias), bias
    norm = layer.norm
    assert norm.running_var is not None
    assert norm.running_mean is not None
    factor = _array(norm.weight) / np.sqrt(_array(norm.running_var) + norm.eps)
    return factor, _array(norm.bias) - _array(norm.running_mean) * factor


def _array(tensor: Any) -> NDArray[np.float64]:
    array: NDArray[np.float64] = tensor.detach().double().cpu().numpy()
    return array


class _Builder:
    def __init__(self, net: PedestrianNet, integer: frozenset[str]) -> None:
        self.net, self.integer = net, integer
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self.values: dict[str, str] = {}  # node name -> tensor with its value
        self.quantized: dict[str, str] = {}  # node name -> the same, rounded to 8 bits

    def constant(self, name: str, value: Any) -> str:
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def op(self, op_type: str, inputs: Sequence[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op_type, inputs, [output], name=output, **attributes))
        return output

    def build(self) -> onnx.ModelProto:
        self._image()
        for node in self.net.nodes:
            integer = node.name in self.integer
            inputs = [
                self._rounded(source) if integer else self.values[source] for source in node.sources
            ]
            if isinstance(node, Conv):
                value = self._conv(node, inputs[0], integer)
            elif isinstance(node, Add):
                value = self.op("Add", inputs, f"{node.name}.add")
            else:
                value = self.op(
                    "Resize",
                    [inputs[0], "", self.constant("scales", np.array([1, 1, 2, 2], np.float32))],
                    f"{node.name}.resize",
                    mode="nearest",
                    coordinate_transformation_mode="asymmetric",
                    nearest_mode="floor",
                )
            if integer:
                value = self._quantize(node.name, value)
                self.quantized[node.name] = value
            elif not isinstance(node, Upsample) and node.relu:
                value = self.op("Relu", [value], f"{node.name}.relu")
            self.values[node.name] = value
        self._decode()
        graph = helper.make_graph(
            self.nodes,
            "pedcam",
            [helper.make_tensor_value_info("image", TensorProto.UINT8, [1, "height", "width", 3])],
            [
                helper.make_tensor_value_info("boxes", TensorProto.FLOAT, [1, "anchors", 4]),
                helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, "anchors"]),
            ],
            list(self.initializers.values()),
        )
        return helper.make_model(
            graph,
            producer_name=PRODUCER,
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )

    def _image(self) -> None:
        planes = self.op("Transpose", ["image"], "image.planes", perm=[0, 3, 1, 2])
        scale = self.constant("image.scale", np.float32(1 / 255))
        if "stem" in self.integer:
            self.values["image"] = self.quantized["image"] = self.op(
                "DequantizeLinear",
                [planes, scale, self.constant("zero", np.uint8(0))],
                "image.value",
            )
        else:
            cast = self.op("Cast", [planes], "image.float", to=TensorProto.FLOAT)
            self.values["image"] = self.op("Mul", [cast, scale], "image.value")

    def _scale(self, name: str) -> tuple[np.float32, int]:
        quantizer = self.net.quantizer(name)
        return np.float32(quantizer.scale.item()), quantizer.zero_point

    def _quantize(self, name: str, value: str) -> str:
        step, zero = self._scale(name)
        scale = self.constant(f"{name}.scale", step)
        zero_point = self.constant("zero" if zero == 0 else "middle", np.uint8(zero))
        codes = self.op("QuantizeLinear", [value, scale, zero_point], f"{name}.codes")
        return self.op("DequantizeLinear", [codes, scale, zero_point], f"{name}.value")

    def _rounded(self, source: str) -> str:
        if source not in self.quantized:
            self.quantized[source] = self._quantize(source, self.values[source])
        return self.quantized[source]

    def _conv(self, conv: Conv, value: str, integer: bool) -> str:
        factor, bias = _fold(self.net, conv.name)
        if integer:
            weight, bias_name = self._integer_weight(conv, factor, bias)
        else:
            real = _array(self.net.conv(conv.name).effective_weight())
            folded = real * factor[:, None, None, None]
            weight = self.constant(f"{conv.name}.weight", folded.astype(np.float32))
            bias_name = self.constant(f"{conv.name}.bias", bias.astype(np.float32))
        return self.op(
            "Conv",
            [value, weight, bias_name],
            f"{conv.name}.conv",
            kernel_shape=[conv.kernel] * 2,
            strides=[conv.stride] * 2,
            pads=[conv.kernel // 2] * 4,
        )

    def _integer_weight(
        self, conv: Conv, factor: NDArray[Any], bias: NDArray[Any]
    ) -> tuple[str, str]:
        layer, name = self.net.conv(conv.name), conv.name
        step = 1 / 255 if conv.source == "image" else float(self._scale(conv.source)[0])
        real = layer.codes if layer.frozen else layer.weight
        scale = _array(layer.alpha) if layer.frozen else _array(weight_scale(real))
        # A negative factor turns the filter's codes around instead of its scale.
        sign, scale = np.where(scale * factor < 0, -1.0, 1.0), np.abs(scale * factor)
        scale = np.maximum(scale, np.abs(bias) / (step * MAX_INTEGER_BIAS))
        scale = np.maximum(scale, 1e-12).astype(np.float32)
        turned = sign[:, None, None, None]
        if layer.frozen:
            codes = self._unpacked(name, _array(real) * turned > 0)
        else:
            levels = np.round(_array(real) / _array(weight_scale(real))[:, None, None, None])
            signed = (np.clip(levels, -WEIGHT_LEVELS, WEIGHT_LEVELS) * turned).astype(np.int8)
            codes = self.constant(f"{name}.codes8", signed)
        bias_scale = (scale * np.float32(step)).astype(np.float32)
        weight = self.op(
            "DequantizeLinear",
            [codes, self.constant(f"{name}.weight_scale", scale)],
            f"{name}.weight",
            axis=0,
        )
        integer_bias = np.round(bias / bias_scale.astype(np.float64)).astype(np.int32)
        bias_name = self.op(
            "DequantizeLinear",
            [
                self.constant(f"{name}.bias32", integer_bias),
                self.constant(f"{name}.bias_scale", bias_scale),
            ],
            f"{name}.bias",
            axis=0,
        )
        return weight, bias_name

    def _unpacked(self, name: str, positive: NDArray[np.bool_]) -> str:
        """Store codes one bit each, and unpack them to int8 -1 and +1 with standard operators.

        Gather does the last step because Where has no int8 kernel in older ONNX Runtimes.
        """
        bits = np.packbits(positive.reshape(-1), bitorder="little")
        packed = self.constant(f"{name}.bits", bits[:, None])
        masks = self.constant("masks", (1 << np.arange(8)).astype(np.uint8))
        value = self.op("BitwiseAnd", [packed, masks], f"{name}.masked")
        value = self.op("Cast", [value], f"{name}.set", to=TensorProto.BOOL)
        value = self.op("Cast", [value], f"{name}.index", to=TensorProto.INT32)
        table = self.constant("signs", np.array([-1, 1], np.int8))
        value = self.op("Gather", [table, value], f"{name}.signs", axis=0)
        flat = self.constant("flat", np.array([-1], np.int64))
        value = self.op("Reshape", [value, flat], f"{name}.flat")
        if positive.size % 8:
            start = self.constant("start", np.array([0], np.int64))
            count = self.constant(f"{name}.count", np.array([positive.size], np.int64))
            value = self.op("Slice", [value, start, count], f"{name}.cut")
        shape = self.constant(f"{name}.shape", np.array(positive.shape, np.int64))
        return self.op("Reshape", [value, shape], f"{name}.codes1")

    def _decode(self) -> None:
        """Append the anchor grid and the boxes; all of the grid folds once sizes are known."""
        scores, boxes = [], []
        rows = self.constant("rows", np.array([0, -1], np.int64))
        corners = self.constant("corners", np.array([0, 4, -1], np.int64))
        for stride in STRIDES:
            level = f"d{stride}"
            logits = self.values[f"h{stride}.score.out"]
            scores.append(self.op("Reshape", [logits, rows], f"{level}.logits"))
            log_distances = self.values[f"h{stride}.box.out"]
            limit = self.constant("limit", np.float32(MAX_LOG_DISTANCE))
            capped = self.op("Min", [log_distances, limit], f"{level}.capped")
            distances = self.op(
                "Mul",
                [
                    self.op("Exp", [capped], f"{level}.exp"),
                    self.constant(f"{level}.stride", np.float32(stride)),
                ],
                f"{level}.distances",
            )
            grid = self._grid(level, log_distances)
            start, two, four = (self.constant(f"at{i}", np.array([i], np.int64)) for i in (0, 2, 4))
            axis = self.constant("axis1", np.array([1], np.int64))
            near = self.op("Slice", [distances, start, two, axis], f"{level}.near")
            far = self.op("Slice", [distances, two, four, axis], f"{level}.far")
            low = self.op("Sub", [grid, near], f"{level}.low")
            high = self.op("Add", [grid, far], f"{level}.high")
            both = self.op("Concat", [low, high], f"{level}.corners", axis=1)
            boxes.append(self.op("Reshape", [both, corners], f"{level}.boxes"))
        self.op("Sigmoid", [self.op("Concat", scores, "logits", axis=1)], "scores")
        self.op("Transpose", [self.op("Concat", boxes, "corners_first", axis=2)], "boxes",
                perm=[0, 2, 1])  # fmt: skip

    def _grid(self, level: str, like: str) -> str:
        """Return anchor centres ``[1, 2, rows, columns]`` (x, y) in pixels for a level."""
        zero, one = self.constant("int0", np.int64(0)), self.constant("int1", np.int64(1))
        shape = self.op("Shape", [like], f"{level}.shape", start=2)
        plane = self.op(
            "Concat", [self.constant("ones", np.array([1, 1], np.int64)), shape],
            f"{level}.plane", axis=0,
        )  # fmt: skip
        planes = []
        for axis, index, view in (("x", one, [1, 1, 1, -1]), ("y", zero, [1, 1, -1, 1])):
            name = f"{level}.{axis}"
            count = self.op("Gather", [shape, index], f"{name}.count")
            cells = self.op("Range", [zero, count, one], f"{name}.cells")
            cells = self.op("Cast", [cells], f"{name}.float", to=TensorProto.FLOAT)
            cells = self.op("Add", [cells, self.constant("half", np.float32(0.5))], f"{name}.mid")
            cells = self.op("Mul", [cells, f"{level}.stride"], f"{name}.pixels")
            line = self.constant(f"line.{axis}", np.array(view, np.int64))
            cells = self.op("Reshape", [cells, line], f"{name}.line")
            planes.append(self.op("Expand", [cells, plane], f"{name}.plane"))
        return self.op("Concat", planes, f"{level}.grid", axis=1)


def training_record(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration as it goes into a preset: without the folders of somebody's disk."""
    record = {key: value for key, value in config.items() if key != "data"}
    data = config.get("data", {})
    record["data"] = {
        "train": [Path(entry["labels"]).name for entry in data.get("train", ())],
        "walkers": data.get("walkers"),
    }
    pretrain = config.get("pretrain", {})
    record["pretrain"] = {
        key: Path(value).name if key in ("start", "initial", "teacher") else value
        for key, value in pretrain.items()
    }
    binarize = config.get("binarize", {})
    if distill := binarize.get("distill"):
        teacher = Path(distill.get("teacher", "")).name
        record["binarize"] = {**binarize, "distill": {**distill, "teacher": teacher}}
    return record
