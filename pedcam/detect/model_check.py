"""What a model may contain that pedcam hands to ONNX Runtime.

ONNX Runtime runs whatever a file asks for: endless loops, weights from other files, pictures padded
to terabytes. A preset needs none of that, so such a file is refused before ONNX Runtime sees it.
This stops files that go wrong by accident; whoever builds a model to fill the memory out of
permitted operators still can.

The file is read as Protocol Buffers without the ``onnx`` package, which only training needs. Field
numbers are those of ``onnx.proto``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

Value = int | memoryview

# What training/export.py and training/int8.py write, and what else works on values one by one.
_OPERATORS = """
    Abs Add AveragePool BatchNormalization BitShift BitwiseAnd Cast Clip Concat Constant Conv
    DequantizeLinear Div Exp Expand Flatten Gather GlobalAveragePool HardSigmoid HardSwish Identity
    LeakyRelu Max MaxPool Min Mul Neg PRelu QuantizeLinear Range Relu Reshape Resize Shape Sigmoid
    Slice Softmax Split Sqrt Squeeze Sub Tanh Transpose Unsqueeze Where
"""
OPERATORS = frozenset(_OPERATORS.split())
# Pads, strides, kernels and axes of any network for live video stay far below.
MAX_SETTING = 64
MAX_ENLARGEMENT = 4.0
MAX_NODES = 10_000
INT64, FLOAT = 7, 1

_NOTHING = memoryview(b"")


class BrokenModelError(ValueError):
    """A file that is no ONNX model, or a damaged one; the message says what is wrong with it."""


@dataclass
class _Graph:
    """The operator and inputs of each node, and the constants that may be shapes or scales."""

    nodes: list[tuple[str, list[str]]] = field(default_factory=list)
    numbers: dict[str, list[float]] = field(default_factory=dict)


def read_metadata(content: bytes) -> dict[str, str]:
    """Return the ``metadata_props`` of a model, or raise BrokenModelError."""
    metadata: dict[str, str] = {}
    found = False
    for number, value in _fields(memoryview(content)):
        found |= number == 7
        if number == 14:
            entry = dict(_fields(_message(value)))
            metadata[_text(entry.get(1, _NOTHING))] = _text(entry.get(2, _NOTHING))
    if not found:
        raise BrokenModelError("it holds no graph")
    return metadata


def check_model(content: bytes) -> None:
    """Make sure that a model asks for nothing that a preset does not need.

    Raises:
        BrokenModelError: The content is no ONNX model.
        ValueError: The model asks for more; the message says for what.
    """
    graph = _Graph()
    for number, value in _fields(memoryview(content)):
        if number == 7:
            _read_graph(_message(value), graph)
        elif number in (20, 25):
            raise ValueError("it brings functions of its own")
        elif number == 8:
            _check_domain(_message(value), 1)
    _check_sizes(graph)


def _read_graph(data: memoryview, graph: _Graph) -> None:
    for number, value in _fields(data):
        if number == 1:
            _read_node(_message(value), graph)
            if len(graph.nodes) > MAX_NODES:
                raise ValueError(f"it has more than {MAX_NODES} nodes")
        elif number == 5:
            name, numbers = _read_tensor(_message(value))
            graph.numbers[name] = numbers
        elif number == 15:
            raise ValueError("it has sparse weights")


def _read_node(data: memoryview, graph: _Graph) -> None:
    operator, inputs, outputs = "", [], []
    constant: list[float] = []
    for number, value in _fields(data):
        if number == 1:
            inputs.append(_text(value))
        elif number == 2:
            outputs.append(_text(value))
        elif number == 4:
            operator = _text(value)
        elif number == 5:
            constant += _read_attribute(_message(value))
    _check_domain(data, 7)
    if operator not in OPERATORS:
        raise ValueError(f"it uses the operator {operator[:40]!a}, which presets do not have")
    graph.nodes.append((operator, inputs))
    if operator == "Constant" and outputs:
        graph.numbers[outputs[0]] = constant


def _read_attribute(data: memoryview) -> list[float]:
    """Check an attribute and return the numbers of a constant."""
    constant: list[float] = []
    for number, value in _fields(data):
        if number in (3, 8):
            settings = _integers(value)
            if any(abs(setting) > MAX_SETTING for setting in settings):
                raise ValueError(f"a setting of its layers is beyond {MAX_SETTING}")
        elif number in (5, 10):
            constant += _read_tensor(_message(value))[1]
        elif number in (6, 11, 22, 23):
            raise ValueError("it holds a graph within the graph")
    return constant


def _read_tensor(data: memoryview) -> tuple[str, list[float]]:
    """Check a tensor and return its name and, if it may be a shape or scales, its numbers."""
    name, kind, raw = "", 0, _NOTHING
    numbers: list[float] = []
    for number, value in _fields(data):
        if number == 1 and any(side < 0 for side in _integers(value)):
            raise BrokenModelError("a weight has a negative size")
        elif number == 2:
            kind = _integers(value)[0]
        elif number == 4 and isinstance(value, memoryview):
            numbers += _unpacked("<f", value)
        elif number == 7:
            numbers += _integers(value)
        elif number == 8:
            name = _text(value)
        elif number == 9:
            raw = _message(value)
        elif number == 13 or (number == 14 and value):
            raise ValueError("it keeps weights in another file; export it as one file")
    if kind == INT64:
        numbers += _unpacked("<q", raw)
    elif kind == FLOAT and len(raw) <= 4 * MAX_SETTING:
        numbers += _unpacked("<f", raw)
    return name, numbers


def _check_domain(data: memoryview, field_number: int) -> None:
    for number, value in _fields(data):
        if number == field_number and _text(value) not in ("", "ai.onnx"):
            raise ValueError(f"it uses operators of {_text(value)[:40]!a}")


def _check_sizes(graph: _Graph) -> None:
    """Make sure that no constant enlarges a tensor without bounds."""
    for operator, inputs in graph.nodes:
        known = [graph.numbers.get(name, []) for name in inputs]
        if operator == "Resize":
            scales = known[2] if len(known) == 3 else []
            if not scales or not all(0 < scale <= MAX_ENLARGEMENT for scale in scales):
                raise ValueError(f"it enlarges by something else than up to {MAX_ENLARGEMENT:g}")
        elif operator in ("Expand", "Range", "Concat", "Add", "Sub", "Mul"):
            # As far as they are whole these are shapes: nothing else of a preset is int64.
            numbers = (value for values in known for value in values if isinstance(value, int))
            if any(abs(value) > MAX_SETTING for value in numbers):
                raise ValueError(f"it builds a shape from a number beyond {MAX_SETTING}")


def _fields(data: memoryview) -> Iterator[tuple[int, Value]]:
    """Yield number and value of each field; a length-delimited one as a view."""
    place, end = 0, len(data)
    while place < end:
        key, place = _varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, place = _varint(data, place)
            yield number, value
            continue
        if wire == 2:
            length, place = _varint(data, place)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise BrokenModelError("it is no ONNX model")
        if length > end - place:
            raise BrokenModelError("it is cut off")
        yield number, data[place : place + length]
        place += length


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for index in range(10):
        if place + index >= len(data):
            raise BrokenModelError("it is cut off")
        byte = data[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, place + index + 1
    raise BrokenModelError("it is no ONNX model")


def _message(value: Value) -> memoryview:
    if isinstance(value, int):
        raise BrokenModelError("it is no ONNX model")
    return value


def _text(value: Value) -> str:
    try:
        return str(_message(value), "utf-8")
    except UnicodeDecodeError:
        raise BrokenModelError("a text in it is none") from None


def _integers(value: Value) -> list[int]:
    """Read one integer, or several packed together."""
    found = []
    if isinstance(value, int):
        found.append(value)
    else:
        place = 0
        while place < len(value):
            number, place = _varint(value, place)
            found.append(number)
    return [number - 2**64 if number >= 2**63 else number for number in found]


def _unpacked(form: str, data: memoryview) -> list[float]:
    size = struct.calcsize(form)
    if len(data) % size:
        raise BrokenModelError("a weight has a broken number")
    return [value for (value,) in struct.iter_unpack(form, data)]
