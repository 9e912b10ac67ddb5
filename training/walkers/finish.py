"""What a camera does to the light that reaches it: lens blur, grain, tone and compression."""

from __future__ import annotations

import cv2
import numpy as np

from training.walkers.arrays import Array, Image
from training.walkers.light import Light


def _vignette(image: Array, strength: float) -> Array:
    y, x = np.ogrid[-1 : 1 : image.shape[0] * 1j, -1 : 1 : image.shape[1] * 1j]
    return (1 - strength * (x * x + y * y) / 2).astype(np.float32)[..., None]


def develop(image: Array) -> Image:
    """Return the picture a good camera takes: a little more contrast, no grain.

    Args:
        image: BGR in 0..1, (H, W, 3).
    """
    edge = _vignette(image, 0.10)
    tone = np.clip(cv2.GaussianBlur(image, (0, 0), 0.5), 0, 1)
    # A gentle S-curve.
    tone = tone * (0.86 + 0.42 * tone - 0.28 * tone * tone)
    return np.clip(tone * edge * 266 + 0.5, 0, 255).astype(np.uint8)


def finish(image: Array, light: Light, rng: np.random.Generator) -> Image:
    """Return the picture a random camera takes; it is grainier in the dark.

    Args:
        image: BGR in 0..1, (H, W, 3).
        light: The light of the scene.
        rng: Source of randomness.
    """
    h, w = image.shape[:2]
    blur = float(rng.choice([0.45, 0.6, 0.9, 1.3], p=[0.35, 0.35, 0.2, 0.1]))
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur), np.float32)
    if rng.random() < 0.10:
        # The camera moved while the shutter was open.
        length, angle = int(rng.integers(3, 7)), float(rng.normal(0, 0.4))
        kernel = np.zeros((7, 7), np.float32)
        reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
        ends = np.round((3 + np.array([-reach, reach])) * 16).astype(int)
        cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0, 1, cv2.LINE_AA, 4)
        image = np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.float32)
    tint = rng.normal(1.0, 0.035, 3).astype(np.float32)
    gain = np.float32(rng.uniform(0.85, 1.15) * (1.25 if light.dark else 1.0))
    power = np.float32(rng.uniform(0.85, 1.18))
    contrast = np.float32(rng.uniform(0.85, 1.15))
    edge = _vignette(image, rng.uniform(0, 0.22))
    np.clip(image, 1e-4, 1, out=image)
    cv2.pow(image, float(power), image)
    image *= tint * gain * contrast
    image += (1 - contrast) * np.float32(0.42 if not light.dark else 0.2)
    image *= edge
    if rng.random() < 0.06:
        grey = image.mean(-1, keepdims=True)
        image += np.float32(rng.uniform(0.4, 1.0)) * (grey - image)
    grain = float(rng.uniform(0.0, 0.018)) + (float(rng.uniform(0.01, 0.035)) if light.dark else 0)
    noise = rng.standard_normal((h, w, 1), np.float32)
    if rng.random() < 0.5:
        noise = np.concatenate([noise, *([rng.standard_normal((h, w, 1), np.float32)] * 2)], 2)
    image += np.float32(grain) * noise
    out = np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.45:
        quality = int(rng.integers(35, 90))
        _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return out
