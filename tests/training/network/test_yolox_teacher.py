"""A public detector as a teacher: what it sees, and how it is learned."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from training.config import LossConfig, TrainConfig
from training.mapping import ConfigError
from training.network.architecture import STRIDES
from training.network.loss import Assignment, detection_loss, softened
from training.network.model import anchor_points
from training.network.yolox_teacher import SoftLabels, YoloxTeacher, unexplained_features
from training.run import command

CLASSES = 2


def write_yolox(path: Path, bias: tuple[float, ...], channels: int = 4) -> Path:
    """Write a network of YOLOX's form: a feature per level, boxes and scores that are biases."""
    rng = np.random.default_rng(0)
    nodes, tensors, flat = [], [], []

    def conv(name: str, source: str, shape: tuple[int, ...], values: tuple[float, ...], side: int):
        weight = np.zeros(shape, np.float32) if values else rng.normal(size=shape) * 0.01
        offset = np.array(values or (0,) * shape[0], np.float32)
        tensors.append(numpy_helper.from_array(weight.astype(np.float32), f"{name}.w"))
        tensors.append(numpy_helper.from_array(offset, f"{name}.b"))
        nodes.append(helper.make_node("Conv", [source, f"{name}.w", f"{name}.b"], [name],
                                      kernel_shape=[side, side], strides=[side, side]))  # fmt: skip
        return name

    tensors.append(numpy_helper.from_array(np.array([1, 5 + CLASSES, -1]), "flat"))
    for stride in STRIDES:
        stem = conv(f"stem{stride}", "images", (channels, 3, stride, stride), (), stride)
        box = conv(f"box{stride}", stem, (4, channels, 1, 1), bias[:4], 1)
        sure = conv(f"sure{stride}", stem, (1, channels, 1, 1), bias[4:5], 1)
        tower = conv(f"tower{stride}", stem, (channels, channels, 1, 1), (), 1)
        kind = conv(f"kind{stride}", tower, (CLASSES, channels, 1, 1), bias[5:], 1)
        for logit in (sure, kind):
            nodes.append(helper.make_node("Sigmoid", [logit], [f"{logit}.p"]))
        nodes.append(helper.make_node("Concat", [box, f"{sure}.p", f"{kind}.p"],
                                      [f"all{stride}"], axis=1))  # fmt: skip
        nodes.append(helper.make_node("Reshape", [f"all{stride}", "flat"], [f"flat{stride}"]))
        flat.append(f"flat{stride}")
    nodes.append(helper.make_node("Concat", flat, ["rows"], axis=2))
    nodes.append(helper.make_node("Transpose", ["rows"], ["output"], perm=[0, 2, 1]))
    image = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 64, 64])
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 84, 5 + CLASSES])
    graph = helper.make_graph(nodes, "yolox", [image], [output], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, path)
    return path


def test_sees_what_the_file_says_in_batches_of_any_size(tmp_path: Path) -> None:
    # Half a cell right and a quarter down of the corner, e^1 = 2.718 cells wide, one high;
    # objectness 0.5, person 0.75, another class 0.5.
    path = write_yolox(tmp_path / "a.onnx", (0.5, 0.25, 1.0, 0.0, 0.0, np.log(3), 0.0))
    pictures = torch.randint(256, (3, 3, 64, 96), dtype=torch.uint8)
    soft = YoloxTeacher(path)(pictures)
    count = 8 * 12 + 4 * 6 + 2 * 3
    assert soft.scores.shape == (3, count)
    assert torch.allclose(soft.scores, torch.tensor(0.375))
    half = np.e / 2
    # The first cells of strides 8 and 32, and the last of all.
    for index, stride, left, top in ((0, 8, 0, 0), (96 + 24, 32, 0, 0), (-1, 32, 64, 32)):
        x, y = left + 0.5 * stride, top + 0.25 * stride
        wanted = [x - half * stride, y - 0.5 * stride, x + half * stride, y + 0.5 * stride]
        assert soft.boxes[1, index].tolist() == pytest.approx(wanted, rel=1e-5)
    shapes = {stride: tuple(value.shape) for stride, value in soft.features.items()}
    assert shapes == {8: (3, 4, 8, 12), 16: (3, 4, 4, 6), 32: (3, 4, 2, 3)}
    weight = next(t for t in onnx.load(path).graph.initializer if t.name == "stem16.w")
    expected = torch.nn.functional.conv2d(
        pictures.float(), torch.from_numpy(np.array(numpy_helper.to_array(weight))), stride=16
    )
    assert torch.allclose(soft.features[16], expected, atol=1e-3)


def test_what_is_no_yolox_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("not a network")
    with pytest.raises(ConfigError, match=r"text\.onnx is not a YOLOX detector"):
        YoloxTeacher(tmp_path / "text.onnx")
    with pytest.raises(ConfigError, match=r"gone\.onnx"):
        YoloxTeacher(tmp_path / "gone.onnx")


def test_a_teacher_labels_the_anchors_that_no_person_claims() -> None:
    # Of a person, of background, and of two anchors in a region to ignore.
    target = Assignment(
        torch.tensor([[0.9, 0.0, 0.0, 0.0]]),
        torch.tensor([[[1.0, 1, 2, 2]] * 4]),
        torch.tensor([[1.0, 1, 0, 0]]),
    )
    teacher = SoftLabels(
        torch.tensor([[0.1, 0.6, 0.7, 0.0]]), torch.tensor([[[3.0, 3, 4, 4]] * 4]), {}
    )
    new = softened(target, teacher)
    assert new.scores.tolist() == [pytest.approx([0.9, 0.6, 0.7, 0.0])]
    assert new.boxes[0, :, 0].tolist() == [1, 3, 3, 3]
    assert new.weight.tolist() == [pytest.approx([1, 1, 0.7, 0.0])]


def test_the_loss_is_least_where_the_network_agrees_with_its_teacher() -> None:
    points, strides = anchor_points(64, 96)
    scores = torch.full((1, len(points)), 0.001)
    scores[0, 30] = 0.8
    distances = torch.tensor([2.0, 3, 2, 3])
    boxes = torch.cat([points - distances[:2] * 8, points + distances[2:] * 8], 1)[None]
    teacher = SoftLabels(scores, boxes, {})
    log_distances = (distances * 8 / strides[:, None]).log()[None]
    nobody, none = torch.zeros(1, 1, 4), torch.zeros(1, 1, dtype=torch.int8)

    def loss(logits: torch.Tensor, log_distances: torch.Tensor) -> float:
        config = LossConfig()
        return detection_loss(
            logits, log_distances, nobody, none, (64, 96), config, teacher
        ).total.item()

    agreed = loss(scores.logit(), log_distances)
    assert agreed < loss(scores.logit() + 0.3, log_distances)
    assert agreed < loss(scores.logit() - 0.3, log_distances)
    assert agreed < loss(scores.logit(), log_distances + 0.3)


def test_features_are_explained_by_any_linear_map() -> None:
    generator = torch.Generator().manual_seed(0)
    sizes = {8: (8, 12), 16: (4, 6), 32: (4, 6)}
    ours = {f"p{s}": torch.randn(2, 6, *size, generator=generator) for s, size in sizes.items()}
    theirs = {}
    for stride in STRIDES:
        weight = torch.randn(3, 6, 1, 1, generator=generator)
        theirs[stride] = torch.nn.functional.conv2d(ours[f"p{stride}"] * 5 + 2, weight) + 7
    assert unexplained_features(ours, theirs).item() < 1e-4
    others = {s: torch.randn(2, 3, *size, generator=generator) for s, size in sizes.items()}
    # Six random features explain 6 of 191 (and of 47) degrees of freedom by chance.
    chance = (1 - 6 / 191 + 2 * (1 - 6 / 47)) / 3
    assert unexplained_features(ours, others).item() == pytest.approx(chance, abs=0.04)


def test_gradient_of_the_features_is_that_of_the_best_map() -> None:
    generator = torch.Generator().manual_seed(1)

    def draw(channels: int) -> torch.Tensor:
        return torch.randn(2, channels, 4, 6, generator=generator, dtype=torch.float64).float()

    ours = {f"p{stride}": draw(5).requires_grad_() for stride in STRIDES}
    theirs = {stride: draw(3) for stride in STRIDES}
    unexplained_features(ours, theirs).backward()
    gradient = ours["p16"].grad
    assert gradient is not None
    step = 1e-2
    for place in ((0, 1, 2, 3), (1, 4, 0, 5)):
        values = []
        for sign in (1, -1):
            moved = {key: value.detach().clone() for key, value in ours.items()}
            moved["p16"][place] += sign * step
            values.append(unexplained_features(moved, theirs).item())
        slope = (values[0] - values[1]) / (2 * step)
        assert gradient[place].item() == pytest.approx(slope, abs=3e-5)


def test_a_run_learns_from_a_teacher(config: TrainConfig, tmp_path: Path) -> None:
    # The teacher is sure of somebody everywhere.
    teacher = write_yolox(tmp_path / "t.onnx", (0.5, 0.5, 0.0, 0.0, 5.0, 5.0, 0.0))
    logs = {}
    for name, path in (("with", str(teacher)), ("without", "")):
        pretrain = replace(config.pretrain, teacher=path, steps=20, ema=0.0, learning_rate=0.01)
        command.run(
            replace(config, pretrain=pretrain, depths=(0,), method="float"), tmp_path / name
        )
        rows = (tmp_path / name / "log.jsonl").read_text().splitlines()
        preset = next(row for row in map(json.loads, rows) if row["event"] == "preset")
        logs[name] = [highest for _, highest, _ in preset["levels"]]
    # All labelled people are small, so that only the teacher speaks of the coarser levels.
    assert min(logs["with"][1:]) > 3 * max(logs["without"][1:])
