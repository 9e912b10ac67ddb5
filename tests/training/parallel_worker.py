"""What each process of test_distributed.py runs, and the same on the whole batch in one."""

import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.nets import SMALL, pictures
from training.binarization.discrepancy import codes_and_scales
from training.binarization.priority import inverse_depth_order
from training.config import DistillConfig, LossConfig
from training.distributed import (
    BatchNorm,
    World,
    any_of,
    barrier,
    broadcast_object,
    first_then_others,
    start,
    sum_gradients,
    sum_scalar,
)
from training.network.distill import distillation_loss
from training.network.loss import detection_loss
from training.network.model import PedestrianNet

# Uneven shares, so that an average of averages would show.
SHARES = ((0, 5), (5, 8))


class Net(nn.Module):
    """Two normalized convolutions, a frozen one, and a parameter nobody uses."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, bias=False)
        self.norm = BatchNorm(6)
        self.frozen = nn.Conv2d(6, 8, 1, bias=False)
        self.frozen.weight.requires_grad_(False)
        self.cumulative = BatchNorm(8, momentum=None)
        self.last = nn.Conv2d(8, 1, 3)
        self.unused = nn.Parameter(torch.ones(2))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.norm(self.first(x)))
        x = F.relu(self.cumulative(self.frozen(x)))
        return self.last(x)


def train(
    first: int, last: int, dtype: torch.dtype = torch.float32
) -> dict[str, dict[str, Tensor]]:
    """Take two steps on a part of the batch; return gradients, and weights with running stats.

    In bfloat16 means under autocast.
    """
    torch.manual_seed(0)
    net = Net()
    with torch.no_grad():
        net.norm.weight.uniform_(0.5, 1.5)
        net.norm.bias.normal_()
    pictures = torch.randn(2, 8, 3, 12, 10) * 3 + 20  # far from zero, as variances may be
    targets, weights = torch.randn(2, 8, 1, 8, 6), torch.rand(2, 8, 1, 8, 6)
    if dtype is torch.float64:
        net, pictures, targets, weights = (v.double() for v in (net, pictures, targets, weights))
    optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=0.01)
    result: dict[str, dict[str, Tensor]] = {}
    for step in range(2):
        share = slice(first, last)
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype is torch.bfloat16):
            output = net(pictures[step, share].contiguous(memory_format=torch.channels_last))
        errors = (output.to(targets.dtype) - targets[step, share]).square() * weights[step, share]
        loss = errors.sum() / sum_scalar(weights[step, share].sum())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        sum_gradients(net.parameters())
        result[f"gradients {step}"] = {
            name: p.grad.clone() for name, p in net.named_parameters() if p.grad is not None
        }
        result[f"statistics {step}"] = {name: value.clone() for name, value in net.named_buffers()}
        optimizer.step()
    result["state"] = net.state_dict()
    result["loss"] = {"total": sum_scalar(loss)}
    return result


def train_detector(
    first: int, last: int, dtype: torch.dtype = torch.float32
) -> dict[str, dict[str, Tensor]]:
    """Take a step of the detector with its own loss on a part of the batch; as :func:`train`."""
    torch.manual_seed(0)
    net = PedestrianNet(SMALL).to(dtype, memory_format=torch.channels_last)
    binarized = net.conv(inverse_depth_order(net)[0])
    binarized.freeze(*codes_and_scales(binarized.weight))
    net.train()
    images = pictures(8).to(dtype)
    # As many people as the number of the picture modulo 3 says: the parts are of uneven weight.
    boxes = torch.tensor([[8.0, 6, 30, 58], [50, 10, 70, 60]]).expand(8, 2, 4).contiguous()
    labels = torch.tensor([[int(k < i % 3) for k in range(2)] for i in range(8)])
    share = slice(first, last)
    logits, log_distances = net.predictions(
        net.values(images[share].contiguous(memory_format=torch.channels_last))
    )
    loss = detection_loss(
        logits, log_distances, boxes[share], labels[share], (64, 96), LossConfig()
    )
    loss.total.backward()
    parameters = [p for p in net.parameters() if p.requires_grad]
    sum_gradients(parameters)
    named = net.named_parameters()
    return {
        "detector gradients": {name: p.grad.clone() for name, p in named if p.grad is not None},
        "detector statistics": {
            name: value.clone() for name, value in net.named_buffers() if "running" in name
        },
        "detector loss": {"total": sum_scalar(loss.total.detach())},
    }


def distill(
    first: int, last: int, dtype: torch.dtype = torch.float32
) -> dict[str, dict[str, Tensor]]:
    """Compute how far a detector is from its teacher on a part of the batch; as :func:`train`."""
    torch.manual_seed(0)
    student, teacher = (PedestrianNet(SMALL).to(dtype).eval() for _ in range(2))
    # Dark and bright pictures: the teacher's features are of uneven size.
    levels = torch.linspace(0.1, 1, 8)[:, None, None, None]
    images = (pictures(8) * levels)[first:last].to(dtype)
    with torch.no_grad():
        wanted = teacher.values(images)
    config = DistillConfig(score=1.0, box=1.0, feature=1.0)
    loss = distillation_loss(student.values(images), wanted, config)
    loss.backward()
    sum_gradients(student.parameters())
    named = student.named_parameters()
    return {
        "distillation gradients": {name: p.grad.clone() for name, p in named if p.grad is not None},
        "distillation loss": {"total": sum_scalar(loss)},
    }


def primitives(world: World, folder: Path) -> dict[str, Any]:
    """Exercise everything but training; return what came of it."""
    result: dict[str, Any] = {
        "rank": world.rank,
        "size": world.size,
        "any": [any_of(False), any_of(world.rank == 1), any_of(True)],
        "object": broadcast_object({"from": world.rank}),
        "sum": sum_scalar(torch.tensor([1.0, world.rank])).tolist(),
    }
    made = folder / "made"
    with first_then_others():
        result["found"] = made.exists()
        made.touch()
    barrier()
    try:
        with first_then_others():
            raise ValueError("only the first gets here")
    except (ValueError, SystemExit) as error:
        result["failure"] = repr(error)

    # A parameter with a gradient in one process, in none, and one that is frozen.
    some, none, frozen = (torch.zeros(2, requires_grad=True) for _ in range(3))
    frozen.requires_grad_(False)
    if world.rank == 1:
        some.grad = torch.tensor([1.0, 2.0])
    sum_gradients([some, none, frozen])
    assert some.grad is not None
    result["gradients"] = [some.grad.tolist(), none.grad, frozen.grad]
    return result


def communicating() -> list[str]:
    """Return the names of the threads by which processes talk to each other (on Linux)."""
    names = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    return [name for name in names if "gloo_runloop" in name]


def main(folder: Path) -> None:
    """Write what this process got."""
    with start() as world:
        result = {
            "primitives": primitives(world, folder),
            "float32": train(*SHARES[world.rank])
            | train_detector(*SHARES[world.rank])
            | distill(*SHARES[world.rank]),
            "bfloat16": train(*SHARES[world.rank], torch.bfloat16),
        }
        result["communicating"] = communicating()
    result["left"] = communicating()
    torch.save(result, folder / f"{world.rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
