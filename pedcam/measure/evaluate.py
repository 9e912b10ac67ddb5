"""Measure how well presets, and other people's detectors, find the people in labelled pictures."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import supervision as sv
from numpy.typing import NDArray

from pedcam.detect.detector import Detector
from pedcam.detect.presets import Preset
from pedcam.errors import UserError
from pedcam.measure.choice import choose_presets
from pedcam.measure.coco_precision import coco_average_precision
from pedcam.measure.labels import LabelError, LabelledImage
from pedcam.measure.miss_rate import MAX_DETECTIONS, log_average_miss_rate, miss_rates
from pedcam.measure.options import positive_option, size_option
from pedcam.measure.pictures import check_picture_file
from pedcam.measure.precision import (
    ImageResult,
    Matches,
    average_precision,
    match,
    threshold_at_false_alarms,
)
from pedcam.measure.readers import read_labels
from pedcam.measure.rivals import RIVAL_FORMATS, Rival
from pedcam.measure.settings import PERSON_ASPECT, REASONABLE, SETTINGS, Setting, height_bands

LOWEST_SCORE = 0.01
PROBLEMS_SHOWN = 10
RECALL_AT = 0.1  # false alarms per image
SHEET = Path("worst.png")


class _Finder(Protocol):
    def detect(self, frame: NDArray[np.uint8], score_threshold: float) -> sv.Detections: ...


def evaluate(
    preset: Preset, images: Sequence[LabelledImage], setting: Setting = REASONABLE
) -> dict[str, Any]:
    """Measure one preset.

    Args:
        preset: What to measure.
        images: Labelled images.
        setting: Who counts.

    Returns:
        What :func:`summarize` returns.

    Raises:
        LabelError: An image is missing or cannot be decoded.
        PresetError: The preset cannot be run.
    """
    return summarize(preset.name, detect_all(Detector(preset), images), setting)


def detect_all(
    finder: _Finder,
    images: Sequence[LabelledImage],
    on_image: Callable[[], None] = lambda: None,
) -> list[ImageResult]:
    """Detect on every image, down to low scores.

    Raises:
        LabelError: An image is missing or cannot be decoded.
        UserError: The detector cannot be run.
    """
    results = []
    for image in images:
        found = finder.detect(read_image(image.path), LOWEST_SCORE)
        assert found.confidence is not None, "a detector gives every box a score"
        results.append(
            ImageResult(
                np.asarray(found.xyxy, np.float32),
                np.asarray(found.confidence, np.float32),
                image.boxes,
                image.ignored,
                image.visibility,
            )
        )
        on_image()
    return results


def summarize(
    name: str, results: Sequence[ImageResult], setting: Setting, aspect: bool = False
) -> dict[str, Any]:
    """Turn what was found into figures.

    Args:
        name: Of the detector.
        results: What was found and what is there.
        setting: Who counts.
        aspect: Whether to set all boxes to one aspect; see :meth:`Setting.view`.

    Returns:
        ``name``; ``miss_rate`` (log-average, IoU 0.5) and ``miss_rate_citypersons`` (see
        :func:`pedcam.measure.miss_rate.miss_rates`); ``recall`` at 0.1 false alarms per image;
        ``ap50`` and ``ap`` (COCO's, IoU 0.5 and 0.5 to 0.95; ``ap`` is ``None`` where
        faster-coco-eval is not installed); ``images``; ``people`` that count; ``heights``, the same
        figures by height of the people in pixels. All shares are 0..1, ``None`` without people.
    """
    restricted = [setting.view(result, aspect) for result in results]
    matches = match(restricted, max_detections=MAX_DETECTIONS)
    figures: dict[str, Any] = {"name": name, **_rates(matches), "ap50": None, "ap": None}
    if matches.people:
        reference = coco_average_precision(restricted)
        own = average_precision(match(restricted))
        figures["ap"], figures["ap50"] = reference or (None, own)
    figures |= {"images": matches.images, "people": matches.people, "heights": []}
    for band in height_bands(setting):
        viewed = [band.view(result, aspect) for result in results]
        there = match(viewed, max_detections=MAX_DETECTIONS)
        limits = {"low": band.low, "high": None if band.high == math.inf else band.high}
        figures["heights"].append({**limits, "people": there.people, **_rates(there)})
    return figures


def _rates(matches: Matches) -> dict[str, float | None]:
    if not matches.people:
        return {"miss_rate": None, "miss_rate_citypersons": None, "recall": None}
    return {
        "miss_rate": log_average_miss_rate(matches),
        "miss_rate_citypersons": log_average_miss_rate(matches, "citypersons"),
        "recall": float(1 - miss_rates(matches, np.array([RECALL_AT]))[0]),
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
        "--worst-file", type=Path, default=SHEET, metavar="FILE",
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
    if args.worst is not None:
        check_picture_file(args.worst_file, (".png",))
    rivals = _rivals(args.rival, args.format, args.size)
    presets = choose_presets(args.models, args.preset)
    labelled = read_labels(args.labels, args.images, args.split)
    _warn(labelled.problems)
    setting = SETTINGS[args.setting]
    finders: dict[str, _Finder] = {
        preset.name: Detector(preset, input_size=args.size) for preset in presets
    }
    for rival in rivals:
        if rival.name in finders:
            raise UserError(f"There are two detectors '{rival.name}'. Rename the rival's file.")
        finders[rival.name] = rival
    own_thresholds = {preset.name: preset.info.score_threshold for preset in presets}
    rows, measured = [], {}
    for name, finder in finders.items():
        with _progress(name, len(labelled.images)) as advance:
            results = detect_all(finder, labelled.images, advance)
        rows.append(summarize(name, results, setting, args.aspect))
        restricted = [setting.view(result, args.aspect) for result in results]
        measured[name] = match(restricted, max_detections=MAX_DETECTIONS)
        if args.worst is not None:
            threshold = own_thresholds.get(name)
            if threshold is None:
                threshold = threshold_at_false_alarms(measured[name], RECALL_AT)
            file = args.worst_file
            if len(finders) > 1:
                file = file.with_stem(f"{file.stem}-{name}")
            _write_worst(name, labelled.images, restricted, threshold, args.worst, file)
    about = f"{args.labels.stem}, {len(labelled.images)} images, {setting.describe()}"
    if args.plot is not None:
        drawn = {name: matches for name, matches in measured.items() if matches.people}
        if not drawn:
            raise UserError(f"There is nobody to find ({setting.describe()}), so no curve to draw.")
        from pedcam.measure.curves import draw_curves

        draw_curves(drawn, about, args.plot)
    if args.json:
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
    else:
        _print(rows, about)
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


def _write_worst(
    name: str,
    images: Sequence[LabelledImage],
    results: Sequence[ImageResult],
    threshold: float,
    count: int,
    file: Path,
) -> None:
    from pedcam.measure.worst import draw_worst, write_sheet

    title = f"{name}, score {100 * threshold:.0f} % and more"
    write_sheet(draw_worst(images, results, threshold, count, title, read_image), file)


def _print(rows: Sequence[dict[str, Any]], about: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    # Lines are only broken for a person at a terminal, not for a program behind a pipe.
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    table = Table(box=box.SIMPLE)
    table.add_column("detector", no_wrap=True)
    bands = [
        f"{band['low']:.0f}{'+' if band['high'] is None else '-' + format(band['high'], '.0f')} px"
        for band in rows[0]["heights"]
    ]
    headings = ["miss rate", "AP50", "AP", f"recall at {RECALL_AT}", "people"]
    for heading in headings + [f"miss rate, {band}" for band in bands]:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row["name"],
            *(_percent(row[key]) for key in ("miss_rate", "ap50", "ap", "recall")),
            str(row["people"]),
            *(_percent(band["miss_rate"]) for band in row["heights"]),
        )
    console.print(table)
    console.print(
        f"{about}; percent. Miss rate: log-average over 0.01 to 1 false alarms per image, IoU 0.5, "
        "lower is better. Recall: at 0.1 false alarms per image."
    )


@contextmanager
def _progress(name: str, total: int) -> Iterator[Callable[[], None]]:
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=total)
        yield lambda: progress.advance(task)


def _warn(problems: Sequence[str]) -> None:
    for problem in problems[:PROBLEMS_SHOWN]:
        sys.stderr.write(f"pedcam: warning: {problem}\n")
    if more := len(problems[PROBLEMS_SHOWN:]):
        sys.stderr.write(f"pedcam: warning: {more} more problems with the labels\n")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"


def read_image(path: Path) -> Any:
    """Read an image file as H x W x 3 uint8, BGR.

    Raises:
        LabelError: It is missing, empty, too large or cannot be decoded.
    """
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
