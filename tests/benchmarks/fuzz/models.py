"""Damage done to an ONNX model itself, so that it is still one that parses."""

import json
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, numpy_helper

from pedcam.detect.presets import METADATA_KEY

# What a stranger may write where a number is expected.
WHOLE = (
    0,
    1,
    -1,
    2,
    3,
    7,
    32,
    65536,
    2**20,
    2**31 - 1,
    -(2**31),
    2**40,
    2**62,
    2**63 - 1,
    -(2**63),
)
REAL = (0.0, -1.0, 1e-45, 1e6, 1e30, 3.4e38, float("inf"), float("-inf"), float("nan"))
TEXTS = (
    "",
    "x" * 5000,
    "\x1b[2J\x1b[31m",
    "../../../etc/passwd",
    "\u202e",
    "a\x00b",
    "%s%n",
    "\n\n",
)
OPERATORS = tuple(sorted({(schema.domain, schema.name) for schema in onnx.defs.get_all_schemas()}))

Mutation = Callable[[onnx.ModelProto, random.Random], None]


def mutate_model(content: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Change one to three things of a model.

    Returns:
        The changed file and the names of what was done.
    """
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except DecodeError:
        return content, "unparsed"
    names = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name = rng.choice(list(MUTATIONS))
        MUTATIONS[name](model, rng)
        names.append(name)
    return model.SerializeToString(), "+".join(names)


def _description(model: onnx.ModelProto, rng: random.Random) -> None:
    """Another value somewhere in the JSON that describes the preset."""
    for entry in model.metadata_props:
        if entry.key == METADATA_KEY:
            document = json.loads(entry.value)
            holder: Any = document
            while True:
                keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
                key = rng.choice(keys)
                if (
                    not isinstance(holder[key], dict | list)
                    or not holder[key]
                    or rng.random() < 0.3
                ):
                    break
                holder = holder[key]
            holder[key] = rng.choice((*WHOLE, *REAL, *TEXTS, None, True, [], {}, [4096, 4096]))
            entry.value = json.dumps(document)


def _attribute(model: onnx.ModelProto, rng: random.Random) -> None:
    holders = [node for node in model.graph.node if node.attribute]
    attribute = rng.choice(rng.choice(holders).attribute)
    if attribute.ints:
        attribute.ints[rng.randrange(len(attribute.ints))] = rng.choice(WHOLE)
        if rng.random() < 0.2:
            attribute.ints.append(rng.choice(WHOLE))
    elif attribute.type == onnx.AttributeProto.INT:
        attribute.i = rng.choice((*range(-2, 30), *WHOLE))
    elif attribute.type == onnx.AttributeProto.STRING:
        attribute.s = rng.choice((*TEXTS, "linear", "cubic", "half_pixel", "ceil")).encode()
    else:
        attribute.type = rng.randrange(16)


def _operator(model: onnx.ModelProto, rng: random.Random) -> None:
    node = rng.choice(model.graph.node)
    node.domain, node.op_type = rng.choice(OPERATORS)
    if rng.random() < 0.3:
        node.domain = rng.choice(("", "com.microsoft", "ai.onnx.ml", "strange"))


def _wire(model: onnx.ModelProto, rng: random.Random) -> None:
    """Another input to a node: a constant, somebody's output, its own, none, or one more."""
    node = rng.choice(model.graph.node)
    names = [tensor.name for tensor in model.graph.initializer]
    names += [output for other in model.graph.node for output in other.output]
    name = rng.choice((rng.choice(names), "", "image", "missing", node.output[0]))
    if node.input and rng.random() < 0.8:
        node.input[rng.randrange(len(node.input))] = name
    else:
        node.input.append(name)


def _nodes(model: onnx.ModelProto, rng: random.Random) -> None:
    nodes = model.graph.node
    index = rng.randrange(len(nodes))
    kind = rng.randrange(3)
    if kind == 0:
        del nodes[index]
    elif kind == 1:
        nodes.append(nodes[index])
    else:
        nodes.add().CopyFrom(nodes[index])
        nodes[-1].output[0] = "again"


def _dimensions(model: onnx.ModelProto, rng: random.Random) -> None:
    tensor = rng.choice(model.graph.initializer)
    if tensor.dims and rng.random() < 0.8:
        tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice(WHOLE)
    else:
        tensor.dims.append(rng.choice(WHOLE))


def _tensor_type(model: onnx.ModelProto, rng: random.Random) -> None:
    rng.choice(model.graph.initializer).data_type = rng.randrange(28)


def _numbers(model: onnx.ModelProto, rng: random.Random) -> None:
    """Other values in a constant, mostly in one of those that say shapes and scales."""
    tensors = [tensor for tensor in model.graph.initializer if len(tensor.raw_data) < 200]
    shapes = [tensor for tensor in tensors if tensor.data_type == TensorProto.INT64]
    tensor = rng.choice(shapes if shapes and rng.random() < 0.6 else tensors)
    try:
        values = numpy_helper.to_array(tensor).copy()
    except (ValueError, TypeError, KeyError):
        # An earlier change left it without a sensible type or shape.
        return
    if not values.size:
        return
    flat = values.reshape(-1)
    if values.dtype.kind in "iu":
        limits = np.iinfo(values.dtype)
        fitting = [number for number in WHOLE if limits.min <= number <= limits.max]
        flat[rng.randrange(flat.size)] = rng.choice(fitting)
    elif values.dtype.kind == "f":
        flat[rng.randrange(flat.size)] = rng.choice(REAL)
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def _external(model: onnx.ModelProto, rng: random.Random) -> None:
    """Weights that are said to lie in another file."""
    tensor = rng.choice(model.graph.initializer)
    tensor.data_location = TensorProto.EXTERNAL
    if rng.random() < 0.8:
        tensor.ClearField("raw_data")
    places = ("/etc/passwd", "/dev/zero", "../../../../../../etc/passwd", "weights.bin", "")
    for key, value in (
        ("location", rng.choice(places)),
        ("offset", str(rng.choice(WHOLE))),
        ("length", str(rng.choice(WHOLE))),
    ):
        if rng.random() < 0.8:
            tensor.external_data.add(key=key, value=value)


def _interface(model: onnx.ModelProto, rng: random.Random) -> None:
    value = rng.choice((*model.graph.input, *model.graph.output))
    kind = rng.randrange(3)
    if kind == 0:
        value.type.tensor_type.elem_type = rng.randrange(28)
    elif kind == 1:
        value.name = rng.choice(TEXTS)
    else:
        rng.choice(value.type.tensor_type.shape.dim).dim_value = rng.choice(WHOLE)


def _versions(model: onnx.ModelProto, rng: random.Random) -> None:
    if rng.random() < 0.5:
        model.ir_version = rng.choice(WHOLE)
    else:
        model.opset_import[0].version = rng.choice((*range(1, 30), *WHOLE))


def _names(model: onnx.ModelProto, rng: random.Random) -> None:
    node = rng.choice(model.graph.node)
    node.name = rng.choice(TEXTS)
    if rng.random() < 0.5:
        node.output[0] = rng.choice(TEXTS)


MUTATIONS: dict[str, Mutation] = {
    "description": _description,
    "attribute": _attribute,
    "operator": _operator,
    "wire": _wire,
    "nodes": _nodes,
    "dimensions": _dimensions,
    "tensor-type": _tensor_type,
    "numbers": _numbers,
    "external": _external,
    "interface": _interface,
    "versions": _versions,
    "names": _names,
}
