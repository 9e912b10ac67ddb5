"""Draw people and things into a picture, and find out what hides what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from training.walkers.arrays import Array, Image
from training.walkers.backdrop import Backdrop, View
from training.walkers.camera import Camera
from training.walkers.person.walker import Footprint, Walker
from training.walkers.raster import Sprite, cast_shadow, draw
from training.walkers.shapes import Solid

LEAST_SHARE = 0.10
"""A person of whom less than this share of the box is in the image gets no box."""
SHADOWLESS = 0.15
"""Light whose shadows are fainter than this casts none worth drawing but at the feet."""
_STEPS = np.array([-0.4, -0.13, 0.13, 0.4], np.float32)
_AROUND = np.stack(np.meshgrid(_STEPS, _STEPS))


@dataclass(frozen=True)
class WalkerImage:
    """A rendered picture and where its people are.

    Attributes:
        image: H x W x 3 uint8, BGR.
        boxes: N x 4 float32, x1 y1 x2 y2 in pixels: the whole person with hair and hat, hidden
            parts included, but not what the person carries, nor the shadow; clipped to the image.
        visibility: N float32 in 0..1: of the person's pixels inside the image, the share that no
            other person or thing hides.
    """

    image: Image
    boxes: Array
    visibility: Array


def compose(image: Array, sprites: Sequence[Sprite]) -> tuple[Array, Array]:
    """Lay sprites over an image, far ones first, in place.

    Args:
        image: BGR in 0..1, (H, W, 3).
        sprites: Drawn solids.

    Returns:
        Boxes and visibility as in `WalkerImage`, nearest person first.
    """
    height, width = image.shape[:2]
    ordered = sorted(sprites, key=lambda sprite: sprite.depth)
    hidden = np.zeros((height, width), np.float32)
    boxes, visibility = [], []
    for sprite in ordered:
        h, w = sprite.cover.shape
        over = hidden[sprite.y : sprite.y + h, sprite.x : sprite.x + w]
        if sprite.box is not None:
            x1, y1, x2, y2 = sprite.box
            inside = (max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height)))
            area = max(inside[2] - inside[0], 0) * max(inside[3] - inside[1], 0)
            total = float(sprite.person.sum())
            if area >= LEAST_SHARE * (x2 - x1) * (y2 - y1) and total > 1.0:
                boxes.append(inside)
                visibility.append(float((sprite.person * (1 - over)).sum()) / total)
        over += (1 - over) * sprite.cover
    for sprite in reversed(ordered):
        h, w = sprite.cover.shape
        part = image[sprite.y : sprite.y + h, sprite.x : sprite.x + w]
        part *= (1 - sprite.cover)[..., None]
        part += sprite.color
    return (
        np.array(boxes, np.float32).reshape(-1, 4),
        np.clip(np.array(visibility, np.float32), 0, 1),
    )


def shade_ground(behind: Backdrop, mask: Image, feet: Sequence[Footprint], view: View) -> None:
    """Lay shadows on the ground of a backdrop, and the darkness around feet, in place."""
    image, light = behind.image, view.light
    rows = np.flatnonzero(mask.any(1))
    if len(rows):
        soft = cv2.GaussianBlur(mask, (0, 0), max(light.softness * view.camera.focal / 9.0, 0.6))
        part = slice(max(int(rows[0]) - 8, 0), int(rows[-1]) + 9)
        amount = soft[part].astype(np.float32) * behind.ground[part] * np.float32(1 / 255)
        image[part] *= 1 - amount[..., None] * light.shade_tint
    soft = cv2.GaussianBlur(_contact(feet, view.camera), (0, 0), 1.6).astype(np.float32)
    strength = np.float32((0.3 if light.dark else 0.34) / 255)
    image *= (1 - soft * behind.ground * strength)[..., None]


def _contact(feet: Sequence[Footprint], camera: Camera) -> Image:
    """Return how dark the ground is around feet and the foot of props."""
    mask = np.zeros((camera.height_px, camera.width), np.uint8)
    angles = np.linspace(0, 2 * np.pi, 13)[:-1]
    circle = np.stack([np.cos(angles), np.zeros(12), np.sin(angles)], 1)
    for x, z, radius in feet:
        for grow in (1.0, 0.55):
            ring = (np.array([x, 0, z]) + circle * radius * grow).astype(np.float32)
            pixels, depth = camera.project(ring)
            if depth.min() < 0.3:
                continue
            low, high = pixels.min(0), pixels.max(0)
            if high[0] < 0 or high[1] < 0:
                continue
            x1, y1 = np.maximum(low.astype(int) - 2, 0)
            x2, y2 = np.ceil(high).astype(int) + 3
            part = mask[y1:y2, x1:x2]
            if part.size == 0:
                continue
            spot = np.zeros(part.shape, np.uint8)
            outline = np.round((pixels - [x1, y1]) * 16).astype(np.int32)
            cv2.fillConvexPoly(spot, outline, 110, cv2.LINE_AA, 4)
            cv2.add(part, spot, dst=part)
    return mask


def draw_walker(walker: Walker, time: float, view: View, mask: Image) -> Sprite | None:
    """Draw a person, and the person's shadow into a mask."""
    x, z = walker.at(time)
    stature, camera = walker.look.stature, view.camera
    depth = float(camera.to_camera(np.array([x, stature / 2, z], np.float32))[2])
    if depth < 0.6:
        return None
    tall = camera.focal * stature / depth
    # Taller people are rounder: quads around a limb, by pixels.
    limits = ((36, 6), (70, 8), (150, 12), (320, 16), (np.inf, 22))
    segments = next(segments for limit, segments in limits if tall < limit)
    gain = 1.0
    if view.light.dark:
        gain += view.light.lamps * float(view.lamp_light(x, z))
    return _draw(walker.solid(time, segments), x, z, view, mask, gain)


def draw_thing(thing: Solid, view: View, mask: Image) -> Sprite | None:
    """Draw a prop, and its shadow into a mask."""
    x, _, z = thing.corners[:, 0].mean(0).tolist()
    return _draw(thing, x, z, view, mask)


def _draw(
    solid: Solid, x: float, z: float, view: View, mask: Image, gain: float = 1.0
) -> Sprite | None:
    camera, light = view.camera, view.light
    sunlit = 1.0
    if light.shadow > SHADOWLESS:
        # Half a metre around, so that nobody lights up from one frame to the next.
        sunlit = float(view.place.sunlit(x + _AROUND[0], z + _AROUND[1], light.sun).mean())
        if sunlit > 0.02:
            cast_shadow(mask, solid, camera, light, sunlit)
    return draw(solid, camera, light, sunlit=sunlit, gain=gain)
