"""Other people's detectors, measured exactly as presets are.

A rival is an ``.onnx`` file as the usual tools export it. It gets pedcam's own letterbox (centred
on gray 114; YOLOX's own pads on the right and below only, which changes scores little) and
pedcam's own :func:`~pedcam.detect.postprocess.suppress`, even where the export suppressed already;
box voting, which presets have, is not part of how such detectors are run.
Of several outputs the first counts; of the classes, 0 as in COCO, or each one that the metadata's
``names`` call person, people or pedestrian.

``ultralytics`` takes ``[1, 3, height, width]``, RGB, 0..1. Its output is known by the shape:

1. ``[1, n, 6]`` is end-to-end (YOLOv10, YOLO26, exports with NMS): x1 y1 x2 y2 score class.
   YOLOv5's style with one class is as wide: it is taken for that where n is 1 or 3 per cell of
   the strides 8, 16, 32 (and 64; never the usual 300), unless the metadata says ``end2end`` or
   names other than one class.
2. Otherwise the larger side counts anchors. ``[1, 4 + classes, anchors]`` (YOLOv8, YOLO11) is
   cx cy w h and class scores; ``[1, anchors, 5 + classes]`` (YOLOv5, YOLOv7) is cx cy w h,
   objectness and class scores, whose product counts. Boxes are in input pixels.
3. Where there are ``names``, the smaller side must agree with their number.

``yolox`` takes the same, BGR, 0..255, and gives ``[1, anchors, 5 + classes]``, one anchor per cell
of the strides 8, 16, 32. Whether it was exported with ``--decode_in_inference`` is read off a gray
picture: centres lie within a few cells of their own cell, so it was where, by the median, they are
nearer to it as pixels than as offsets. That is safe for inputs of 128x128 and more.
"""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime as ort
import supervision as sv
from numpy.typing import NDArray

from pedcam.detect.letterbox import PADDING_VALUE, Letterbox
from pedcam.detect.postprocess import suppress
from pedcam.detect.presets import MAX_SIDE, SIZE_MULTIPLE, session_options
from pedcam.errors import UserError
from pedcam.measure.labels.base import is_person, printable

RIVAL_FORMATS: tuple[str, ...] = ("ultralytics", "yolox")
MAX_RIVAL_BYTES = 2**30
MAX_METADATA_LENGTH = 2**18

_SHAPES = {
    "ultralytics": "[1, 4 + classes, anchors], [1, anchors, 5 + classes] or [1, n, 6]",
    "yolox": "[1, anchors, 5 + classes] with an anchor per cell of the strides 8, 16, 32",
}
_TYPES = {"tensor(float)": "float32", "tensor(float16)": "float16"}
_Size = tuple[int, int]
_Floats = NDArray[np.float32]


class RivalError(UserError):
    """A file that cannot be used as a rival; the message says which file, why, and what to do."""


class Rival:
    """A warm ONNX Runtime session of a stranger's detector, on the CPU.

    Not thread-safe.

    Attributes:
        name: The file's name without its suffix.
        input_size: ``(width, height)`` of the network's input.
    """

    def __init__(
        self, path: Path, form: str, *, input_size: _Size | None = None, threads: int | None = None
    ) -> None:
        """Load the file and run it once on a gray picture.

        Args:
            path: An ONNX file that holds its own weights.
            form: One of :data:`RIVAL_FORMATS`.
            input_size: ``(width, height)``, multiples of 32. By default it is the file's fixed
                size, then its metadata's ``imgsz``, then 640x640.
            threads: Threads of ONNX Runtime; all cores by default.

        Raises:
            RivalError: The file cannot be used, or not in this format or at this size.
        """
        self.name = printable(path.stem, 4096)
        self._where = f"Rival {printable(path, 4096)}"
        if form not in RIVAL_FORMATS:
            raise self._error(f"cannot be read as '{form}'; formats: {', '.join(RIVAL_FORMATS)}")
        self._form = form
        model = self._read(path)
        options = session_options()
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Nothing can lie below a file, so a graph that names other files finds none of them.
        folder_key = "session.model_external_initializers_file_folder_path"
        options.add_session_config_entry(folder_key, str(path.absolute() / "external"))
        try:
            self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
            self._inputs = [(it.name, it.type, it.shape) for it in self._session.get_inputs()]
            self._outputs = [it.name for it in self._session.get_outputs()]
        # ONNX Runtime's errors share no base class of their own.
        except Exception as error:
            problem = f"is not an ONNX model that can be run ({printable(error)}); export it again"
            if "External data" in str(error):
                problem = "keeps weights in another file; export it as one file"
            raise self._error(problem) from error
        self._persons, self._classes = self._read_names(metadata)
        self._end_to_end = metadata.get("end2end") == "True"
        self.input_size = self._read_input(metadata, input_size)
        self._size = "{}x{}".format(*self.input_size)
        self._canvas = np.full((*self.input_size[::-1], 3), PADDING_VALUE, np.uint8)
        self._cells, self._strides = _grid(self.input_size)
        self._raw = form == "yolox" and self._is_raw(self._run())
        self._infer()

    def detect(self, frame: NDArray[np.uint8], score_threshold: float) -> sv.Detections:
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
            raise ValueError(f"a frame must be H x W x 3 uint8, not {frame.shape} {frame.dtype}")
        letterbox = Letterbox.fit((frame.shape[1], frame.shape[0]), self.input_size)
        letterbox.apply(frame, self._canvas)
        boxes, scores = suppress(*self._infer(), score_threshold)
        classes = np.zeros(len(scores), np.int64)
        return sv.Detections(letterbox.to_frame(boxes), confidence=scores, class_id=classes)

    def _error(self, problem: str) -> RivalError:
        return RivalError(f"{self._where} {problem}.")

    def _read(self, path: Path) -> bytes:
        try:
            if path.exists() and (not path.is_file() or path.stat().st_size > MAX_RIVAL_BYTES):
                limit = f"{MAX_RIVAL_BYTES // 2**20} MiB"
                raise self._error(f"is not a file of up to {limit}; name an .onnx file that is")
            return path.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", error)
            raise self._error(f"cannot be read: {reason}; check the path") from error

    def _read_names(self, metadata: dict[str, str]) -> tuple[list[int], int | None]:
        """Return which classes are people, and how many classes there are where that is known."""
        if "names" not in metadata:
            return [0], None
        names = _literal(metadata["names"])
        if isinstance(names, dict) and list(names) == list(range(len(names))):
            names = list(names.values())
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._error("has 'names' that are not a list of classes; export it again")
        persons = [i for i, name in enumerate(names) if is_person(name)]
        if not persons:
            known = f"{len(names)} others: {', '.join(printable(name, 20) for name in names[:5])}"
            raise self._error(f"knows no person ({known}); choose a model that finds people")
        return persons, len(names)

    def _read_input(self, metadata: dict[str, str], asked: _Size | None) -> _Size:
        if len(self._inputs) != 1 or not self._outputs:
            counts = f"{len(self._inputs)} inputs and {len(self._outputs)} outputs"
            raise self._error(f"has {counts}, not a picture and boxes; export the detector alone")
        _, dtype, sides = self._inputs[0]
        if dtype not in _TYPES:
            raise self._error(f"takes {dtype}, not float or float16; export it as float")
        shape = [side if isinstance(side, int) and side > 0 else None for side in sides]
        if len(shape) != 4 or shape[0] not in (1, None) or shape[1] not in (3, None):
            raise self._error(f"takes {printable(sides)}; export it for [1, 3, height, width]")
        default = asked or _picture_size(metadata.get("imgsz", ""))
        width, height = size = (shape[3] or default[0], shape[2] or default[1])
        if asked is not None and size != asked:
            only = f"{shape[3] or 'any'}x{shape[2] or 'any'}"
            raise self._error(f"takes {only}, not {asked[0]}x{asked[1]}; leave the size out")
        if any(side % SIZE_MULTIPLE or not 0 < side <= MAX_SIDE for side in size):
            raise self._error(
                f"cannot be used at {width}x{height}: both sides must be multiples of "
                f"{SIZE_MULTIPLE} up to {MAX_SIDE}; use another size or export it at one"
            )
        return size

    def _run(self) -> _Floats:
        """Run the network on the canvas; return its table ``[rows, columns]``."""
        picture = self._canvas.transpose(2, 0, 1)[None].astype(np.float32)
        if self._form == "ultralytics":
            picture = picture[:, ::-1] / np.float32(255)
        name, dtype, _ = self._inputs[0]
        feed = {name: np.ascontiguousarray(picture, _TYPES[dtype])}
        try:
            output: Any = self._session.run(self._outputs[:1], feed)[0]
        except Exception as error:
            problem = f"fails at {self._size} ({printable(error)}); try another size"
            raise self._error(problem) from error
        if not isinstance(output, np.ndarray) or output.dtype.kind != "f":
            raise self._error("gives no table of floats; export the detector alone")
        if output.ndim != 3 or output.shape[0] != 1:
            raise self._shape_error(output.shape)
        return np.asarray(output[0], np.float32)

    def _shape_error(self, shape: tuple[int, ...]) -> RivalError:
        known = "" if self._classes is None else f" and names {self._classes} classes"
        return self._error(
            f"gives {list(shape)} at {self._size}{known}; '{self._form}' expects "
            f"{_SHAPES[self._form]}. Choose the other format or export it for detection"
        )

    def _output_form(self, table: _Floats) -> Literal["end-to-end", "columns", "rows"]:
        (rows, columns), cells, classes = table.shape, len(self._cells), self._classes
        fits = rows == cells
        if self._form == "ultralytics":
            coarse = (self.input_size[0] // 64) * (self.input_size[1] // 64)
            one_class = classes in (None, 1) and not self._end_to_end
            anchors = (cells, 3 * cells, 3 * (cells + coarse)) if one_class else ()
            if columns == 6 and rows not in anchors:
                return "end-to-end"
            if 4 < rows < columns and classes in (None, rows - 4):
                return "columns"
            fits = rows > columns
        if fits and columns > 5 and classes in (None, columns - 5):
            return "rows"
        raise self._shape_error((1, rows, columns))

    def _is_raw(self, table: _Floats) -> bool:
        self._output_form(table)
        as_offsets = np.median(np.abs(table[:, :2]))
        as_pixels = np.median(np.abs(table[:, :2] / self._strides - self._cells))
        return not as_pixels < as_offsets

    def _infer(self) -> tuple[_Floats, _Floats]:
        """Return boxes ``[n, 4]`` (x1 y1 x2 y2, input pixels) and scores ``[n]`` of persons."""
        table = self._run()
        form = self._output_form(table)
        # Whatever is not finite is dropped by suppress().
        with np.errstate(over="ignore", invalid="ignore"):
            if form == "end-to-end":
                boxes = table[:, :4]
                scores = np.where(np.isin(table[:, 5], self._persons), table[:, 4], 0)
            else:
                if form == "columns":
                    table = table.T
                    scores = table[:, 4:][:, self._persons].max(1)
                else:
                    scores = table[:, 4] * table[:, 5:][:, self._persons].max(1)
                center, size = table[:, :2], table[:, 2:4]
                if self._raw:
                    center = (center + self._cells) * self._strides
                    size = np.exp(size) * self._strides
                boxes = np.concatenate([center - size / 2, center + size / 2], axis=1)
        # Half precision may pass 1 by a rounding; a logit passes it by far.
        if ((scores < -0.01) | (scores > 1.01)).any():
            limits = f"{np.nanmin(scores):.3g} to {np.nanmax(scores):.3g}"
            raise self._error(f"gives scores from {limits}, not 0 to 1; export it with its sigmoid")
        return boxes, scores


def formats_for(count: int, forms: Sequence[str], what: str) -> list[str]:
    """Return the format of each of so many files: one each, or a single one for all.

    Raises:
        UserError: There are too few or too many; the message says of ``what``.
    """
    if len(forms) not in {count, min(1, count)}:
        raise UserError(
            f"{count} x {what} and {len(forms)} x --format: give each its format "
            f"({', '.join(RIVAL_FORMATS)}), or one for all of them."
        )
    return list(forms) * count if len(forms) == 1 else list(forms)


def _grid(input_size: _Size) -> tuple[_Floats, _Floats]:
    """Return every cell's ``(column, row)`` ``[cells, 2]`` and stride ``[cells, 1]``."""
    grids = []
    for stride in (8, 16, 32):
        rows, columns = np.mgrid[: input_size[1] // stride, : input_size[0] // stride]
        grids.append(np.stack([columns, rows, np.full_like(rows, stride)], -1).reshape(-1, 3))
    grid = np.concatenate(grids).astype(np.float32)
    return grid[:, :2], grid[:, 2:]


def _picture_size(imgsz: str) -> _Size:
    match _literal(imgsz[:20]):
        case int(side):
            return side, side
        case [int(height), int(width)]:
            return width, height
    return 640, 640


def _literal(text: str) -> Any:
    if len(text) > MAX_METADATA_LENGTH:
        return None
    try:
        # The parser warns on standard error about what it finds odd.
        with warnings.catch_warnings(action="ignore"):
            return ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
