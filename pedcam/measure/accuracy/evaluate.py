"""Measure how well presets, and other people's detectors, find the people in labelled pictures."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pedcam.detect.detector import Detector
from pedcam.detect.presets import Preset
from pedcam.errors import UserError
from pedcam.measure.accuracy.caltech import PERSON_ASPECT, REASONABLE, SETTINGS, Setting
from pedcam.measure.accuracy.matching import ImageResult, match, threshold_at_false_alarms
from pedcam.measure.accuracy.miss_rate import MAX_DETECTIONS
from pedcam.measure.accuracy.rivals import RIVAL_FORMATS, Rival
from pedcam.measure.accuracy.summary import (
    RECALL_AT,
    Finder,
    detect_all,
    print_accuracy,
    read_image,
    summarize,
)
from pedcam.measure.figures import check_picture_file, figure
from pedcam.measure.labels.base import LabelError, LabelledImage, printable
from pedcam.measure.labels.read import read_labels
from pedcam.measure.options import choose_presets, positive_option, size_option

PROBLEMS_SHOWN = 10
SHEET = Path("worst.png")


def evaluate(
    preset: Preset, images: Sequence[LabelledImage], setting: Setting = REASONABLE
) -> dict[str, Any]:
    """Measure one preset.

    Args:
        preset: What to measure.
        images: Labelled images.
        setting: Who counts.

    Returns:
        What :func:`~pedcam.measure.accuracy.summary.summarize` returns.

    Raises:
        LabelError: None of the images can be read.
        PresetError: The preset cannot be run.
    """
    return summarize(preset.name, detect_all(Detector(preset), images), setting)


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
    parser.add_argument(
        "--size", type=size_option, metavar="WxH", help="input size, default: each preset's own"
    )
    parser.add_argument(
        "--setting",
        choices=list(SETTINGS),
        default="reasonable",
        help="who counts: "
        + "; ".join(f"{name}: {one.describe()}" for name, one in SETTINGS.items()).replace(
            "%", "%%"
        )
        + "; default reasonable",
    )
    parser.add_argument(
        "--aspect",
        action="store_true",
        help=f"set all boxes to a width of {PERSON_ASPECT} times their height, as Caltech does",
    )
    parser.add_argument(
        "--rival", action="append", type=Path, default=[], metavar="FILE",
        help="also measure another detector's .onnx file; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--format", action="append", choices=RIVAL_FORMATS, default=[],
        help="how a rival was exported, one for each or one for all",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the curves, .png, .svg or .pdf"
    )
    parser.add_argument(
        "--worst", type=positive_option, metavar="N",
        help="write a sheet of the N worst misses and false alarms",
    )  # fmt: skip
    parser.add_argument(
        "--worst-file", type=Path, metavar="FILE",
        help=f"where to, .png, default {SHEET}; several detectors get their names added",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Run ``pedcam evaluate``.

    Raises:
        UserError: The labels, images, a preset, a rival or a file cannot be used.
    """
    # Everything that can be wrong shows before minutes are spent.
    if args.plot is not None:
        check_picture_file(args.plot)
        figure(1, (1, 1))
    rivals = _rivals(args.rival, args.format, args.size)
    presets = choose_presets(args.models, args.preset)
    finders: dict[str, Finder] = {
        preset.name: Detector(preset, input_size=args.size) for preset in presets
    }
    for rival in rivals:
        if rival.name in finders:
            raise UserError(f"There are two detectors '{rival.name}'. Rename the rival's file.")
        finders[rival.name] = rival
    sheets = _sheets(args, list(finders))
    labelled = read_labels(args.labels, args.images, args.split)
    _warn(labelled.problems)
    setting = SETTINGS[args.setting]
    _check_images(labelled.images, setting, args.plot is not None)
    own_thresholds = {preset.name: preset.info.score_threshold for preset in presets}
    rows, measured = [], {}
    images, unreadable = list(labelled.images), dict[int, str]()

    def leave_out(image: LabelledImage, error: LabelError) -> None:
        unreadable.setdefault(id(image), f"{error} It is left out")

    for name, finder in finders.items():
        with _progress(name, len(images)) as advance:
            results = detect_all(finder, images, advance, leave_out)
        # The next ones are measured on the same images.
        images = [image for image in images if id(image) not in unreadable]
        row = summarize(name, results, setting, args.aspect)
        sizes = {"left_out": len(unreadable), "input_size": list(finder.input_size)}
        rows.append({**row, **sizes})
        restricted = [setting.view(result, args.aspect) for result in results]
        measured[name] = match(restricted, max_detections=MAX_DETECTIONS)
        if name in sheets:
            threshold = own_thresholds.get(name)
            if threshold is None:
                threshold = threshold_at_false_alarms(measured[name], RECALL_AT)
            _write_worst(name, images, restricted, threshold, args.worst, sheets[name])
    _warn(list(unreadable.values()), "images")
    left_out = f" ({len(unreadable)} left out)" if unreadable else ""
    about = f"{args.labels.stem}, {len(images)} images{left_out}, {setting.describe()}"
    if args.plot is not None:
        from pedcam.measure.accuracy.curves import draw_curves

        draw_curves(measured, about, args.plot)
    if args.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        print_accuracy(rows, about)
    if any(row["ap"] is None and row["people"] for row in rows):
        sys.stderr.write(
            "pedcam: AP needs faster-coco-eval: pip install 'pedcam[measure]'. AP50 is our own.\n"
        )
    return 0


def _rivals(
    files: Sequence[Path], forms: Sequence[str], size: tuple[int, int] | None
) -> list[Rival]:
    if len(forms) not in {len(files), min(1, len(files))}:
        raise UserError(
            f"{len(files)} x --rival and {len(forms)} x --format: give each rival its format "
            f"({', '.join(RIVAL_FORMATS)}), or one for all of them."
        )
    every = list(forms) * len(files) if len(forms) == 1 else forms
    return [Rival(file, form, input_size=size) for file, form in zip(files, every, strict=True)]


def _sheets(args: argparse.Namespace, names: Sequence[str]) -> dict[str, Path]:
    """Return the files that the worst mistakes of each detector go to."""
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


def _check_images(images: Sequence[LabelledImage], setting: Setting, drawing: bool) -> None:
    if not any(os.path.isfile(image.path) for image in images):
        raise LabelError(
            f"None of the {len(images)} images named by the labels exists, such as "
            f"{printable(images[0].path)}. Check --images."
        )
    if not any(len(image.boxes) for image in images):
        raise LabelError(
            "Nobody is labelled, so there is nothing to find. Name labels with people in them."
        )
    if not any((setting.counts(it.boxes, it.visibility) & ~it.ignored).any() for it in images):
        nobody = f"Nobody in these labels counts under setting '{setting.name}'"
        if drawing:
            raise UserError(f"{nobody} ({setting.describe()}), so there is no curve to draw.")
        sys.stderr.write(f"pedcam: warning: {nobody} ({setting.describe()})\n")


def _write_worst(
    name: str,
    images: Sequence[LabelledImage],
    results: Sequence[ImageResult],
    threshold: float,
    count: int,
    file: Path,
) -> None:
    from pedcam.measure.accuracy.worst import draw_worst, write_sheet

    write_sheet(draw_worst(images, results, threshold, count, name, read_image), file)


@contextmanager
def _progress(name: str, total: int) -> Iterator[Callable[[], None]]:
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(escape(name), total=total)
        yield lambda: progress.advance(task)


def _warn(problems: Sequence[str], about: str = "labels") -> None:
    for problem in problems[:PROBLEMS_SHOWN]:
        sys.stderr.write(f"pedcam: warning: {problem}\n")
    if more := len(problems[PROBLEMS_SHOWN:]):
        sys.stderr.write(f"pedcam: warning: {more} more problems with the {about}\n")
