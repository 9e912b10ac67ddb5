"""Everything that does not move: sky, ground and walls, seen by a camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.walkers import facade, ground
from training.walkers.arrays import Array
from training.walkers.camera import NEAR, Camera
from training.walkers.layout import Layout, Wall
from training.walkers.light import Light
from training.walkers.sheet import LAMP_LEVEL


@dataclass(frozen=True)
class Backdrop:
    """A drawn backdrop.

    Attributes:
        image: BGR in 0..1, (H, W, 3).
        ground: Share of each pixel that shows open ground, 0..1, (H, W).
    """

    image: Array
    ground: Array


def render(layout: Layout, camera: Camera, light: Light, rng: np.random.Generator) -> Backdrop:
    """Draw sky, ground and walls."""
    h, w = camera.height_px, camera.width
    image = _sky(camera, light, rng)
    # Rows above the horizon see no ground; a rolled camera moves the horizon by a few rows.
    horizon = (h - 1) / 2 - camera.focal * np.tan(camera.pitch)
    slack = abs(camera.roll) * w / 2 + 2
    top = int(np.clip(horizon - slack, 0, h - 1))
    seen = ground.spots(camera, top)
    below = np.isfinite(seen.reach)
    surface = layout.paint(seen)
    up = light.on(np.array([0.0, 1.0, 0.0], np.float32))
    surface *= up
    if light.shadow > 0.1 and layout.walls:
        shaded = 1 - cv2.GaussianBlur(layout.sunlit(seen.x, seen.z, light.sun), (0, 0), 0.8)
        surface *= 1 - shaded[..., None] * (shade_tint(light))
    if light.dark and not layout.ceiling:
        surface *= _pools(layout, seen, light)[..., None]
    fade = np.where(below, light.fade(np.where(below, seen.reach, 1e4)), 1.0)[..., None]
    surface += fade * (light.haze - surface)
    part = image[top:]
    part[below] = surface[below]
    open_ground = np.zeros((h, w), np.float32)
    open_ground[top:] = below
    if layout.ceiling:
        _ceiling(image, layout, camera, light)
    for wall, pixels, depth in reversed(_visible(layout.walls, camera)):
        _wall(image, open_ground, wall, pixels, depth, camera, light)
    return Backdrop(np.minimum(image, 1.0), open_ground)


def _visible(walls: list[Wall], camera: Camera) -> list[tuple[Wall, Array, float]]:
    """Return the walls that show, nearest first, with their outline in pixels and typical depth."""
    shown = []
    hidden = np.zeros((camera.height_px, camera.width), np.uint8)
    for wall in sorted(walls, key=_distance):
        outline = _outline(wall, camera)
        if outline is None:
            continue
        pixels, depth = outline
        x1, y1 = np.clip(pixels.min(0), 0, [camera.width, camera.height_px]).astype(int)
        x2, y2 = np.clip(pixels.max(0) + 2, 0, [camera.width, camera.height_px]).astype(int)
        part = hidden[y1:y2, x1:x2]
        if part.size == 0:
            continue
        mask = np.zeros(part.shape, np.uint8)
        corners = np.round(np.clip(pixels - [x1, y1], -30000, 30000) * 16).astype(np.int32)
        cv2.fillConvexPoly(mask, corners, 1, 8, 4)
        if np.any(mask > part):
            shown.append((wall, pixels, depth))
            np.maximum(part, mask, out=part)
    return shown


def _distance(wall: Wall) -> float:
    """Return the distance from the camera's foot to the middle of a wall."""
    half = wall.front.width / 2
    return float(np.hypot(wall.x + wall.dx * half, wall.z + wall.dz * half))


def _outline(wall: Wall, camera: Camera) -> tuple[Array, float] | None:
    """Return the outline of a wall in pixels and its typical depth; None if it does not show."""
    toward = wall.normal @ (camera.position - np.array([wall.x, 0, wall.z], np.float32))
    if toward <= 0.02:
        return None
    front = wall.front
    x2, z2 = wall.x + wall.dx * front.width, wall.z + wall.dz * front.width
    corners = np.array(
        [[wall.x, 0, wall.z], [x2, 0, z2], [x2, front.height, z2], [wall.x, front.height, wall.z]],
        np.float32,
    )
    seen = _clip_near(camera.to_camera(corners))
    if len(seen) < 3:
        return None
    middle = np.array([(camera.width - 1) / 2, (camera.height_px - 1) / 2], np.float32)
    pixels = seen[:, :2] / seen[:, 2:] * camera.focal + middle
    return pixels, float(np.exp(np.mean(np.log(np.maximum(seen[:, 2], 1.0)))))


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
    horizon = (h - 1) / 2 - camera.focal * np.tan(camera.pitch)
    up = np.clip((horizon - np.arange(h, dtype=np.float32)) / (camera.focal * 0.7), 0, 1)
    blend = np.sqrt(up)[:, None, None]
    image = light.haze * (1 - blend) + np.array(top, np.float32) * blend
    image = np.broadcast_to(image, (h, w, 3)).astype(np.float32)
    if light.name != "night":
        tile = ground.noise()
        x, y = int(rng.integers(256)), int(rng.integers(384))
        cloud = cv2.resize(tile[y : y + 40, x : x + 24], (w, h), interpolation=cv2.INTER_CUBIC)
        cloud = (cloud - cloud.mean()) / max(float(cloud.std()), 1e-3)
        amount = {"sunny": rng.uniform(0, 0.9), "overcast": 0.3, "dusk": 0.5}[light.name]
        cover = np.clip((cloud - 0.2) * 0.7, 0, 1)[..., None] * np.float32(amount)
        white = np.array(
            (0.97, 0.96, 0.95) if light.name != "dusk" else (0.5, 0.55, 0.75), np.float32
        )
        image += cover * (white - image)
    return image


def shade_tint(light: Light) -> Array:
    """Return the share of light, BGR, that the ground loses where the sun does not reach.

    The blue of the sky remains, so red is lost most.
    """
    return np.array([0.94, 0.97, 1.0], np.float32) * np.float32(light.shadow)


def _pools(layout: Layout, seen: ground.Spots, light: Light) -> Array:
    """Return how much brighter lamps make the ground."""
    strength = 0.9 if light.name == "night" else 0.25
    return (1 + strength * lamp_light(layout, seen.x, seen.z)).astype(np.float32)


def lamp_light(layout: Layout, x: Array | float, z: Array | float) -> Array:
    """Return the light of street lamps and shop windows at a place, 0..1."""
    place = np.asarray(z, np.float32)
    along = 0.5 + 0.5 * np.cos((place - 4.0) * np.float32(2 * np.pi / LAMP_SPACING))
    across = np.asarray(x, np.float32)
    edge = np.minimum(np.abs(across - layout.low), np.abs(across - layout.high))
    return along**3 * np.exp(-edge / 5) + 0.5 * np.exp(-edge / 2)


LAMP_SPACING = 16.0
"""Metres from one street lamp to the next."""


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


def _wall(
    image: Array,
    open_ground: Array,
    wall: Wall,
    pixels: Array,
    depth: float,
    camera: Camera,
    light: Light,
) -> None:
    low = np.clip(pixels.min(0), 0, 1e6)
    high = np.clip(pixels.max(0), 0, 1e6)
    x1, y1 = int(low[0]), int(low[1])
    x2 = min(int(np.ceil(high[0])) + 1, camera.width)
    y2 = min(int(np.ceil(high[1])) + 1, camera.height_px)
    if x2 <= x1 or y2 <= y1:
        return
    front = wall.front
    # The picture is painted about as finely as the middle of the visible part needs.
    scale = float(np.clip(camera.focal / depth * 1.1, 3.0, 90.0))
    scale = min(scale, 1.6 * camera.width / max(front.width, front.height))
    picture = facade.paint(front, scale)

    tone = np.arange(256, dtype=np.float32)[:, None] / 255
    lit = light.on(wall.normal)
    if front.lamps:
        # Lit windows and shop fronts shine by themselves.
        lit = np.maximum(lit, np.clip((tone - LAMP_LEVEL - 0.06) * 16, 0, 0.95))
    haze = float(light.fade(depth))
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
    shift = np.array([[1, 0, -x1], [0, 1, -y1], [0, 0, 1]], float)
    warped = cv2.warpPerspective(
        shaded,
        shift @ matrix @ plane @ to_metres,
        (x2 - x1, y2 - y1),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    mask = np.zeros((y2 - y1, x2 - x1), np.uint8)
    outline = np.round(np.clip(pixels - [x1, y1], -30000, 30000) * 16).astype(np.int32)
    cv2.fillConvexPoly(mask, outline, 255, cv2.LINE_AA, 4)
    cover = mask * np.float32(1 / 255)
    part = image[y1:y2, x1:x2]
    part *= (1 - cover)[..., None]
    part += warped * (cover * np.float32(1 / 255))[..., None]
    open_ground[y1:y2, x1:x2] *= 1 - cover


def _ceiling(image: Array, layout: Layout, camera: Camera, light: Light) -> None:
    rows, columns = np.mgrid[0 : camera.height_px, 0 : camera.width].astype(np.float32)
    flipped = Camera(
        camera.width,
        camera.height_px,
        camera.focal,
        layout.ceiling - camera.height,
        -camera.pitch,
        camera.yaw,
        -camera.roll,
    )
    # A ceiling is the ground of a camera that stands on its head.
    x, z, reach = flipped.ground(columns, camera.height_px - 1 - rows)
    above = np.isfinite(reach) & (reach < 300)
    panel = (np.abs((z + 1.5) % 3.0 - 1.5) < 0.3) & (np.abs((x + 1.2) % 2.4 - 1.2) < 0.6)
    joint = (np.abs(z % 0.6 - 0.3) > 0.285) | (np.abs(x % 0.6 - 0.3) > 0.285)
    tone = np.where(panel, 1.25, np.where(joint & (reach < 12), 0.60, 0.68)).astype(np.float32)
    lit = light.on(np.array([0, -1.0, 0], np.float32)) * 0.6 + 0.45
    image[above] = tone[above][:, None] * lit
