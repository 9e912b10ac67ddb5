"""Measure how well presets, and other people's detectors, find the people in labelled pictures."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.detect.detail import Detail
from pedcam.detect.detector import Detector
from pedcam.detect.presets import Preset
from pedcam.detect.tiles import detect_in_tiles, lay_tiles
from pedcam.errors import UserError
from pedcam.measure.accuracy import curves
from pedcam.measure.accuracy.caltech import PERSON_ASPECT, REASONABLE, SUBSETS, Subset
from pedcam.measure.accuracy.matching import match, threshold_at_fppi
from pedcam.measure.accuracy.miss_rate import MAX_DETECTIONS
from pedcam.measure.accuracy.rivals import RIVAL_FORMATS, Rival, formats_for
from pedcam.measure.accuracy.summary import RECALL_AT, Finder, detect_all, print_accuracy, summarize
from pedcam.measure.accuracy.worst import draw_worst
from pedcam.measure.contact_sheet import write_picture
from pedcam.measure.labels.base import LabelError, LabelledImage, printable
from pedcam.measure.labels.read import read_labels
from pedcam.measure.options import (
    check_picture_file,
    choose_presets,
    positive_option,
    size_option,
    with_progress,
)

PROBLEMS_SHOWN = 10
SHEET = Path("worst.png")


def evaluate(
    preset: Preset, images: Sequence[LabelledImage], subset: Subset = REASONABLE
) -> dict[str, Any]:
    """Measure one preset; return what :func:`~pedcam.measure.accuracy.summary.summarize` does.

    ``found`` and ``false_alarms`` are those at the preset's own threshold.

    Raises:
        LabelError: None of the images can be read.
        PresetError: The preset cannot be run.
    """
    found = detect_all(Detector(preset), images)
    return summarize(preset.name, found, subset, threshold=preset.info.score_threshold)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``pedcam evaluate``."""
    subsets = "; ".join(f"{name}: {one.describe()}" for name, one in SUBSETS.items())
    add = parser.add_argument
    add("labels", type=Path,
        help="COCO json file, YOLO data.yaml, or folder of either or of Pascal VOC xml files",
    )  # fmt: skip
    add("--images", type=Path, metavar="DIR",
        help="default: where the form of the labels puts them")  # fmt: skip
    add("--split", default="val", metavar="PART", help="part of a YOLO set, default val")
    add("--preset", nargs="+", default=["all"], metavar="NAME",
        help="default: all; NAME@WxH at a further input size")  # fmt: skip
    add("--models", type=Path, metavar="FOLDER", help="take the presets from here")
    add("--size", type=size_option, metavar="WxH", help="input size, default: each preset's own")
    add("--detail", choices=[one.value for one in Detail], default=Detail.WHOLE,
        help="how closely to look, default whole; auto: in parts of panoramas")  # fmt: skip
    add("--subset", choices=list(SUBSETS), default="reasonable",
        help=f"who counts: {subsets}; default reasonable".replace("%", "%%"))  # fmt: skip
    add("--aspect", action="store_true",
        help=f"set all boxes to a width of {PERSON_ASPECT} times their height, as Caltech does",
    )  # fmt: skip
    add("--rival", action="append", type=Path, default=[], metavar="FILE",
        help="also measure another detector's .onnx file; may be repeated")  # fmt: skip
    add("--format", action="append", choices=RIVAL_FORMATS, default=[],
        help="how a rival was exported, one for each or one for all")  # fmt: skip
    add("--json", action="store_true", help="print JSON")
    add("--plot", type=Path, metavar="FILE", help="draw the curves, .png, .svg or .pdf")
    add("--worst", type=positive_option, metavar="N",
        help="write a sheet of the N worst misses and false alarms")  # fmt: skip
    add("--worst-file", type=Path, metavar="FILE",
        help=f"where to, .png, default {SHEET}; several detectors get their names added",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Run ``pedcam evaluate``.

    Raises:
        UserError: The labels, images, a preset, a rival or a file cannot be used.
    """
    # Everything that can be wrong shows before minutes are spent.
    if args.plot is not None:
        check_picture_file(args.plot, curves.SUFFIXES)
        curves.check_matplotlib()
    forms = formats_for(len(args.rival), args.format, "--rival")
    rivals = [
        Rival(file, form, input_size=args.size)
        for file, form in zip(args.rival, forms, strict=True)
    ]
    presets = choose_presets(args.models, args.preset, size=args.size)
    finders: dict[str, Finder] = {
        preset.name: Detector(preset, input_size=args.size) for preset in presets
    }
    for rival in rivals:
        if rival.name in finders:
            raise UserError(f"There are two detectors '{rival.name}'. Rename the rival's file.")
        finders[rival.name] = rival
    rows_of_tiles = Detail(args.detail).rows
    if rows_of_tiles:
        finders = {name: _Closer(finder, rows_of_tiles) for name, finder in finders.items()}
    sheets = _sheets(args, list(finders))
    labelled = read_labels(args.labels, args.images, args.split)
    _warn(labelled.problems)
    subset = SUBSETS[args.subset]
    _check_images(labelled.images, subset, args.plot is not None)
    own_thresholds = {preset.name: preset.info.score_threshold for preset in presets}
    rows, measured = [], {}
    images, unreadable = list(labelled.images), dict[int, str]()

    def leave_out(image: LabelledImage, error: LabelError) -> None:
        unreadable.setdefault(id(image), f"{error} It is left out")

    for name, finder in finders.items():
        results = detect_all(finder, with_progress(images, name), leave_out)
        # The next ones are measured on the same images.
        images = [image for image in images if id(image) not in unreadable]
        row = summarize(name, results, subset, args.aspect)
        sizes = {"left_out": len(unreadable), "input_size": list(finder.input_size)}
        rows.append({**row, **sizes, "detail": args.detail})
        restricted = [subset.view(result, args.aspect) for result in results]
        measured[name] = match(restricted, max_detections=MAX_DETECTIONS)
        if name in sheets:
            threshold = own_thresholds.get(name)
            if threshold is None:
                threshold = threshold_at_fppi(measured[name], RECALL_AT)
            sheet = draw_worst(images, restricted, threshold, args.worst, name)
            write_picture(sheet, sheets[name])
    _warn(list(unreadable.values()), "images")
    left_out = f" ({len(unreadable)} left out)" if unreadable else ""
    about = f"{args.labels.stem}, {len(images)} images{left_out}, {subset.describe()}"
    if args.plot is not None:
        curves.draw_curves(measured, about, args.plot)
    if args.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        print_accuracy(rows, about)
    if any(row["ap"] is None and row["people"] for row in rows):
        sys.stderr.write(
            "pedcam: AP needs a package: pip install faster-coco-eval. AP50 is our own.\n"
        )
    return 0


class _Closer:
    """A detector that searches tiles too."""

    def __init__(self, finder: Finder, rows: int) -> None:
        self.input_size = finder.input_size
        self._finder, self._rows = finder, rows

    def detect(self, frame: NDArray[np.uint8], score_threshold: float) -> sv.Detections:
        tiles = lay_tiles((frame.shape[1], frame.shape[0]), self.input_size, self._rows)
        return detect_in_tiles(
            lambda part, _: self._finder.detect(part, score_threshold),
            frame,
            score_threshold,
            tiles,
        )


def _sheets(args: argparse.Namespace, names: Sequence[str]) -> dict[str, Path]:
    if args.worst is None:
        if args.worst_file is not None:
            raise UserError("--worst-file needs --worst N: how many of the worst mistakes to draw.")
        return {}
    file: Path = args.worst_file or SHEET
    sheets = {
        name: file.with_stem(f"{file.stem}-{name}") if len(names) > 1 else file for name in names
    }
    for sheet in sheets.values():
        check_picture_file(sheet, (".png",))
        if args.plot is not None and sheet.absolute() == args.plot.absolute():
            raise UserError(f"--plot and --worst-file are both {sheet}. Name two files.")
    return sheets


def _check_images(images: Sequence[LabelledImage], subset: Subset, drawing: bool) -> None:
    if not any(os.path.isfile(image.path) for image in images):
        raise LabelError(
            f"None of the {len(images)} images named by the labels exists, such as "
            f"{printable(images[0].path)}. Check --images."
        )
    if not any(len(image.boxes) for image in images):
        raise LabelError(
            "Nobody is labelled, so there is nothing to find. Name labels with people in them."
        )
    if not any((subset.counts(it.boxes, it.visibility) & ~it.ignored).any() for it in images):
        nobody = f"Nobody in these labels counts under subset '{subset.name}'"
        if drawing:
            raise UserError(f"{nobody} ({subset.describe()}), so there is no curve to draw.")
        sys.stderr.write(f"pedcam: warning: {nobody} ({subset.describe()})\n")


def _warn(problems: Sequence[str], about: str = "labels") -> None:
    for problem in problems[:PROBLEMS_SHOWN]:
        sys.stderr.write(f"pedcam: warning: {problem}\n")
    if more := len(problems[PROBLEMS_SHOWN:]):
        sys.stderr.write(f"pedcam: warning: {more} more problems with the {about}\n")
