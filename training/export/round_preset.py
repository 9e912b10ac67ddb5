"""Round a float preset to 8 bits, to compare binarized ones with.

``python -m training.export.round_preset models/pedestrian-00.onnx --labels train.json --output
int8/pedestrian-int8.onnx`` sets the ranges of the activations from some of the pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pedcam.detect.letterbox import Letterbox
from pedcam.detect.presets import read_preset
from pedcam.errors import UserError
from pedcam.measure.labels.base import LabelledImage
from pedcam.measure.labels.image_files import read_image
from pedcam.measure.labels.read import read_labels
from training.export.int8 import round_preset
from training.tools.exit_code import exit_code


def pictures(
    images: Sequence[LabelledImage], count: int, size: tuple[int, int]
) -> Iterator[NDArray[np.uint8]]:
    """Yield ``count`` pictures, evenly spread over a set, letterboxed to ``(width, height)``.

    Raises:
        LabelError: One cannot be read.
    """
    for index in np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int):
        picture = read_image(images[index].path)
        fitted = np.empty((1, size[1], size[0], 3), np.uint8)
        Letterbox.fit((picture.shape[1], picture.shape[0]), size).apply(picture, fitted[0])
        yield fitted


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset", type=Path, help="a float preset")
    parser.add_argument("--labels", type=Path, required=True, help="pictures for the ranges")
    parser.add_argument("--images", type=Path, metavar="DIR")
    parser.add_argument("--pictures", type=int, default=64, metavar="N", help="default 64")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    args = parser.parse_args(arguments)

    def work() -> None:
        if args.output.suffix != ".onnx":
            raise UserError(f"{args.output} must end in .onnx, as presets do.")
        preset = read_preset(args.preset)
        images = read_labels(args.labels, args.images, "train").images
        fitted = pictures(images, max(1, args.pictures), preset.info.input_size)
        made = round_preset(preset, args.output, args.output.stem, fitted)
        sys.stdout.write(f"{made.path}: {made.file_bytes} bytes, {made.info.ratio_file}x smaller\n")

    return exit_code("round_preset", work)


if __name__ == "__main__":
    sys.exit(main())
