"""Looking closer: overlapping tiles of a picture are searched beside the whole of it.

supervision's ``InferenceSlicer`` does not serve: it merges by overlap alone, so that the half of a
person at a tile's edge stays as a second person, and it does not look at the whole picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pedcam.detect.postprocess import select

if TYPE_CHECKING:
    import supervision as sv

Size = tuple[int, int]
"""Width and height in pixels."""

Tile = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels of the picture."""

PANORAMA = 5  # times as wide as high, or as high as wide
LONGEST = 24  # tiles in a row: bounds the work, whatever a picture's shape

# In heights of a tile. Whoever is at most this wide and high is whole in one tile at least, clear
# of its edges; who is higher is left to the whole picture.
WIDEST, HIGHEST = 0.41, 0.36  # 0.41 is the width of a person as high as the tile
EDGE = 0.02


def is_panorama(size: Size) -> bool:
    """Whether hardly anything is left of people when a picture of this shape is shrunk to fit."""
    return max(size) >= PANORAMA * min(size)


def lay_tiles(size: Size, input_size: Size, rows: int) -> list[Tile]:
    """Return which parts of a picture are searched: the whole of it, and then the tiles.

    Args:
        size: The picture's.
        input_size: The network's; tiles have this aspect ratio.
        rows: 0 for the whole picture alone; else how many tiles cover it in both directions, or
            the shorter side of a panorama, whose longer one takes as many as it needs. One row of
            a picture of another shape would be the whole of it once more, and is left out; that of
            a panorama is there too where there are more, for people too large for those.
    """
    overlaps = [
        min((part + 2 * EDGE) * input_size[1], side / 2)
        for part, side in zip((WIDEST, HIGHEST), input_size, strict=True)
    ]

    def scale(axis: int, count: int) -> float:
        """Input pixels per pixel of the picture where so many tiles reach from end to end."""
        return (count * input_size[axis] - (count - 1) * overlaps[axis]) / size[axis]

    if not rows:
        return [(0, 0, *size)]
    larger = lay_tiles(size, input_size, min(rows - 1, 1) if is_panorama(size) else 0)
    closest = max if is_panorama(size) else min
    zoom = closest(scale(0, rows), scale(1, rows))
    zoom = min(zoom, scale(0, LONGEST), scale(1, LONGEST))
    starts: list[list[int]] = []
    sides: list[int] = []
    for axis in (0, 1):
        side = min(math.ceil(input_size[axis] / zoom), size[axis])
        rest, step = size[axis] - side, (input_size[axis] - overlaps[axis]) / zoom
        gaps = math.ceil(rest / step - 1e-6)  # what is exact may be rounded up
        starts.append([round(place * rest / max(gaps, 1)) for place in range(gaps + 1)])
        sides.append(side)
    tiles = [(x, y, x + sides[0], y + sides[1]) for y in starts[1] for x in starts[0]]
    return [*larger, *tiles] if len(tiles) > 1 else larger


def detect_in_tiles(
    detect: Callable[[NDArray[np.uint8], float | None], sv.Detections],
    frame: NDArray[np.uint8],
    score_threshold: float | None,
    tiles: Sequence[Tile],
) -> sv.Detections:
    """Find the people in several parts of a frame, each of them once.

    Whoever is cut by an edge between tiles is whole in the next tile, or too large for that and
    found in the whole picture, so what touches such an edge is left out. Where two parts show the
    same person, they are merged as the detector merges its own boxes.

    Args:
        detect: Finds people in a picture; see :meth:`pedcam.detect.detector.Detector.detect`.
        frame: H x W x 3 uint8, BGR.
        score_threshold: Lowest score kept; see there.
        tiles: What :func:`lay_tiles` returns for it.

    Returns:
        Boxes in frame pixels, best first; ``metadata`` holds the milliseconds of all parts
        together.
    """
    if len(tiles) == 1:
        return detect(frame, score_threshold)
    import supervision as sv

    boxes, scores = [], []
    metadata: dict[str, float] = {}
    for tile in tiles:
        left, top, right, bottom = tile
        found = detect(frame[top:bottom, left:right], score_threshold)
        placed = (found.xyxy + np.array([left, top, left, top])).astype(np.float32)
        whole = _whole(placed, tile, (frame.shape[1], frame.shape[0]))
        boxes.append(placed[whole])
        scores.append(np.asarray(found.confidence, np.float32)[whole])
        for stage, milliseconds in found.metadata.items():
            metadata[stage] = metadata.get(stage, 0.0) + milliseconds
    merged, best = select(np.concatenate(boxes), np.concatenate(scores), 0.0)
    return sv.Detections(
        xyxy=merged,
        confidence=best,
        class_id=np.zeros(len(best), np.int64),
        metadata=metadata,
    )


def _whole(boxes: NDArray[np.float32], tile: Tile, size: Size) -> NDArray[np.bool_]:
    """Whether people found in a tile are surely whole there, bool ``[boxes]``."""
    left, top, right, bottom = tile
    width, height = right - left, bottom - top
    inner = np.array([left > 0, top > 0, right < size[0], bottom < size[1]])
    cut = (np.abs(boxes - np.array(tile, np.float32)) <= EDGE * height) & inner
    # Where there is one row of tiles, or one column, nothing else shows larger people well.
    inside = width < size[0] and height < size[1]
    too_high = (boxes[:, 3] - boxes[:, 1] > HIGHEST * height) & inside
    whole: NDArray[np.bool_] = ~(cut.any(1) | too_high)
    return whole
