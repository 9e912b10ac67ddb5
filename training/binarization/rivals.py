"""Other ways to binarize, from the same float network, with the same data, export and steps.

Methods that binarize all layers at once have nothing in between to export: every exported depth is
a branch of its own from the float network, with as many steps as layer-wise training takes to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from training.binarization.discrepancy import codes_and_scales

if TYPE_CHECKING:
    from training.run.run import Run

# Parts of a branch at which batch normalization and activation ranges are measured anew.
RECALIBRATE_AT = (0.0, 0.1, 0.3, 0.6)


def all_at_once(run: Run, quantizer: str) -> None:
    """Let a branch's layers compute with 1-bit weights from its first step on."""
    for depth in run.depths_to_go():
        if not run.resumed_within:
            run.return_to_float()
            run.note(loss_before=run.results.fixed_loss())
            for name in run.priority[:depth]:
                run.quantize(name, quantizer)
        run.fit("at-once", run.budget(depth), average=True, recalibrate_at=RECALIBRATE_AT)
        run.freeze_codes()
        run.export()
        run.log_layer("all", depth)
        run.complete(depth)


def bwn(run: Run) -> None:
    """BWN (Rastegari et al., arXiv 1603.05279): ``mean |W| sign(W)`` per filter."""
    all_at_once(run, "sign")


def binaryconnect(run: Run) -> None:
    """BinaryConnect (Courbariaux et al., arXiv 1511.00363): one fixed scale per layer."""
    all_at_once(run, "binaryconnect")


def stochastic_binaryconnect(run: Run) -> None:
    """BinaryConnect with codes drawn at random while training."""
    all_at_once(run, "binaryconnect-stochastic")


def dorefa(run: Run) -> None:
    """DoReFa (Zhou et al., arXiv 1606.06160), 1-bit weights: ``mean |W| sign(W)`` per layer."""
    all_at_once(run, "dorefa")


def inq(run: Run) -> None:
    """After INQ (Zhou et al., arXiv 1702.03044): the largest weights of all layers first."""
    shares = run.config.binarize.inq_portions
    for depth in run.depths_to_go():
        budget = run.budget(depth)
        for part, share in enumerate(shares):
            if part < run.part:
                continue
            if not run.resumed_within:
                if part == 0:
                    run.return_to_float()
                    run.note(loss_before=run.results.fixed_loss())
                for name in run.priority[:depth]:
                    layer = run.net.conv(name)
                    chosen = largest_weights(layer.weight, layer.codes, share)
                    layer.freeze(*codes_and_scales(layer.weight), chosen)
                run.net.update_integer()
                run.recalibrate()
            steps = budget * (part + 1) // len(shares) - budget * part // len(shares)
            run.fit("portion", steps, average=True)
            run.part = part + 1
        run.export()
        run.log_layer("all", depth)
        run.complete(depth)


def int8(run: Run) -> None:
    """Round the float network after training, as ONNX Runtime's static quantization does."""
    if not run.part:
        run.export(eight_bit=True)
        run.part = 1
        run.save()


def trained_on(run: Run) -> None:
    """Train the float network on for as long as the deepest binarized one is trained."""
    if run.depths_to_go():
        if not run.resumed_within:
            run.return_to_float()
        run.fit("continue", run.budget(run.depths[-1]), average=True)
        run.export(continued=True)
        run.complete(run.depths[-1])


RIVALS: dict[str, Callable[[Run], None]] = {
    "bwn": bwn,
    "binaryconnect": binaryconnect,
    "binaryconnect-stochastic": stochastic_binaryconnect,
    "dorefa": dorefa,
    "inq": inq,
    "int8": int8,
    "float": trained_on,
}


def largest_weights(weight: Tensor, codes: Tensor, share: float) -> Tensor:
    """Choose the weights that are frozen next, INQ-style (Zhou et al., arXiv 1702.03044).

    Args:
        weight: Real weights.
        codes: -1 or +1 where frozen already, of the same shape.
        share: Share of all weights to be frozen now or before, 0..1.

    Returns:
        A mask of the same shape: the largest ``|W|`` of those still real.
    """
    free = codes == 0
    count = round(share * weight.numel()) - int((~free).sum())
    size = torch.where(free, weight.detach().abs(), torch.full_like(weight, -1.0)).flatten()
    chosen = torch.zeros(weight.numel(), dtype=torch.bool, device=weight.device)
    chosen[size.argsort(descending=True, stable=True)[: max(0, count)]] = True
    return chosen.view_as(weight)
