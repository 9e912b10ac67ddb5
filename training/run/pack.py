"""Make a checkpoint small enough to carry to another machine, and a checkpoint of it again.

    python -m training.run.pack runs/a kept.pt        # a third of its size
    python -m training.run.pack --unpack kept.pt runs/b
    python training/train.py --output runs/b --resume

Weights are kept in half precision, the optimizer's second moments in bfloat16 (their range is
wide), its first moments, which ten steps make anew, not at all. So a run that goes on from it is
close to the one that was never interrupted, not the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pedcam.errors import UserError
from training.mapping import ConfigError
from training.run.checkpoint import load_checkpoint, save_atomically
from training.run.run import CHECKPOINT, CHECKPOINT_KEYS

# Offsets, scales and statistics are few, and deserve all their bits.
LARGE = 1000


def pack(state: dict[str, Any]) -> dict[str, Any]:
    """Return a checkpoint with rounded weights and without first moments."""

    def half(value: Any) -> Any:
        large = isinstance(value, Tensor) and value.is_floating_point() and value.numel() >= LARGE
        return value.half() if large else value

    moments = {
        number: {
            key: value.bfloat16() if key == "exp_avg_sq" else value
            for key, value in one.items()
            if key != "exp_avg"
        }
        for number, one in state["optimizer"]["state"].items()
    }
    average = state["average"]
    return state | {
        "net": {key: half(value) for key, value in state["net"].items()},
        "average": average and {key: half(value) for key, value in average.items()},
        "optimizer": state["optimizer"] | {"state": moments},
    }


def unpack(state: dict[str, Any]) -> dict[str, Any]:
    """Return what :func:`pack` made of a checkpoint as one that training can go on from."""

    def single(value: Any) -> Any:
        return value.float() if isinstance(value, Tensor) and value.is_floating_point() else value

    moments = {}
    for number, one in state["optimizer"]["state"].items():
        second = single(one["exp_avg_sq"])
        moments[number] = one | {"exp_avg": torch.zeros_like(second), "exp_avg_sq": second}
    average = state["average"]
    return state | {
        "net": {key: single(value) for key, value in state["net"].items()},
        "average": average and {key: single(value) for key, value in average.items()},
        "optimizer": state["optimizer"] | {"state": moments},
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("source", type=Path, help="run folder, or a packed file with --unpack")
    parser.add_argument("target", type=Path, help="packed file, or a run folder with --unpack")
    parser.add_argument("--unpack", action="store_true")
    args = parser.parse_args(arguments)
    source, target = args.source, args.target
    try:
        if args.unpack:
            target = target / CHECKPOINT
            if target.exists():
                raise ConfigError(f"{target} is there already: choose another folder.")
        else:
            source = source / CHECKPOINT
        state = load_checkpoint(source, "cpu", CHECKPOINT_KEYS)
        target.parent.mkdir(parents=True, exist_ok=True)
        save_atomically(unpack(state) if args.unpack else pack(state), target)
    except (UserError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{target}: {target.stat().st_size / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
