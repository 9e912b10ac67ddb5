"""Random views of labelled images.

Boxes are ``[people, 4]`` x1 y1 x2 y2 in pixels; labels are 1 (a person) or -1 (a region to ignore).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.detect.letterbox import PADDING_VALUE
from training.config import AugmentConfig

Image = NDArray[Any]  # uint8, as OpenCV gives and takes it
Boxes = NDArray[np.float32]
Labels = NDArray[np.int8]

EYE = np.eye(3)
LUMA = np.tile([0.114, 0.587, 0.299], (3, 1))
# The cross product with the axis of grays.
AROUND_GRAY = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)


def random_affine(
    rng: np.random.Generator,
    source: tuple[int, int],
    region: tuple[int, int, int, int],
    config: AugmentConfig,
    *,
    covering: bool = False,
) -> NDArray[np.float64]:
    """Draw a map from an image to a region of the view.

    Args:
        rng: Source of randomness.
        source: ``(width, height)`` of the image.
        region: x1 y1 x2 y2, in pixels of the view.
        config: Ranges.
        covering: Whether scale 1 is the image covering the region, or just fitting into it.

    Returns:
        A 2 x 3 matrix that scales, perhaps mirrors and moves. Where the image is larger than the
        region a random part of it shows; where smaller, it lies somewhere inside.
    """
    width, height = region[2] - region[0], region[3] - region[1]
    ratios = width / source[0], height / source[1]
    if covering:
        scale = max(ratios) * math.exp(rng.uniform(*config.mosaic_log_scale))
    else:
        scale = min(ratios) * math.exp(rng.uniform(*config.log_scale))
    aspect = math.exp(rng.uniform(-config.log_aspect, config.log_aspect) / 2)
    scale_x, scale_y = scale * aspect, scale / aspect
    left = region[0] + rng.uniform() * (width - source[0] * scale_x)
    top = region[1] + rng.uniform() * (height - source[1] * scale_y)
    if rng.uniform() < config.flip:
        return np.array([[-scale_x, 0, left + source[0] * scale_x], [0, scale_y, top]])
    return np.array([[scale_x, 0, left], [0, scale_y, top]])


def map_boxes(boxes: Boxes, matrix: NDArray[np.float64]) -> Boxes:
    """Map boxes by an axis-aligned affine map (mirroring allowed)."""
    scale_x, left, scale_y, top = matrix[0, 0], matrix[0, 2], matrix[1, 1], matrix[1, 2]
    if scale_x < 0:
        boxes = boxes[:, [2, 1, 0, 3]]
    if scale_y < 0:
        boxes = boxes[:, [0, 3, 2, 1]]
    mapped = boxes * np.array([scale_x, scale_y] * 2) + np.array([left, top] * 2)
    return mapped.astype(np.float32)


def clip_boxes(
    boxes: Boxes, labels: Labels, region: tuple[int, int, int, int], config: AugmentConfig
) -> tuple[Boxes, Labels]:
    """Cut boxes to a region of the view.

    Boxes that are out of view are dropped; people of whom too little is left, or who are too
    small to be told from noise, become regions to ignore.
    """
    low = np.array(region[:2] * 2, np.float32)
    high = np.array(region[2:] * 2, np.float32)
    clipped = np.minimum(np.maximum(boxes, low), high)
    left = _area(clipped)
    seen = left > 0
    poor = left < config.min_visible * _area(boxes)
    poor |= clipped[:, 3] - clipped[:, 1] < config.min_height
    labels = np.where(poor, np.int8(-1), labels)
    return clipped[seen], labels[seen]


def _area(boxes: Boxes) -> NDArray[np.float32]:
    sides = boxes[:, 2:] - boxes[:, :2]
    area: NDArray[np.float32] = sides[:, 0] * sides[:, 1]
    return area


def place(
    view: Image,
    image: Image,
    boxes: Boxes,
    labels: Labels,
    region: tuple[int, int, int, int],
    rng: np.random.Generator,
    config: AugmentConfig,
    *,
    covering: bool = False,
) -> tuple[Boxes, Labels]:
    """Draw a random affine view of an image into a region, and return its boxes there.

    The part of the image that shows is drawn to whole pixels, less than one away from where the
    map puts it, and the boxes with it: plain resizing is several times faster than warping.
    """
    matrix = random_affine(rng, (image.shape[1], image.shape[0]), region, config, covering=covering)
    width, height = region[2] - region[0], region[3] - region[1]
    mirrored = matrix[0, 0] < 0
    # What is mirrored is drawn as it is into a mirrored region, and turned over in the end.
    left = region[2] - matrix[0, 2] if mirrored else matrix[0, 2] - region[0]
    # Shrinking far below the source needs averaging first, or small people turn to aliasing.
    step = 1
    while step * max(abs(matrix[0, 0]), matrix[1, 1]) < 2 / 3:
        step *= 2
    columns = _fit(abs(matrix[0, 0]), left, width, image.shape[1], step)
    rows = _fit(matrix[1, 1], matrix[1, 2] - region[1], height, image.shape[0], step)
    part = _averaged(image[rows.source, columns.source], step)
    part = cv2.resize(part, (columns.stop - columns.start, rows.stop - rows.start))
    part = part[rows.inside(height), columns.inside(width)]
    x, y = max(columns.start, 0), max(rows.start, 0)
    if mirrored and part.size:
        part, x = cv2.flip(part, 1), width - x - part.shape[1]
    if part.shape[:2] != (height, width):
        view[region[1] : region[3], region[0] : region[2]] = PADDING_VALUE
    x, y = x + region[0], y + region[1]
    view[y : y + part.shape[0], x : x + part.shape[1]] = part
    sign, origin = (-1, region[2]) if mirrored else (1, region[0])
    drawn = np.array(
        [
            [sign * columns.scale, 0, origin + sign * columns.offset],
            [0, rows.scale, region[1] + rows.offset],
        ]
    )
    return clip_boxes(map_boxes(boxes, drawn), labels, region, config)


@dataclass(frozen=True)
class _Fit:
    """Where the part of an image that shows is drawn in a region, along one axis."""

    source: slice  # pixels of the image
    start: int  # first pixel of the region that they are drawn to; may lie before the region
    stop: int  # pixel after the last; may lie beyond the region
    scale: float  # pixels of the region per pixel of the image
    offset: float  # where the image begins, in pixels of the region

    def inside(self, length: int) -> slice:
        low = max(self.start, 0)
        return slice(low - self.start, max(low, min(self.stop, length)) - self.start)


def _fit(scale: float, offset: float, length: int, limit: int, step: int) -> _Fit:
    """Fit an image of ``limit`` pixels, averaged in steps, into a region of ``length``."""
    size, blocks = scale * step, -(-limit // step)
    low = min(max(math.floor(-offset / size), 0), blocks - 1)
    high = max(min(math.ceil((length - offset) / size), blocks), low + 1)
    start = round(offset + low * size)
    stop = max(round(offset + high * size), start + 1)
    drawn = (stop - start) / (high - low) / step
    source = slice(low * step, min(high * step, limit))
    return _Fit(source, start, stop, drawn, start - low * step * drawn)


def _averaged(image: Image, step: int) -> Image:
    """Average squares of ``step`` (a power of two) pixels; what lacks to the last is made up."""
    bottom, right = -image.shape[0] % step, -image.shape[1] % step
    if bottom or right:
        # A factor that is not whole would be twenty times slower.
        image = cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    # Halving is what OpenCV does fastest by far, also when it takes several turns.
    while step > 1:
        size = image.shape[1] // 2, image.shape[0] // 2
        image, step = cv2.resize(image, size, interpolation=cv2.INTER_AREA), step // 2
    return image


def mosaic_regions(
    rng: np.random.Generator, size: tuple[int, int]
) -> list[tuple[int, int, int, int]]:
    """Return four regions that meet in a random point of a view of ``size`` (width, height)."""
    width, height = size
    x, y = int(rng.uniform(0.3, 0.7) * width), int(rng.uniform(0.3, 0.7) * height)
    return [(0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height)]


def colour_matrix(turn: float, saturation: float) -> NDArray[np.float64]:
    """Return the 3 x 3 matrix that turns the hue of BGR colours and scales their saturation.

    The turn is in degrees about the axis of grays; saturation 0 keeps the luma (ITU-R BT.601).
    """
    angle = math.radians(turn)
    turned = math.cos(angle) * EYE + (1 - math.cos(angle)) / 3 + math.sin(angle) * AROUND_GRAY
    matrix: NDArray[np.float64] = (saturation * EYE + (1 - saturation) * LUMA) @ turned
    return matrix


def vary_colour(image: Image, rng: np.random.Generator, config: AugmentConfig) -> Image:
    """Change light, colour and sharpness; boxes are not touched by this."""
    if rng.uniform() < config.gray:
        colour = colour_matrix(0.0, 0.0)
    else:
        turn = rng.uniform(-config.hue, config.hue)
        colour = colour_matrix(turn, 1 + rng.uniform(-config.saturation, config.saturation))
    contrast = 1 + rng.uniform(-config.brightness, config.brightness)
    offset = 255 * rng.uniform(-config.brightness, config.brightness) / 2
    image = cv2.transform(image, np.column_stack([contrast * colour, np.full(3, offset)]))
    if rng.uniform() < config.night:
        image = darken(image, exponent=rng.uniform(1.3, 2.8), gain=rng.uniform(0.3, 0.8))
    if rng.uniform() < config.rain:
        image = add_rain(image, rng)
    if rng.uniform() < config.blur:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))
    if rng.uniform() < config.noise:
        noise: Any = np.empty(image.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        # Numbers, which the stub does not know.
        mean: Any = 0
        deviation: Any = float(rng.uniform(2, 12))
        cv2.randn(noise, mean, deviation)
        image = cv2.add(image, noise, dtype=cv2.CV_8U)
    if rng.uniform() < config.compression:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(10, 50))]
        decoded: Any = cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)
        image = decoded
    return image


def darken(image: Image, exponent: float, gain: float) -> Image:
    """Return the image with every value v (0..1) replaced by ``gain * v ** exponent``."""
    curve = 255 * gain * (np.arange(256) / 255) ** exponent
    return cv2.LUT(image, np.round(curve).astype(np.uint8))


def add_rain(image: Image, rng: np.random.Generator) -> Image:
    """Return the image behind light, slanted streaks of rain, all of one direction."""
    height, width = image.shape[:2]
    streaks = image.copy()
    length, slant = rng.uniform(0.02, 0.08) * height, rng.uniform(-0.3, 0.3)
    shade = int(rng.integers(160, 240))
    for x, y in rng.uniform(size=(int(rng.integers(40, 200)), 2)) * (width, height):
        end = round(x + slant * length), round(y + length)
        cv2.line(streaks, (round(x), round(y)), end, (shade,) * 3, 1, cv2.LINE_AA)
    strength = rng.uniform(0.3, 0.7)
    return cv2.addWeighted(streaks, strength, image, 1 - strength, 0)


def cut_out(
    view: Image, boxes: Boxes, labels: Labels, rng: np.random.Generator, config: AugmentConfig
) -> Labels:
    """Perhaps hide parts of a view, in place, behind one to three rectangles of gray or noise.

    A side of a rectangle is a 20th to a fifth of the view's. The idea is that of DeVries and Taylor
    (arXiv 1708.04552).

    Returns:
        The labels: people of whom too little is left to see become regions to ignore.
    """
    if rng.uniform() >= config.cutout:
        return labels
    height, width = view.shape[:2]
    cuts = []
    for _ in range(rng.integers(1, 4)):
        w, h = (max(1, int(side * rng.uniform(0.05, 0.2))) for side in (width, height))
        x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
        noisy = rng.uniform() < 0.5
        view[y : y + h, x : x + w] = (
            rng.integers(256, size=(h, w, 3), dtype=np.uint8) if noisy else rng.integers(256)
        )
        cuts.append((x, y, x + w, y + h))
    hidden = covered_area(boxes, np.array(cuts, np.float32))
    poor = hidden > (1 - config.min_visible) * _area(boxes)
    return np.where(poor, np.int8(-1), labels)


def covered_area(boxes: Boxes, cuts: Boxes) -> NDArray[np.float32]:
    """Return how many square pixels of each box a few rectangles, which may overlap, cover."""
    total = np.zeros(len(boxes), np.float32)
    # Inclusion and exclusion: what two share is counted twice, so taken off once, and so on.
    for count in range(1, len(cuts) + 1):
        for chosen in combinations(cuts, count):
            low = np.maximum(np.max(chosen, axis=0)[:2], boxes[:, :2])
            high = np.minimum(np.min(chosen, axis=0)[2:], boxes[:, 2:])
            total += (-1) ** (count + 1) * np.prod(np.maximum(high - low, 0), axis=1)
    return total
