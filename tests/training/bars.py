"""The simplest people one can learn to find, and runs that are interrupted."""

import json
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch

from training.config import SetConfig, TrainConfig
from training.run import command
from training.run import steps as steps_module


def draw_people(folder: Path, count: int, seed: int) -> SetConfig:
    """Upright light bars on a dark ground: the simplest people one can learn to find."""
    rng = np.random.default_rng(seed)
    folder.mkdir()
    images, annotations = [], []
    for number in range(count):
        picture = rng.integers(0, 60, (64, 96, 3), np.uint8)
        x, y = int(rng.integers(4, 72)), int(rng.integers(4, 16))
        width, height = int(rng.integers(12, 20)), int(rng.integers(32, 44))
        picture[y : y + height, x : x + width] = rng.integers(180, 255, 3)
        cv2.imwrite(str(folder / f"{number}.png"), picture)
        images.append({"id": number, "file_name": f"{number}.png", "width": 96, "height": 64})
        annotations.append({"image_id": number, "bbox": [x, y, width, height]})
    labels = folder / "labels.json"
    labels.write_text(json.dumps({"images": images, "annotations": annotations}))
    return SetConfig(str(labels), str(folder))


def presets_in(folder: Path) -> list[Path]:
    """The presets of a run, the least binarized first."""
    return sorted((folder / "presets").glob("*.onnx"))


def weights(path: Path) -> dict[str, bytes]:
    return {tensor.name: tensor.raw_data for tensor in onnx.load(path).graph.initializer}


def interrupted(
    config: TrainConfig, folder: Path, at: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> list[Path]:
    """Interrupt a run of so many steps after one of them, and resume it."""
    real, taken = steps_module.detection_loss, 0

    class Stop:
        def is_set(self) -> bool:
            return taken == at

    def counted(*arguments):
        nonlocal taken
        # Not the loss that the log measures.
        taken += torch.is_grad_enabled()
        return real(*arguments)

    monkeypatch.setattr(steps_module, "detection_loss", counted)
    with pytest.raises(KeyboardInterrupt):
        command.run(config, folder, stopping=Stop())
    presets = command.run(config, folder, resume=True)
    # A descent that was interrupted is begun again.
    assert steps <= taken < steps + max(1, config.binarize.descent_steps)
    return presets
