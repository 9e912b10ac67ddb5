"""Everything that does not move: sky, ground and walls, seen by a camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from training.walkers import facade, ground
from training.walkers.arrays import Array, Image
from training.walkers.camera import NEAR, Camera
from training.walkers.canvas import LAMP_LEVEL
from training.walkers.light import Light
from training.walkers.place import Place, Wall

LAMP_SPACING = 16.0
"""Metres from one street lamp to the next."""


@dataclass(frozen=True)
class View:
    """A place under a light, seen by a camera."""

    place: Place
    light: Light
    camera: Camera

    def lamp_light(self, x: Array | float, z: Array | float) -> Array:
        """Return the light of street lamps and shop windows at a place, 0..1."""
        across, along = np.asarray(x, np.float32), np.asarray(z, np.float32)
        wave = 0.5 + 0.5 * np.cos((along - 4.0) * np.float32(2 * np.pi / LAMP_SPACING))
        edge = np.minimum(np.abs(across - self.place.low), np.abs(across - self.place.high))
        return wave**3 * np.exp(-edge / 5) + 0.5 * np.exp(-edge / 2)


@dataclass(frozen=True)
class Backdrop:
    """A drawn backdrop.

    Attributes:
        image: BGR in 0..1, (H, W, 3).
        ground: Share of each pixel that shows open ground, 0..1, (H, W).
    """

    image: Array
    ground: Array


def render(view: View, rng: np.random.Generator) -> Backdrop:
    """Draw sky, ground and walls."""
    place, light, camera = view.place, view.light, view.camera
    h, w = camera.height_px, camera.width
    image = _sky(camera, light, rng)
    # Rows above the horizon see no ground; a rolled camera moves the horizon by a few rows.
    slack = abs(camera.roll) * w / 2 + 2
    top = int(np.clip(camera.horizon - slack, 0, h - 1))
    seen = ground.seen(camera, top)
    below = np.isfinite(seen.reach)
    surface = place.paint(seen)
    surface *= light.on(np.array([0.0, 1.0, 0.0], np.float32))
    if light.shadow > 0.1 and place.walls:
        shaded = 1 - cv2.GaussianBlur(place.sunlit(seen.x, seen.z, light.sun), (0, 0), 0.8)
        surface *= 1 - shaded[..., None] * light.shade_tint
    if light.dark:
        surface *= (1 + light.lamps * view.lamp_light(seen.x, seen.z))[..., None]
    fade = np.where(below, light.fade(np.where(below, seen.reach, 1e4)), 1.0)[..., None]
    surface += fade * (light.haze - surface)
    image[top:][below] = surface[below]
    open_ground = np.zeros((h, w), np.float32)
    open_ground[top:] = below
    if place.ceiling:
        _ceiling(image, view)
    for shown in reversed(_visible(place.walls, camera)):
        _wall(image, open_ground, shown, view)
    return Backdrop(np.minimum(image, 1.0), open_ground)


@dataclass(frozen=True)
class _Shown:
    """A wall in view, with its outline in pixels of a part of the image and its typical depth."""

    wall: Wall
    outline: Array
    rows: slice
    columns: slice
    depth: float

    def mask(self, value: int, line: int) -> Image:
        """Return a picture of the part in which the wall has a value."""
        size = self.rows.stop - self.rows.start, self.columns.stop - self.columns.start
        mask = np.zeros(size, np.uint8)
        corners = np.round(np.clip(self.outline, -30000, 30000) * 16).astype(np.int32)
        cv2.fillConvexPoly(mask, corners, value, line, 4)
        return mask


def _visible(walls: list[Wall], camera: Camera) -> list[_Shown]:
    """Return the walls that show, nearest first."""
    visible = []
    hidden = np.zeros((camera.height_px, camera.width), np.uint8)
    for wall in sorted(walls, key=lambda wall: np.hypot(*wall.along(wall.front.width / 2))):
        shown = _shown(wall, camera)
        if shown is None:
            continue
        mask = shown.mask(1, 8)
        part = hidden[shown.rows, shown.columns]
        if np.any(mask > part):
            visible.append(shown)
            np.maximum(part, mask, out=part)
    return visible


def _shown(wall: Wall, camera: Camera) -> _Shown | None:
    """Project a wall; None if the camera does not see it."""
    toward = wall.normal @ (camera.position - np.array([wall.x, 0, wall.z], np.float32))
    if toward <= 0.02:
        return None
    (x1, z1), (x2, z2), top = wall.along(0), wall.along(wall.front.width), wall.front.height
    corners = np.array([[x1, 0, z1], [x2, 0, z2], [x2, top, z2], [x1, top, z1]], np.float32)
    seen = _clip_near(camera.to_camera(corners))
    if len(seen) < 3:
        return None
    middle = np.array([(camera.width - 1) / 2, (camera.height_px - 1) / 2], np.float32)
    pixels = seen[:, :2] / seen[:, 2:] * camera.focal + middle
    size = [camera.width, camera.height_px]
    left, first = np.maximum(pixels.min(0), 0).astype(int)
    right, last = np.minimum(np.ceil(np.clip(pixels.max(0), 0, 1e6)).astype(int) + 1, size)
    if right <= left or last <= first:
        return None
    depth = float(np.exp(np.mean(np.log(np.maximum(seen[:, 2], 1.0)))))
    outline = pixels - [left, first]
    return _Shown(wall, outline, slice(first, last), slice(left, right), depth)


def _clip_near(polygon: Array) -> Array:
    """Cut off what lies behind the near plane from a polygon in camera axes."""
    out = []
    for i, here in enumerate(polygon):
        before = polygon[i - 1]
        if (here[2] >= NEAR) != (before[2] >= NEAR):
            u = (NEAR - before[2]) / (here[2] - before[2])
            out.append(before + (here - before) * u)
        if here[2] >= NEAR:
            out.append(here)
    return np.array(out, np.float32)


def _sky(camera: Camera, light: Light, rng: np.random.Generator) -> Array:
    h, w = camera.height_px, camera.width
    if light.name == "indoor":
        return np.full((h, w, 3), 0.6, np.float32)
    top = {
        "sunny": (0.86, 0.62, 0.38),
        "overcast": (0.80, 0.77, 0.74),
        "dusk": (0.45, 0.36, 0.32),
        "night": (0.09, 0.06, 0.05),
    }[light.name]
    up = np.clip((camera.horizon - np.arange(h, dtype=np.float32)) / (camera.focal * 0.7), 0, 1)
    blend = np.sqrt(up)[:, None, None]
    image = light.haze * (1 - blend) + np.array(top, np.float32) * blend
    image = np.broadcast_to(image, (h, w, 3)).astype(np.float32)
    if light.name != "night":
        x, y = int(rng.integers(256)), int(rng.integers(384))
        cloud = ground.noise()[y : y + 40, x : x + 24]
        cloud = cv2.resize(cloud, (w, h), interpolation=cv2.INTER_CUBIC)
        cloud = (cloud - cloud.mean()) / max(float(cloud.std()), 1e-3)
        amount = {"sunny": rng.uniform(0, 0.9), "overcast": 0.3, "dusk": 0.5}[light.name]
        cover = np.clip((cloud - 0.2) * 0.7, 0, 1)[..., None] * np.float32(amount)
        white = (0.5, 0.55, 0.75) if light.name == "dusk" else (0.97, 0.96, 0.95)
        image += cover * (np.array(white, np.float32) - image)
    return image


def _wall(image: Array, open_ground: Array, shown: _Shown, view: View) -> None:
    wall, light, camera = shown.wall, view.light, view.camera
    front = wall.front
    # The picture is painted about as finely as the middle of the visible part needs.
    scale = float(np.clip(camera.focal / shown.depth * 1.1, 3.0, 90.0))
    scale = min(scale, 1.6 * camera.width / max(front.width, front.height))
    picture = facade.paint(front, scale)

    tone = np.arange(256, dtype=np.float32)[:, None] / 255
    lit = light.on(wall.normal)
    if front.lamps:
        # Lit windows and shop fronts shine by themselves.
        lit = np.maximum(lit, np.clip((tone - LAMP_LEVEL - 0.06) * 16, 0, 0.95))
    haze = float(light.fade(shown.depth))
    table = tone * lit * (0.94 * (1 - haze)) + light.haze * haze
    table = np.clip(table * 255, 0, 255).astype(np.uint8)
    shaded = cv2.LUT(picture, table[:, None])

    # From picture pixels to metres on the wall to homogeneous image pixels.
    along = np.array([wall.dx, 0.0, wall.dz])
    up = np.array([0.0, 1.0, 0.0])
    top = np.array([wall.x, front.height, wall.z]) - camera.position
    matrix = camera.intrinsics.astype(float) @ camera.rotation.astype(float)
    plane = np.stack([along, -up, top], 1)
    to_metres = np.array([[1 / scale, 0, 0.5 / scale], [0, 1 / scale, 0.5 / scale], [0, 0, 1]])
    shift = np.array([[1, 0, -shown.columns.start], [0, 1, -shown.rows.start], [0, 0, 1]], float)
    mask = shown.mask(255, cv2.LINE_AA)
    warped = cv2.warpPerspective(
        shaded,
        shift @ matrix @ plane @ to_metres,
        mask.shape[::-1],
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    cover = mask * np.float32(1 / 255)
    part = image[shown.rows, shown.columns]
    part *= (1 - cover)[..., None]
    part += warped * (cover * np.float32(1 / 255))[..., None]
    open_ground[shown.rows, shown.columns] *= 1 - cover


def _ceiling(image: Array, view: View) -> None:
    camera = view.camera
    rows, columns = np.mgrid[0 : camera.height_px, 0 : camera.width].astype(np.float32)
    # A ceiling is the ground of a camera that stands on its head.
    height = view.place.ceiling - camera.height
    flipped = replace(camera, height=height, pitch=-camera.pitch, roll=-camera.roll)
    x, z, reach = flipped.ground(columns, camera.height_px - 1 - rows)
    above = np.isfinite(reach) & (reach < 300)
    panel = (np.abs((z + 1.5) % 3.0 - 1.5) < 0.3) & (np.abs((x + 1.2) % 2.4 - 1.2) < 0.6)
    joint = (np.abs(z % 0.6 - 0.3) > 0.285) | (np.abs(x % 0.6 - 0.3) > 0.285)
    tone = np.where(panel, 1.25, np.where(joint & (reach < 12), 0.60, 0.68)).astype(np.float32)
    lit = view.light.on(np.array([0, -1.0, 0], np.float32)) * 0.6 + 0.45
    image[above] = tone[above][:, None] * lit
