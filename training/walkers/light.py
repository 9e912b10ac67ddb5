"""Light: where the sun stands, what colours sun, sky and ground give, and how hazy the air is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.walkers.arrays import Array


def _bgr(*values: float) -> Array:
    return np.array(values, np.float32)


@dataclass(frozen=True)
class Light:
    """The light of a scene, in linear units where 1 shows a surface in its own colour.

    Attributes:
        name: "sunny", "overcast", "dusk", "night" or "indoor".
        sun: Unit vector towards the sun (world axes).
        direct: Sun colour and strength, BGR.
        above: Light from the sky, BGR.
        below: Light thrown back by the ground, BGR.
        shadow: How dark a cast shadow is, 0..1.
        softness: Shadow blur, in metres on the ground.
        haze: Colour of far air, BGR in 0..1 as displayed.
        visibility: Distance in metres over which the haze takes 63 %.
    """

    name: str
    sun: Array
    direct: Array
    above: Array
    below: Array
    shadow: float
    softness: float
    haze: Array
    visibility: float

    @property
    def lamps(self) -> float:
        """How strongly lamps shine, 0 by day."""
        return {"dusk": 0.25, "night": 0.9}.get(self.name, 0.0)

    @property
    def dark(self) -> bool:
        """Whether lamps are on."""
        return self.lamps > 0

    @property
    def shade_tint(self) -> Array:
        """The share of light, BGR, that the ground loses where the sun does not reach.

        The blue of the sky remains, so red is lost most.
        """
        return np.array([0.94, 0.97, 1.0], np.float32) * np.float32(self.shadow)

    def on(self, normals: Array, shade: Array | float = 1.0, sunlit: float = 1.0) -> Array:
        """Return the light, BGR as displayed (gamma applied), on surfaces.

        Args:
            normals: Outward unit normals, (..., 3).
            shade: Factor for crevices, broadcastable to normals without the last axis.
            sunlit: Share of the sun that reaches the place, 0..1.

        Returns:
            Factors on the surface colour, (..., 3).
        """
        facing = np.maximum(normals @ self.sun, 0.0) * np.float32(sunlit)
        up = normals[..., 1] * np.float32(0.5) + np.float32(0.5)
        glow = up[..., None] * self.above + (1 - up)[..., None] * self.below
        total = (glow + facing[..., None] * self.direct) * np.asarray(shade, np.float32)[..., None]
        return np.power(np.maximum(total, 1e-4), 1 / 2.2, dtype=np.float32)

    def fade(self, depth: Array | float) -> Array:
        """Return the share of haze at a distance in metres, 0..1."""
        return 1 - np.exp(-np.maximum(depth, 0) / np.float32(self.visibility))


def random_light(rng: np.random.Generator, name: str | None = None) -> Light:
    """Draw a light; by day and overcast most often."""
    if name is None:
        name = str(rng.choice(["sunny", "overcast", "dusk", "night"], p=[0.46, 0.32, 0.12, 0.10]))
    azimuth = rng.uniform(0, 2 * np.pi)
    elevation = np.deg2rad(rng.uniform(24, 62))
    warm = rng.uniform(-0.06, 0.06)
    tint = _bgr(1 - warm, 1.0, 1 + warm)
    shadow, softness, visibility = 0.0, 0.05, rng.uniform(250, 900)
    if name == "sunny":
        direct = _bgr(0.74, 0.84, 0.92) * rng.uniform(0.85, 1.1)
        above = _bgr(0.46, 0.40, 0.36) * rng.uniform(0.85, 1.15)
        below = _bgr(0.21, 0.24, 0.26)
        shadow, haze = rng.uniform(0.40, 0.58), _bgr(0.90, 0.84, 0.78)
        softness = rng.uniform(0.01, 0.04)
    elif name == "overcast":
        direct = _bgr(0.16, 0.16, 0.16) * rng.uniform(0.5, 1.2)
        above = _bgr(0.80, 0.78, 0.76) * rng.uniform(0.75, 1.1)
        below = _bgr(0.20, 0.20, 0.20)
        shadow, haze = rng.uniform(0.05, 0.14), _bgr(0.82, 0.81, 0.80)
        softness, visibility = rng.uniform(0.10, 0.2), rng.uniform(120, 500)
    elif name == "dusk":
        elevation = np.deg2rad(rng.uniform(8, 22))
        direct = _bgr(0.14, 0.30, 0.48) * rng.uniform(0.6, 1.3)
        above = _bgr(0.34, 0.27, 0.25) * rng.uniform(0.6, 1.1)
        below = _bgr(0.08, 0.08, 0.09)
        shadow, haze = rng.uniform(0.10, 0.3), _bgr(0.52, 0.52, 0.60)
        softness = 0.06
    elif name == "night":
        elevation = np.deg2rad(rng.uniform(45, 75))
        direct = _bgr(0.12, 0.16, 0.20) * rng.uniform(0.7, 1.5)
        above = _bgr(0.10, 0.10, 0.10) * rng.uniform(0.7, 1.6)
        below = _bgr(0.035, 0.04, 0.045)
        shadow, haze = rng.uniform(0.15, 0.35), _bgr(0.07, 0.065, 0.07)
        softness = 0.06
    else:
        elevation = np.deg2rad(rng.uniform(68, 86))
        direct = _bgr(0.26, 0.27, 0.28) * rng.uniform(0.7, 1.2)
        above = _bgr(0.55, 0.56, 0.58) * rng.uniform(0.7, 1.15)
        below = _bgr(0.26, 0.27, 0.28)
        shadow, haze = rng.uniform(0.12, 0.25), _bgr(0.7, 0.7, 0.7)
        softness, visibility = 0.10, 2000.0
    level = np.cos(elevation)
    sun = _bgr(level * np.sin(azimuth), np.sin(elevation), level * np.cos(azimuth))
    colors = direct * tint, above * tint, below * tint
    return Light(name, sun, *colors, shadow, softness, haze, visibility)
