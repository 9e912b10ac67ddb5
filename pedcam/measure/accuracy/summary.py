"""How well a detector finds the people in labelled pictures, in figures and as a table."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.table import Table

from pedcam.measure.accuracy.caltech import Subset, height_bands
from pedcam.measure.accuracy.coco_ap import coco_average_precision
from pedcam.measure.accuracy.matching import ImageResult, Matches, average_precision, match
from pedcam.measure.accuracy.miss_rate import MAX_DETECTIONS, log_average_miss_rate, miss_rates
from pedcam.measure.labels.base import LabelError, LabelledImage
from pedcam.measure.labels.image_files import read_image

LOWEST_SCORE = 0.01
RECALL_AT = 0.1  # false alarms per image


class Finder(Protocol):
    """What a preset's detector and a rival have in common."""

    input_size: tuple[int, int]

    def detect(self, frame: NDArray[np.uint8], score_threshold: float) -> sv.Detections:
        """Find the people in a frame, H x W x 3 uint8, BGR."""


def detect_all(
    finder: Finder,
    images: Iterable[LabelledImage],
    on_unreadable: Callable[[LabelledImage, LabelError], None] = lambda image, error: None,
) -> list[ImageResult]:
    """Detect on every image that can be read, down to low scores.

    Args:
        finder: What detects.
        images: The images.
        on_unreadable: Called with each that has no result, and why.

    Raises:
        LabelError: None of the images can be read.
        UserError: The detector cannot be run.
    """
    results: list[ImageResult] = []
    unreadable: LabelError | None = None
    for image in images:
        try:
            picture = read_image(image.path)
        except LabelError as error:
            on_unreadable(image, error)
            unreadable = error
            continue
        found = finder.detect(picture, LOWEST_SCORE)
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
    if unreadable and not results:
        raise unreadable
    return results


def summarize(
    name: str, results: Sequence[ImageResult], subset: Subset, aspect: bool = False
) -> dict[str, Any]:
    """Turn what a detector found into figures; for ``aspect`` see :meth:`Subset.view`.

    Returns:
        ``name``; ``setting`` (of the subset); ``aspect``; ``miss_rate`` (log-average, IoU 0.5) and
        ``miss_rate_citypersons`` (see :func:`pedcam.measure.accuracy.miss_rate.miss_rates`);
        ``recall`` at 0.1 false alarms per image; ``ap50`` and ``ap`` (COCO's, IoU 0.5 and 0.5 to
        0.95; ``ap`` is ``None`` where faster-coco-eval is not installed); ``images``; ``people``
        that count; ``heights``, miss rates and recall by height of the people in pixels, from
        ``low`` to below ``high``. All shares are 0..1, ``None`` without people.
    """
    restricted = [subset.view(result, aspect) for result in results]
    matches = match(restricted, max_detections=MAX_DETECTIONS)
    figures: dict[str, Any] = {"name": name, "setting": subset.name, "aspect": aspect}
    figures |= {**_rates(matches), "ap50": None, "ap": None}
    if matches.people:
        reference = coco_average_precision(restricted)
        own = average_precision(match(restricted))
        figures["ap"], figures["ap50"] = reference or (None, own)
    figures |= {"images": matches.images, "people": matches.people, "heights": []}
    for band in height_bands(subset):
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


def print_accuracy(rows: Sequence[Mapping[str, Any]], about: str) -> None:
    """Print rows of :func:`summarize` of the same images; ``about`` names these."""
    # Lines are only broken for a person at a terminal, not for a program behind a pipe.
    # A rival's name may hold what rich would take for markup.
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
    table = Table(box=box.SIMPLE)
    table.add_column("detector", no_wrap=True)
    for heading in ("miss\nrate", "AP50", "AP", "recall"):
        table.add_column(heading, justify="right")
    for band in rows[0]["heights"]:
        high = "+" if band["high"] is None else f"-{band['high']:.0f}"
        people = "1 person" if band["people"] == 1 else f"{band['people']} people"
        heading = f"{band['low']:.0f}{high} px\n{people}"
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row["name"],
            *(_percent(row[key]) for key in ("miss_rate", "ap50", "ap", "recall")),
            *(_percent(band["miss_rate"]) for band in row["heights"]),
        )
    console.print(table)
    console.print(
        f"{about}: {rows[0]['people']} people; percent. Miss rate: log-average over 0.01 to 1 "
        f"false alarms per image, IoU 0.5, lower is better; on the right by height of the people. "
        f"Recall: at {RECALL_AT} false alarms per image."
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
