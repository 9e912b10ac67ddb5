"""The worst mistakes on one sheet: who is missed, and what is taken for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.measure.accuracy.matching import FALSE, TRUE, ImageResult, match_image, pairwise_iou
from pedcam.measure.labels.base import LabelledImage

TILE = 176, 240  # width and height of a crop in pixels: people are tall
GAP = 8
COLUMNS = 6
SURROUNDINGS = 1.4  # height of a crop over that of its box, or its width where that says more
LEAST_SIDE = 24  # of a crop, in pixels of the picture
FONT, SMALL = cv2.FONT_HERSHEY_SIMPLEX, 0.4
LINE = 17  # height of a line below a crop
NAME_LINES = 3
PAPER, INK, BEYOND = (255, 255, 255), (40, 40, 40), (225, 225, 225)
MISSED, FALSE_ALARM, FOUND, TRUTH = (40, 40, 230), (0, 140, 255), (90, 190, 0), (230, 160, 40)
LEGEND = (
    (MISSED, "missed"), (FALSE_ALARM, "false alarm"), (FOUND, "found"), (TRUTH, "labelled person")
)  # fmt: skip


@dataclass(frozen=True)
class Mistake:
    """Somebody missed or a false alarm.

    Attributes:
        image: Index of the image.
        box: x1 y1 x2 y2.
        caption: What is written below, line by line.
        weight: The larger, the worse.
    """

    image: int
    box: NDArray[np.float32]
    caption: tuple[str, ...]
    weight: float


def worst_mistakes(
    results: Sequence[ImageResult], threshold: float
) -> tuple[list[Mistake], list[Mistake]]:
    """Return the misses and the false alarms at a score threshold, the worst first.

    The worst miss is the person with the most pixels from top to bottom that are not hidden, who
    should have been the easiest; the worst false alarm the one with the highest score.

    Args:
        results: What was found and what is there.
        threshold: Score from which a detection counts.
    """
    missed, alarms = [], []
    for number, result in enumerate(results):
        kept = result.scores >= threshold
        matched = replace(result, boxes=result.boxes[kept], scores=result.scores[kept])
        order, outcome, lost = match_image(matched)
        for who in np.flatnonzero(lost):
            missed.append(_miss(number, result, int(who), threshold))
        false = order[outcome == FALSE]
        for box, score in zip(matched.boxes[false], matched.scores[false], strict=True):
            height = f"{box[3] - box[1]:.0f} px high"
            caption = (f"score {100 * score:.0f} %", height)
            alarms.append(Mistake(number, box, caption, float(score)))
    for mistakes in (missed, alarms):
        mistakes.sort(key=lambda one: -one.weight)
    return missed, alarms


def _miss(number: int, result: ImageResult, who: int, threshold: float) -> Mistake:
    box = result.truths[who]
    height = float(box[3] - box[1])
    seen = 1.0 if result.visibility is None else float(result.visibility[who])
    near = pairwise_iou(result.boxes, box[None])[:, 0] >= 0.5
    score = float(result.scores[near].max()) if near.any() else 0.0
    if score >= threshold:
        best = f"score {100 * score:.0f} % found another"
    else:
        best = f"best score {100 * score:.0f} %" if score else "nothing near"
    visible = f", {100 * seen:.0f} % visible" if seen < 1 else ""
    return Mistake(number, box, (best, f"{height:.0f} px high{visible}"), height * seen)


def draw_worst(
    images: Sequence[LabelledImage],
    results: Sequence[ImageResult],
    threshold: float,
    count: int,
    name: str,
    read: Callable[[Path], Any],
) -> NDArray[np.uint8]:
    """Draw the worst misses and false alarms.

    Args:
        images: The labelled images.
        results: What was found in each.
        threshold: Score from which a detection counts.
        count: How many of either kind, at most.
        name: Of the detector.
        read: Reads an image file as H x W x 3 uint8, BGR.

    Returns:
        The sheet, H x W x 3 uint8, BGR.
    """
    missed, alarms = worst_mistakes(results, threshold)
    parts = [_line(f"{name}, score {100 * threshold:.0f} % and more", 0.6), _legend()]
    for what, mistakes, color in (
        ("missed", missed, MISSED), ("false alarms", alarms, FALSE_ALARM)
    ):  # fmt: skip
        shown = mistakes[:count]
        which = f", the worst {len(shown)} here" if len(shown) < len(mistakes) else ""
        parts.append(_line(f"{what}: {len(mistakes)} in all{which}", 0.55))
        tiles = []
        for one in shown:
            image = images[one.image]
            crop = _crop(read(image.path), one, results[one.image], threshold, color)
            tiles.append((crop, (*one.caption, *_wrap(image.path.name), *_wrap(name))))
        parts += [_row(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)]
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


def _crop(
    picture: NDArray[np.uint8],
    mistake: Mistake,
    result: ImageResult,
    threshold: float,
    color: tuple[int, int, int],
) -> NDArray[np.uint8]:
    x1, y1, x2, y2 = mistake.box.astype(float)
    width, height = TILE
    there = picture.shape[1::-1]
    needed = max(y2 - y1, (x2 - x1) * height / width)
    # No more than the picture has, so that nothing of the tile stays empty where that can be.
    tall = min(SURROUNDINGS * max(needed, LEAST_SIDE), there[1], there[0] * height / width)
    tall = max(tall, needed)
    size = np.minimum((tall * width / height, tall), there)
    corner = np.clip(np.array([x1 + x2, y1 + y2]) / 2 - size / 2, 0, np.array(there) - size)
    scale = float(min(TILE / size))
    shift = (np.array(TILE) - size * scale) / 2 - corner * scale
    crop = cv2.warpAffine(
        picture,
        np.array([[scale, 0, shift[0]], [0, scale, shift[1]]]),
        TILE,
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        borderValue=BEYOND,
    )

    def mark(box: NDArray[np.float32], hue: tuple[int, int, int], thickness: int) -> None:
        corners = box.astype(float).reshape(2, 2) * scale + shift
        corners = np.clip(corners, -max(TILE), 2 * max(TILE)).round().astype(int)
        cv2.rectangle(crop, corners[0].tolist(), corners[1].tolist(), hue, thickness)

    for box in result.truths[~result.ignored]:
        mark(box, TRUTH, 1)
    order, outcome, _ = match_image(result)
    for index, what in zip(order, outcome, strict=True):
        if what == TRUE and result.scores[index] >= threshold:
            mark(result.boxes[index], FOUND, 1)
    mark(mistake.box, color, 2)
    return np.asarray(crop, np.uint8)


def _row(tiles: Sequence[tuple[NDArray[np.uint8], Sequence[str]]]) -> NDArray[np.uint8]:
    lines = max(len(caption) for _, caption in tiles)
    row = np.full((TILE[1] + lines * LINE + 2 * GAP, _width(), 3), PAPER, np.uint8)
    for column, (crop, caption) in enumerate(tiles):
        left = GAP + column * (TILE[0] + GAP)
        row[: TILE[1], left : left + TILE[0]] = crop
        for number, text in enumerate(caption, 1):
            _write(row, text, (left, TILE[1] + number * LINE - 3), SMALL)
    return row


def _legend() -> NDArray[np.uint8]:
    line = np.full((26, _width(), 3), PAPER, np.uint8)
    left = GAP
    for color, text in LEGEND:
        cv2.rectangle(line, (left, 6), (left + 12, 18), color, -1)
        _write(line, text, (left + 18, 17), SMALL)
        left += 18 + _length(text) + 20
    return line


def _line(text: str, scale: float) -> NDArray[np.uint8]:
    line = np.full((34, _width(), 3), PAPER, np.uint8)
    _write(line, text, (GAP, 23), scale)
    return line


def _wrap(text: str) -> list[str]:
    """Break a name where the tile ends; of a very long one the middle is left out."""
    lines: list[str] = []
    rest = _plain(text)
    while rest:
        end = len(rest)
        while end > 1 and _length(rest[:end]) > TILE[0]:
            end -= 1
        lines.append(rest[:end])
        rest = rest[end:]
    if len(lines) > NAME_LINES:
        last = "".join(lines)[-(len(lines[0]) - 3) :]
        lines = [*lines[: NAME_LINES - 1], f"...{last}"]
    return lines


def _write(image: NDArray[np.uint8], text: str, where: tuple[int, int], scale: float) -> None:
    cv2.putText(image, _plain(text), where, FONT, scale, INK, 1, cv2.LINE_AA)


def _length(text: str) -> int:
    (width, _), _ = cv2.getTextSize(_plain(text), FONT, SMALL, 1)
    return width


def _plain(text: str) -> str:
    # OpenCV's letters are ASCII only.
    return text.encode("ascii", "replace").decode()


def _width() -> int:
    return GAP + COLUMNS * (TILE[0] + GAP)
