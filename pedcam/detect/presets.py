"""The preset file format: one ``.onnx`` file that describes itself, defined here and nowhere else.

A preset is an ONNX model whose ``metadata_props`` hold one JSON document under
:data:`METADATA_KEY`; the exporter writes it with :meth:`PresetInfo.to_json`, the app reads it with
:func:`read_preset`.

The graph takes ``image`` (uint8, ``[1, height, width, 3]``, BGR, height and width multiples of
:data:`SIZE_MULTIPLE`) and gives ``boxes`` (float32 ``[1, anchors, 4]``, x1 y1 x2 y2 in input
pixels) and ``scores`` (float32 ``[1, anchors]``, 0..1). Non-maximum suppression is not in it.

A preset may be calibrated for more input sizes than its default one. At each of them it is a preset
of its own, named like ``pedestrian-19@768x448``; see :meth:`Preset.at`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import onnxruntime as ort

from pedcam.detect.model_check import BrokenModelError, check_model, read_metadata
from pedcam.errors import UserError
from pedcam.files import is_hidden

METADATA_KEY = "pedcam"
SUFFIX = ".onnx"
FORMAT_VERSION = 1
SIZE_MULTIPLE = 32
MAX_FILE_BYTES = 256 * 2**20
MAX_SIDE = 4096
MAX_DEFAULT_PIXELS = 2**22  # beyond, a frame takes an ordinary computer seconds
MAX_SIZES = 8  # beside the default one
SIZE_MARK = "@"  # between a preset's name and an input size
MAX_LAYER_SIDE = 2**20
MAX_LAYERS = 4096
MAX_NAME_LENGTH = 64
MAX_TITLE_LENGTH = 200
MAX_REASON_LENGTH = 300
_NOT_IN_SUMMARY = ("training", "format_version")


class PresetError(UserError):
    """A file that cannot be used as a preset; the message says which file, why, and what to do."""


@dataclass(frozen=True)
class LayerInfo:
    """One convolution of the network."""

    name: str  # the layer's name in the network, in forward order
    bits: int  # bits per weight: 1 (binarized), 8 or 32
    shape: tuple[int, int, int, int]  # filters, channels, kernel height, kernel width
    macs: int  # multiply-accumulates at the preset's default input size
    bytes: int  # bytes of the stored weights with their scales, without the bias

    @property
    def parameters(self) -> int:
        return math.prod(self.shape)


@dataclass(frozen=True)
class CalibratedSize:
    """An input size beside a preset's default one, with what differs there."""

    input_size: tuple[int, int]  # width and height in pixels
    score_threshold: float  # calibrated default threshold there
    evaluation: tuple[Mapping[str, Any], ...] = ()  # measured there


@dataclass(frozen=True)
class PresetInfo:
    """Everything a preset says about itself."""

    name: str  # short unique name, used on the command line
    title: str  # what people read
    depth: int  # number of binarized layers, counted from the deepest
    depth_limit: int  # number of layers that can be binarized
    layers: tuple[LayerInfo, ...]  # every convolution in forward order
    input_size: tuple[int, int]  # default width and height of the network's input in pixels
    score_threshold: float  # calibrated default threshold, 0..1
    ratio_codes: float  # compression of the weights: float32 bytes over stored bytes
    ratio_file: float  # compression of the file: bytes of the float preset over bytes of this one
    evaluation: tuple[Mapping[str, Any], ...] = ()  # measured results, one mapping per data set
    sizes: tuple[CalibratedSize, ...] = ()  # further input sizes; absent in older files
    training: Mapping[str, Any] = field(default_factory=dict)  # resolved settings, with the seed
    created: str = ""  # ISO date of the export
    format_version: int = FORMAT_VERSION  # newer ones than this are refused

    def to_json(self) -> str:
        """Return the JSON document that goes under :data:`METADATA_KEY`."""
        return json.dumps(asdict(self), separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> PresetInfo:
        """Parse and check a document; a ValueError names the field that is wrong."""
        try:
            document = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ValueError(f"its description is not JSON ({error})") from error
        if not isinstance(document, dict):
            raise ValueError("its description is not a JSON object")
        version = _integer(document, "format_version", 1, 2**53)
        if version > FORMAT_VERSION:
            raise ValueError(
                f"it uses preset format {version}, this pedcam reads up to {FORMAT_VERSION}: "
                "update pedcam"
            )
        name = _text(document, "name", MAX_NAME_LENGTH)
        if SIZE_MARK in name:
            raise ValueError(f"'name' holds '{SIZE_MARK}', after which an input size is named")
        depth_limit = _integer(document, "depth_limit", 0, MAX_LAYERS)
        input_size = _input_size(document.get("input_size"))
        dated = document.get("created", "") != ""
        return cls(
            name=name,
            title=_text(document, "title", MAX_TITLE_LENGTH),
            depth=_integer(document, "depth", 0, depth_limit),
            depth_limit=depth_limit,
            layers=_layers(document.get("layers")),
            input_size=input_size,
            score_threshold=_number(document, "score_threshold", 0.0, 1.0),
            ratio_codes=_number(document, "ratio_codes", 0.0, 1e6),
            ratio_file=_number(document, "ratio_file", 0.0, 1e6),
            evaluation=_evaluation(document),
            sizes=_sizes(document.get("sizes", []), input_size),
            training=_mapping(document.get("training", {}), "training"),
            created=_text(document, "created", MAX_NAME_LENGTH) if dated else "",
            format_version=version,
        )


@dataclass(frozen=True)
class Preset:
    """A preset on disk at one input size: where it is, how large, and what it says about itself."""

    path: Path
    file_bytes: int
    info: PresetInfo

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def base_name(self) -> str:
        """The name at the default size, which is that of the file."""
        return self.name.partition(SIZE_MARK)[0]

    @property
    def default_size(self) -> bool:
        """Whether this is the preset at the default size of its file."""
        return SIZE_MARK not in self.name

    def at(self, size: tuple[int, int]) -> Preset:
        """Return the preset at one of the sizes that it is calibrated for, default or further.

        Raises:
            ValueError: It is not calibrated for that size.
        """
        info = self.info
        if size == info.input_size:
            return self
        found = next((one for one in info.sizes if one.input_size == size), None)
        if found is None:
            raise ValueError(f"'{self.name}' is not calibrated for {size_name(size)}")
        # Sides are multiples of all strides, so work is proportional to the area.
        area, old_area = math.prod(size), math.prod(info.input_size)
        at_size = replace(
            info,
            name=f"{self.name}{SIZE_MARK}{size_name(size)}",
            title=f"{info.title}, {size[0]} × {size[1]}",  # noqa: RUF001
            layers=tuple(replace(one, macs=one.macs * area // old_area) for one in info.layers),
            input_size=size,
            score_threshold=found.score_threshold,
            evaluation=found.evaluation,
            sizes=(),
        )
        return replace(self, info=at_size)

    def summary(self) -> dict[str, Any]:
        """Return what ``pedcam presets --json`` prints for this preset."""
        layers = self.info.layers
        summary = asdict(self.info) | {
            "layers": [asdict(layer) | {"parameters": layer.parameters} for layer in layers],
            "input_size": list(self.info.input_size),
            "evaluation": list(self.info.evaluation),
            "sizes": [
                asdict(size)
                | {"input_size": list(size.input_size), "evaluation": list(size.evaluation)}
                for size in self.info.sizes
            ],
            "file_bytes": self.file_bytes,
            "path": str(self.path),
        }
        return {name: summary[name] for name in summary if name not in _NOT_IN_SUMMARY}


def at_all_sizes(presets: Iterable[Preset]) -> list[Preset]:
    """Return presets as they are, followed by those at their further sizes, smaller ones first."""
    presets = list(presets)
    further = [
        preset.at(size)
        for preset in presets
        for size in sorted((one.input_size for one in preset.info.sizes), key=math.prod)
    ]
    return list({preset.name: preset for preset in (*presets, *further)}.values())


def find_preset(presets: Iterable[Preset], name: str) -> Preset:
    """Return the preset of a name, which may end in a size as in ``pedestrian-19@768x448``.

    Raises:
        PresetError: There is none; the message names the presets, or sizes, that there are.
    """
    known = {preset.name: preset for preset in presets}
    if name in known:
        return known[name]
    base, mark, size = name.partition(SIZE_MARK)
    if not mark or base not in known:
        raise PresetError(f"There is no preset '{name}'. Presets: {', '.join(known) or 'none'}.")
    sizes = {size_name(one.info.input_size): one for one in at_all_sizes([known[base]])}
    if size not in sizes:
        raise PresetError(f"Preset '{base}' has no input size '{size}'. Sizes: {', '.join(sizes)}.")
    return sizes[size]


def size_name(size: tuple[int, int]) -> str:
    """Return a width and a height as in ``768x448``."""
    return f"{size[0]}x{size[1]}"


def session_options() -> ort.SessionOptions:
    """Return ONNX Runtime options that keep its log off the user's terminal."""
    # What has no session yet, such as the allocator, asks the default logger.
    ort.set_default_logger_severity(4)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    return options


def plain_reason(error: Exception) -> str:
    """Return ONNX Runtime's message as one printable line of at most :data:`MAX_REASON_LENGTH`.

    It quotes names from the file, which may hold anything.
    """
    line = " ".join(str(error).split())[:MAX_REASON_LENGTH]
    return "".join(mark if mark.isprintable() else "?" for mark in line)


def read_preset(path: Path) -> Preset:
    """Read a preset file's description, without preparing the preset to run.

    Raises:
        PresetError: The file is missing, too large, not ONNX, not a pedcam preset, or asks ONNX
            Runtime for something that no preset needs.
    """
    try:
        file_bytes = path.stat().st_size
    except OSError as error:
        raise PresetError(f"Preset {path} cannot be read: {error.strerror}.") from error
    if file_bytes > MAX_FILE_BYTES:
        raise PresetError(
            f"Preset {path} has {file_bytes / 2**20:.0f} MiB; pedcam reads presets of up to "
            f"{MAX_FILE_BYTES // 2**20} MiB."
        )
    damaged = (
        f"Preset {path} is not a readable ONNX model; it may be damaged. Copy or export it again, "
        "or remove it from the folder."
    )
    if not path.is_file():
        raise PresetError(damaged)
    try:
        content = path.read_bytes()
        text = read_metadata(content).get(METADATA_KEY)
    except OSError as error:
        raise PresetError(f"Preset {path} cannot be read: {error.strerror}.") from error
    except BrokenModelError as error:
        raise PresetError(damaged) from error
    if text is None:
        raise PresetError(
            f"{path} is an ONNX model but not a pedcam preset (no '{METADATA_KEY}' description). "
            "Presets are made by training/train.py."
        )
    try:
        info = PresetInfo.from_json(text)
        check_model(content)
        _check_interface(_plain_session(path))
    except BrokenModelError as error:
        raise PresetError(damaged) from error
    except ValueError as error:
        raise PresetError(f"Preset {path} cannot be used: {error}.") from error
    return Preset(path=path, file_bytes=file_bytes, info=info)


def find_presets(folders: Iterable[Path]) -> tuple[list[Preset], list[PresetError]]:
    """Read every ``.onnx`` file of some folders except hidden ones; missing folders are skipped.

    Of two presets with one name, that of the folder named first is used and the other is reported.

    Returns:
        The usable presets, see :func:`in_order`, and one error per unusable file.
    """
    presets: dict[str, Preset] = {}
    errors: list[PresetError] = []
    for folder in folders:
        for path in sorted(folder.glob("*")):
            if path.suffix.lower() != SUFFIX or is_hidden(path):
                continue
            try:
                preset = read_preset(path)
            except PresetError as error:
                errors.append(error)
                continue
            if preset.name in presets:
                errors.append(
                    PresetError(
                        f"Preset {path} is left out: its name '{preset.name}' is already taken by "
                        f"{presets[preset.name].path}."
                    )
                )
                continue
            presets[preset.name] = preset
    return in_order(presets.values()), errors


def in_order(presets: Iterable[Preset]) -> list[Preset]:
    """Return presets in their order of display: larger networks first, then by depth and name."""

    def key(preset: Preset) -> tuple[int, int, str]:
        weights = sum(layer.parameters for layer in preset.info.layers)
        return -weights, preset.info.depth, preset.name

    return sorted(presets, key=key)


def _plain_session(path: Path) -> ort.InferenceSession:
    options = session_options()
    # Only the interface is wanted here: optimizing would unpack every weight, and a session has
    # threads of its own.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    try:
        return ort.InferenceSession(
            path, options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
    # ONNX Runtime's errors share no base class of their own.
    except Exception as error:
        raise BrokenModelError(str(error)) from error


def _check_interface(session: ort.InferenceSession) -> None:
    inputs = [(value.name, value.type, value.shape) for value in session.get_inputs()]
    # Sizes written into the file would be believed when constants are prepared.
    if inputs != [("image", "tensor(uint8)", [1, "height", "width", 3])]:
        raise ValueError("its input is not 'image', uint8 [1, height, width, 3]")
    outputs = {value.name: value.type for value in session.get_outputs()}
    if outputs != {"boxes": "tensor(float)", "scores": "tensor(float)"}:
        raise ValueError("its outputs are not float 'boxes' and 'scores'")


def _text(document: Mapping[str, Any], key: str, limit: int) -> str:
    value = document.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > limit:
        raise ValueError(f"'{key}' is not a text of 1 to {limit} characters")
    if not value.isprintable():
        raise ValueError(f"'{key}' holds control characters")
    return value


def _integer(document: Mapping[str, Any], key: str, low: int, high: int) -> int:
    value = document.get(key)
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"'{key}' is not a whole number from {low} to {high}")
    return value


def _number(document: Mapping[str, Any], key: str, low: float, high: float) -> float:
    value = document.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"'{key}' is not a number from {low:g} to {high:g}")
    return float(value)


def _mapping(value: object, key: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"'{key}' is not a JSON object")
    return value


def _mappings(value: object, key: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > MAX_LAYERS:
        raise ValueError(f"'{key}' is not a list")
    return [_mapping(item, key) for item in value]


def _evaluation(document: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple(_mappings(document.get("evaluation", []), "evaluation"))


def _sizes(value: object, default: tuple[int, int]) -> tuple[CalibratedSize, ...]:
    items = _mappings(value, "sizes")
    if len(items) > MAX_SIZES:
        raise ValueError(f"'sizes' has more than {MAX_SIZES} entries")
    sizes = tuple(
        CalibratedSize(
            input_size=_input_size(item.get("input_size")),
            score_threshold=_number(item, "score_threshold", 0.0, 1.0),
            evaluation=_evaluation(item),
        )
        for item in items
    )
    if len({default, *(size.input_size for size in sizes)}) <= len(sizes):
        raise ValueError("'sizes' names an input size twice, or the default one")
    return sizes


def _input_size(value: object) -> tuple[int, int]:
    sides = range(SIZE_MULTIPLE, MAX_SIDE + 1, SIZE_MULTIPLE)
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(type(side) is int and side in sides for side in value)
    ):
        raise ValueError(
            f"'input_size' is not a width and a height in multiples of {SIZE_MULTIPLE} up to "
            f"{MAX_SIDE}"
        )
    if value[0] * value[1] > MAX_DEFAULT_PIXELS:
        raise ValueError(f"'input_size' has more than {MAX_DEFAULT_PIXELS} pixels")
    return value[0], value[1]


def _layers(value: object) -> tuple[LayerInfo, ...]:
    layers = []
    for item in _mappings(value, "layers"):
        shape = item.get("shape")
        if (
            not isinstance(shape, list)
            or len(shape) != 4
            or not all(type(side) is int and 0 < side <= MAX_LAYER_SIDE for side in shape)
        ):
            raise ValueError(
                f"a layer's 'shape' is not four whole numbers from 1 to {MAX_LAYER_SIDE}"
            )
        layers.append(
            LayerInfo(
                name=_text(item, "name", MAX_NAME_LENGTH),
                bits=_integer(item, "bits", 1, 32),
                shape=(shape[0], shape[1], shape[2], shape[3]),
                macs=_integer(item, "macs", 0, 2**53),
                bytes=_integer(item, "bytes", 0, 2**53),
            )
        )
    return tuple(layers)
