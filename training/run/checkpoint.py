"""The checkpoint file: replaced whole or not at all, and read without executing anything in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch

from pedcam.errors import UserError
from pedcam.files import replacing
from training.mapping import ConfigError

# Weights, two moments of the optimizer and the average of a far larger network than ours.
MAX_CHECKPOINT_BYTES = 4 * 2**30


class CheckpointError(UserError):
    """A checkpoint that could not be saved; the message says why and what is left."""


def save_atomically(value: Any, path: Path) -> None:
    """Write a checkpoint so that whatever goes wrong leaves the previous one.

    Args:
        value: Tensors, numbers, texts, and dictionaries and lists of them.
        path: Where to write; the temporary file is made in the same folder.

    Raises:
        CheckpointError: The file cannot be written, for instance because the disk is full.
    """
    try:
        with replacing(path) as unfinished, unfinished.open("wb") as file:
            torch.save(value, file)
            file.flush()
            # Otherwise a power cut may keep the new name without the new content.
            os.fsync(file.fileno())
    # Of a failed write torch's archive reports no more than where it stopped.
    except (OSError, RuntimeError) as error:
        raise CheckpointError(
            f"Saving the checkpoint {path} failed: {_reason(error)}. "
            + (
                "The previous checkpoint is still there: free space and go on with --resume."
                if path.exists()
                else "There is no previous checkpoint: free space and train again."
            )
        ) from error


def load_checkpoint(path: Path, device: torch.device | str, keys: frozenset[str]) -> dict[str, Any]:
    """Read a checkpoint, without executing anything in it.

    Args:
        path: The file.
        device: Where its tensors go.
        keys: What it must hold at least; ``config`` among them must be a dictionary.

    Raises:
        ConfigError: The file is missing, too large, damaged, or no checkpoint of train.py.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ConfigError(f"Checkpoint {path} cannot be read: {error.strerror}.") from error
    if size > MAX_CHECKPOINT_BYTES:
        raise ConfigError(
            f"{path} is not a checkpoint of train.py: it has {size / 2**30:.1f} GiB, more than "
            f"{MAX_CHECKPOINT_BYTES / 2**30:.0f}."
        )
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    # What goes wrong while unpacking somebody's file has no base class of its own.
    except Exception as error:
        raise ConfigError(f"Checkpoint {path} is damaged: train again with --overwrite.") from error
    if not isinstance(state, dict) or keys - set(state) or not isinstance(state["config"], dict):
        raise ConfigError(f"{path} is not a checkpoint of train.py.")
    checkpoint: dict[str, Any] = state
    return checkpoint


def _reason(error: BaseException) -> str:
    """The system's own words where an error has them somewhere in its history."""
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.strerror:
            return link.strerror
        link = link.__cause__ or link.__context__
    return (str(error) or type(error).__name__).split("\n", 1)[0].rstrip(".")
