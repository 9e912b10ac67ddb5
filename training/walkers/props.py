"""Things that stand about and are not people."""

from __future__ import annotations

from itertools import product

import numpy as np

from training.walkers.colors import BRIGHT, METAL, MUTED, Bgr, palette, random_color, tinted
from training.walkers.plants import planter
from training.walkers.shapes import (
    LEVEL,
    SIDEWAYS,
    UPRIGHT,
    Rings,
    Solid,
    box,
    faces,
    joined,
    lathe,
    panel,
)

_CAR = palette("1a1b1d c9cbcc 8e9194 eceded 7a1f22 22406e 4d5358 2d4a3e b5a88f")
_WHITE = (0.92, 0.92, 0.92)


def lamp(rng: np.random.Generator, on: bool) -> Solid:
    """Return a street lamp of 4 to 8 m."""
    metal, height = random_color(rng, METAL), float(rng.uniform(4.0, 8.0))
    glow = 1.3 if on else 0.0
    pole = [(0, 0.13, metal), (0.5, 0.11, metal), (0.6, 0.07, metal), (height, 0.045, metal)]
    parts = [lathe(pole, 8)]
    white = (0.85, 0.92, 0.95)
    if rng.random() < 0.5:
        reach = float(rng.uniform(0.6, 1.8))
        low, high = reach - 0.25, reach + 0.25
        parts += [
            box((-0.03, height - 0.06, 0), (0.03, height, reach), metal),
            box((-0.10, height - 0.10, reach - 0.3), (0.10, height, reach + 0.3), metal),
            box((-0.08, height - 0.13, low), (0.08, height - 0.10, high), white, glow=glow),
        ]
    else:
        globe = [
            (height, 0.05, white),
            (height + 0.1, 0.2, white),
            (height + 0.35, 0.24, white),
            (height + 0.5, 0.15, metal),
            (height + 0.56, 0.02, metal),
        ]
        parts.append(lathe(globe, 10, glow=glow))
    return joined(parts)


def _sign(rng: np.random.Generator) -> Solid:
    metal, height = (0.55, 0.56, 0.56), float(rng.uniform(2.0, 2.9))
    parts = [lathe([(0, 0.035, metal), (height, 0.035, metal)], 6)]
    kind, color = rng.random(), random_color(rng, BRIGHT)
    z = -0.05
    if kind < 0.5:
        rim, inner = ((0.15, 0.12, 0.75), _WHITE) if kind < 0.35 else (_WHITE, color)
        for radius, tone, lift in ((0.32, rim, 0.0), (0.25, inner, 0.1)):
            rings = Rings()
            rings.part()
            for r in (radius, 0.001):
                rings.ring((0, height - 0.3, z), UPRIGHT, r, r, tone)
            disc = rings.solid(14).corners
            # The back of a sign is bare metal, so its face shows on one side only.
            parts.append(faces(disc, np.array([0, 0, -1]), tone, lift=lift))
            z -= 0.012
        parts.append(faces(disc, np.array([0, 0, 1]), metal))
    elif kind < 0.8:
        w, h = float(rng.uniform(0.4, 0.9)), float(rng.uniform(0.3, 0.8))
        low, high = height - h * 0.6, height - h * 0.4
        parts += [
            _board(w / 2, (height - h, z), (height, z), color),
            _board(w / 3, (low, z - 0.01), (high, z - 0.01), (0.9, 0.9, 0.9)),
        ]
    else:
        for i, tone in enumerate([(0.2, 0.2, 0.85), (0.2, 0.6, 0.8), (0.3, 0.7, 0.2)]):
            y = height - 0.18 - 0.26 * i
            parts.append(box((-0.14, y - 0.14, -0.16), (0.14, y + 0.14, 0.06), (0.1, 0.1, 0.1)))
            on = i == int(rng.integers(3))
            tone, glow = (tone, 0.6) if on else (tinted(tone, 0.3), 0.0)
            parts.append(box((-0.08, y - 0.08, -0.19), (0.08, y + 0.08, -0.16), tone, glow=glow))
    return joined(parts)


def _board(half: float, bottom: tuple[float, float], top: tuple[float, float], color: Bgr) -> Solid:
    """Return a panel of some half-width between two edges along x, given as (y, z)."""
    corners = [(-half, *bottom), (half, *bottom), (half, *top), (-half, *top)]
    return panel(corners, color)


def _litter_bin(rng: np.random.Generator) -> Solid:
    color = random_color(rng, MUTED + METAL)
    h, r = float(rng.uniform(0.8, 1.15)), float(rng.uniform(0.22, 0.33))
    dark = tinted(color, 0.5)
    profile = [
        (0, r * 0.85, dark),
        (0.06, r * 0.9, color),
        (h * 0.72, r, dark),
        (h * 0.80, r * 0.96, dark),
        (h * 0.86, r, color),
        (h, r * 0.85, color),
        (h + 0.03, 0.02, color),
    ]
    return lathe(profile, power=float(rng.choice([2.0, 6.0])))


def _bollard(rng: np.random.Generator) -> Solid:
    color = random_color(rng, METAL)
    h, r = float(rng.uniform(0.6, 1.1)), float(rng.uniform(0.06, 0.12))
    band = (0.85, 0.88, 0.9) if rng.random() < 0.4 else color
    profile = [
        (0, r * 1.2, color),
        (0.08, r, color),
        (h * 0.75, r, band),
        (h * 0.85, r, color),
        (h, r, color),
        (h + r, r * 0.3, color),
        (h + r * 1.1, 0.005, color),
    ]
    return lathe(profile, 10)


def _hydrant(rng: np.random.Generator) -> Solid:
    color = random_color(rng, palette("b3262c c8a021 2b5fa8"))
    heights = (0, 0.06, 0.08, 0.45, 0.47, 0.52, 0.6, 0.68, 0.76, 0.78)
    radii = (0.17, 0.17, 0.11, 0.11, 0.15, 0.15, 0.12, 0.07, 0.03, 0.005)
    return joined(
        [
            lathe((up, r, color) for up, r in zip(heights, radii, strict=True)),
            box((-0.2, 0.32, -0.05), (0.2, 0.43, 0.05), tinted(color, 0.9)),
            box((-0.06, 0.30, -0.2), (0.06, 0.42, 0.0), tinted(color, 0.9)),
        ]
    )


def _bench(rng: np.random.Generator) -> Solid:
    wood, metal = random_color(rng, palette("8a6a48 6d5138 a08258")), random_color(rng, METAL)
    half = float(rng.uniform(0.7, 1.0))
    parts = []
    for z in (-0.22 + 0.12 * i for i in range(4)):
        parts.append(box((-half, 0.42, z), (half, 0.46, z + 0.10), wood))
    for i in range(3):
        y = 0.55 + 0.13 * i
        parts.append(box((-half, y, 0.25 + 0.03 * i), (half, y + 0.10, 0.28 + 0.03 * i), wood))
    for x in (-half + 0.12, half - 0.18):
        parts.append(box((x, 0, -0.2), (x + 0.06, 0.42, -0.14), metal))
        parts.append(box((x, 0, 0.2), (x + 0.06, 0.9, 0.26), metal))
        parts.append(box((x, 0.36, -0.2), (x + 0.06, 0.42, 0.26), metal))
    return joined(parts)


def car(rng: np.random.Generator) -> Solid:
    """Return a parked car, 4.2 m long along z."""
    paint = random_color(rng, _CAR)
    glass, tyre = (0.13, 0.12, 0.11), (0.06, 0.06, 0.06)
    estate = rng.random() < 0.5
    length, half = float(rng.uniform(3.9, 4.7)), float(rng.uniform(0.84, 0.92))
    tall = float(rng.uniform(1.40, 1.62))
    belt = tall * 0.62
    rings = Rings()
    rings.part()
    for z, low, high, wide in (
        (-0.500, 0.44, 0.48, 0.02),
        (-0.500, 0.34, 0.58, 0.78),
        (-0.488, 0.25, 0.68, 0.91),
        (-0.44, 0.20, 0.74, 0.97),
        (-0.25, 0.20, belt - 0.03, 1.0),
        (-0.18, 0.20, belt, 1.0),
        (0.30, 0.20, belt + 0.02, 1.0),
        (0.44, 0.21, belt, 0.98),
        (0.490, 0.28, belt - 0.05, 0.93),
        (0.500, 0.36, belt - 0.12, 0.85),
        (0.500, 0.50, 0.55, 0.02),
    ):
        center = 0, (low + high) / 2, z * length
        rings.ring(center, UPRIGHT, half * wide, (high - low) / 2, paint, power=4.5)
    # The glasshouse tapers upwards: an upright stack of rounded rectangles.
    rings.part(lift=0.25)
    back = 0.46 if estate else 0.34
    roof_front, roof_back = -0.05, back - (0.05 if estate else 0.11)
    for y, front, rear, wide, color in (
        (belt - 0.06, -0.21, back + 0.02, 0.95, glass),
        (belt + 0.03, -0.19, back + 0.01, 0.93, glass),
        (tall - 0.11, roof_front - 0.02, roof_back + 0.02, 0.80, paint),
        (tall - 0.03, roof_front + 0.02, roof_back - 0.01, 0.75, paint),
        (tall, roof_front + 0.06, roof_back - 0.05, 0.66, paint),
        (tall, 0.14, 0.15, 0.05, paint),
    ):
        center, half_depth = (0, y, (front + rear) / 2 * length), (rear - front) / 2 * length
        rings.ring(center, LEVEL, half * wide, half_depth, color, power=6)
    for z, side in product((-0.31, 0.30), (-1, 1)):
        rings.part(lift=0.35)
        for x, r, grey in zip(
            (0.90, 0.91, 0.985, 1.0, 1.0, 1.0, 0.99),
            (0.02, 0.32, 0.32, 0.29, 0.20, 0.19, 0.01),
            (0.06, 0.06, 0.06, 0.06, 0.55, 0.45, 0.4),
            strict=True,
        ):
            hub = side * half * x, 0.32, z * length
            rings.ring(hub, SIDEWAYS, r, r, (grey, grey, grey))
    parts = [rings.solid(20)]
    for side in (-1, 1):
        low, high = half * 0.945 * side, half * 0.805 * side
        for z, slope in ((0.10, 0.0), (-0.165, 0.13), (back - 0.05, -0.08)):
            z1, z2 = z * length, (z + slope) * length
            pillar = [
                (low, belt, z1),
                (low, belt, z1 + 0.08),
                (high, tall - 0.10, z2 + 0.08),
                (high, tall - 0.10, z2),
            ]
            parts.append(panel(pillar, paint, lift=0.30))
        x = half * 0.70 * side
        for z, y, color in ((-0.495, 0.52, (0.85, 0.9, 0.9)), (0.495, 0.66, (0.1, 0.1, 0.7))):
            z1, z2 = z * length - 0.03, z * length + 0.03
            parts.append(box((x - 0.15, y, z1), (x + 0.15, y + 0.13, z2), color, lift=0.15))
    for z in (-0.5 * length, 0.5 * length):
        plate = box((-0.26, 0.38, z - 0.02), (0.26, 0.49, z + 0.02), (0.85, 0.88, 0.88), lift=0.15)
        parts.append(plate)
    front, rear = -0.498 * length, -0.47 * length
    parts.append(box((-0.45, 0.25, front), (0.45, 0.34, rear), tyre, lift=0.12))
    return joined(parts)


def pram(rng: np.random.Generator) -> Solid:
    """Return a pram, its handle towards -z."""
    color, dark = random_color(rng, MUTED + BRIGHT), (0.1, 0.1, 0.1)
    rings = Rings()
    rings.part()
    for y, w, d in (
        (0.50, 0.05, 0.1),
        (0.50, 0.20, 0.34),
        (0.62, 0.23, 0.40),
        (0.74, 0.24, 0.42),
        (0.72, 0.20, 0.36),
        (0.66, 0.02, 0.05),
    ):
        rings.ring((0, y, 0.05), LEVEL, w, d, color, power=3, rough=0.08)
    rings.part(open_ended=True)
    for angle in np.linspace(0, 1.7, 6):
        axes = (1, 0, 0), (0, float(np.sin(angle)), float(np.cos(angle)))
        rings.ring((0, 0.72, 0.15), axes, 0.25, 0.33, tinted(color, 0.85), rough=0.08)
    for x in (-0.24, 0.24):
        for z, r in ((-0.28, 0.14), (0.36, 0.11)):
            rings.part()
            for dx, radius in ((-0.02, 0.01), (-0.02, r), (0.02, r), (0.02, 0.01)):
                rings.ring((x + dx, r, z), SIDEWAYS, radius, radius, dark)
        rings.part()
        for point in ((x * 0.9, 0.15, 0.33), (x * 0.9, 1.0, -0.48)):
            rings.ring(point, UPRIGHT, 0.014, 0.014, (0.3, 0.3, 0.3))
    return joined([rings.solid(10), box((-0.22, 0.98, -0.52), (0.22, 1.02, -0.48), dark)])


def _shop_board(rng: np.random.Generator) -> Solid:
    color, h = random_color(rng, MUTED), float(rng.uniform(0.9, 1.2))
    return joined(
        [
            _board(0.3, (0, -0.25), (h, 0), color),
            _board(0.3, (0, 0.25), (h, 0), color),
            _board(0.25, (0.15, -0.225), (h * 0.93, -0.03), random_color(rng, BRIGHT)),
        ]
    )


def _post_box(rng: np.random.Generator) -> Solid:
    color = random_color(rng, palette("b01f24 d8a520 5a6a5a 7d8184 2b5fa8"))
    if rng.random() < 0.5:
        profile = [
            (0, 0.26, tinted(color, 0.3)),
            (0.15, 0.24, color),
            (1.3, 0.24, tinted(color, 0.6)),
            (1.36, 0.25, color),
            (1.45, 0.27, color),
            (1.55, 0.18, color),
            (1.6, 0.01, color),
        ]
        return lathe(profile, 14)
    w, h = float(rng.uniform(0.4, 0.8)), float(rng.uniform(1.0, 1.5))
    doors = [
        box((x1, h * 0.3, -0.21), (x2, h * 0.95, -0.2), tinted(color, 0.9))
        for x1, x2 in ((-w / 2 + 0.05, -0.02), (0.02, w / 2 - 0.05))
    ]
    return joined([box((-w / 2, 0, -0.2), (w / 2, h, 0.2), color), *doors])


SMALL = {
    "sign": _sign,
    "bin": _litter_bin,
    "bollard": _bollard,
    "hydrant": _hydrant,
    "bench": _bench,
    "planter": planter,
    "board": _shop_board,
    "post box": _post_box,
    "pram": pram,
}
"""Props that can stand anywhere, by name."""
