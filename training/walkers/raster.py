"""From solids to pixels: deferred shading of depth-sorted quads, and shadows on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from training.walkers.arrays import Array, Image
from training.walkers.camera import NEAR, Camera
from training.walkers.light import Light
from training.walkers.shapes import LEAF, PERSON, Solid

_SHIFT = 4
_TEXELS = 150.0
"""Pixels of the fold texture per metre of cloth."""


@dataclass(frozen=True)
class Sprite:
    """A drawn solid, cut out of the image.

    Attributes:
        x: Image column of the first pixel.
        y: Image row of the first pixel.
        color: Colour times coverage, BGR in 0..1, (h, w, 3).
        cover: Coverage, 0..1, (h, w).
        person: Coverage by the person alone, 0..1, (h, w).
        box: x1 y1 x2 y2 of the person's silhouette in pixels, unclipped; None without a person.
        depth: Distance along the optical axis to the middle of the solid, metres.
    """

    x: int
    y: int
    color: Array
    cover: Array
    person: Array
    box: tuple[float, float, float, float] | None
    depth: float


@cache
def fold_texture() -> Array:
    """Return a 256 x 256 tile of wrinkles around 0, about -1..1, repeating at its edges.

    Wrinkles are the creases of a smooth random height field, longer than they are wide and mostly
    slanted, with broad light and dark below them.
    """
    rng = np.random.default_rng(20240607)
    fy = np.fft.fftfreq(256)[:, None] * 256
    fx = np.fft.rfftfreq(256)[None] * 256

    def band(low: float, high: float, slant: float, narrow: float) -> Array:
        radius = np.hypot(fy, fx)
        angle = np.arctan2(fy, fx + 1e-9)
        turn = np.angle(np.exp(2j * (angle - slant))) / 2
        keep = np.exp(-(((radius - low) / high) ** 2) - (turn / narrow) ** 2)
        field = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((256, 256))) * keep)
        return (field / field.std()).astype(np.float32)

    crease = np.zeros((256, 256), np.float32)
    for slant in (np.pi / 2, np.pi / 2 - 0.55, np.pi / 2 + 0.55):
        field = band(8, 5, slant, 0.35)
        where = np.clip(band(3, 3, 0.0, 9.0), 0, 1.5)
        crease += where * (0.5 - np.sqrt(np.abs(field)))
    broad = band(3, 3, np.pi / 2, 0.9)
    tile = 0.75 * crease + 0.55 * broad + 0.10 * band(70, 40, 0.0, 9.0)
    tile -= tile.mean()
    return np.clip(tile / (tile.std() * 1.8), -1.5, 1.3).astype(np.float32)


def _plane(pixels: Array, middle: Array, values: Array) -> tuple[Array, Array, Array]:
    """Fit value = base + gx * x + gy * y to the corners of each quad; x, y from its middle."""
    d = pixels - middle[:, None]
    xx = np.einsum("ni,ni->n", d[..., 0], d[..., 0])
    yy = np.einsum("ni,ni->n", d[..., 1], d[..., 1])
    xy = np.einsum("ni,ni->n", d[..., 0], d[..., 1])
    det = xx * yy - xy * xy
    # A quad seen edge-on has no usable gradient.
    flat = det < 0.02 * (xx + yy) ** 2 + 0.05
    inverse = np.where(flat, 0.0, 1.0 / np.where(flat, 1.0, det)).astype(np.float32)
    base = values.mean(1)
    rest = values - base[:, None]
    vx = np.einsum("ni,ni...->n...", d[..., 0], rest)
    vy = np.einsum("ni,ni...->n...", d[..., 1], rest)
    shape = (slice(None),) + (None,) * (values.ndim - 2)
    gx = (yy[shape] * vx - xy[shape] * vy) * inverse[shape]
    gy = (xx[shape] * vy - xy[shape] * vx) * inverse[shape]
    return base, gx, gy


def draw(
    solid: Solid, camera: Camera, light: Light, *, sunlit: float = 1.0, gain: float = 1.0
) -> Sprite | None:
    """Draw a solid, clipped to the image; None where nothing of it is in view.

    Args:
        solid: World coordinates.
        camera: The view.
        light: The light.
        sunlit: Share of the sun that reaches the solid, 0..1.
        gain: Extra factor on the displayed brightness, for pools of lamp light.
    """
    pixels, depth = camera.project(solid.corners)
    if float(depth.min()) < NEAR:
        return None
    flat = pixels.reshape(-1, 2)
    x1, y1 = flat.min(0)
    x2, y2 = flat.max(0)
    if x2 < 0 or y2 < 0 or x1 > camera.width - 1 or y1 > camera.height_px - 1:
        return None
    left, top = max(int(x1) - 1, 0), max(int(y1) - 1, 0)
    right = min(int(np.ceil(x2)) + 2, camera.width)
    bottom = min(int(np.ceil(y2)) + 2, camera.height_px)
    w, h = right - left, bottom - top
    # Small figures need the most smoothing and cost the least.
    times = 4 if max(w, h) < 70 else 2 if max(w, h) < 700 else 1

    toward = camera.position - solid.corners.mean(1)
    facing = np.einsum("nc,nc->n", solid.normals.mean(1), toward)
    shown = np.flatnonzero((facing > 0) | solid.open)
    far = depth[shown].mean(1)
    keep = shown[np.argsort(solid.lift[shown] - far, kind="stable")]
    local = (pixels[keep] - np.array([left, top], np.float32) + 0.5) * times - 0.5
    ids = np.full((h * times, w * times), -1, np.int32)
    for i, quad in enumerate(np.round(local * (1 << _SHIFT)).astype(np.int32)):
        cv2.fillConvexPoly(ids, quad, i, 8, _SHIFT)
    # Foliage comes last in whatever has foliage.
    if solid.kind[-1] == LEAF:
        moved = _ruffled(ids, 0.07 * camera.focal * times / float(far.mean()))
        leaf = np.append(solid.kind[keep] == LEAF, False)
        ids = np.where(leaf[moved] | ((moved < 0) & leaf[ids]), moved, ids)

    faces = solid.where(keep)
    back = (facing[keep] < 0)[:, None]
    normals = np.where(back[..., None], -faces.normals, faces.normals)
    shade = faces.shade * np.where(back, 0.72, 1.0).astype(np.float32)
    lit = light.on(normals, shade, sunlit) * np.float32(gain)
    painted = _painted(ids, faces, local, lit)
    if painted is None:
        return None
    if times > 1:
        rgb = cv2.resize(painted[..., :4], (w, h), interpolation=cv2.INTER_AREA)
        person = cv2.resize(painted[..., 4], (w, h), interpolation=cv2.INTER_AREA)
    else:
        rgb, person = painted[..., :4], np.ascontiguousarray(painted[..., 4])
    distance = float(far.mean())
    haze = float(light.fade(distance))
    cover = np.ascontiguousarray(rgb[..., 3])
    color = np.minimum(rgb[..., :3], cover[..., None]) * (1 - haze)
    color += cover[..., None] * (light.haze * haze)
    return Sprite(left, top, color, cover, person, _silhouette(solid, pixels), distance)


def _silhouette(solid: Solid, pixels: Array) -> tuple[float, float, float, float] | None:
    """Return the box of the person among the quads, None without one."""
    body = pixels[solid.kind == PERSON].reshape(-1, 2)
    if len(body) == 0:
        return None
    # Pixel centres are on whole numbers, so pixel 0 reaches from 0 to 1 in a box.
    (x1, y1), (x2, y2) = (body.min(0) + 0.5).tolist(), (body.max(0) + 0.5).tolist()
    return x1, y1, x2, y2


def _painted(ids: NDArray[np.int32], faces: Solid, local: Array, lit: Array) -> Array | None:
    """Return blue, green, red, coverage and coverage by the person, (H, W, 5); None if empty.

    `ids` are the numbers of the faces that pixels show, -1 for none, (H, W); `local` and `lit` are
    the corners of the faces in pixels, (N, 4, 2), and the light on them, (N, 4, 3).
    """
    shown = ids >= 0
    face = ids[shown]
    if len(face) == 0:
        return None
    rows, columns = (index.astype(np.float32) for index in np.nonzero(shown))
    strength = lit.mean(-1)
    tint = lit.mean(1) / np.maximum(strength.mean(1), 1e-4)[:, None]
    middle = local.mean(1)
    values = np.concatenate([strength[..., None], faces.cloth * _TEXELS], 2)
    base, gx, gy = _plane(local, middle, values)
    base = base - gx * middle[:, :1] - gy * middle[:, 1:]

    def spread(k: int) -> Array:
        """Return a corner value, fitted by `_plane`, at every pixel."""
        return gx[:, k][face] * columns + gy[:, k][face] * rows + base[:, k][face]

    low, high = strength.min(1) - np.float32(0.02), strength.max(1) + np.float32(0.02)
    bright = np.clip(spread(0), low[face], high[face])
    if faces.rough.any():
        index = (spread(2).astype(np.int32) & 255) * 256 + (spread(1).astype(np.int32) & 255)
        bright *= 1 + fold_texture().ravel()[index] * (faces.rough * np.float32(1.5))[face]
    if faces.glow.any():
        bright += faces.glow[face]
    pixel = np.empty((len(face), 5), np.float32)
    np.multiply((faces.color * tint)[face], bright[:, None], out=pixel[:, :3])
    pixel[:, 3] = 1
    pixel[:, 4] = (faces.kind == PERSON)[face]
    painted = np.zeros((*ids.shape, 5), np.float32)
    painted[shown] = pixel
    return painted


def _ruffled(ids: NDArray[np.int32], reach: float) -> NDArray[np.int32]:
    """Fray the edges between faces, by up to some pixels, so that clusters turn into leaves."""
    h, w = ids.shape
    shift = cv2.resize(_ruffle(), None, fx=max(reach / 4, 1.0), fy=max(reach / 4, 1.0))
    times = (h // shift.shape[0] + 1, w // shift.shape[1] + 1, 1)
    shift = np.tile(shift, times)[:h, :w] * np.float32(reach)
    shift[..., 0] += np.arange(w, dtype=np.float32)
    shift[..., 1] += np.arange(h, dtype=np.float32)[:, None]
    moved = cv2.remap(
        ids.astype(np.float32),
        shift[..., 0],
        shift[..., 1],
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=-1,
    )
    return moved.astype(np.int32)


@cache
def _ruffle() -> Array:
    """Return a 128 x 128 x 2 tile of random shifts of about 1."""
    rng = np.random.default_rng(5)
    tile = cv2.GaussianBlur(rng.standard_normal((128, 128, 2)).astype(np.float32), (0, 0), 0.7)
    return tile / tile.std()


def cast_shadow(mask: Image, solid: Solid, camera: Camera, light: Light, strength: float) -> None:
    """Draw a solid's shadow on the ground into a mask, in place.

    The sun must stand above the horizon; `strength` is the share of it that reaches the solid.
    """
    slope = light.sun / max(float(light.sun[1]), 0.15)
    lights = solid.open | (np.einsum("nic,c->n", solid.normals, light.sun) > 0)
    corners = solid.corners[lights]
    ground = corners - corners[..., 1:2] * slope
    ground[..., 1] = 0
    pixels, depth = camera.project(ground)
    near = depth.min(1) > NEAR
    pixels = pixels[near]
    if len(pixels) == 0:
        return
    low, high = pixels.min(1), pixels.max(1)
    size = np.array([camera.width, camera.height_px], np.float32)
    seen = ((high > 0) & (low < size)).all(1)
    points = np.round(np.clip(pixels[seen], -8000, 8000) * (1 << _SHIFT)).astype(np.int32)
    value = int(255 * strength)
    shadow = np.zeros_like(mask)
    for quad in points:
        cv2.fillConvexPoly(shadow, quad, 255 if value > 250 else value, 8, _SHIFT)
    np.maximum(mask, shadow, out=mask)
