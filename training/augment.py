"""Random views of labelled images, boxes kept right.

All geometry is one affine map per image, so that every pixel is resampled once. Boxes are
``[people, 4]`` x1 y1 x2 y2 in pixels; kinds are 1 (a person) or -1 (a region to ignore).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.detect.letterbox import PADDING_VALUE

Image = NDArray[np.uint8]
Boxes = NDArray[np.float32]
Kinds = NDArray[np.int8]


@dataclass(frozen=True)
class AugmentConfig:
    """How far random views stray.

    Attributes:
        log_scale: Range of the log of the scale of a single image, relative to it fitting the view.
        mosaic_log_scale: The same for a part of a mosaic, relative to it covering its region.
        log_aspect: Largest change of the log of the aspect ratio, either way.
        mosaic: Probability that a view is put together from four images.
        flip: Probability of mirroring.
        brightness: Largest change of contrast, and twice that of brightness, as a fraction.
        hue: Largest turn of the hue, in degrees.
        saturation: Largest change of the saturation, as a fraction.
        gray: Probability of a black-and-white view.
        blur: Probability of a blurred view.
        noise: Probability of a noisy view.
        min_visible: People with less of their box in view become regions to ignore.
        min_height: People less high than this in view, in pixels, become regions to ignore.
    """

    log_scale: tuple[float, float] = (-0.4, 0.6)
    mosaic_log_scale: tuple[float, float] = (-0.4, 0.6)
    log_aspect: float = 0.3
    mosaic: float = 0.6
    flip: float = 0.5
    brightness: float = 0.35
    hue: float = 12.0
    saturation: float = 0.4
    gray: float = 0.08
    blur: float = 0.1
    noise: float = 0.1
    min_visible: float = 0.3
    min_height: float = 8.0


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
        region: x1 y1 x2 y2 of the region, in pixels of the view.
        config: Ranges.
        covering: Whether scale 1 is the image covering the region, or just fitting into it.

    Returns:
        A 2 x 3 matrix that scales, perhaps mirrors and moves. Where the image is larger than the
        region a random part of it shows; where smaller, it lies somewhere inside.
    """
    width, height = region[2] - region[0], region[3] - region[1]
    ratios = width / source[0], height / source[1]
    if covering:
        scale = max(ratios) * np.exp(rng.uniform(*config.mosaic_log_scale))
    else:
        scale = min(ratios) * np.exp(rng.uniform(*config.log_scale))
    aspect = np.exp(rng.uniform(-config.log_aspect, config.log_aspect) / 2)
    scale_x, scale_y = scale * aspect, scale / aspect
    left = region[0] + rng.uniform() * (width - source[0] * scale_x)
    top = region[1] + rng.uniform() * (height - source[1] * scale_y)
    if rng.uniform() < config.flip:
        return np.array([[-scale_x, 0, left + source[0] * scale_x], [0, scale_y, top]])
    return np.array([[scale_x, 0, left], [0, scale_y, top]])


def map_boxes(boxes: Boxes, matrix: NDArray[np.float64]) -> Boxes:
    """Map boxes by an axis-aligned affine map (mirroring allowed)."""
    x = boxes[:, [0, 2]] * matrix[0, 0] + matrix[0, 2]
    y = boxes[:, [1, 3]] * matrix[1, 1] + matrix[1, 2]
    return np.stack([x.min(1), y.min(1), x.max(1), y.max(1)], 1).astype(np.float32)


def clip_boxes(
    boxes: Boxes, kinds: Kinds, region: tuple[int, int, int, int], config: AugmentConfig
) -> tuple[Boxes, Kinds]:
    """Cut boxes to a region of the view.

    Boxes that are out of view are dropped; people of whom too little is left, or who are too
    small to be told from noise, become regions to ignore.
    """
    low = np.array([region[0], region[1]] * 2, np.float32)
    high = np.array([region[2], region[3]] * 2, np.float32)
    clipped = np.clip(boxes, low, high)
    full = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    left = np.prod(clipped[:, 2:] - clipped[:, :2], axis=1)
    seen = left > 0
    poor = (left < config.min_visible * full) | (clipped[:, 3] - clipped[:, 1] < config.min_height)
    kinds = np.where(poor, np.int8(-1), kinds)
    return clipped[seen], kinds[seen]


def place(
    view: Image,
    image: Image,
    boxes: Boxes,
    kinds: Kinds,
    region: tuple[int, int, int, int],
    rng: np.random.Generator,
    config: AugmentConfig,
    *,
    covering: bool = False,
) -> tuple[Boxes, Kinds]:
    """Draw a random affine view of an image into a region, and return its boxes there."""
    matrix = random_affine(rng, (image.shape[1], image.shape[0]), region, config, covering=covering)
    inner = matrix - np.array([[0, 0, region[0]], [0, 0, region[1]]])
    # Shrinking far below the source needs averaging first, or small people turn to aliasing.
    shrink = max(1, round(1 / max(abs(matrix[0, 0]), abs(matrix[1, 1]))))
    if shrink > 1:
        size = max(1, image.shape[1] // shrink), max(1, image.shape[0] // shrink)
        factors = image.shape[1] / size[0], image.shape[0] / size[1]
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        inner = inner * np.array([[factors[0], factors[1], 1.0]])
    # Boxes count from the edge of the first pixel, OpenCV from its centre.
    inner[:, 2] += (inner[:, 0] + inner[:, 1] - 1) / 2
    view[region[1] : region[3], region[0] : region[2]] = cv2.warpAffine(
        image,
        inner,
        (region[2] - region[0], region[3] - region[1]),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(PADDING_VALUE,) * 3,
    )
    return clip_boxes(map_boxes(boxes, matrix), kinds, region, config)


def mosaic_regions(
    rng: np.random.Generator, size: tuple[int, int]
) -> list[tuple[int, int, int, int]]:
    """Return four regions that meet in a random point of a view of ``size`` (width, height)."""
    width, height = size
    x, y = int(rng.uniform(0.3, 0.7) * width), int(rng.uniform(0.3, 0.7) * height)
    return [(0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height)]


def vary_colour(image: Image, rng: np.random.Generator, config: AugmentConfig) -> Image:
    """Change light, colour and sharpness; boxes are not touched by this."""
    if rng.uniform() < config.gray:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    else:
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
        levels = np.arange(256, dtype=np.float32)
        turn = rng.uniform(-config.hue, config.hue) / 2  # OpenCV keeps hue in half degrees
        gain = 1 + rng.uniform(-config.saturation, config.saturation)
        hue = ((levels + turn) % 180).astype(np.uint8)
        saturation = np.clip(levels * gain, 0, 255).astype(np.uint8)
        table = np.stack([hue, saturation, levels.astype(np.uint8)], 1)[None]
        image = cv2.cvtColor(cv2.LUT(hsv, table), cv2.COLOR_HSV2BGR)
    contrast = 1 + rng.uniform(-config.brightness, config.brightness)
    offset = 255 * rng.uniform(-config.brightness, config.brightness) / 2
    levels = np.clip(np.arange(256) * contrast + offset, 0, 255).astype(np.uint8)
    image = cv2.LUT(image, levels)
    if rng.uniform() < config.blur:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))
    if rng.uniform() < config.noise:
        noise = np.empty(image.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(noise, 0, float(rng.uniform(2, 12)))
        image = cv2.add(image, noise, dtype=cv2.CV_8U)
    return image
