"""Other ways to binarize, from the same float network, with the same data, export and steps.

Methods that binarize all layers at once have nothing in between to export: every exported depth is
a branch of its own from the float network, with as many steps as layer-wise training takes to it.
With the discrepancy ``output`` they begin with the same codes as layer-wise training, otherwise
with the signs of the float weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from training.binarization.output_descent import minimize_output_discrepancy

if TYPE_CHECKING:
    from training.run.run import Run

# Parts of a branch at which batch normalization and activation ranges are measured anew.
RECALIBRATE_AT = (0.0, 0.1, 0.3, 0.6)


def all_at_once(run: Run, quantizer: str) -> None:
    """Let a branch's layers compute with 1-bit weights from its first step on."""
    for depth in run.depths_to_go():
        if not run.resumed_within:
            run.return_to_float()
            for name in run.priority[:depth]:
                layer = run.net.conv(name)
                latent = layer.weight.detach()
                if run.config.binarize.discrepancy == "output":
                    inputs = run.input_statistics(name)
                    found = minimize_output_discrepancy(layer.weight, inputs.covariance)
                    latent = run.same_for_all(found).latent
                run.learn_codes(layer, latent, quantizer)
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


def dorefa(run: Run) -> None:
    """DoReFa (Zhou et al., arXiv 1606.06160), 1-bit weights: ``mean |W| sign(W)`` per layer."""
    all_at_once(run, "dorefa")


def int8(run: Run) -> None:
    """Round the float network after training, as ONNX Runtime's static quantization does."""
    if run.depths_to_go():
        run.export(eight_bit=True)
        run.complete(run.depths[-1])


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
    "dorefa": dorefa,
    "int8": int8,
    "float": trained_on,
}
