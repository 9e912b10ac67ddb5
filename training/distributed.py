"""Training with several processes, one per GPU, started by torchrun; or with one, by nothing.

    python -m torch.distributed.run --nproc-per-node 4 training/train.py

Every process has the whole network and a part of each batch. A process divides its sums by a
normalizer summed over all of them, gradients are summed, and batch normalization sees the batches
of all: a step is what one process would have done with the whole batch. Without torchrun every
function here is the plain one-process thing.

``DistributedDataParallel`` is not used: layers freeze over time and it would have to be rebuilt
each time.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import torch
import torch.distributed as dist

# Its functions have the group of the moment as a default argument, and the first optimizer imports
# it. Were that after the processes met, the group would outlive World.stop(), and its threads,
# still there when Python ends, would now and then abort the process.
import torch.distributed.nn.functional
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable

from pedcam.errors import UserError

# The others wait while the first renders scenes or evaluates. A process that dies is noticed by
# torchrun, not by this.
TIMEOUT = datetime.timedelta(hours=12)


class DistributedError(UserError):
    """Processes that cannot work together; the message says why and what to do."""


@dataclass(frozen=True)
class World:
    """This process among those of the run, and a context manager that leaves them at the end.

    Attributes:
        rank: Number of this process, 0 for the first.
        size: Number of processes.
        device: Where this process computes.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files and talks."""
        return self.rank == 0

    def stop(self) -> None:
        """Leave the other processes."""
        if dist.is_initialized():
            dist.destroy_process_group()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the other processes."""
        self.stop()


def start() -> World:
    """Meet the other processes that torchrun started, if it did.

    Raises:
        DistributedError: There are more processes than GPUs, or they cannot reach each other.
    """
    cuda = torch.cuda.is_available()
    rank, size, local = (
        int(os.environ.get(name, default))
        for name, default in (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
    )
    if size == 1:
        return World(device=torch.device("cuda" if cuda else "cpu"))
    if cuda and local >= torch.cuda.device_count():
        raise DistributedError(
            f"Process {local + 1} on this machine has no GPU of its own: start at most "
            f"{torch.cuda.device_count()} with --nproc-per-node."
        )
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    try:
        # What is on the CPU (flags, objects, waiting) stays there and costs no synchronization.
        dist.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=TIMEOUT)
    except (RuntimeError, ValueError, OSError) as error:
        raise DistributedError(
            f"The {size} processes cannot reach each other: {error}. Start them with "
            "python -m torch.distributed.run."
        ) from error
    return World(rank, size, device)


def world_size() -> int:
    """Return the number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def sum_scalar(value: Tensor) -> Tensor:
    """Return the sum of a tensor over all processes, without a gradient."""
    total = value.detach()
    if world_size() > 1:
        total = total.clone()
        dist.all_reduce(total)
    return total


def sum_gradients(parameters: Iterable[Tensor]) -> None:
    """Replace every gradient by its sum over all processes.

    Where some processes have a gradient and others none, the others' counts as zeros; where none
    has one, it stays so, since optimizers skip such parameters.

    Args:
        parameters: The same ones in the same order in every process.
    """
    if world_size() == 1:
        return
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    present = torch.tensor([parameter.grad is not None for parameter in trained], dtype=torch.uint8)
    dist.all_reduce(present, dist.ReduceOp.MAX)
    used = [p for p, anywhere in zip(trained, present.tolist(), strict=True) if anywhere]
    if not used:
        return
    for parameter in used:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    gradients = [parameter.grad for parameter in used if parameter.grad is not None]
    # One message instead of hundreds.
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view(gradient.shape))


def any_of(flag: bool) -> bool:
    """Return whether a flag is set in any process, for instance that somebody asked to stop."""
    if world_size() == 1:
        return flag
    value = torch.tensor(int(flag))
    dist.all_reduce(value, dist.ReduceOp.MAX)
    return bool(value.item())


def broadcast_object(value: Any) -> Any:
    """Return the first process's value in all processes."""
    if world_size() == 1:
        return value
    values = [value]
    dist.broadcast_object_list(values, src=0, device=torch.device("cpu"))
    return values[0]


def barrier() -> None:
    """Wait until all processes are here."""
    any_of(False)


@contextmanager
def first_then_others() -> Iterator[None]:
    """Let the first process run the block, which makes files, before the others, which find them.

    Raises:
        SystemExit: In the others, if the first fails; it is the one that says why.
    """
    if world_size() == 1:
        yield
    elif dist.get_rank() == 0:
        succeeded = False
        try:
            yield
            succeeded = True
        finally:
            broadcast_object(succeeded)
    else:
        if not broadcast_object(None):
            raise SystemExit(1)
        yield


class BatchNorm(nn.BatchNorm2d):
    """Batch normalization over the batches of all processes.

    In one process, and in evaluation, it is :class:`torch.nn.BatchNorm2d`; its state always is.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalize ``[batch, channels, height, width]``."""
        if not self.training or world_size() == 1:
            return super().forward(input)
        output, mean, variance, count = _Normalize.apply(input, self.weight, self.bias, self.eps)
        with torch.no_grad():
            self._follow(mean, variance * count / (count - 1).clamp(min=1))
        return output

    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share: Any = self.momentum
        if share is None:  # the average of all batches so far
            share = 1 / self.num_batches_tracked.float()
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


class _Normalize(torch.autograd.Function):
    """Normalization with the mean and the biased variance over all processes.

    One function instead of a chain of differentiable ones: it keeps its input in the input's own
    type (bfloat16 under autocast) and needs one exchange going back. With ``y`` the normalized
    input, ``g`` the gradient of the output times the weight, and ``n`` values per channel:
    ``dx = (g - sum(g) / n - y * sum(g * y) / n) / sigma`` (Ioffe and Szegedy, arXiv 1502.03167).
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        values = x.float()
        size = values.new_tensor([values.numel() / values.shape[1]])
        sums = sum_scalar(torch.cat([values.sum(_REDUCED), size]))
        count = sums[-1]
        mean = sums[:-1] / count
        # In a second exchange: the difference of two large sums would lose the small variances.
        centred = values - _spread(mean)
        variance = sum_scalar(centred.square().sum(_REDUCED)) / count
        scale = torch.rsqrt(variance + eps)
        output = centred.mul_(_spread(scale * weight)).add_(_spread(bias)).to(x.dtype)
        ctx.save_for_backward(x, weight, mean, scale, count)
        ctx.mark_non_differentiable(mean, variance, count)
        return output, mean, variance, count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor, *_: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        x, weight, mean, scale, count = ctx.saved_tensors
        normalized = (x.float() - _spread(mean)).mul_(_spread(scale))
        wide = gradient.float()
        own = torch.stack([wide.sum(_REDUCED), (wide * normalized).sum(_REDUCED)])
        means = sum_scalar(own) / count
        wide = wide - _spread(means[0]) - normalized.mul_(_spread(means[1]))
        to_input = wide.mul_(_spread(scale * weight)).to(x.dtype)
        return to_input, own[1], own[0], None


_REDUCED = (0, 2, 3)


def _spread(channels: Tensor) -> Tensor:
    return channels[:, None, None]
