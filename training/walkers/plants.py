"""Trees, bushes and what grows in planters."""

from __future__ import annotations

import numpy as np

from training.walkers.arrays import Array
from training.walkers.colors import METAL, MUTED, palette, random_color
from training.walkers.shapes import LEAF, LEVEL, Rings, Solid, faces, joined, lathe

_LEAVES = palette("4f7034 3f5f2d 66853f 5a7a3a 7d8c3f 48663a 8f8a3c")
_BARK = palette("5a4a3c 6b6258 4a3d33")


def _directions(rng: np.random.Generator, count: int) -> Array:
    """Return random unit vectors, (count, 3)."""
    vectors = rng.normal(size=(count, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def leaves(
    rng: np.random.Generator,
    center: tuple[float, float, float],
    half: tuple[float, float, float],
    count: int,
    size: float,
) -> Solid:
    """Return a cloud of leaf clusters in an ellipsoid."""
    direction = _directions(rng, count)
    radius = rng.uniform(0.35, 1.0, (count, 1)) ** 0.5
    lumps = 1 + 0.22 * np.sin(direction * 4.1 + rng.uniform(0, 6, 3)).sum(1, keepdims=True) / 1.7
    place = np.array(center) + direction * radius * lumps * np.array(half)
    first = _directions(rng, count)
    second = np.cross(first, rng.normal(size=(count, 3)))
    second /= np.maximum(np.linalg.norm(second, axis=1, keepdims=True), 1e-6)
    reach = size * rng.uniform(0.6, 1.3, (count, 1))
    angles = np.array([0.0, 1.9, 3.2, 4.6]) + rng.uniform(-0.4, 0.4, (count, 4))
    long = rng.uniform(0.7, 1.0, (count, 4))
    across = (np.cos(angles) * long)[..., None] * first[:, None]
    along = (np.sin(angles) * long)[..., None] * second[:, None]
    corners = place[:, None] + (across + along) * reach[:, None]
    normals = direction * 0.8 + np.array([0, 0.25, 0]) + rng.normal(0, 0.25, (count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    base = np.array(random_color(rng, _LEAVES))
    color = base * rng.uniform(0.75, 1.2, (count, 1)) * (0.45 + 0.55 * radius**2)
    return faces(corners, normals[:, None], color, kind=LEAF)


def tree(rng: np.random.Generator, detail: float) -> Solid:
    """Return a tree of 4 to 9 m; `detail` scales the number of leaf clusters."""
    height = float(rng.uniform(4.5, 9.5))
    clear = height * float(rng.uniform(0.28, 0.42))
    girth = height * float(rng.uniform(0.012, 0.022))
    bark = random_color(rng, _BARK)
    lean = rng.uniform(-0.15, 0.15, 2)
    rings = Rings()
    rings.part()
    for u, r in ((0.0, 1.7), (0.06, 1.15), (0.4, 0.95), (1.0, 0.75), (1.7, 0.35)):
        center = lean[0] * u, clear * u, lean[1] * u
        rings.ring(center, LEVEL, girth * r, girth * r, bark, rough=0.3)
    parts = [rings.solid(9)]
    crown = height - clear
    wide = crown * float(rng.uniform(0.35, 0.6))
    count = int(np.clip(300 * detail, 30, 1000))
    leaf = float(np.clip(0.25 * wide / 1.6 / np.sqrt(detail), 0.05, 0.7))
    for _ in range(int(rng.integers(3, 6))):
        x = float(rng.uniform(-0.5, 0.5)) * wide
        y = clear + crown * float(rng.uniform(0.3, 0.7))
        z = float(rng.uniform(-0.5, 0.5)) * wide
        size = float(rng.uniform(0.6, 0.95))
        half = wide * size, crown * 0.36 * size, wide * size
        parts.append(leaves(rng, (x, y, z), half, count, leaf))
    return joined(parts)


def bush(rng: np.random.Generator, detail: float) -> Solid:
    """Return a bush."""
    w, h = float(rng.uniform(0.5, 1.6)), float(rng.uniform(0.4, 0.9))
    count = int(np.clip(220 * detail, 40, 700))
    leaf = float(np.clip(0.17 / np.sqrt(detail), 0.06, 0.4))
    return leaves(rng, (0, h * 0.8, 0), (w, h, w * 0.8), count, leaf)


def planter(rng: np.random.Generator) -> Solid:
    """Return a planter with a shrub."""
    color, r = random_color(rng, MUTED + METAL), float(rng.uniform(0.3, 0.6))
    rim = r * 1.05
    profile = [(0, r * 0.8, color), (0.5, r, color), (0.55, rim, color), (0.55, 0.05, _BARK[0])]
    pot = lathe(profile, power=float(rng.choice([2.0, 8.0])))
    return joined([pot, leaves(rng, (0, 0.55 + r * 0.6, 0), (r, r * 0.8, r), 120, 0.16)])
