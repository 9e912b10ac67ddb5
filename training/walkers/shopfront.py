"""Shop fronts: windows with goods, signs, doors and awnings."""

from __future__ import annotations

import numpy as np

from training.walkers.canvas import Canvas
from training.walkers.colors import BRIGHT, MUTED, Bgr, choose, tinted


def add_shops(
    rng: np.random.Generator, canvas: Canvas, width: float, ground: float, lamps: bool
) -> None:
    """Draw shop fronts along the ground floor, `width` x `ground` metres; `lamps` lights them."""
    x = 0.3
    while x < width - 2.5:
        wide = min(float(rng.uniform(3.5, 7.0)), width - x - 0.3)
        sign = choose(rng, BRIGHT if rng.random() < 0.6 else MUTED)
        frame = tinted(choose(rng, MUTED), 0.9)
        canvas.rect(x, 0, x + wide, ground - 0.15, frame)
        canvas.rect(x, ground - 0.75, x + wide, ground - 0.12, sign)
        _lettering(rng, canvas, x + wide * 0.15, ground - 0.62, wide * 0.7, sign)
        door = x + wide * float(rng.choice([0.05, 0.4, 0.75]))
        glow = 1.0 if lamps else 0.55
        top = ground - 0.9
        for left in np.arange(x + 0.15, x + wide - 0.2, 1.6):
            right = min(left + 1.5, x + wide - 0.15)
            _display(rng, canvas, float(left), float(right), top, glow)
        dim = tinted((0.26, 0.31, 0.36), glow)
        canvas.rect(door, 0, door + 1.0, 2.25, tinted(frame, 1.3))
        canvas.slope(door + 0.1, 0.15, door + 0.9, 2.15, tinted(dim, 0.8), tinted(dim, 0.45))
        canvas.rect(door + 0.78, 0.95, door + 0.84, 1.25, (0.75, 0.78, 0.8))
        if rng.random() < 0.35:
            stripes = (0.88, 0.9, 0.9), choose(rng, BRIGHT)
            for i, left in enumerate(np.arange(x, x + wide - 0.1, 0.45)):
                right = min(left + 0.45, x + wide)
                canvas.rect(left, ground - 1.25, right, ground - 0.72, stripes[i % 2])
            canvas.rect(x, ground - 1.45, x + wide, ground - 1.25, tinted(dim, 0.5))
        x += wide + 0.35


def _display(
    rng: np.random.Generator, canvas: Canvas, left: float, right: float, top: float, glow: float
) -> None:
    """Draw a shop window: a dim room with lamps, goods on shelves, and the sky in the glass."""
    if glow < 1:
        canvas.slope(left, 0.5, right, top, (0.15, 0.18, 0.21), (0.22, 0.26, 0.30))
    else:
        canvas.slope(left, 0.5, right, top, (0.78, 0.80, 0.82), (0.80, 0.86, 0.92))
    for _ in range(int(rng.integers(1, 4))):
        x = float(rng.uniform(left, max(right - 0.3, left + 0.01)))
        y = top - float(rng.uniform(0.12, 0.4))
        lamp = tinted((0.80, 0.95, 1.0), glow)
        canvas.rect(x, y, min(x + 0.3, right), y + 0.07, lamp, lit=True)
    hue = choose(rng, BRIGHT + MUTED)
    for level in (0.5, 1.0, 1.45):
        canvas.rect(left, level - 0.05, right, level, tinted((0.20, 0.24, 0.28), glow))
        x = left + float(rng.uniform(0.0, 0.25))
        while x < right - 0.1:
            wide, tall = float(rng.uniform(0.10, 0.30)), float(rng.uniform(0.12, 0.36))
            goods = choose(rng, BRIGHT) if rng.random() < 0.45 else hue
            goods = tinted(goods, float(rng.uniform(0.4, 0.85)) * glow)
            canvas.rect(x, level, min(x + wide, right), level + tall, goods, lit=True)
            x += wide + float(rng.uniform(0.03, 0.5))
    if rng.random() < 0.3:
        x, paper = left + 0.15, choose(rng, BRIGHT)
        canvas.rect(x, 0.9, min(x + 0.8, right), 1.9, tinted(paper, 0.75))
        canvas.rect(x + 0.1, 1.5, min(x + 0.6, right), 1.62, (0.9, 0.9, 0.9))
    pale = float(rng.uniform(0.04, 0.16)) * (1.6 - glow)
    s = canvas.scale
    first, last = max(int((canvas.height - top) * s), 0), int((canvas.height - 0.5) * s)
    part = canvas.image[first:last, max(int(left * s), 0) : int(right * s)]
    sky = np.array((225, 215, 205), np.float32)
    share = np.linspace(2.0, 0.4, len(part), dtype=np.float32)[:, None, None] * pale
    part[:] = (part + share * (sky - part)).astype(np.uint8)


def _lettering(
    rng: np.random.Generator, canvas: Canvas, x: float, y: float, width: float, sign: Bgr
) -> None:
    """Draw marks that read as writing from afar."""
    height = 0.36
    ink = (0.95, 0.95, 0.95) if sum(sign) < 1.6 else (0.12, 0.12, 0.14)
    place = x
    while place < x + width:
        wide = float(rng.uniform(0.10, 0.24))
        if rng.random() < 0.85:
            canvas.rect(place, y, place + 0.06, y + height, ink)
            for level in (0.0, 0.42, 0.84):
                if rng.random() < 0.6:
                    bar = y + height * level
                    canvas.rect(place, bar, place + wide, bar + 0.06, ink)
            if rng.random() < 0.5:
                canvas.rect(place + wide - 0.05, y, place + wide, y + height, ink)
        place += wide + 0.09
