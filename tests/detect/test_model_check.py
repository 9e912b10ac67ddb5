import os
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pedcam import bundled
from pedcam.detect.model_check import BrokenModelError, check_model, read_metadata
from pedcam.detect.presets import METADATA_KEY, Preset, PresetError, read_preset
from tests.nets import small_preset

FLOATS = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Preset:
    return small_preset(tmp_path_factory.mktemp("presets"), depth=3)


def node(model: onnx.ModelProto, operator: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == operator)


def initializer(model: onnx.ModelProto, name: str) -> onnx.TensorProto:
    return next(tensor for tensor in model.graph.initializer if tensor.name == name)


def setting(operator: str, name: str, value: list[int]) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        attributes = node(model, operator).attribute
        next(attribute for attribute in attributes if attribute.name == name).ints[:] = value

    return change


def constant(name: str, value: object) -> Callable[[onnx.ModelProto], None]:
    def change(model: onnx.ModelProto) -> None:
        tensor = initializer(model, name)
        kind = numpy_helper.to_array(tensor).dtype
        tensor.CopyFrom(numpy_helper.from_array(np.array(value, kind), name))

    return change


def listed_numbers(model: onnx.ModelProto) -> None:
    """The numbers of a shape one by one instead of as raw bytes."""
    tensor = initializer(model, "ones")
    tensor.ClearField("raw_data")
    tensor.int64_data[:] = [1, -(2**40)]


def listed_scales(model: onnx.ModelProto) -> None:
    tensor = initializer(model, "scales")
    tensor.ClearField("raw_data")
    tensor.float_data[:] = [1, 1, 2, 1e6]


def constant_node(model: onnx.ModelProto) -> None:
    """The same shape out of a node."""
    value = numpy_helper.from_array(np.array([1, 65536], np.int64))
    model.graph.node.insert(0, helper.make_node("Constant", [], ["ones2"], value=value))
    next(n for n in model.graph.node if "ones" in n.input).input[0] = "ones2"


def elsewhere(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def only_named(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].external_data.add(key="location", value="/etc/passwd")


def negative(model: onnx.ModelProto) -> None:
    initializer(model, "ones").dims[0] = -1


def loop(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Loop", ["", ""], ["y"]))


def inner_graph(model: onnx.ModelProto) -> None:
    body = helper.make_graph([], "body", [FLOATS], [FLOATS])
    node(model, "Conv").attribute.append(helper.make_attribute("body", body))


def foreign_node(model: onnx.ModelProto) -> None:
    node(model, "Conv").domain = "com.microsoft"


def foreign_set(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def function(model: onnx.ModelProto) -> None:
    opsets = [helper.make_opsetid("", 21)]
    model.functions.append(helper.make_function("", "Conv", ["x"], ["y"], [], opsets))


def sparse(model: onnx.ModelProto) -> None:
    model.graph.sparse_initializer.add().dims[:] = [2**40]


def sized_by_hand(model: onnx.ModelProto) -> None:
    """Resize to a size instead of by scales."""
    node(model, "Resize").input[:] = ["image", "", "", "ones"]


def too_many(model: onnx.ModelProto) -> None:
    for _ in range(10_001):
        model.graph.node.add(op_type="Relu")


def test_sound_presets_pass(preset: Preset) -> None:
    check_model(preset.path.read_bytes())
    for path in bundled.models_folder().glob("*.onnx"):
        check_model(path.read_bytes())


def test_metadata_as_onnx_reads_it(preset: Preset) -> None:
    model = onnx.load(preset.path)
    helper.set_model_props(model, {METADATA_KEY: "Größe", "other": "", "x": "y" * 1000})
    content = model.SerializeToString()
    assert read_metadata(content) == {METADATA_KEY: "Größe", "other": "", "x": "y" * 1000}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (loop, "operator 'Loop'"),
        (inner_graph, "a graph within the graph"),
        (foreign_node, "operators of 'com.microsoft'"),
        (foreign_set, "operators of 'com.microsoft'"),
        (function, "functions of its own"),
        (sparse, "sparse weights"),
        (elsewhere, "weights in another file"),
        (only_named, "weights in another file"),
        (negative, "negative size"),
        (too_many, "more than 10000 nodes"),
        (setting("Conv", "pads", [1, 1, 2**31 - 1, 1]), "beyond 64"),
        (setting("Conv", "strides", [-65, 1]), "beyond 64"),
        (constant("ones", [1, 65]), "beyond 64"),
        (constant("int0", -(2**62)), "beyond 64"),
        (listed_numbers, "beyond 64"),
        (constant_node, "beyond 64"),
        (constant("scales", [1, 1, 4.5, 2]), "enlarges"),
        (constant("scales", [1, 1, np.nan, 2]), "enlarges"),
        (constant("scales", [1, 1, 0, 2]), "enlarges"),
        (listed_scales, "enlarges"),
        (sized_by_hand, "enlarges"),
    ],
)
def test_what_a_preset_may_not_ask_for(
    preset: Preset, tmp_path: Path, change: Callable[[onnx.ModelProto], None], message: str
) -> None:
    model = onnx.load(preset.path)
    change(model)
    content = model.SerializeToString()
    with pytest.raises(ValueError, match=message):
        check_model(content)
    path = tmp_path / "strange.onnx"
    path.write_bytes(content)
    with pytest.raises(PresetError, match=r"strange\.onnx"):
        read_preset(path)


def test_numbers_at_the_bounds_pass(preset: Preset) -> None:
    model = onnx.load(preset.path)
    setting("Conv", "pads", [64, 64, -64, 64])(model)
    constant("ones", [1, 64])(model)
    constant("scales", [1, 1, 4, 4])(model)
    check_model(model.SerializeToString())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no graph"),
        (b"\x08\x0a", "holds no graph"),
        (b"\x3a\x05ab", "cut off"),
        (b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "cut off"),
        (b"\x3a", "cut off"),
        (b"\xff" * 10, "no ONNX model"),
        (b"\x3b\x00", "no ONNX model"),
        (b"\x38\x01\x70\x01", "no ONNX model"),
        (b"\x3a\x00\x72\x03\x0a\x01\xff", "a text in it is none"),
    ],
)
def test_what_is_no_model(content: bytes, message: str) -> None:
    with pytest.raises(BrokenModelError, match=message):
        read_metadata(content)


@pytest.mark.parametrize("size", [0, 1, 100, 2000, 30_000])
def test_beginning_of_a_preset(preset: Preset, tmp_path: Path, size: int) -> None:
    path = tmp_path / "half.onnx"
    path.write_bytes(preset.path.read_bytes()[:size])
    with pytest.raises(PresetError, match="may be damaged"):
        read_preset(path)


def test_names_that_are_no_text(
    preset: Preset, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.onnx"
    path.write_bytes(preset.path.read_bytes().replace(b'"training"', b'"tr\xffining"'))
    with pytest.raises(PresetError, match="may be damaged"):
        read_preset(path)
    assert capfd.readouterr() == ("", "")


def test_sizes_written_into_the_file(preset: Preset, tmp_path: Path) -> None:
    model = onnx.load(preset.path)
    model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 2**31 - 1
    path = tmp_path / "fixed.onnx"
    path.write_bytes(model.SerializeToString())
    with pytest.raises(PresetError, match="its input is not 'image'"):
        read_preset(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.onnx"
    os.mkfifo(path)
    with pytest.raises(PresetError, match="not a readable ONNX model"):
        read_preset(path)
