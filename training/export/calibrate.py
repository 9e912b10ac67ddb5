"""Give presets another default input size, and the score threshold they need there.

    python -m training.export.calibrate models/*.onnx --size 576x352 --labels val.json
    python -m training.export.calibrate models/*.onnx --also 768x448 960x544 --labels val.json

changes the presets' own descriptions; the networks stay what they are. The second line adds input
sizes beside the default one, which stays as it is, or calibrates them anew.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pedcam.detect.detector import Detector
from pedcam.detect.presets import (
    MAX_SIZES,
    CalibratedSize,
    Preset,
    PresetError,
    read_preset,
    size_name,
)
from pedcam.measure.accuracy.matching import match
from pedcam.measure.accuracy.summary import detect_all
from pedcam.measure.labels.base import LabelledImage
from pedcam.measure.labels.read import read_labels
from pedcam.measure.options import size_option
from training.config import TrainConfig
from training.evaluation import default_threshold
from training.export.onnx_graph import describe_preset
from training.tools.exit_code import exit_code


def calibrate(
    preset: Preset,
    images: Sequence[LabelledImage],
    *,
    input_size: tuple[int, int] | None = None,
    fppi: float = TrainConfig.fppi,
) -> Preset:
    """Set a preset's default input size, and its threshold from labelled images at that size.

    Everybody labelled counts, whatever their height. Where the size changes, the preset's figures
    of accuracy are dropped.

    Raises:
        LabelError: None of the images can be read.
        PresetError: The preset cannot be run.
        ValueError: The input size cannot be used.
    """
    info = preset.info
    old, new = info.input_size, input_size or info.input_size
    found = detect_all(Detector(preset, input_size=new), images)
    threshold = default_threshold(match(found), fppi)
    # Sides are multiples of all strides, so work is proportional to the area.
    area, old_area = new[0] * new[1], old[0] * old[1]
    return describe_preset(
        preset.path,
        input_size=new,
        score_threshold=round(threshold, 3),
        layers=tuple(replace(one, macs=one.macs * area // old_area) for one in info.layers),
        evaluation=info.evaluation if new == old else (),
        sizes=tuple(size for size in info.sizes if size.input_size != new),
    )


def add_size(
    preset: Preset,
    images: Sequence[LabelledImage],
    input_size: tuple[int, int],
    *,
    fppi: float = TrainConfig.fppi,
) -> Preset:
    """Calibrate a preset for a further input size; what was measured there before is dropped.

    Raises:
        LabelError: None of the images can be read.
        PresetError: The preset cannot be run, has too many sizes, or this one by default.
        ValueError: The input size cannot be used.
    """
    info = preset.info
    if input_size == info.input_size:
        raise PresetError(f"{size_name(input_size)} is the default size of '{preset.name}'.")
    others = tuple(size for size in info.sizes if size.input_size != input_size)
    if len(others) >= MAX_SIZES:
        raise PresetError(f"Preset '{preset.name}' has {len(others)} further sizes already.")
    found = detect_all(Detector(preset, input_size=input_size), images)
    threshold = round(default_threshold(match(found), fppi), 3)
    sizes = (*others, CalibratedSize(input_size, threshold))
    return describe_preset(
        preset.path, sizes=tuple(sorted(sizes, key=lambda size: math.prod(size.input_size)))
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("presets", type=Path, nargs="+", help="changed in place")
    add("--labels", type=Path, required=True, help="for the threshold")
    add("--images", type=Path, metavar="DIR")
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--size", type=size_option, metavar="WxH", help="the default size; default: each preset's"
    )
    size.add_argument(
        "--also", type=size_option, nargs="+", default=[], metavar="WxH",
        help="further sizes to add; the default one is left alone",
    )  # fmt: skip
    add("--fppi", type=float, default=TrainConfig.fppi, metavar="N",
        help="false alarms per image at the threshold, default %(default)s")  # fmt: skip
    args = parser.parse_args(arguments)

    def report(made: Preset) -> None:
        size = size_name(made.info.input_size)
        sys.stdout.write(f"{made.base_name}: {size}, threshold {made.info.score_threshold}\n")

    def work() -> None:
        images = read_labels(args.labels, args.images, "val").images
        for path in args.presets:
            if not args.also:
                made = calibrate(read_preset(path), images, input_size=args.size, fppi=args.fppi)
                report(made)
            for size in args.also:
                report(add_size(read_preset(path), images, size, fppi=args.fppi).at(size))

    return exit_code("calibrate", work)


if __name__ == "__main__":
    sys.exit(main())
