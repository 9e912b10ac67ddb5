"""Contact sheets: many pictures side by side, with boxes and captions, in one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.errors import UserError
from pedcam.files import write_atomically

TILE = 176, 240  # width and height of a crop in pixels: people are tall
COLUMNS = 6
GAP = 8
SURROUNDINGS = 1.4  # height of a crop over that of its box, or its width where that says more
LEAST_SIDE = 24  # of a crop, in pixels of the picture
FONT, SMALL = cv2.FONT_HERSHEY_SIMPLEX, 0.4
LINE = 17  # height of a line of a caption
CAPTION_LINES = 3  # for one text
PAPER, INK, BEYOND = (255, 255, 255), (40, 40, 40), (225, 225, 225)  # colors are BGR

Picture = NDArray[np.uint8]
Color = tuple[int, int, int]
Mark = tuple[NDArray[np.float32], Color, int]  # box x1 y1 x2 y2, color, thickness


class ContactSheet:
    """A sheet that grows downwards."""

    def __init__(self, tile: tuple[int, int] = TILE, columns: int = COLUMNS) -> None:
        self._tile, self._columns = tile, columns
        self._parts: list[Picture] = []

    @property
    def picture(self) -> Picture:
        """The sheet, H x W x 3 uint8, BGR."""
        return np.concatenate(self._parts)

    def add_line(self, text: str, scale: float = 0.55) -> None:
        _write(self._blank(34), text, (GAP, 23), scale)

    def add_legend(self, colors: Mapping[str, Color]) -> None:
        """Add a line that says what colors mean."""
        line, left = self._blank(26), GAP
        for text, color in colors.items():
            cv2.rectangle(line, (left, 6), (left + 12, 18), color, -1)
            _write(line, text, (left + 18, 17), SMALL)
            left += 18 + text_width(text) + 20

    def add_tiles(self, tiles: Sequence[tuple[Picture, Sequence[str]]]) -> None:
        """Add pictures of the size of a tile, each with captions below, in rows."""
        width, height = self._tile
        for start in range(0, len(tiles), self._columns):
            part = tiles[start : start + self._columns]
            captions = [[line for text in texts for line in wrap(text, width)] for _, texts in part]
            row = self._blank(height + max(map(len, captions)) * LINE + 2 * GAP)
            for column, (picture, _) in enumerate(part):
                left = GAP + column * (width + GAP)
                row[:height, left : left + width] = picture
                for number, text in enumerate(captions[column], 1):
                    _write(row, text, (left, height + number * LINE - 3), SMALL)

    def _blank(self, height: int) -> Picture:
        width = GAP + self._columns * (self._tile[0] + GAP)
        self._parts.append(np.full((height, width, 3), PAPER, np.uint8))
        return self._parts[-1]


def crop(picture: Picture, around: NDArray[np.float32], marks: Sequence[Mark]) -> Picture:
    """Return the surroundings of a box, as large as :data:`TILE`, with boxes drawn in.

    Args:
        picture: H x W x 3 uint8, BGR.
        around: x1 y1 x2 y2.
        marks: What to draw.
    """
    x1, y1, x2, y2 = around.astype(float)
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
    tile = cv2.warpAffine(
        picture,
        np.array([[scale, 0, shift[0]], [0, scale, shift[1]]]),
        TILE,
        flags=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        borderValue=BEYOND,
    )
    for box, color, thickness in marks:
        corners = box.astype(float).reshape(2, 2) * scale + shift
        corners = np.clip(corners, -max(TILE), 2 * max(TILE)).round().astype(int)
        cv2.rectangle(tile, corners[0].tolist(), corners[1].tolist(), color, thickness)
    return np.asarray(tile, np.uint8)


def write_picture(picture: Picture, path: Path) -> None:
    """Write a picture in the format that the file's suffix names, atomically.

    Raises:
        UserError: There is no such format, or the file cannot be written; what was there before is
            still there.
    """
    try:
        good, encoded = cv2.imencode(path.suffix, picture)
    except cv2.error:
        good = False
    if not good:
        raise UserError(f"{path} cannot be an image file: end its name in .png or .jpg.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encoded.tobytes())
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of a width in pixels; of a very long one the middle is left out."""
    lines: list[str] = []
    rest = _plain(text)
    while rest:
        end = len(rest)
        while end > 1 and text_width(rest[:end]) > width:
            end -= 1
        lines.append(rest[:end])
        rest = rest[end:]
    if len(lines) > CAPTION_LINES:
        last = "".join(lines)[-(len(lines[0]) - 3) :]
        lines = [*lines[: CAPTION_LINES - 1], f"...{last}"]
    return lines


def text_width(text: str) -> int:
    """Return the width of a caption in pixels."""
    (width, _), _ = cv2.getTextSize(_plain(text), FONT, SMALL, 1)
    return width


def _write(image: Picture, text: str, where: tuple[int, int], scale: float) -> None:
    cv2.putText(image, _plain(text), where, FONT, scale, INK, 1, cv2.LINE_AA)


def _plain(text: str) -> str:
    # OpenCV's letters are ASCII only.
    return text.encode("ascii", "replace").decode()
