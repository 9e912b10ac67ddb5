"""Solids made of quads: stacks of rings, boxes and flat panels.

Everything that stands in a scene, people and props alike, becomes one `Solid`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.walkers.arrays import Array, Image
from training.walkers.colors import Bgr

Axes = tuple[Iterable[float], Iterable[float]]
"""The unit vectors of a ring's first and second axis."""
LEVEL: Axes = (1, 0, 0), (0, 0, 1)
UPRIGHT: Axes = (1, 0, 0), (0, 1, 0)
SIDEWAYS: Axes = (0, 0, 1), (0, 1, 0)

PERSON, CARRIED, THING, LEAF = 1, 2, 3, 4
"""What a face belongs to: the person, something the person carries, a prop, or foliage."""


@dataclass(frozen=True)
class Solid:
    """Quads with what is needed to shade them.

    Attributes:
        corners: Corner positions in metres, (N, 4, 3).
        normals: Outward unit normals at the corners, (N, 4, 3).
        color: Surface colour, BGR in 0..1 as displayed under full light, (N, 3).
        cloth: Surface coordinates for the fold texture, (N, 4, 2).
        rough: How much of the fold texture shows, 0..1, (N,).
        glow: Light given off, added to the light received, (N,).
        shade: Extra darkening at the corners for corners that see little sky, 0..1, (N, 4).
        kind: PERSON, CARRIED, THING or LEAF, (N,).
        open: Whether the back of the face can be seen, (N,).
        lift: How much closer than it is, in metres, a face counts when faces are sorted, (N,);
            keeps clothes in front of what they cover.
    """

    corners: Array
    normals: Array
    color: Array
    cloth: Array
    rough: Array
    glow: Array
    shade: Array
    kind: Image
    open: NDArray[np.bool_]
    lift: Array

    def __len__(self) -> int:
        """Return the number of quads."""
        return len(self.corners)

    def where(self, chosen: NDArray[np.bool_ | np.intp]) -> Solid:
        """Return the chosen quads, given a mask or their numbers."""
        return Solid(*(getattr(self, f.name)[chosen] for f in fields(self)))

    def placed(self, x: float, z: float, turn: float = 0.0, scale: float = 1.0) -> Solid:
        """Return the solid turned about the vertical (radians), scaled, then moved to (x, z)."""
        c, s = np.cos(turn), np.sin(turn)
        matrix = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)
        corners = (self.corners * np.float32(scale)) @ matrix.T
        corners += np.array([x, 0.0, z], np.float32)
        return replace(self, corners=corners, normals=self.normals @ matrix.T)


def joined(solids: Sequence[Solid]) -> Solid:
    """Return several solids as one."""
    names = [f.name for f in fields(Solid)]
    return Solid(*(np.concatenate([getattr(s, name) for s in solids]) for name in names))


class Rings:
    """A growing list of rings; consecutive rings of one part are joined by quads.

    A ring is an ellipse (or, with a higher power, a rounded box) with a centre and two axes. Many
    parts share one array, so that a whole body costs a few numpy calls.
    """

    def __init__(self) -> None:
        """Start without a ring."""
        self.rows: list[tuple[float, ...]] = []
        self.starts: list[int] = []
        self.flags: list[tuple[int, bool, float, float]] = []

    def part(
        self, kind: int = THING, open_ended: bool = False, lift: float = 0.0, gap: float = 0.0
    ) -> None:
        """Begin a new part; rings that follow belong to it.

        Args:
            kind: PERSON, CARRIED, THING or LEAF.
            open_ended: Whether its inside can be seen.
            lift: See `Solid.lift`.
            gap: Angle in radians left open to both sides of the second axis.
        """
        self.starts.append(len(self.rows))
        self.flags.append((kind, open_ended, lift, gap))

    def ring(
        self,
        center: Iterable[float],
        axes: Axes,
        half_width: float,
        half_depth: float,
        color: Bgr,
        *,
        power: float = 2.0,
        rough: float = 0.0,
        glow: float = 0.0,
        shade: float = 1.0,
    ) -> None:
        """Add a ring.

        Args:
            center: Its middle, 3 floats in metres.
            axes: Unit vectors of its two axes.
            half_width: Half its extent along the first axis, metres.
            half_depth: Half its extent along the second axis, metres.
            color: Colour of the band that starts here.
            power: 2 is an ellipse, higher is boxier.
            rough: How much cloth texture the band shows.
            glow: Light the band gives off.
            shade: Factor on the light received here.
        """
        right, front = axes
        shape = (half_width, half_depth, *color, power, rough, glow, shade)
        self.rows.append((*center, *right, *front, *shape))

    def solid(self, segments: int) -> Solid:
        """Join the rings into quads, `segments` around each ring."""
        rows = np.array(self.rows, np.float32)
        count = len(rows)
        part = np.zeros(count, np.int64)
        part[self.starts[1:]] = 1
        part = np.cumsum(part)
        center, right, front = rows[:, 0:3], rows[:, 3:6], rows[:, 6:9]
        around = (np.arange(segments, dtype=np.float32) + 0.5) * np.float32(2 * np.pi / segments)
        cos, sin = np.cos(around), np.sin(around)
        exponent = (2.0 / rows[:, 14:15]).astype(np.float32)
        wide = np.sign(cos) * np.abs(cos) ** exponent * rows[:, 9:10]
        deep = np.sign(sin) * np.abs(sin) ** exponent * rows[:, 10:11]
        points = wide[..., None] * right[:, None] + deep[..., None] * front[:, None]
        points += center[:, None]

        index = np.arange(count)
        after = np.minimum(index + 1, count - 1)
        after = np.where(part[after] == part, after, index)
        before = np.maximum(index - 1, 0)
        before = np.where(part[before] == part, before, index)
        normals = _normals(points, center, part, before, after)

        step = np.linalg.norm(center - center[before], axis=1)
        height = np.cumsum(step)
        first = index[after != index]
        pick = np.stack([first, first, first + 1, first + 1], 1)

        def quads(values: Array) -> Array:
            rolled = np.roll(values, -1, 1)
            grid = np.stack([values[first], rolled[first], rolled[first + 1], values[first + 1]], 2)
            return grid.reshape(-1, *grid.shape[2:])

        faces = len(first) * segments
        # One scale for a whole part keeps the texture whole where the girth changes.
        girth = np.maximum(rows[:, 9], rows[:, 10]) * np.float32(2 * np.pi / segments)
        widest = np.zeros(len(self.starts), np.float32)
        np.maximum.at(widest, part, girth)
        turned = np.arange(segments + 1, dtype=np.float32) * widest[part[first], None]
        left, far = turned[:, :-1], turned[:, 1:]
        cloth = np.empty((len(first), segments, 4, 2), np.float32)
        cloth[..., 0] = np.stack([left, far, far, left], 2)
        cloth[..., 1] = height[pick][:, None, :]
        cloth += (part[first] * np.float32(0.37))[:, None, None, None]

        flags = np.array(self.flags, np.float32)[part[first]]
        # Face j spans the vertices at j + 0.5 and j + 1.5; the second axis points at a quarter.
        off = np.abs((np.arange(segments) + 1.0) * (2 * np.pi / segments) - np.pi / 2)
        off = np.minimum(off, 2 * np.pi - off)
        kept = (off >= flags[:, 3:4] - 1e-6).ravel()

        def bands(values: Array) -> Array:
            return np.repeat(values[first], segments, 0)

        solid = Solid(
            corners=quads(points),
            normals=quads(normals),
            color=bands(rows[:, 11:14]),
            cloth=cloth.reshape(-1, 4, 2),
            rough=bands(rows[:, 15]),
            glow=bands(rows[:, 16]),
            shade=np.repeat(rows[pick, 17], segments, 0).reshape(faces, 4),
            kind=np.repeat(flags[:, 0].astype(np.uint8), segments),
            open=np.repeat(flags[:, 1].astype(bool), segments),
            lift=np.repeat(flags[:, 2], segments),
        )
        return solid if kept.all() else solid.where(kept)


def _normals(points: Array, center: Array, part: Array, before: Array, after: Array) -> Array:
    """Return the outward unit normals at the points (R, S, 3) of rings.

    `part` says which part a ring belongs to, `before` and `after` which rings it is joined to;
    at the ends of a part that is the ring itself.
    """
    along = points[after] - points[before]
    turn = np.roll(points, -1, 1) - np.roll(points, 1, 1)
    normals = np.cross(turn, along)
    # A ring drawn to a point has no circumference; it faces along its part.
    tip = np.einsum("rsc,rsc->rs", turn, turn) < 1e-8
    axis = center[after] - center[before]
    last = after == np.arange(len(points))
    axis = np.where(last[:, None], axis, -axis)
    normals = np.where(tip[..., None], axis[:, None], normals)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
    # All rings of a part wind the same way, so the part as a whole tells in from out.
    outward = np.einsum(
        "rsc,rsc->r", np.where(tip[..., None], 0, normals), points - center[:, None]
    )
    inward = np.bincount(part, outward) < 0
    flip = inward[part] & ~tip[:, 0]
    return np.where(flip[:, None, None], -normals, normals).astype(np.float32)


def lathe(
    profile: Iterable[tuple[float, float, Bgr]],
    segments: int = 12,
    *,
    power: float = 2.0,
    glow: float = 0.0,
) -> Solid:
    """Turn a profile of (height, radius, colour of the band above) about the vertical, metres."""
    rings = Rings()
    rings.part()
    for height, radius, color in profile:
        rings.ring((0, height, 0), LEVEL, radius, radius, color, power=power, glow=glow)
    return rings.solid(segments)


_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)


def box(
    low: Sequence[float], high: Sequence[float], color: Bgr, *, glow: float = 0.0, lift: float = 0.0
) -> Solid:
    """Return an upright box between two corners."""
    ends = np.array([low, high], np.float32)
    corners, normals = np.empty((6, 4, 3), np.float32), np.zeros((6, 4, 3), np.float32)
    for face, (axis, side) in enumerate(product(range(3), (0, 1))):
        corners[face] = ends[0] + np.insert(_SQUARE, axis, 0, 1) * (ends[1] - ends[0])
        corners[face, :, axis] = ends[side, axis]
        normals[face, :, axis] = 2 * side - 1
    return faces(corners, normals, color, glow=glow, lift=lift)


def faces(
    corners: Array,
    normals: Array,
    color: ArrayLike,
    *,
    glow: float = 0.0,
    kind: int = THING,
    open_ended: bool = False,
    lift: float = 0.0,
) -> Solid:
    """Return a solid of given quads (N, 4, 3) with one colour or a colour each (N, 3)."""
    n = len(corners)
    return Solid(
        corners=np.asarray(corners, np.float32),
        normals=np.asarray(np.broadcast_to(normals, corners.shape), np.float32),
        color=np.broadcast_to(np.asarray(color, np.float32), (n, 3)),
        cloth=np.zeros((n, 4, 2), np.float32),
        rough=np.zeros(n, np.float32),
        glow=np.full(n, glow, np.float32),
        shade=np.ones((n, 4), np.float32),
        kind=np.full(n, kind, np.uint8),
        open=np.full(n, open_ended, bool),
        lift=np.full(n, lift, np.float32),
    )


def panel(corners: Sequence[Sequence[float]], color: Bgr, lift: float = 0.0) -> Solid:
    """Return one flat quad that can be seen from both sides."""
    quad = np.array([corners], np.float32)
    normal = np.cross(quad[0, 1] - quad[0, 0], quad[0, 3] - quad[0, 0])
    normal /= max(float(np.linalg.norm(normal)), 1e-9)
    return faces(quad, normal, color, open_ended=True, lift=lift)
