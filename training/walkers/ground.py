"""Ground surfaces, painted per pixel from the place on the ground each pixel sees."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import cv2
import numpy as np

from training.walkers.arrays import Array
from training.walkers.camera import Camera
from training.walkers.colors import Bgr, palette

COLORS = {
    "asphalt": palette("5b5c5e 6b6b6b 4c4e52 77756f"),
    "paving": palette("a39d94 b3aca0 8f8c88 b8a58f 9a9087 a89384 c0b8aa"),
    "grass": palette("5d7a3a 6e8a45 4f6a35 7d8c4a 668040"),
    "gravel": palette("b3a486 a0937c c0b090 98938a"),
    "tiles": palette("b9b3a8 cfc9bd 9b9a98 c9b79c d9d6d0"),
}
# Layers of noise: strength, size in metres, angle in radians.
_TEXTURES = {
    "asphalt": ((0.05, 0.06, 0.0), (0.05, 1.2, 0.0), (0.05, 7.0, 0.5)),
    "grass": ((0.14, 0.10, 0.0), (0.07, 0.5, 0.2), (0.10, 5.0, 0.7)),
    "gravel": ((0.08, 0.05, 0.0), (0.07, 1.5, 0.3)),
}


@cache
def noise() -> Array:
    """Return a 512 x 512 tile of cloudy noise, zero mean, unit spread, repeating at its edges."""
    rng = np.random.default_rng(31)
    spectrum = np.fft.rfft2(rng.standard_normal((512, 512)))
    fy, fx = np.fft.fftfreq(512)[:, None] * 512, np.fft.rfftfreq(512)[None] * 512
    radius = np.hypot(fy, fx)
    radius[0, 0] = 1e9
    tile = np.fft.irfft2(spectrum / (radius + 6) ** 0.9)
    return (tile / tile.std()).astype(np.float32)


@dataclass(frozen=True)
class GroundPixels:
    """The ground seen by the pixels of some rows; all (H, W), metres.

    Attributes:
        x: World x.
        z: World z.
        reach: Distance, infinite above the horizon.
        step_x: How much x changes from pixel to pixel.
        step_z: How much z changes from pixel to pixel.
    """

    x: Array
    z: Array
    reach: Array
    step_x: Array
    step_z: Array

    @cached_property
    def coarse(self) -> Array:
        """Size of a pixel on the ground, metres, (H, W)."""
        return np.maximum(np.maximum(self.step_x, self.step_z), np.float32(1e-6))


def seen(camera: Camera, top: int) -> GroundPixels:
    """Return the ground seen by rows `top` and below, no farther than 400 m."""
    rows, columns = np.mgrid[top : camera.height_px, 0 : camera.width].astype(np.float32)
    x, z, reach = camera.ground(columns, rows)
    ratio = np.minimum(reach, 400.0) / np.maximum(reach, 1e-6)
    x, z = (x * ratio).astype(np.float32), (z * ratio).astype(np.float32)

    def step(values: Array) -> Array:
        across = np.abs(np.diff(values, axis=1, append=values[:, -1:]))
        down = np.abs(np.diff(values, axis=0, append=values[-1:]))
        if len(values) > 1:
            down[-1] = down[-2]
        return across + down

    return GroundPixels(x, z, reach, step(x), step(z))


def _wrap(values: Array, period: float) -> Array:
    """Return values modulo a period; much faster than numpy's remainder."""
    return values - np.floor(values * np.float32(1 / period)) * np.float32(period)


def texture(s: GroundPixels, size: float, angle: float = 0.0) -> Array:
    """Return noise whose features are about `size` metres across, faded where pixels are larger."""
    scale = 24.0 / size
    c, k = np.cos(angle) * scale, np.sin(angle) * scale
    u = _wrap(s.x * np.float32(c) + s.z * np.float32(k), 512)
    v = _wrap(s.z * np.float32(c) - s.x * np.float32(k), 512)
    tile = cv2.remap(noise(), u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    tile *= np.minimum(np.float32(0.65 * size) / s.coarse, 1)
    return tile


def lines(place: Array, step: Array, period: float, width: float) -> Array:
    """Return the share of each pixel covered by lines every `period`, `width` wide, metres."""
    distance = np.abs(_wrap(place + np.float32(period / 2), period) - np.float32(period / 2))
    half = np.maximum(step, 1e-5) / 2
    cover = np.minimum(distance + half, width / 2) - np.maximum(distance - half, -width / 2)
    cover = np.clip(cover, 0, None) / (2 * half)
    blur = np.clip(step / period - 0.3, 0, 1)
    return cover * (1 - blur) + blur * (width / period)


def between(place: Array, step: Array, low: float, high: float) -> Array:
    """Return the share of each pixel that lies between two places."""
    soft = np.maximum(step, 1e-4)
    return np.clip((place - low) / soft + 0.5, 0, 1) * np.clip((high - place) / soft + 0.5, 0, 1)


def mix(under: Array, cover: Array, color: Bgr) -> None:
    """Lay a colour over another with a coverage, in place."""
    under += cover[..., None] * (np.array(color, np.float32) - under)


def surface(s: GroundPixels, name: str, color: Bgr, slab: tuple[float, float]) -> Array:
    """Return a surface of `COLORS` under full light, BGR, (H, W, 3); a slab is (length, width)."""
    if name in ("paving", "tiles"):
        return _slabs(s, color, *slab, bond=name == "paving")
    tone = np.ones_like(s.x)
    for strength, size, angle in _TEXTURES[name]:
        layer = texture(s, size, angle)
        tone = tone + strength * layer
    out = tone[..., None] * np.array(color, np.float32)
    if name == "grass":
        out[..., 2] *= 1 + 0.06 * layer
    return out


def _slabs(s: GroundPixels, color: Bgr, length: float, width: float, *, bond: bool) -> Array:
    """Return slabs of `length` along z and `width` along x, metres."""
    row = np.floor(s.x * np.float32(1 / width))
    shift = _wrap(row, 2) * np.float32(length / 2) if bond else np.float32(0.0)
    column = np.floor((s.z + shift) * np.float32(1 / length))
    # Every slab has its own tone, until slabs are smaller than pixels.
    key = _wrap(row * np.float32(127.1) + column * np.float32(311.7), 512).astype(np.int32)
    tone = noise().ravel()[((key * 7) & 511) * 512 + ((key * 53) & 511)]
    fade = np.clip(1.5 - s.coarse * np.float32(1 / min(length, width)), 0, 1)
    value = 1 + 0.05 * tone * fade + 0.04 * texture(s, 0.08) + 0.05 * texture(s, 4.0, 0.4)
    joint = np.maximum(
        lines(s.x, s.step_x, width, 0.012), lines(s.z + shift, s.step_z, length, 0.012)
    )
    value *= 1 - 0.45 * joint
    return value[..., None] * np.array(color, np.float32)
