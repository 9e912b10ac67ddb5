"""Two processes with a part of the batch each do what one process does with all of it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from tests.training.parallel_worker import distill, train, train_detector
from tests.video.live_servers import free_port
from training import distributed
from training.distributed import (
    BatchNorm,
    DistributedError,
    World,
    any_of,
    barrier,
    broadcast_object,
    first_then_others,
    start,
    sum_gradients,
    sum_scalar,
)

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=[1, 2], ids=["one host", "two hosts"])
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, Any]]:
    """What two processes found, started by one torchrun or by two, as on two hosts."""
    folder = tmp_path_factory.mktemp("both")
    hosts = request.param
    meeting = ["--rdzv-backend=c10d", f"--rdzv-endpoint=localhost:{free_port()}", "--rdzv-id=test"]
    command = [
        sys.executable, "-m", "torch.distributed.run",
        f"--nnodes={hosts}", f"--nproc-per-node={2 // hosts}", *meeting,
        "-m", "tests.training.parallel_worker", str(folder),
    ]  # fmt: skip
    # On a machine with one GPU two processes would be one too many.
    env = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    launchers = [
        subprocess.Popen(command, cwd=CHECKOUT, env=env, stderr=subprocess.PIPE, text=True)
        for _ in range(hosts)
    ]
    try:
        for launcher in launchers:
            _, errors = launcher.communicate(timeout=100)
            assert launcher.returncode == 0, errors
    finally:
        for launcher in launchers:
            launcher.kill()
    return [torch.load(folder / f"{rank}.pt", weights_only=True) for rank in range(2)]


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a.double() - b.double()).abs().max() / b.abs().max().clamp(min=1e-12))


@pytest.mark.parametrize(
    "part", ["gradients 0", "gradients 1", "statistics 0", "statistics 1", "state", "loss"]
)
def test_two_processes_train_as_one(both: list[dict[str, Any]], part: str) -> None:
    # The one process computes in double precision: torch's own float32 batch normalization of
    # channels_last pictures is up to 1.5e-5 from that here, further than the two processes are.
    whole = train(0, 8, torch.float64)[part]
    first, second = (result["float32"][part] for result in both)
    assert first.keys() == second.keys() == whole.keys()
    for name, value in whole.items():
        assert torch.equal(first[name], second[name]), name
        assert difference(first[name], value) < 1e-5, name
    if part.startswith("gradients"):
        assert "unused" not in whole
        assert "frozen.weight" not in whole
        assert all(value.abs().max() > 1e-3 for value in whole.values())


@pytest.mark.parametrize("part", ["gradients", "statistics", "loss"])
def test_two_processes_train_the_detector_as_one(both: list[dict[str, Any]], part: str) -> None:
    whole = train_detector(0, 8, torch.float64)[f"detector {part}"]
    first, second = (result["float32"][f"detector {part}"] for result in both)
    assert first.keys() == second.keys() == whole.keys()
    largest = max(float(value.abs().max()) for value in whole.values())
    assert largest > 0.1
    for name, value in whole.items():
        assert torch.equal(first[name], second[name]), name
        # What cancels out all but completely is compared with what it is a sum of.
        scale = max(float(value.double().abs().max()), 1e-3 * largest)
        assert float((first[name].double() - value.double()).abs().max()) < 1e-4 * scale, name


@pytest.mark.parametrize("part", ["gradients", "loss"])
def test_two_processes_learn_from_the_teacher_as_one(both: list[dict[str, Any]], part: str) -> None:
    whole = distill(0, 8, torch.float64)[f"distillation {part}"]
    first, second = (result["float32"][f"distillation {part}"] for result in both)
    assert first.keys() == second.keys() == whole.keys()
    largest = max(float(value.abs().max()) for value in whole.values())
    for name, value in whole.items():
        assert torch.equal(first[name], second[name]), name
        scale = max(float(value.abs().max()), 1e-3 * largest)
        assert float((first[name].double() - value).abs().max()) < 1e-4 * scale, name


def test_bfloat16_stays_close_and_running_stats_stay_float(both: list[dict[str, Any]]) -> None:
    # The first step: from there on the optimizer turns rounding into different weights. Gradients
    # were rounded to 8 bits of mantissa on the way, and summed against pictures far from zero.
    whole = train(0, 8, torch.bfloat16)
    first, second = (result["bfloat16"] for result in both)
    for part, tolerance in (("statistics 0", 1e-5), ("gradients 0", 0.05)):
        for name, value in whole[part].items():
            assert torch.equal(first[part][name], second[part][name]), name
            assert first[part][name].dtype == value.dtype
            assert difference(first[part][name], value) < tolerance, name


def test_primitives(both: list[dict[str, Any]]) -> None:
    first, second = (result["primitives"] for result in both)
    assert [result["rank"] for result in (first, second)] == [0, 1]
    for result in (first, second):
        assert result["size"] == 2
        assert result["any"] == [False, True, True]
        assert result["object"] == {"from": 0}
        assert result["sum"] == [2.0, 1.0]
        assert result["gradients"] == [[1.0, 2.0], None, None]
    assert [result["found"] for result in (first, second)] == [False, True]
    assert "only the first" in first["failure"]
    assert second["failure"] == "SystemExit(1)"


@pytest.mark.skipif(sys.platform != "linux", reason="threads are looked up in /proc")
def test_nothing_talks_to_the_others_once_they_were_left(both: list[dict[str, Any]]) -> None:
    # A thread of the group that was still there when Python ended would abort the process.
    for result in both:
        assert result["communicating"]
        assert result["left"] == []


def test_one_process_needs_no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    with start() as world:
        assert not torch.distributed.is_initialized()
        assert (world.rank, world.size, world.is_first) == (0, 1, True)
        assert world.device.type == ("cuda" if torch.cuda.is_available() else "cpu")
        value = torch.tensor(3.0, requires_grad=True)
        assert sum_scalar(value) == 3
        assert not sum_scalar(value).requires_grad
        assert any_of(True)
        assert not any_of(False)
        assert broadcast_object("a") == "a"
        barrier()
        with first_then_others():
            pass
        value.grad = torch.tensor(2.0)
        sum_gradients([value])
        assert value.grad == 2
    assert not World(rank=1, size=2).is_first


def test_a_process_too_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("RANK", "1"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "1")):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(distributed.torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(distributed.torch.cuda, "device_count", lambda: 1)
    with pytest.raises(DistributedError, match="at most 1 with --nproc-per-node"):
        start()


def test_batch_norm_of_one_process_is_torchs() -> None:
    torch.manual_seed(0)
    own, torchs = BatchNorm(4), nn.BatchNorm2d(4)
    own.load_state_dict(torchs.state_dict())
    for _ in range(2):
        x = torch.randn(3, 4, 5, 6)
        assert torch.equal(own(x), torchs(x))
    for name, value in torchs.state_dict().items():
        assert torch.equal(own.state_dict()[name], value)
    own.eval()
    torchs.eval()
    assert torch.equal(own(x), torchs(x))


def test_gradient_of_the_normalization_is_that_of_torch() -> None:
    torch.manual_seed(0)
    x = torch.randn(3, 4, 5, 6, requires_grad=True)
    weight, bias = (torch.randn(4, requires_grad=True) for _ in range(2))
    target = torch.randn(3, 4, 5, 6)
    own = distributed._Normalize.apply(x, weight, bias, 1e-5)[0]
    torchs = nn.functional.batch_norm(x, None, None, weight, bias, training=True)
    assert torch.allclose(own, torchs, atol=1e-6)
    wanted = torch.autograd.grad((torchs * target).sum(), (x, weight, bias))
    for a, b in zip(
        torch.autograd.grad((own * target).sum(), (x, weight, bias)), wanted, strict=True
    ):
        assert torch.allclose(a, b, atol=1e-5)
