"""What the presets of a run say about themselves, and how they get into the app's menu."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pedcam.detect.library import copy_file
from pedcam.detect.pool import user_models_folder
from pedcam.detect.presets import PresetInfo
from training.config import METHODS, TrainConfig
from training.evaluation import Accuracy
from training.export.onnx_graph import training_record
from training.network.architecture import binarizable
from training.network.model import PedestrianNet


def describe(
    config: TrainConfig,
    net: PedestrianNet,
    accuracy: Accuracy,
    *,
    continued: bool,
    eight_bit: bool,
) -> PresetInfo:
    """Describe a network as a preset, apart from what the file's writer reads off the network.

    Args:
        config: The settings of the run.
        net: The network; the number of its binarized layers is the depth.
        accuracy: What was measured on the validation set.
        continued: Whether it is the float network after more training.
        eight_bit: Whether it is the float network rounded to 8 bits.
    """
    depth = len(net.binarized())
    name, title = f"{config.name}-{depth:02d}", title_of_depth(depth, len(binarizable(net.nodes)))
    if eight_bit:
        name, title = f"{config.name}-int8", "int8"
    elif continued:
        name, title = f"{config.name}-float", "float, trained on"
    elif config.method != "layer-wise" and depth:
        name, title = f"{config.name}-{config.method}-{depth:02d}", f"{config.method}, {title}"
    return PresetInfo(
        name=name,
        title=f"{config.title}, {title}",
        depth=0,
        depth_limit=0,
        layers=(),
        input_size=config.input_size,
        ratio_codes=1.0,
        ratio_file=1.0,
        training=training_record(asdict(config) | {"method_title": METHODS[config.method]}),
        created=datetime.date.today().isoformat(),
        **measured(accuracy),
    )


def measured(accuracy: Accuracy) -> dict[str, Any]:
    """Return the fields of a preset's description that come of measuring it."""
    evaluation = {
        "data": "validation",
        "images": accuracy.images,
        "found": accuracy.found,
        "false_alarms": accuracy.false_alarms,
        "ap50": accuracy.ap50,
        "miss_rate": accuracy.miss_rate,
    }
    return {"score_threshold": round(accuracy.threshold, 3), "evaluation": (evaluation,)}


def title_of_depth(depth: int, limit: int) -> str:
    """Return how a depth is called in a preset's title."""
    if depth == 0:
        return "float"
    return f"all {limit} binary" if depth == limit else f"{depth} of {limit} binary"


def install_presets(
    presets: Iterable[Path], *, overwrite: bool, report: Callable[[str], None]
) -> None:
    """Copy preset files to where the app looks for the user's own; ``report`` takes lines about it.

    Raises:
        OSError: The folder cannot be written to.
    """
    folder = user_models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    added = 0
    for path in presets:
        target = folder / path.name
        if target.exists() and not overwrite:
            report(f"{target} is there already and stays: --overwrite replaces it")
            continue
        copy_file(path, target)
        added += 1
    if added:
        report(f"{added} presets added to {folder}: pedcam --demo has them in its menu")
