import torch

from tests.nets import pictures, small_net
from training.config import DistillConfig
from training.network.distill import distillation_loss


def test_boxes_and_features_of_the_teacher_itself_cost_nothing() -> None:
    net, images = small_net(0), pictures(2)
    with torch.no_grad():
        values = net.values(images)
    for config in (DistillConfig(box=1.0), DistillConfig(feature=1.0)):
        assert float(distillation_loss(values, values, config)) < 1e-5
    # Cross-entropy is at its least, the teacher's own entropy.
    config = DistillConfig(score=1.0)
    least = distillation_loss(values, values, config)
    other = dict(values)
    for stride in (8, 16, 32):
        other[f"h{stride}.score.out"] = values[f"h{stride}.score.out"] + 0.5
    assert distillation_loss(other, values, config) > least


def test_features_by_hand() -> None:
    net, images = small_net(0), pictures(1)
    with torch.no_grad():
        values = net.values(images)
    student, teacher = dict(values), dict(values)
    for stride in (8, 16, 32):
        teacher[f"p{stride}"] = torch.full_like(values[f"p{stride}"], 2.0)
        student[f"p{stride}"] = torch.full_like(values[f"p{stride}"], 3.0)
    # (3 - 2)^2 / 2^2, times the weight.
    loss = distillation_loss(student, teacher, DistillConfig(feature=0.5))
    assert abs(float(loss) - 0.125) < 1e-6


def test_gradients_reach_the_student() -> None:
    student, teacher = small_net(0).train(), small_net(0, seed=1)
    images = pictures(2)
    with torch.no_grad():
        wanted = teacher.values(images)
    config = DistillConfig(score=1.0, box=1.0, feature=1.0)
    distillation_loss(student.values(images), wanted, config).backward()
    for name in ("stem", "p8", "h8.score", "h8.box.out"):
        gradient = student.conv(name).weight.grad
        assert gradient is not None
        assert gradient.abs().sum() > 0
