"""Networks that begin with the training of a smaller one."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.nets import SMALL
from tests.training.conftest import Trained
from training.config import NetworkConfig, PretrainConfig, TrainConfig, check
from training.mapping import ConfigError
from training.network.model import PedestrianNet
from training.network.resize import collapsed_levels, initial_state, resized
from training.run import command

LARGER = NetworkConfig(
    stem=SMALL.stem + 3,
    widths=tuple(2 * width + 5 for width in SMALL.widths),
    blocks=tuple(blocks + 1 for blocks in SMALL.blocks),
    neck=3 * SMALL.neck,
    head=SMALL.head + 1,
)  # type: ignore[arg-type]


def trained(config: NetworkConfig) -> PedestrianNet:
    """A network whose every number is its own."""
    torch.manual_seed(1)
    net = PedestrianNet(config)
    for name, value in net.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) + 0.5 if "running_var" in name else value)
            value += 0.1 * torch.rand_like(value)
    return net.eval()


def outputs(net: PedestrianNet) -> tuple[Tensor, ...]:
    images = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        return net.eval()(images)


@pytest.mark.parametrize("config", [SMALL, LARGER], ids=["as it is", "larger"])
def test_a_larger_network_computes_the_same(config: NetworkConfig) -> None:
    small, large = trained(SMALL), PedestrianNet(config)
    large.restore(resized(small.state_dict(), SMALL, config, seed=3), ())
    for before, after in zip(outputs(small), outputs(large), strict=True):
        torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)


def test_scores_without_evidence_for_a_person_start_anew(tmp_path: Path) -> None:
    net = trained(SMALL)
    weights = {stride: net.conv(f"h{stride}.score.out").weight for stride in (8, 16, 32)}
    weights[8].data = -weights[8].abs() - 0.1
    assert collapsed_levels(net.state_dict()) == [8]
    path = tmp_path / "float.pt"
    torch.save({"net": net.state_dict(), "config": asdict(TrainConfig(network=SMALL))}, path)
    state, anew = initial_state(path, SMALL, seed=3)
    assert anew == [8]
    begun = PedestrianNet(SMALL)
    begun.restore(state, ())
    assert collapsed_levels(begun.state_dict()) == []
    for stride in (16, 32):
        assert torch.equal(begun.conv(f"h{stride}.score.out").weight, weights[stride])
        assert torch.equal(
            begun.conv(f"h{stride}.score").weight, net.conv(f"h{stride}.score").weight
        )
    assert not torch.equal(begun.conv("h8.score").weight, net.conv("h8.score").weight)
    assert torch.equal(begun.conv("h8.box").weight, net.conv("h8.box").weight)


def test_copies_learn_different_things() -> None:
    large = PedestrianNet(LARGER)
    large.restore(resized(trained(SMALL).state_dict(), SMALL, LARGER, seed=3), ())
    weight = large.conv("s4.down").weight
    first, copy = weight[: SMALL.widths[0]], weight[SMALL.widths[0] : 2 * SMALL.widths[0]]
    matches = [(one[None] - copy).abs().amax((1, 2, 3)).min() for one in first]
    assert max(matches) > 0, "how channels are divided among copies differs from filter to filter"
    logits, _ = large.train()(torch.rand(2, 3, 64, 96))
    logits.square().sum().backward()
    gradient = large.conv("s8.down").weight.grad
    assert gradient is not None
    assert len(torch.unique(gradient.flatten(1), dim=0)) == len(gradient)


def test_of_a_network_made_smaller_the_channels_that_matter_stay() -> None:
    large = trained(LARGER)
    unused = large.conv("s8.0.b").weight.data
    # Nobody reads what the first filters of a layer find.
    unused[:, : LARGER.widths[1] - SMALL.widths[1]] = 0
    small = PedestrianNet(SMALL)
    small.restore(resized(large.state_dict(), LARGER, SMALL, seed=3), ())
    kept = large.conv("s8.0.a").weight[LARGER.widths[1] - SMALL.widths[1] :]
    channels = small.conv("s8.0.a").weight
    assert all(any(torch.isin(one, other).all() for other in kept) for one in channels), (
        "the others were dropped"
    )
    assert all(torch.isfinite(value).all() for value in outputs(small))


def test_channels_that_do_nothing_are_dropped_without_a_trace() -> None:
    wide = replace(SMALL, head=SMALL.head + 4)
    large = trained(wide)
    for name in ("h8.score", "h8.box", "h16.score", "h16.box", "h32.score", "h32.box"):
        weight = large.conv(f"{name}.out").weight.data
        weight[:, ::2][:, :4] = 0
    small = PedestrianNet(SMALL)
    small.restore(resized(large.state_dict(), wide, SMALL, seed=3), ())
    for before, after in zip(outputs(large), outputs(small), strict=True):
        torch.testing.assert_close(after, before, rtol=1e-3, atol=1e-3)


def test_a_run_begins_with_an_earlier_one(
    config: TrainConfig, trained: Trained, tmp_path: Path
) -> None:
    earlier = trained(config) / "float.pt"
    first = torch.load(earlier, weights_only=True)["net"]
    begin = PretrainConfig(
        initial=str(earlier),
        steps=1, warmup=0, plain_steps=0, learning_rate=1e-9,
    )  # fmt: skip
    larger = replace(config, depths=(0,), network=LARGER, pretrain=begin)
    command.run(larger, tmp_path / "second")
    second = torch.load(tmp_path / "second" / "float.pt", weights_only=True)["net"]
    count = len(first["convs.stem.weight"])
    torch.testing.assert_close(second["convs.stem.weight"][:count], first["convs.stem.weight"])


def test_an_earlier_network_is_binarized_as_it_is(
    config: TrainConfig, trained: Trained, tmp_path: Path
) -> None:
    earlier = trained(config) / "float.pt"
    begin = PretrainConfig(initial=str(earlier), steps=0, warmup=0, plain_steps=0)
    presets = command.run(replace(config, depths=(0, 1), pretrain=begin), tmp_path)
    assert [path.name for path in presets] == ["bars-00.onnx", "bars-01.onnx"]
    first, second = (
        torch.load(path, weights_only=True)["net"]["convs.stem.weight"]
        for path in (earlier, tmp_path / "float.pt")
    )
    assert torch.equal(first, second)
    with pytest.raises(ConfigError, match=r"pretrain.steps.*at least 1"):
        check(replace(config, pretrain=replace(begin, initial="")))


def test_a_binarized_network_is_no_beginning(
    config: TrainConfig, trained: Trained, tmp_path: Path
) -> None:
    begin = replace(config.pretrain, initial=str(trained(config) / "checkpoint.pt"))
    with pytest.raises(ConfigError, match=r"pretrain.initial.*does not hold a float network"):
        command.run(replace(config, pretrain=begin), tmp_path)


def test_start_and_initial_exclude_each_other(config: TrainConfig) -> None:
    with pytest.raises(ConfigError, match="give one of them"):
        check(replace(config, pretrain=replace(config.pretrain, start="a", initial="b")))
