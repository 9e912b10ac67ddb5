"""A public detector as the teacher of the float network (Hinton et al., arXiv 1503.02531).

It looks at the very views that the network learns from. What it finds is a label for every anchor:
people that nobody labelled are not learned as background, and regions to ignore are learned as far
as it is sure of them. Its features are what the network's should hold (Xu et al., arXiv
1804.06332), since it has seen far more pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import numpy_helper
from torch import Tensor

from pedcam.detect.presets import plain_reason, session_options
from training.mapping import ConfigError
from training.network.architecture import STRIDES
from training.network.model import anchor_points

PERSON = 5  # cx cy w h objectness, then the classes of COCO, of which a person is the first
RIDGE = 1e-3
MAX_TEACHER_BYTES = 2**28


@dataclass(frozen=True)
class SoftLabels:
    """What a teacher sees in a batch of views.

    Attributes:
        scores: ``[batch, anchors]``, 0..1.
        boxes: ``[batch, anchors, 4]``, x1 y1 x2 y2 in pixels of the view.
        features: ``[batch, channels, height, width]`` by stride.
    """

    scores: Tensor
    boxes: Tensor
    features: Mapping[int, Tensor]


class YoloxTeacher:
    """A YOLOX detector (Ge et al., arXiv 2107.08430) as its authors' export writes it.

    Its grid is that of :class:`PedestrianNet`: an anchor per cell of the strides 8, 16 and 32.
    """

    def __init__(self, path: Path) -> None:
        """Load an ONNX file that was exported without ``--decode_in_inference``.

        Raises:
            ConfigError: It cannot be read, or is something else.
        """
        try:
            if path.stat().st_size > MAX_TEACHER_BYTES:
                raise ConfigError(f"Teacher {path} is larger than {MAX_TEACHER_BYTES >> 20} MiB.")
            model = onnx.load(path, load_external_data=False)
            onnx.checker.check_model(model)  # without which a graph could go in circles
            self._names = _open_up(model)
            options = session_options()
            options.intra_op_num_threads = torch.get_num_threads()
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            self._session = ort.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
            self._input = self._session.get_inputs()[0].name
            self(torch.full((2, 3, 64, 96), 114, dtype=torch.uint8))
        except ConfigError:
            raise
        # ONNX and ONNX Runtime's errors share no base class of their own.
        except Exception as error:
            raise ConfigError(
                f"Teacher {path} is not a YOLOX detector as 'tools/export_onnx.py' of YOLOX writes "
                f"it ({plain_reason(error)})."
            ) from error

    def __call__(self, pictures: Tensor) -> SoftLabels:
        """Look at a batch ``[batch, 3, height, width]`` uint8, BGR; both sides multiples of 32."""
        device = pictures.device
        batch = pictures.to("cpu", torch.float32, memory_format=torch.contiguous_format).numpy()
        found, *features = self._session.run(self._names, {self._input: batch})
        raw = torch.from_numpy(np.ascontiguousarray(found)).to(device)
        points, strides = anchor_points(pictures.shape[2], pictures.shape[3], device=device)
        if raw.shape[1] != len(points) or raw.shape[2] <= PERSON:
            raise ValueError(f"it gives {list(raw.shape)} for {len(points)} anchors")
        # YOLOX counts from the upper left corners of the cells.
        centres = points - strides[:, None] / 2 + raw[..., :2] * strides[:, None]
        half = raw[..., 2:4].clamp(max=8).exp() * strides[:, None] / 2
        return SoftLabels(
            raw[..., 4] * raw[..., PERSON],
            torch.cat([centres - half, centres + half], -1),
            {
                stride: torch.from_numpy(value).to(device)
                for stride, value in zip(STRIDES, features, strict=True)
            },
        )


def unexplained_features(values: Mapping[str, Tensor], teacher: Mapping[int, Tensor]) -> Tensor:
    """Return which share of the variance of a teacher's features the network's do not explain.

    The best linear map of each level's features p8, p16 and p32 to the teacher's is found by ridge
    regression on the batch, so that the two may have different channels, and nothing but the
    network has to be trained. (Of a minimum over the map, the gradient is that at the best map.)

    Args:
        values: Values of the nodes (:meth:`PedestrianNet.values`).
        teacher: Features by stride, of the same heights and widths.

    Returns:
        0..1, the mean over levels and the teacher's channels.
    """
    shares = []
    for stride in STRIDES:
        ours = _standardized(values[f"p{stride}"].float())
        theirs = _standardized(teacher[stride])
        with torch.no_grad():
            gram = ours.T @ ours
            gram.diagonal().add_(RIDGE * len(ours))
            best = torch.linalg.solve(gram, ours.T @ theirs)
        shares.append((theirs - ours @ best).square().mean())
    return torch.stack(shares).mean()


def _standardized(features: Tensor) -> Tensor:
    """Return ``[places, channels]`` of mean 0 and variance 1; what never varies stays 0."""
    table = features.permute(0, 2, 3, 1).flatten(0, 2)
    table = table - table.mean(0)
    return table * (table.square().mean(0) + 1e-6).rsqrt()


def _open_up(model: onnx.ModelProto) -> list[str]:
    # Any size of batch and picture, and the features as further outputs; returns their names.
    graph = model.graph
    for dimension, name in zip((0, 2, 3), ("batch", "height", "width"), strict=True):
        graph.input[0].type.tensor_type.shape.dim[dimension].dim_param = name
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")
    del graph.value_info[:]
    made_by = {output: node for node in graph.node for output in node.output}
    constants = {tensor.name: tensor for tensor in graph.initializer}
    levels = []
    for node in graph.node:
        if node.op_type != "Reshape":
            continue
        shape = _constant(node.input[1], made_by, constants)
        shape[0] = 0  # as it comes
        name = f"{node.output[0]}.shape"
        graph.initializer.append(numpy_helper.from_array(shape, name))
        node.input[1] = name
        levels.append(made_by[node.input[0]])
    if len(levels) != len(STRIDES):
        raise ValueError(f"it has {len(levels)} levels instead of {len(STRIDES)}")
    names = [graph.output[0].name]
    for boxes_and_scores in levels:
        boxes, _, classes = boxes_and_scores.input
        common = set(_sources(classes, made_by))
        feature = next(name for name in _sources(boxes, made_by) if name in common)
        graph.output.append(
            onnx.helper.make_tensor_value_info(feature, onnx.TensorProto.FLOAT, None)
        )
        names.append(feature)
    return names


def _constant(
    name: str, made_by: Mapping[str, onnx.NodeProto], constants: Mapping[str, onnx.TensorProto]
) -> np.ndarray:
    if name in constants:
        return np.array(numpy_helper.to_array(constants[name]))
    return np.array(numpy_helper.to_array(made_by[name].attribute[0].t))


def _sources(name: str, made_by: Mapping[str, onnx.NodeProto]) -> list[str]:
    """Return a tensor and what it is computed from by its nodes' first inputs, nearest first."""
    found = [name]
    while found[-1] in made_by:
        found.append(made_by[found[-1]].input[0])
    return found
