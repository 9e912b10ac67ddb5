"""The worst mistakes on one sheet: who is missed, and what is taken for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.errors import UserError
from pedcam.measure.files import write_atomically
from pedcam.measure.labels import LabelledImage
from pedcam.measure.precision import FALSE, TRUE, ImageResult, match_image

TILE = 200  # pixels of a square crop
CAPTION = 40
GAP = 8
COLUMNS = 6
SURROUNDINGS = 1.7  # side of a crop over the longer side of its box
PAPER, INK = (255, 255, 255), (40, 40, 40)
MISSED, FALSE_ALARM, FOUND, TRUTH = (40, 40, 230), (0, 140, 255), (127, 210, 0), (230, 160, 40)
LONGEST_NAME = 26


@dataclass(frozen=True)
class Mistake:
    """Somebody missed or a false alarm.

    Attributes:
        image: Index of the image.
        box: x1 y1 x2 y2.
        caption: What is written below.
        weight: The larger, the worse.
    """

    image: int
    box: NDArray[np.float32]
    caption: str
    weight: float


def worst_mistakes(
    results: Sequence[ImageResult], threshold: float
) -> tuple[list[Mistake], list[Mistake]]:
    """Return the misses and the false alarms at a score threshold, the worst first.

    The worst miss is the highest person, who should have been the easiest; the worst false alarm
    the one with the highest score.
    """
    missed, alarms = [], []
    for number, result in enumerate(results):
        kept = result.scores >= threshold
        order, outcome, lost = match_image(
            ImageResult(result.boxes[kept], result.scores[kept], result.truths, result.ignored)
        )
        for box in result.truths[lost]:
            height = float(box[3] - box[1])
            missed.append(Mistake(number, box, f"{height:.0f} px high", height))
        boxes, scores = result.boxes[kept][order], result.scores[kept][order]
        for box, score in zip(boxes[outcome == FALSE], scores[outcome == FALSE], strict=True):
            alarms.append(Mistake(number, box, f"score {100 * score:.0f} %", float(score)))
    for mistakes in (missed, alarms):
        mistakes.sort(key=lambda one: -one.weight)
    return missed, alarms


def draw_worst(
    images: Sequence[LabelledImage],
    results: Sequence[ImageResult],
    threshold: float,
    count: int,
    title: str,
    read: Callable[[Path], Any],
) -> NDArray[np.uint8]:
    """Draw the worst misses and false alarms.

    Args:
        images: The labelled images.
        results: What was found in each.
        threshold: Score from which a detection counts.
        count: How many of either kind, at most.
        title: What was measured.
        read: Reads an image file as H x W x 3 uint8, BGR.

    Returns:
        The sheet, H x W x 3 uint8, BGR.
    """
    missed, alarms = worst_mistakes(results, threshold)
    parts = [_line(title, 0.6)]
    for name, mistakes, color in (
        ("missed", missed, MISSED), ("false alarms", alarms, FALSE_ALARM)
    ):  # fmt: skip
        shown = mistakes[:count]
        parts.append(_line(f"{name}: {len(mistakes)} in all, the worst {len(shown)} here", 0.55))
        tiles = [
            _tile(read(images[one.image].path), one, results[one.image], threshold, color,
                  images[one.image].path.name)
            for one in shown
        ]  # fmt: skip
        parts += [_row(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
    parts.append(
        _line("red: missed   orange: false alarm   green: found   blue: other labels", 0.45)
    )
    return np.concatenate(parts)


def write_sheet(sheet: NDArray[np.uint8], path: Path) -> None:
    """Write a sheet as PNG, atomically.

    Raises:
        UserError: The file cannot be written; what was there before is still there.
    """
    try:
        write_atomically(path, cv2.imencode(".png", sheet)[1].tobytes())
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error


def _tile(
    picture: NDArray[np.uint8],
    mistake: Mistake,
    result: ImageResult,
    threshold: float,
    color: tuple[int, int, int],
    name: str,
) -> NDArray[np.uint8]:
    x1, y1, x2, y2 = mistake.box.astype(float)
    side = max(16.0, SURROUNDINGS * max(x2 - x1, y2 - y1))
    # Within the picture where it is large enough.
    left = min(max(0.0, (x1 + x2 - side) / 2), max(0.0, picture.shape[1] - side))
    top = min(max(0.0, (y1 + y2 - side) / 2), max(0.0, picture.shape[0] - side))
    scale = TILE / side
    crop = cv2.warpAffine(
        picture,
        np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]),
        (TILE, TILE),
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        borderValue=(200, 200, 200),
    )

    def mark(box: NDArray[np.float32], hue: tuple[int, int, int], width: int) -> None:
        corners = (box.astype(float).reshape(2, 2) - (left, top)) * scale
        corners = np.clip(corners, -TILE, 2 * TILE).round().astype(int)
        cv2.rectangle(crop, corners[0].tolist(), corners[1].tolist(), hue, width)

    for box in result.truths[~result.ignored]:
        mark(box, TRUTH, 1)
    order, outcome, _ = match_image(result)
    for index, what in zip(order, outcome, strict=True):
        if what == TRUE and result.scores[index] >= threshold:
            mark(result.boxes[index], FOUND, 1)
    mark(mistake.box, color, 2)
    caption = np.full((CAPTION, TILE, 3), PAPER, np.uint8)
    short = name if len(name) <= LONGEST_NAME else f"...{name[3 - LONGEST_NAME :]}"
    _write(caption, mistake.caption, (2, 15), 0.45)
    _write(caption, short, (2, 32), 0.4)
    return np.concatenate([crop, caption])


def _row(tiles: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    row = np.full((TILE + CAPTION + GAP, _width(), 3), PAPER, np.uint8)
    for column, tile in enumerate(tiles):
        left = GAP + column * (TILE + GAP)
        row[: TILE + CAPTION, left : left + TILE] = tile
    return row


def _line(text: str, scale: float) -> NDArray[np.uint8]:
    line = np.full((34, _width(), 3), PAPER, np.uint8)
    _write(line, text, (GAP, 23), scale)
    return line


def _write(image: NDArray[np.uint8], text: str, where: tuple[int, int], scale: float) -> None:
    # OpenCV's letters are ASCII only.
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(image, plain, where, cv2.FONT_HERSHEY_SIMPLEX, scale, INK, 1, cv2.LINE_AA)


def _width() -> int:
    return GAP + COLUMNS * (TILE + GAP)
