"""Flat pictures of house fronts, shop fronts and indoor walls, drawn straight on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from training.walkers.arrays import Image
from training.walkers.canvas import LAMP_LEVEL, Canvas
from training.walkers.colors import BRIGHT, MUTED, Bgr, choose, palette, random_color, tinted
from training.walkers.shopfront import add_shops

_CONCRETE = palette("9a9a97 868886 b3b2ae 75787a")
_COLORS = {
    "plaster": palette(
        "e3d6bf dcc59b ece6d8 d8b48e d9cfae e2c998 d3a898 bfc8bd e8d9a6 c9d2d8 d98f6f e6bfa6"
    ),
    "brick": palette("8a4a38 9a5a44 7a4236 a3705a 8d6a58 b08a6c"),
    "stone": palette("a59d90 b8b0a2 8f8a82 c2bbae"),
    "concrete": _CONCRETE,
    "glass": _CONCRETE,
}


@cache
def _grain() -> Image:
    """Return a 512 x 512 x 3 tile of grime and grain around 128."""
    rng = np.random.default_rng(977)
    total = np.zeros((512, 512), np.float32)
    for size, weight in ((8, 0.5), (32, 0.35), (128, 0.3), (512, 0.45)):
        part = rng.standard_normal((size, size)).astype(np.float32)
        total += weight * cv2.resize(part, (512, 512), interpolation=cv2.INTER_CUBIC)
    tile = np.clip(128 + 6.0 * total, 60, 200).astype(np.uint8)
    return np.repeat(tile[..., None], 3, 2)


@dataclass(frozen=True)
class Front:
    """A house front.

    Attributes:
        width: Metres.
        height: Metres.
        shop: Whether the ground floor is a shop.
        style: "plaster", "brick", "stone", "concrete", "glass" or "indoor".
        seed: Source of everything else.
        lamps: Whether it is dark enough for lamps in the windows.
    """

    width: float
    height: float
    shop: bool
    style: str
    seed: int
    lamps: bool


def paint(front: Front, scale: float) -> Image:
    """Paint a front under full light, (H, W, 3) uint8 BGR, at `scale` pixels per metre."""
    rng = np.random.default_rng(front.seed)
    image: Image = (_indoor if front.style == "indoor" else _house)(rng, front, scale).image
    h, w = image.shape[:2]
    dx, dy = int(rng.integers(256)), int(rng.integers(256))
    grain = _grain()[dy : dy + min(h, 256), dx : dx + min(w, 256)]
    grain = np.asarray(cv2.resize(grain, (w, h), interpolation=cv2.INTER_LINEAR), np.uint8)
    image = np.asarray(cv2.multiply(image, grain, scale=1 / 128), np.uint8)
    # Rain and street dirt darken the foot of a wall.
    foot = image[-min(int(1.5 * scale) + 1, h) :]
    up = (np.arange(len(foot), 0, -1, dtype=np.float32) / scale)[:, None, None]
    foot[:] = (foot * (1 - 0.18 * np.exp(-up / 0.5))).astype(np.uint8)
    return image


def _house(rng: np.random.Generator, front: Front, scale: float) -> Canvas:
    width, height = front.width, front.height
    base = random_color(rng, _COLORS[front.style], 0.8, 1.1)
    canvas = Canvas(width, height, scale, base, LAMP_LEVEL if front.lamps else 1.0)
    if front.style == "brick" and scale > 18:
        for y in np.arange(0, height, 0.225):
            canvas.rect(0, y, width, y + 0.03, tinted(base, 1.12))
    if front.style == "stone" and scale > 14:
        for i, y in enumerate(np.arange(0, height, 0.5)):
            canvas.rect(0, y, width, y + 0.03, tinted(base, 0.82))
            for x in np.arange(0.45 * (i % 2), width, 0.9):
                canvas.rect(x, y, x + 0.025, y + 0.5, tinted(base, 0.85))
    ground = float(rng.uniform(3.2, 4.2))
    storey = float(rng.uniform(2.8, 3.5))
    if front.style == "glass":
        _curtain_wall(rng, canvas, front, ground)
    else:
        trim = tinted(base, float(rng.choice([0.75, 1.25])))
        _windows(rng, canvas, front, ground, storey, trim)
        canvas.rect(0, height - 0.35, width, height, trim)
        canvas.rect(0, height - 0.42, width, height - 0.35, tinted(base, 0.6))
        if rng.random() < 0.6:
            canvas.rect(0, ground, width, ground + 0.18, trim)
            canvas.rect(0, ground - 0.05, width, ground, tinted(base, 0.65))
    if front.shop:
        add_shops(rng, canvas, width, ground, front.lamps)
    else:
        _doorway(rng, canvas, front, ground, base)
    canvas.rect(0, 0, 0.04, height, tinted(base, 0.6))
    if rng.random() < 0.5:
        x = width - 0.3
        canvas.rect(x, 0, x + 0.12, height - 0.4, tinted(base, 0.55))
        canvas.rect(x, 0, x + 0.04, height - 0.4, tinted(base, 0.9))
    return canvas


def _pane(
    rng: np.random.Generator,
    canvas: Canvas,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    lamps: bool,
) -> None:
    """Draw glass: dark rooms that mirror the sky, or a lit room."""
    if lamps and rng.random() < 0.38:
        warm = float(rng.uniform(0.0, 0.12))
        top = (0.84 - warm, 0.93 - warm / 2, 1.0)
        canvas.slope(x1, y1, x2, y2, top, (0.80 - warm / 4, 0.84 - warm / 4, 0.92))
        return
    tone = float(rng.uniform(0.55, 1.25))
    top, bottom = tinted((0.56, 0.49, 0.42), tone), tinted((0.24, 0.22, 0.20), tone)
    canvas.slope(x1, y1, x2, y2, top, bottom)
    if rng.random() < 0.45:
        share = float(rng.uniform(0.15, 0.6))
        light = (0.72, 0.75, 0.77)
        if rng.random() < 0.5:
            canvas.rect(x1, y2 - (y2 - y1) * share, x2, y2, light)
        else:
            side = (x2 - x1) * share * 0.4
            canvas.rect(x1, y1, x1 + side, y2, light)
            canvas.rect(x2 - side, y1, x2, y2, light)


def _windows(
    rng: np.random.Generator, canvas: Canvas, front: Front, ground: float, storey: float, trim: Bgr
) -> None:
    wide, tall = float(rng.uniform(0.9, 1.7)), float(rng.uniform(1.3, 1.9))
    gap = float(rng.uniform(0.8, 1.8))
    count = max(int((front.width - gap) / (wide + gap)), 1)
    gap = (front.width - count * wide) / (count + 1)
    frame = (0.9, 0.9, 0.9) if rng.random() < 0.6 else tinted(trim, 0.45)
    balcony = rng.random() < 0.25 and canvas.scale > 12
    mullion = rng.random() < 0.7
    black = (0.12, 0.12, 0.12)
    y = ground + 0.75
    while y + tall < front.height - 0.5:
        top = y + tall
        for i in range(count):
            x = gap + i * (wide + gap)
            right = x + wide
            canvas.rect(x - 0.10, y - 0.10, right + 0.10, top + 0.14, trim)
            canvas.rect(x - 0.16, y - 0.18, right + 0.16, y - 0.08, tinted(trim, 1.1))
            canvas.rect(x, y, right, top, frame)
            _pane(rng, canvas, x + 0.07, y + 0.07, right - 0.07, top - 0.07, front.lamps)
            # The reveal above a window lies in shadow.
            canvas.rect(x, top - 0.13, right, top, tinted(trim, 0.4))
            if mullion:
                canvas.rect(x + wide / 2 - 0.035, y, x + wide / 2 + 0.035, top, frame)
                canvas.rect(x, y + tall * 0.66, right, y + tall * 0.66 + 0.06, frame)
            if balcony and i % 2 == 0:
                canvas.rect(x - 0.3, y - 0.25, right + 0.3, y - 0.1, tinted(trim, 0.8))
                for bar in np.arange(x - 0.3, right + 0.3, 0.14):
                    canvas.rect(bar, y - 0.1, bar + 0.03, y + 0.75, black)
                canvas.rect(x - 0.3, y + 0.72, right + 0.3, y + 0.78, black)
        y += storey


def _curtain_wall(rng: np.random.Generator, canvas: Canvas, front: Front, ground: float) -> None:
    step, rise = float(rng.uniform(1.2, 2.2)), float(rng.uniform(1.6, 3.2))
    tint = rng.uniform(0.42, 0.6), rng.uniform(0.4, 0.5), rng.uniform(0.3, 0.42)
    for y in np.arange(ground, front.height, rise):
        for x in np.arange(0, front.width, step):
            tone = float(rng.uniform(0.75, 1.15)) * (0.75 + 0.35 * y / front.height)
            lit = front.lamps and bool(rng.random() < 0.3)
            glass = (0.70, 0.86, 0.95) if lit else tinted(tint, tone)
            canvas.rect(x + 0.04, y + 0.05, x + step - 0.04, y + rise - 0.05, glass, lit=lit)
    canvas.rect(0, ground - 0.3, front.width, ground, (0.45, 0.45, 0.45))


def _doorway(
    rng: np.random.Generator, canvas: Canvas, front: Front, ground: float, base: Bgr
) -> None:
    door = float(rng.uniform(0.5, max(front.width - 1.8, 0.6)))
    color = choose(rng, BRIGHT + MUTED)
    canvas.rect(door - 0.15, 0, door + 1.25, 2.6, tinted(base, 1.2))
    canvas.rect(door, 0, door + 1.1, 2.4, tinted(color, 0.7))
    canvas.rect(door + 0.12, 0.25, door + 0.98, 1.1, tinted(color, 0.85))
    canvas.rect(door + 0.12, 1.25, door + 0.98, 2.2, tinted(color, 0.5))
    x = 0.6
    while x < front.width - 1.6:
        if x + 1.4 < door - 0.3 or x > door + 1.5:
            canvas.rect(x - 0.1, 0.9, x + 1.3, ground - 0.75, tinted(base, 1.2))
            _pane(rng, canvas, x, 1.0, x + 1.2, ground - 0.85, front.lamps)
            canvas.rect(x + 0.57, 1.0, x + 0.63, ground - 0.85, (0.85, 0.85, 0.85))
        x += 2.2
    canvas.rect(0, 0, front.width, 0.35, tinted(base, 0.72))


def _indoor(rng: np.random.Generator, front: Front, scale: float) -> Canvas:
    base = random_color(rng, _COLORS["plaster"], 0.95, 1.2)
    canvas = Canvas(front.width, front.height, scale, base)
    stripe = choose(rng, BRIGHT)
    x = float(rng.uniform(0.3, 1.5))
    while x < front.width - 1.5:
        kind = rng.random()
        if kind < 0.45:
            canvas.rect(x - 0.08, 0, x + 1.08, 2.18, tinted(base, 0.7))
            color = choose(rng, MUTED) if rng.random() < 0.5 else _COLORS["stone"][0]
            canvas.rect(x, 0, x + 1.0, 2.1, color)
            canvas.rect(x + 0.86, 1.0, x + 0.93, 1.08, (0.8, 0.8, 0.8))
            if rng.random() < 0.5:
                canvas.slope(x + 0.3, 1.3, x + 0.7, 1.95, (0.7, 0.68, 0.62), (0.45, 0.42, 0.4))
        elif kind < 0.7:
            canvas.rect(x, 1.1, x + 1.3, 2.1, (0.2, 0.2, 0.2))
            paper = choose(rng, BRIGHT)
            canvas.rect(x + 0.06, 1.16, x + 1.24, 2.04, paper)
            canvas.rect(x + 0.2, 1.5, x + 0.9, 1.9, tinted(paper, 0.6))
        elif kind < 0.85:
            canvas.slope(x, 0.1, x + 1.9, 2.5, (0.75, 0.72, 0.68), (0.4, 0.38, 0.36))
            canvas.rect(x + 0.92, 0.1, x + 0.98, 2.5, (0.4, 0.4, 0.4))
        x += float(rng.uniform(1.9, 4.0))
    if rng.random() < 0.4:
        canvas.rect(0, 0.95, front.width, 1.05, stripe)
    canvas.rect(0, 0, front.width, 0.12, tinted(base, 0.5))
    return canvas
