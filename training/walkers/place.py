"""Places: where the walls stand, what lies on the ground and where people may walk."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from training.walkers import ground
from training.walkers.arrays import Array
from training.walkers.colors import Bgr, choose, random_color, tinted
from training.walkers.facade import Front
from training.walkers.ground import GroundPixels


@dataclass(frozen=True)
class Wall:
    """An upright rectangle that shows a front.

    Attributes:
        x: World x of the left end of the picture, metres.
        z: World z of the left end.
        dx: Unit direction towards the right end.
        dz: Unit direction towards the right end.
        front: The picture.
    """

    x: float
    z: float
    dx: float
    dz: float
    front: Front

    @property
    def normal(self) -> Array:
        """Unit vector out of the picture."""
        return np.array([self.dz, 0.0, -self.dx], np.float32)

    def along(self, metres: float) -> tuple[float, float]:
        """Return x and z of the foot of the wall at a distance from its left end."""
        return self.x + self.dx * metres, self.z + self.dz * metres


@dataclass(frozen=True)
class Strip:
    """A band of ground along z: from `low` to `high` in x, metres; a slab is (length, width)."""

    low: float
    high: float
    surface: str
    color: Bgr
    slab: tuple[float, float]


@dataclass(frozen=True)
class Place:
    """A place.

    Attributes:
        kind: "street", "square", "park" or "corridor".
        walls: Walls.
        strips: Bands of ground along z; the first one covers everything.
        marks: (kind, place) of road markings: "dash" at x, "edge" at x, "zebra" at z.
        low: Smallest x people may stand at, metres.
        high: Largest x people may stand at.
        road: Range of x that belongs to vehicles, None without a road.
        depth: Farthest place of interest, metres.
        ceiling: Height of a ceiling in metres, 0 under the sky.
        bend: Sideways waves of a park's path: (amplitude m, wavelength m).
    """

    kind: str
    walls: list[Wall]
    strips: list[Strip]
    marks: list[tuple[str, float]] = field(default_factory=list)
    low: float = -30.0
    high: float = 30.0
    road: tuple[float, float] | None = None
    depth: float = 90.0
    ceiling: float = 0.0
    bend: tuple[float, float] = (0.0, 40.0)

    def appeal(self, x: float, z: float) -> float:
        """Return how likely people are at a place, 0..1; 0 where nobody can stand."""
        if not self.low < x < self.high or z > self.depth:
            return 0.0
        if self.road and self.road[0] < x < self.road[1]:
            zebra = any(kind == "zebra" and abs(z - at) < 2.2 for kind, at in self.marks)
            return 0.9 if zebra else 0.16
        if self.kind == "park":
            amplitude, length = self.bend
            middle = amplitude * np.sin(2 * np.pi * z / length)
            on_path = self.strips[1].low < x - middle < self.strips[1].high
            return 1.0 if on_path else 0.25
        return 1.0

    def sunlit(self, x: Array, z: Array, sun: Array) -> Array:
        """Return 1 where the sun reaches the ground and 0 where a house stands before it."""
        lit = np.ones(np.shape(x), np.float32)
        if self.ceiling:
            return lit
        for at, start, heights, along_z in self._rows:
            across = sun[0] if along_z else sun[2]
            if abs(across) < 1e-3:
                continue
            place, other = (x, z) if along_z else (z, x)
            # Follow the ray to the sun until it crosses the plane of the row.
            way = (at - place) * np.float32(1 / across)
            slide = sun[2] if along_z else sun[0]
            index = (other + way * slide - start).astype(np.int64)
            inside = (way > 0.02) & (index >= 0) & (index < len(heights))
            tall = heights[np.clip(index, 0, len(heights) - 1)]
            lit = np.where(inside & (way * sun[1] < tall), np.float32(0), lit)
        return lit

    @cached_property
    def _rows(self) -> list[tuple[float, float, Array, bool]]:
        """Rows of houses: plane, start, height at every metre, whether the row runs along z."""
        planes: dict[tuple[bool, float], list[tuple[float, float, float]]] = {}
        for wall in self.walls:
            along_z = abs(wall.dz) > 0.5
            (x1, z1), (x2, z2) = wall.along(0), wall.along(wall.front.width)
            at, ends = (x1, (z1, z2)) if along_z else (z1, (x1, x2))
            span = min(ends), max(ends), wall.front.height
            planes.setdefault((along_z, round(at, 3)), []).append(span)
        rows = []
        for (along_z, at), spans in planes.items():
            start = min(low for low, _, _ in spans)
            heights = np.zeros(int(max(high for _, high, _ in spans) - start) + 1, np.float32)
            for low, high, tall in spans:
                heights[int(low - start) : int(high - start) + 1] = tall
            rows.append((at, start, heights, along_z))
        return rows

    def paint(self, s: GroundPixels) -> Array:
        """Return the colour of the ground under full light, BGR in 0..1, (H, W, 3)."""
        amplitude, length = self.bend
        x = s.x - np.float32(amplitude) * np.sin(s.z * np.float32(2 * np.pi / length))
        first, *others = self.strips
        out = ground.surface(s, first.surface, first.color, first.slab)
        for strip in others:
            cover = ground.between(x, s.step_x, strip.low, strip.high)
            if cover.any():
                over = ground.surface(s, strip.surface, strip.color, strip.slab)
                out += cover[..., None] * (over - out)
        if self.road:
            for edge, way in ((self.road[0], 1), (self.road[1], -1)):
                # A kerb: its lit top, and the dark gutter on the road's side.
                stone = ground.between(x, s.step_x, *sorted((edge - 0.16 * way, edge)))
                gutter = ground.between(x, s.step_x, *sorted((edge, edge + 0.14 * way)))
                ground.mix(out, stone * 0.8, (0.70, 0.72, 0.73))
                ground.mix(out, gutter * 0.55, (0.16, 0.16, 0.16))
        for kind, at in self.marks:
            paint = (0.82, 0.84, 0.85)
            if kind == "dash":
                cover = ground.between(x, s.step_x, at - 0.07, at + 0.07)
                dash = ground.lines(s.z, s.step_z, 6.0, 3.0)
                ground.mix(out, cover * dash * 0.85, paint)
            elif kind == "edge":
                ground.mix(out, ground.between(x, s.step_x, at - 0.06, at + 0.06) * 0.8, paint)
            elif self.road:
                cover = ground.between(s.z, s.step_z, at - 1.8, at + 1.8)
                inside = ground.between(x, s.step_x, self.road[0] + 0.3, self.road[1] - 0.3)
                ground.mix(out, cover * inside * ground.lines(x, s.step_x, 1.0, 0.5) * 0.85, paint)
        return out


def _strip(
    rng: np.random.Generator,
    low: float,
    high: float,
    surface: str,
    slab: tuple[float, float] = (0.3, 0.2),
) -> Strip:
    return Strip(low, high, surface, random_color(rng, ground.COLORS[surface], high=1.12), slab)


def _paving(rng: np.random.Generator, low: float, high: float) -> Strip:
    slab = choose(rng, [(0.6, 0.4), (0.4, 0.4), (0.9, 0.6), (0.2, 0.1), (0.5, 0.5), (0.3, 0.3)])
    return _strip(rng, low, high, "paving", slab)


def _row(
    rng: np.random.Generator,
    x: float,
    z: float,
    dx: float,
    dz: float,
    length: float,
    *,
    shops: float,
    lamps: bool,
    tall: float = 1.0,
) -> list[Wall]:
    """Return house fronts side by side."""
    walls, at = [], 0.0
    usual = rng.uniform(8, 17) * tall
    styles = ["plaster", "brick", "stone", "concrete", "glass"]
    style = choose(rng, styles)
    while at < length:
        width = float(rng.uniform(6.5, 16))
        if rng.random() < 0.6:
            style = str(rng.choice(styles, p=[0.46, 0.26, 0.12, 0.08, 0.08]))
        height = float(np.clip(usual + rng.normal(0, 2.2), 5.5, 40))
        shop = bool(rng.random() < shops)
        front = Front(width, height, shop, style, int(rng.integers(1 << 31)), lamps)
        walls.append(Wall(x + dx * at, z + dz * at, dx, dz, front))
        at += width
    return walls


def street(rng: np.random.Generator, lamps: bool, *, walking: bool = False) -> Place:
    """Return a street along z; `walking` asks for a pedestrian zone, which is a wide one then."""
    shops = float(rng.uniform(0.2, 1.0))
    if rng.random() < 0.4 or walking:
        # Room for a crowd and for the sun.
        least = 5.5 if walking else 3.0
        left, right = -float(rng.uniform(least, 9)), float(rng.uniform(least, 9))
        strips = [_paving(rng, -200, 200)]
        if rng.random() < 0.6:
            strips.append(_paving(rng, left + 2.2, right - 2.2))
        road, marks = None, []
    else:
        width = float(rng.choice([5.5, 6.5, 7.5, 9.0]))
        near, far = float(rng.uniform(2.2, 5.0)), float(rng.uniform(2.0, 5.0))
        # Stand on a pavement, at the kerb or in the middle of the road.
        start = float(rng.uniform(-width - 1.0, 1.6))
        road = (start, start + width)
        left, right = road[0] - near, road[1] + far
        left, right = min(left, -1.2), max(right, 1.2)
        asphalt = _strip(rng, -200, 200, "asphalt")
        pavement = _paving(rng, left - 20, road[0])
        strips = [asphalt, pavement, replace(pavement, low=road[1], high=right + 20)]
        marks = [("dash", (road[0] + road[1]) / 2)] if rng.random() < 0.7 else []
        if rng.random() < 0.4:
            marks += [("edge", road[0] + 0.4), ("edge", road[1] - 0.4)]
        if rng.random() < 0.4:
            marks.append(("zebra", float(rng.uniform(6, 30))))
    walls = _row(rng, left, -90, 0, 1, 260, shops=shops, lamps=lamps)
    walls += _row(rng, right, 170, 0, -1, 260, shops=shops, lamps=lamps)
    if rng.random() < 0.45:
        end = float(rng.uniform(50, 120))
        walls = [w for w in walls if min(w.z, w.along(w.front.width)[1]) < end]
        walls += _row(rng, -40, end, 1, 0, 80, shops=shops, lamps=lamps, tall=1.3)
    return Place("street", walls, strips, marks, left + 0.5, right - 0.5, road)


def square(rng: np.random.Generator, lamps: bool) -> Place:
    """Return a paved square with houses behind it."""
    depth = float(rng.uniform(16, 55))
    left, right = -float(rng.uniform(12, 40)), float(rng.uniform(12, 40))
    shops = float(rng.uniform(0.3, 1.0))
    strips = [_paving(rng, -200, 200)]
    if rng.random() < 0.5:
        at = float(rng.uniform(-6, 6))
        strips.append(_paving(rng, at, at + float(rng.uniform(0.6, 4))))
    walls = _row(rng, -70, depth, 1, 0, 140, shops=shops, lamps=lamps)
    if rng.random() < 0.7:
        walls += _row(rng, left, -30, 0, 1, depth + 30, shops=shops, lamps=lamps)
    if rng.random() < 0.7:
        walls += _row(rng, right, depth, 0, -1, depth + 30, shops=shops, lamps=lamps)
    return Place("square", walls, strips, low=left + 0.6, high=right - 0.6, depth=depth - 0.6)


def park(rng: np.random.Generator, lamps: bool) -> Place:
    """Return a park with a path."""
    path = float(rng.uniform(2.4, 6.0))
    start = float(rng.uniform(-path - 1, 1.0))
    surface = str(rng.choice(["gravel", "asphalt", "paving"]))
    strips = [_strip(rng, -400, 400, "grass"), _strip(rng, start, start + path, surface)]
    walls = []
    if rng.random() < 0.4:
        end = float(rng.uniform(70, 130))
        walls = _row(rng, -120, end, 1, 0, 240, shops=0, lamps=lamps, tall=1.2)
    bend = (float(rng.uniform(0, 2.5)), float(rng.uniform(30, 60)))
    return Place("park", walls, strips, low=-16, high=16, depth=70, bend=bend)


def corridor(rng: np.random.Generator) -> Place:
    """Return an indoor passage."""
    left, right = -float(rng.uniform(1.4, 4.5)), float(rng.uniform(1.4, 4.5))
    end = float(rng.uniform(14, 50))
    height = float(rng.uniform(2.7, 4.2))
    mall = rng.random() < 0.35
    color = tinted(random_color(rng, ground.COLORS["tiles"], high=1.12), 1.05)
    size = float(rng.choice([0.3, 0.45, 0.6, 1.0]))
    style = "plaster" if mall else "indoor"

    def wall(x: float, z: float, dx: float, dz: float, length: float) -> Wall:
        front = Front(length, height, mall, style, int(rng.integers(1 << 31)), mall)
        return Wall(x, z, dx, dz, front)

    walls = []
    for z in np.arange(-12, end, 12.0):
        span = min(12.0, end - z)
        walls += [wall(left, z, 0, 1, span), wall(right, z + span, 0, -1, span)]
    walls.append(wall(left, end, 1, 0, right - left))
    return Place(
        kind="corridor",
        walls=walls,
        strips=[Strip(-100, 100, "tiles", color, (size, size))],
        low=left + 0.4,
        high=right - 0.4,
        depth=end - 0.6,
        ceiling=height,
    )
