"""The optimizer, its learning rate, the moving average of the weights, and mixed precision."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from training.config import TrainConfig
from training.mapping import ConfigError
from training.network.architecture import convolutions
from training.network.model import PedestrianNet


def make_optimizer(net: PedestrianNet, weight_decay: float) -> torch.optim.AdamW:
    """AdamW that decays real weights only: codes are frozen, the rest are scales and offsets.

    Its three groups are weights, those of predictions, and scales and offsets.
    """
    layers = list(map(net.conv, (spec.name for spec in convolutions(net.nodes))))
    weights = [layer.weight for layer in layers if not layer.spec.prediction]
    predictions = [layer.weight for layer in layers if layer.spec.prediction]
    real = set(map(id, weights + predictions))
    groups = [
        {"params": weights, "weight_decay": weight_decay},
        {"params": predictions, "weight_decay": weight_decay},
        {"params": [p for p in net.parameters() if id(p) not in real], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=0.0)


def make_average(net: PedestrianNet, decay: float) -> AveragedModel:
    """Moving average of the weights, which counts from the start of a short run too."""

    def average(old: Any, new: Any, count: Tensor | int) -> None:
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


def phase_rate(config: TrainConfig, phase: str, step: int, steps: int) -> float:
    """Return the rate of a phase's step: a short warm-up, then a cosine down to a twentieth.

    The float network's stays at its peak in between unless ``pretrain.decay`` is 1.
    """
    if phase == "float":
        peak, warmup = config.pretrain.learning_rate, config.pretrain.warmup
        falls_from = steps - round(config.pretrain.decay * steps)
    else:
        peak, warmup = config.binarize.learning_rate, min(5, steps // 4)
        falls_from = 0
    if step < warmup:
        return peak * (step + 1) / warmup
    falls_from = max(warmup, falls_from)
    fraction = max(0, step - falls_from) / max(1, steps - falls_from)
    return peak * (0.05 + 0.95 * (1 + math.cos(math.pi * fraction)) / 2)
