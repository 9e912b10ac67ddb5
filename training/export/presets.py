"""Presets of a run: named, measured, written, and added to the app's menu."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pedcam.detect.library import copy_file
from pedcam.detect.pool import user_models_folder
from pedcam.detect.presets import Preset, PresetInfo
from training.config import METHODS, TrainConfig
from training.evaluation import Accuracy
from training.export.int8 import export_int8
from training.export.onnx_graph import describe_preset, export_preset, training_record
from training.network.architecture import binarizable
from training.network.model import PedestrianNet


class Exporter:
    """Writes the presets of a run into a folder."""

    def __init__(self, config: TrainConfig, folder: Path) -> None:
        self._config, self._folder = config, folder

    def export(
        self,
        net: PedestrianNet,
        measure: Callable[[Preset | None], Accuracy],
        calibration: Sequence[Any] | None = None,
        *,
        continued: bool = False,
    ) -> tuple[Preset, Accuracy]:
        """Measure a network and write it as a preset.

        Args:
            net: The network; the number of its binarized layers is the depth.
            measure: Measures it on the validation set, or a preset that is more than its copy.
            calibration: Images ``[1, H, W, 3]`` uint8; given, the float network is written with
                8-bit weights and activations, by post-training quantization.
            continued: Whether it is the float network after more training.

        Returns:
            The preset, and what was measured.
        """
        config, depth = self._config, len(net.binarized())
        name, title = f"{config.name}-{depth:02d}", f"{config.title}, "
        if calibration is not None:
            name, title = f"{config.name}-int8", title + "int8"
        elif continued:
            name, title = f"{config.name}-float", title + "float, trained on"
        elif config.method == "layer-wise" or not depth:
            title += title_of_depth(depth, len(binarizable(net.nodes)))
        else:
            name = f"{config.name}-{config.method}-{depth:02d}"
            title += f"{config.method}, {title_of_depth(depth, len(binarizable(net.nodes)))}"
        accuracy = measure(None)
        info = PresetInfo(
            name=name,
            title=title,
            depth=0,
            depth_limit=0,
            layers=(),
            input_size=config.input_size,
            score_threshold=round(accuracy.threshold, 3),
            ratio_codes=1.0,
            ratio_file=1.0,
            evaluation=(_evaluation(accuracy),),
            training=training_record(asdict(config) | {"method_title": METHODS[config.method]}),
            created=datetime.date.today().isoformat(),
        )
        path = self._folder / f"{name}.onnx"
        if calibration is not None:
            # What rounding costs shows in the file only, and so does the threshold it needs.
            accuracy = measure(export_int8(net, path, info, calibration))
            changes = {"evaluation": (_evaluation(accuracy),)}
            threshold = round(accuracy.threshold, 3)
            return describe_preset(path, score_threshold=threshold, **changes), accuracy
        return export_preset(net, path, info), accuracy


def _evaluation(accuracy: Accuracy) -> dict[str, Any]:
    return {
        "data": "validation",
        "images": accuracy.images,
        "ap50": accuracy.ap50,
        "miss_rate": accuracy.miss_rate,
    }


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
