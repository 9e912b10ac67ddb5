"""The rival without any training: the float network rounded to 8 bits by ONNX Runtime's own tool.

``quantize_static`` rounds every convolution but those that make predictions, and the sums and
upsamplings between them. What stays in float is what stays so in a fully binarized preset, so that
the two are compared like for like.

Weights are bytes that use 7 of their 8 bits: without VNNI instructions two products are added in
16 bits, which full bytes can overflow.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from pedcam.detect.presets import LayerInfo, Preset, PresetError, PresetInfo, read_preset
from training.config import NetworkConfig
from training.export.onnx_graph import build_model, layer_table, with_metadata, write_model
from training.mapping import ConfigError, from_mapping
from training.network.architecture import (
    Add,
    Conv,
    Node,
    binarizable,
    convolutions,
    is_prediction,
    network_nodes,
)
from training.network.model import PedestrianNet

IMAGE_SCALE = np.array(1 / 255, np.float32)


def export_int8(
    net: PedestrianNet, path: Path, info: PresetInfo, calibration: Iterable[NDArray[np.uint8]]
) -> Preset:
    """Round a float network to 8 bits and write it as a preset; see :func:`export_preset`.

    The activations of calibration images ``[1, height, width, 3]``, BGR, set the ranges.

    Raises:
        ValueError: A layer is binarized, or there is no image.
        PresetError: The app would not accept the description.
        OSError: The file cannot be written; what was there before is still there.
    """
    if net.binarized():
        raise ValueError("a network with binarized layers is not a float network to compare with")
    info = replace(
        info,
        depth=0,
        depth_limit=len(binarizable(net.nodes)),
        layers=tuple(layer_table(net, info.input_size)),
    )
    return _round(build_model(net, as_float=True), net.nodes, path, info, calibration)


def round_preset(
    preset: Preset, path: Path, name: str, calibration: Iterable[NDArray[np.uint8]]
) -> Preset:
    """Round an exported float preset to 8 bits, as :func:`export_int8` does a network.

    Raises:
        PresetError: The preset is binarized, or of another network.
        ValueError: There is no image.
        OSError: The file cannot be written.
    """
    if preset.info.depth or any(layer.bits != 32 for layer in preset.info.layers):
        raise PresetError(f"{preset.path} is not a float preset: name one of depth 0.")
    try:
        nodes = network_nodes(from_mapping(NetworkConfig, preset.info.training["network"]))
    except (KeyError, ConfigError) as error:
        raise PresetError(f"{preset.path} does not say what network it is.") from error
    info = replace(
        preset.info,
        name=name,
        title=f"{preset.info.title.removesuffix(', float')}, int8",
        evaluation=(),
        sizes=(),
    )
    return _round(onnx.load(preset.path), nodes, path, info, calibration)


def _round(
    as_float: onnx.ModelProto,
    nodes: Sequence[Node],
    path: Path,
    info: PresetInfo,
    calibration: Iterable[NDArray[np.uint8]],
) -> Preset:
    model = quantize(as_float, nodes, calibration)
    layers = tuple(_rounded(layer, nodes) for layer in info.layers)
    stored = sum(layer.bytes for layer in layers)
    info = replace(
        info,
        layers=layers,
        ratio_codes=round(sum(4 * layer.parameters for layer in layers) / stored, 2),
    )
    sizes = [len(with_metadata(it, info).SerializeToString()) for it in (as_float, model)]
    info = replace(info, ratio_file=round(sizes[0] / sizes[1], 2))
    write_model(with_metadata(model, info), path)
    return read_preset(path)


def quantize(
    model: onnx.ModelProto, nodes: Iterable[Node], calibration: Iterable[NDArray[np.uint8]]
) -> onnx.ModelProto:
    """Return a float model of :func:`training.export.onnx_graph.build_model` rounded to 8 bits.

    Raises:
        ValueError: There is no picture to calibrate with.
    """
    pictures = iter(calibration)
    first = next(pictures, None)
    if first is None:
        raise ValueError("there is no picture to set the ranges of activations with")
    model = onnx.ModelProto.FromString(model.SerializeToString())
    # The tool asks for a cleaned-up graph, which ours is by construction, in a warning otherwise.
    helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    with tempfile.TemporaryDirectory(prefix="pedcam-int8-") as folder:
        written = Path(folder) / "int8.onnx"
        quantize_static(
            model,
            written,
            _Pictures(itertools.chain([first], pictures)),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Relu", "Add", "Resize"],
            per_channel=True,
            reduce_range=True,  # weights of 7 bits
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=_names_of_rounded(nodes),
            # Percentiles clip rare peaks, and with them the people that cause them.
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={
                # What a byte of a picture means is known, not to be measured.
                "TensorQuantOverrides": {
                    "image.value": [{"scale": IMAGE_SCALE, "zero_point": np.array(0, np.uint8)}]
                }
            },
        )
        quantized = onnx.load(written)
    _read_bytes(quantized)
    return quantized


def _read_bytes(model: onnx.ModelProto) -> None:
    """Let the first convolution read the picture's bytes, instead of rounding them back to bytes.

    The scale being that of a byte, dividing by 255 and rounding gives what was there before.
    """
    graph = model.graph
    (rounding,) = [node for node in graph.node if list(node.input[:1]) == ["image.value"]]
    (exact,) = [node for node in graph.node if list(node.input[:1]) == [rounding.output[0]]]
    exact.input[0] = "image.planes"
    for node in [node for node in graph.node if node.name in ("image.float", "image.value")]:
        graph.node.remove(node)
    graph.node.remove(rounding)


def _names_of_rounded(nodes: Iterable[Node]) -> list[str]:
    names = []
    for node in nodes:
        if is_prediction(node):
            continue
        operation = {Conv: "conv", Add: "add"}.get(type(node), "resize")
        names.append(f"{node.name}.{operation}")
        if isinstance(node, Conv | Add) and node.relu:
            names.append(f"{node.name}.relu")
    return names


class _Pictures(CalibrationDataReader):  # type: ignore[misc]
    """Pictures as ONNX Runtime's tool asks for them."""

    def __init__(self, pictures: Iterable[NDArray[np.uint8]]) -> None:
        self._pictures: Iterator[NDArray[np.uint8]] = iter(pictures)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        picture = next(self._pictures, None)
        return None if picture is None else {"image": picture}


def _rounded(layer: LayerInfo, nodes: Sequence[Node]) -> LayerInfo:
    spec = next(conv for conv in convolutions(nodes) if conv.name == layer.name)
    if spec.prediction:
        return layer
    return replace(layer, bits=8, bytes=layer.parameters + 4 * spec.filters)
