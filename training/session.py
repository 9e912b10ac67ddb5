"""What a training run works on: the network, its optimizer, and what a checkpoint keeps of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from training.binarize import (
    codes_and_scales,
    easiest_filters,
    flip_ratio,
    inverse_depth_order,
    proximal_step,
    proximity,
    reconstruction_error,
)
from training.compression import depths_for_ratios
from training.config import TrainConfig
from training.layout import binarizable
from training.mapping import ConfigError
from training.methods import largest_weights, make_rule
from training.network import PedestrianNet
from training.schedule import Span, choose_depths, plan

CHECKPOINT_KEYS = frozenset(
    ("net", "binarized", "optimizer", "average", "scaler", "step", "target", "pending", "order",
     "presets", "config")
)  # fmt: skip
MIN_ALPHA = 1e-6
# Parts of an all-at-once branch at which statistics and ranges are taken anew.
REFRESH_AT = (0.0, 0.1, 0.3, 0.6)


def make_optimizer(net: PedestrianNet, weight_decay: float) -> torch.optim.AdamW:
    """AdamW that decays real weights only: codes are frozen, the rest are scales and offsets."""
    named = list(net.named_parameters())
    decayed = [p for name, p in named if name.endswith(".weight") and p.ndim == 4]
    kept = [p for name, p in named if not (name.endswith(".weight") and p.ndim == 4)]
    groups = [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": kept, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.0)


def make_average(net: PedestrianNet, decay: float) -> AveragedModel:
    """Moving average of the weights, which counts from the start of a short run too."""

    def average(old: list[Tensor], new: list[Tensor], count: Tensor | int) -> None:
        now = min(decay, (1 + float(count)) / (10 + float(count)))
        if old[0].is_floating_point():
            torch._foreach_lerp_(old, new, 1 - now)
        else:
            torch._foreach_copy_(old, new)

    return AveragedModel(net, multi_avg_fn=torch.no_grad()(average), use_buffers=True)


@dataclass(frozen=True)
class Precision:
    """Mixed precision.

    Attributes:
        name: ``bf16``, ``fp16`` or ``float32``.
        dtype: The autocast type, ``None`` for float32.
        scaled: Whether gradients are scaled: half precision underflows without, while bfloat16 has
            float32's range.
    """

    name: str
    dtype: torch.dtype | None
    scaled: bool

    @staticmethod
    def choose(name: str, device: torch.device) -> Precision:
        """Resolve ``auto`` and check a setting against the device.

        Raises:
            ConfigError: fp16 was asked for on a CPU.
        """
        if name == "auto" and device.type == "cuda":
            name = "bf16" if torch.cuda.is_bf16_supported() else "fp16"
        elif name == "auto":
            # Without instructions for it, bfloat16 is ten times slower than float32.
            fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
            name = "bf16" if fast else "float32"
        if name == "fp16" and device.type != "cuda":
            raise ConfigError("'precision: fp16' needs a CUDA device: use bf16 or auto.")
        dtype = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(name)
        return Precision(name, dtype, name == "fp16")

    def autocast(self, device: torch.device) -> contextlib.AbstractContextManager[Any]:
        """Return the context of a forward pass."""
        if self.dtype is None:
            return contextlib.nullcontext()
        return torch.autocast(device.type, self.dtype)


@dataclass
class Session:
    """The state of a run.

    Attributes:
        net: The network.
        optimizer: Its optimizer.
        average: The moving average of the weights.
        averaging: Whether the average takes part in what is fine-tuned.
        scaler: Of gradients, for half precision.
        step: Steps taken.
        order: The layers in turn, once known.
        target: Codes and scales of the layer in an approach.
        pending: What the log will say about the step under way.
        presets: What was exported.
        float_state: The float network, where branches begin and what teaches.
    """

    config: TrainConfig
    device: torch.device
    net: PedestrianNet = field(init=False)
    optimizer: torch.optim.AdamW = field(init=False)
    average: AveragedModel = field(init=False)
    averaging: bool = False
    scaler: torch.amp.GradScaler = field(init=False)
    step: int = 0
    order: list[str] | None = None
    target: tuple[Tensor, Tensor] | None = None
    pending: dict[str, float] = field(default_factory=dict)
    presets: list[Path] = field(default_factory=list)
    float_state: dict[str, Tensor] | None = None

    def __post_init__(self) -> None:
        """Make network and optimizer from the settings."""
        net = PedestrianNet(self.config.network)
        self.net = net.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = make_optimizer(self.net, self.config.weight_decay)
        self.average = make_average(self.net, self.config.pretrain.ema)
        scaled = Precision.choose(self.config.precision, self.device).scaled
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=scaled)

    def depths(self) -> Sequence[int]:
        """Return the depths to export, as far as the order of the layers is known.

        Raises:
            ConfigError: A depth or a ratio is out of reach.
        """
        order = self.order or inverse_depth_order(self.net)
        if self.config.ratios:
            return [0, *depths_for_ratios(self.net.nodes, order, self.config.ratios)]
        return choose_depths(self.config, order)

    def spans(self) -> list[Span]:
        """Lay out the run, as far as the order of the layers is known."""
        order = self.order or inverse_depth_order(self.net)
        return plan(self.config, order, self.depths())

    def begin_average(self) -> None:
        """Average the weights from here on."""
        self.average, self.averaging = make_average(self.net, self.config.binarize.ema), True

    def take_average(self) -> None:
        """Replace the weights by their average, if there is one."""
        if self.averaging:
            self.net.load_state_dict(self.average.module.state_dict())
            self.averaging = False

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        averaged = self.averaging or self.order is None
        return {
            "net": self.net.state_dict(),
            "binarized": self.net.binarized(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.state_dict() if averaged else None,
            "scaler": self.scaler.state_dict(),
            "step": self.step,
            "target": self.target,
            "pending": self.pending,
            "order": self.order,
            "presets": [str(path) for path in self.presets],
            "config": asdict(self.config),
        }

    def load(self, state: dict[str, Any], path: Path) -> None:
        """Take over a checkpoint.

        Raises:
            ConfigError: It does not fit the network.
        """
        try:
            self.net.restore(state["net"], state["binarized"])
            self._settle_scales()
            self.optimizer.load_state_dict(state["optimizer"])
            if state["average"] is not None:
                if state["order"] is not None:
                    self.begin_average()
                self.average.load_state_dict(state["average"])
            self.scaler.load_state_dict(state["scaler"])
            self.step, self.target = int(state["step"]), state["target"]
            self.pending, self.order = dict(state["pending"]), state["order"]
            self.presets = [Path(name) for name in state["presets"]]
        except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(
                f"Checkpoint {path} does not fit this network: train again with --overwrite."
            ) from error

    def branch(self) -> None:
        """Begin anew from the float network."""
        assert self.float_state is not None
        self.net.restore(self.float_state, ())
        self.optimizer = make_optimizer(self.net, self.config.weight_decay)
        self.target, self.pending = None, {}

    def float_weight(self, name: str) -> Tensor:
        """Return the float network's weights of a layer."""
        assert self.float_state is not None
        return self.float_state[f"convs.{name.replace('.', '_')}.weight"].to(self.device)

    def make_rules(self, depth: int) -> None:
        """Let the first layers in turn compute with 1-bit weights that go on learning."""
        assert self.order is not None
        for name in self.order[:depth]:
            self.net.conv(name).rule = make_rule(self.config.method, self.float_weight(name))
        self.net.update_integer()

    def freeze_rules(self, span: Span) -> Callable[[], None]:
        """Freeze layers to what their rules say; return what makes them go on learning."""
        assert self.order is not None
        names = self.order[: span.depth]
        kept = [
            (layer, layer.weight.detach().clone(), self.optimizer.state.get(layer.weight))
            for layer in map(self.net.conv, names)
        ]
        for name in names:
            layer = self.net.conv(name)
            rule: Any = layer.rule
            codes, alpha = rule.codes_and_scales(layer.weight)
            self._freeze(name, codes, alpha)

        def thaw() -> None:
            for layer, weight, moments in kept:
                layer.make_real()
                layer.weight.data.copy_(weight)
                layer.alpha.requires_grad_(True)
                if moments is not None:
                    self.optimizer.state[layer.weight] = moments
            self.make_rules(span.depth)

        return thaw

    def freeze_portion(self, span: Span) -> None:
        """Freeze the next portion of the largest weights of an INQ-style branch."""
        assert self.order is not None
        for name in self.order[: span.depth]:
            layer = self.net.conv(name)
            chosen = largest_weights(layer.weight, layer.codes, span.share)
            self._freeze(name, *codes_and_scales(layer.weight), chosen)
        self.net.update_integer()

    def before_approach_step(self, span: Span, here: int) -> None:
        """Do the closed-form blocks of coordinate descent when their turn comes."""
        layer, settings = self.net.conv(span.layer), self.config.binarize
        if here % settings.block_steps == 0 or self.target is None:
            self.target = codes_and_scales(layer.weight)
        parts = len(settings.portions)
        for index, share in enumerate(settings.portions[:-1], 1):
            if here == span.steps * index // parts:
                # Filters frozen before count as the easiest, since nothing is left to lose.
                frozen = (layer.codes != 0).flatten(1).all(1)
                real = torch.where(
                    frozen[:, None, None, None],
                    self.target[1][:, None, None, None] * self.target[0],
                    layer.weight,
                )
                count = round(share * layer.spec.filters)
                chosen = easiest_filters(real, *self.target, count)
                where = chosen[:, None, None, None].expand_as(layer.codes)
                self._freeze(span.layer, *self.target, where)

    def after_step(self, span: Span, here: int) -> None:
        """Do what follows a step of the optimizer."""
        if span.kind == "approach" and self.target is not None:
            strength = proximity((here + 1) / span.steps, *self.config.binarize.proximity)
            proximal_step(self.net.conv(span.layer).weight, *self.target, strength)
        with torch.no_grad():
            for name in binarizable(self.net.nodes):
                layer = self.net.conv(name)
                layer.alpha.clamp_(min=MIN_ALPHA)
                rule: Any = layer.rule
                if rule is not None:
                    rule.after_step(layer.weight)

    def freeze_layer(self, span: Span) -> None:
        """Replace the layer of an approach by scales and codes for good."""
        layer = self.net.conv(span.layer)
        codes, alpha = codes_and_scales(layer.weight)
        self.pending["reconstruction_error"] = reconstruction_error(layer.weight, codes, alpha)
        self._freeze(span.layer, codes, alpha)
        self.target = None
        self.net.update_integer()

    def flips(self, names: list[str]) -> float:
        """Return the share of these layers' codes that differ from the float network's signs."""
        pairs = [(self.net.conv(name).codes, self.float_weight(name)) for name in names]
        count = sum(codes.numel() for codes, _ in pairs)
        return sum(flip_ratio(*pair) * pair[0].numel() for pair in pairs) / max(1, count)

    def _settle_scales(self) -> None:
        """Let the scales of layers that are frozen, if only in part, learn or not."""
        for name in binarizable(self.net.nodes):
            layer = self.net.conv(name)
            if layer.codes.any():
                layer.alpha.requires_grad_(self.config.binarize.learn_alpha)

    def _freeze(self, name: str, codes: Tensor, alpha: Tensor, where: Tensor | None = None) -> None:
        layer = self.net.conv(name)
        layer.freeze(codes, alpha, where)
        layer.alpha.requires_grad_(self.config.binarize.learn_alpha)
        if layer.binarized:
            # Its moments would double the checkpoint for nothing.
            self.optimizer.state.pop(layer.weight, None)


@contextlib.contextmanager
def batch_statistics(net: PedestrianNet) -> Iterator[None]:
    """Let batch normalization use the batches' statistics without keeping any of them."""
    norms = [m for m in net.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    momenta, was_training = [norm.momentum for norm in norms], net.training
    net.train()
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        net.train(was_training)
