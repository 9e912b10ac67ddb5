"""Colours, and how one of them is drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Bgr = tuple[float, float, float]
T = TypeVar("T")


def rgb(code: str) -> Bgr:
    """Return the BGR colour in 0..1 of a six-digit RGB code."""
    value = int(code, 16)
    return (value & 255) / 255, (value >> 8 & 255) / 255, (value >> 16) / 255


def palette(codes: str) -> list[Bgr]:
    """Return the colours of several RGB codes with spaces between them."""
    return [rgb(code) for code in codes.split()]


def tinted(color: Bgr, factor: float) -> Bgr:
    """Return a colour made lighter or darker."""
    b, g, r = (min(c * factor, 1.0) for c in color)
    return b, g, r


def choose(rng: np.random.Generator, options: Sequence[T]) -> T:
    """Return one of the options."""
    return options[int(rng.integers(len(options)))]


def random_color(
    rng: np.random.Generator, colors: Sequence[Bgr], low: float = 0.85, high: float = 1.1
) -> Bgr:
    """Return one of the colours, tinted by a factor between `low` and `high`."""
    return tinted(choose(rng, colors), float(rng.uniform(low, high)))


MUTED = palette(
    "1b1c20 23252b 2c2f36 3a3d44 1f2a3d 2a3550 4d5058 "
    "6c6e73 3d4436 55583f 5a4636 7b6650 8f8168 4b2a2e"
)
BRIGHT = palette(
    "b3262c 2b5fa8 2f7d4f d8a520 d8d4cb f0efec c9572b "
    "76448a d97b93 3d9aa6 e3dcc8 8fb1d3 ccd3d8 a3342f"
)
METAL = palette("2a2c2e 4a4d50 1d2b24 6e7276 8d9194 23282f")
