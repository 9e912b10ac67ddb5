"""Flexible network binarization with layer-wise priority: the algorithm.

After Wang, Xu, Ni, Zhuang and Xu (ICIP 2018, arXiv 1709.04344), of which only the abstract is
available; what it leaves open is this project's own choice. A float detector is trained first. Then
its convolutions become 1 bit per weight, one after the other, the deepest first: the layer in turn
gets codes and scales that change its output, or its weights, as little as possible, and the whole
network is fine-tuned before the next layer's turn. It can stop at any depth, and every depth asked
for is exported.

    python training/train.py                                        # rendered street scenes only
    python training/train.py --data ~/photos --name mine --depths 0 6 12
    python training/train.py --config training/configs/pedestrian.yaml --output runs/a
    python training/train.py --output runs/a --resume               # go on after an interruption
    torchrun --nproc-per-node 2 training/train.py ...               # several processes or GPUs

How a step is taken, data loaded and a checkpoint kept is in ``training/run``: this file is what
happens, and in which order.
"""

from __future__ import annotations

import sys
from pathlib import Path

# `python training/train.py` puts this folder on the path, the packages are one above.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from torch import Tensor

from training.binarization.discrepancy import (
    codes_and_scales,
    proximal_step,
    proximity,
    reconstruction_error,
)
from training.binarization.output_descent import minimize_output_discrepancy
from training.binarization.priority import priority
from training.binarization.rivals import RIVALS
from training.network.model import ConvLayer
from training.run.run import Run


def train(run: Run) -> list[Path]:
    """Train, binarize and export.

    A depth is a number of binarized layers, 0 the float network. A resumed run passes over the
    depths that it has completed.

    Args:
        run: The network, and what it takes to train it.

    Returns:
        The presets, one exported file per depth asked for.
    """
    if not run.is_complete(0):
        train_float(run)
    if run.config.method in RIVALS:  # BWN and others, which the reports compare with
        RIVALS[run.config.method](run)
    else:
        binarize(run)
    return run.presets


def train_float(run: Run) -> None:
    """Train the network that everything else begins with, or read it: see ``pretrain.start``."""
    run.fit("float", run.float_steps)
    run.keep_float()
    # The deepest layers first, unless the settings ask for another order.
    run.priority = priority(run)
    # The methods "int8" and "float" are always compared with the float network itself.
    if 0 in run.depths or run.config.method in ("int8", "float"):
        run.export()
    run.complete(depth=0)


def binarize(run: Run) -> None:
    """Binarize the layers in turn, and fine-tune the whole network after each.

    What all of this minimizes is the detection loss, over codes B in {-1, +1} and scales alpha >= 0
    of the binarized layers, whose weights are ``alpha B``, and over everything that is still real.
    Each layer starts at codes and scales with a small discrepancy from its real weights W, and the
    last depth asked for is where it stops. Deepest is the layer farthest from the picture; the
    first one, and those that give scores and boxes, are never binarized.
    """
    settings = run.config.binarize
    for depth, name in enumerate(run.priority[: run.depths[-1]], start=1):
        if run.is_complete(depth):
            continue
        layer, exported = run.net.conv(name), depth in run.depths
        # Of what codes have left to learn, frozen_share comes after they are frozen for an export.
        free_steps, frozen_steps = settings.steps(exported)
        # Without a step it is the next layer's turn at once, and nothing depends on statistics.
        measured = exported or free_steps + settings.descent_steps > 0
        if not run.resumed_within:  # else it was interrupted in the fine-tuning below
            codes, scales, latent = minimize_discrepancy(run, layer)
            run.note(reconstruction_error=reconstruction_error(layer.weight, codes, scales))
            if settings.free_codes:
                # The layer computes with the signs and mean sizes of latent weights, which are
                # these codes and scales now, and go on learning by a straight-through gradient.
                run.learn_codes(layer, latent)
            else:
                run.freeze(layer, codes, scales)
            # Statistics of batch normalization and ranges of activations; if they are to stay, on
            # as many pictures as for an export.
            stay = exported and settings.fixed_norm
            if measured:
                run.recalibrate(settings.export_batches if stay else None)
        if not run.has_frozen_codes:  # else it was interrupted in the second part
            run.fit("finetune", free_steps, layer=name, average=exported)
        if exported:
            run.freeze_codes()
            run.fit("frozen", frozen_steps, layer=name, average=True)
            run.export()
        run.log_layer(name, depth, measured=measured)
        if depth < run.depths[-1]:
            run.thaw_codes()
        run.complete(depth)


def minimize_discrepancy(run: Run, layer: ConvLayer) -> tuple[Tensor, Tensor, Tensor]:
    """Find codes B and scales alpha with which a layer does nearly what its weights W do.

    By default it is the layer's output that is to change little: block coordinate descent on
    ``E ||(W - alpha B) x||^2`` over codes, one after the other, and scales, in closed form. The
    inputs x are those of the float network, centred, and weighted by how much the loss cares
    (``binarization/output_descent.py``): with the deepest layers first, what a layer reads is
    hardly changed by those binarized before it.

    Returns:
        Codes of the weight's shape, scales ``[filters]``, and latent weights: real ones whose signs
        are the codes, and whose sizes say what flipping one would cost.
    """
    if run.config.binarize.discrepancy == "weight":
        return minimize_weight_discrepancy(run, layer)
    inputs = run.input_statistics(layer.spec.name)
    found = run.same_for_all(minimize_output_discrepancy(layer.weight, inputs.covariance))
    return found.codes, found.scales, found.latent


def minimize_weight_discrepancy(run: Run, layer: ConvLayer) -> tuple[Tensor, Tensor, Tensor]:
    """Find codes B and scales alpha that differ little from a layer's weights W.

    Block coordinate descent on ``detection loss + lambda / 2 * ||W - alpha B||^2`` over B, alpha, W
    and everything else that is real: codes and scales have a closed form, the rest takes gradient
    steps on the loss, each followed by the exact proximal step of the second term. Lambda rises and
    draws W to ``alpha B``. Codes that go on learning need no such descent: they start as sign(W).

    Returns:
        As :func:`minimize_discrepancy`; the latent weights are W.
    """
    settings = run.config.binarize
    codes, scales = codes_and_scales(layer.weight)
    if settings.free_codes:
        return codes, scales, layer.weight.detach()

    def block_of_codes_and_scales(step: int) -> None:
        nonlocal codes, scales
        if step % settings.block_steps == 0:
            codes, scales = codes_and_scales(layer.weight)

    def proximal_block(step: int) -> None:
        fraction = (step + 1) / settings.descent_steps
        step_size_times_lambda = proximity(fraction, *settings.proximity)
        proximal_step(layer.weight, codes, scales, step_size_times_lambda)

    run.fit("descent", settings.descent_steps, layer=layer.spec.name,
            before_step=block_of_codes_and_scales, after_step=proximal_block)  # fmt: skip
    return *codes_and_scales(layer.weight), layer.weight.detach()


if __name__ == "__main__":
    from training.run.command import main

    sys.exit(main())
