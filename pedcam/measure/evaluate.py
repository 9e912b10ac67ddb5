"""Measure how good presets are on labelled images."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pedcam.detect.detector import Detector
from pedcam.detect.presets import Preset
from pedcam.measure.choice import choose_presets
from pedcam.measure.labels import LabelError, LabelledImage
from pedcam.measure.miss_rate import log_average_miss_rate
from pedcam.measure.precision import ImageResult, average_precision, match
from pedcam.measure.readers import read_labels

LOWEST_SCORE = 0.01
PROBLEMS_SHOWN = 10


def evaluate(preset: Preset, images: Sequence[LabelledImage]) -> dict[str, Any]:
    """Measure one preset.

    Args:
        preset: What to measure.
        images: Labelled images.

    Returns:
        ``name``, ``ap50`` (average precision at IoU 0.5, 0..1), ``miss_rate`` (log-average over
        0.01 to 1 false alarms per image at IoU 0.5, 0..1), ``images`` and ``people``. Without
        people ``ap50`` and ``miss_rate`` are ``None``.

    Raises:
        LabelError: An image is missing or cannot be decoded.
        PresetError: The preset cannot be run.
    """
    detector = Detector(preset)
    results = []
    for image in images:
        found = detector.detect(_read(image.path), LOWEST_SCORE)
        assert found.confidence is not None
        results.append(
            ImageResult(
                np.asarray(found.xyxy, np.float32),
                np.asarray(found.confidence, np.float32),
                image.boxes,
                image.ignored,
            )
        )
    matches = match(results)
    return {
        "name": preset.name,
        "ap50": average_precision(matches) if matches.people else None,
        "miss_rate": log_average_miss_rate(matches) if matches.people else None,
        "images": matches.images,
        "people": matches.people,
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``pedcam evaluate``."""
    parser.add_argument(
        "labels",
        type=Path,
        help="COCO json file, YOLO data.yaml, or folder of either or of Pascal VOC xml files",
    )
    parser.add_argument(
        "--images", type=Path, metavar="DIR", help="default: where the form of the labels puts them"
    )
    parser.add_argument(
        "--split", default="val", metavar="PART", help="part of a YOLO set, default val"
    )
    parser.add_argument("--preset", nargs="+", default=["all"], metavar="NAME", help="default: all")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="take the presets from here")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Run ``pedcam evaluate``.

    Raises:
        LabelError: The labels or images cannot be used.
        PresetError: A preset cannot be used.
    """
    presets = choose_presets(args.models, args.preset)
    labelled = read_labels(args.labels, args.images, args.split)
    images = labelled.images
    _warn(labelled.problems)
    rows = []
    for preset in presets:
        if sys.stderr.isatty():
            sys.stderr.write(f"{preset.name}: {len(images)} images ...\n")
        rows.append(evaluate(preset, images))
    if args.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table("preset")
    for heading in ("AP50", "miss rate", "images", "people"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row["name"],
            _percent(row["ap50"]),
            _percent(row["miss_rate"]),
            str(row["images"]),
            str(row["people"]),
        )
    Console().print(table)
    return 0


def _warn(problems: Sequence[str]) -> None:
    for problem in problems[:PROBLEMS_SHOWN]:
        sys.stderr.write(f"pedcam: warning: {problem}\n")
    if more := len(problems[PROBLEMS_SHOWN:]):
        sys.stderr.write(f"pedcam: warning: {more} more problems with the labels\n")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def _read(path: Path) -> Any:
    try:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except OSError as error:
        raise LabelError(
            f"Image {path}, named by the labels, cannot be read: {error.strerror}. Check --images."
        ) from error
    except cv2.error as error:  # an empty file, or one with too many pixels
        raise LabelError(f"Image {path} is empty or too large.") from error
    if image is None:
        raise LabelError(f"Image {path} cannot be decoded.")
    return image
