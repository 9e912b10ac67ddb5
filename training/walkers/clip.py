"""A clip of people who walk through a pedestrian zone before a slowly panning camera."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from training.walkers import backdrop
from training.walkers.arrays import Array
from training.walkers.backdrop import Backdrop, View
from training.walkers.camera import Camera, develop
from training.walkers.light import random_light
from training.walkers.person.walker import Footprint, Walker, random_walker
from training.walkers.place import street
from training.walkers.raster import Sprite
from training.walkers.scene import WalkerImage, compose, draw_thing, draw_walker, shade_ground
from training.walkers.still import scatter_things

PAN = 0.055
"""Largest turn of the camera to either side, radians."""
NEAREST = 4.6
"""Nobody in view comes closer to the camera than this, metres."""
STANDING = 2
"""At most this many people stand about."""
FEWEST, MOST = 8, 12
"""People in view at any time."""


class WalkerClip:
    """A clip of walking people; iterate over it for its frames.

    Every frame can be rendered on its own (`frame`), and the same seed gives the same clip.
    """

    def __init__(
        self,
        seed: int,
        width: int = 1280,
        height: int = 720,
        rate: float = 25.0,
        seconds: float = 20.0,
    ) -> None:
        """Set the scene.

        Args:
            seed: Source of everything.
            width: Pixels.
            height: Pixels.
            rate: Frames per second.
            seconds: Duration.

        Raises:
            ValueError: The size, rate or duration is not positive.
        """
        if min(width, height) < 16 or rate <= 0 or seconds <= 0:
            raise ValueError("width and height must be 16 or more, rate and seconds positive")
        rng = np.random.default_rng(seed)
        self.rate, self.seconds = rate, seconds
        place = street(rng, False, walking=True)
        light = random_light(rng, "sunny")
        # The sun stands behind the camera, to one side, so that people are well lit.
        side = float(rng.choice([-1, 1]) * rng.uniform(0.3, 0.65))
        rise = float(np.deg2rad(rng.uniform(42, 55)))
        sun = np.array([np.cos(rise) * np.sin(side), np.sin(rise), -np.cos(rise) * np.cos(side)])
        light = replace(light, sun=sun.astype(np.float32))
        focal = float(width / 2 / np.tan(np.deg2rad(rng.uniform(52, 60)) / 2))
        lens = float(rng.uniform(1.9, 2.6))
        pitch = float(np.arctan((0.5 - float(rng.uniform(0.27, 0.33))) * height / focal))
        yaw = float(rng.uniform(-0.25, 0.25))
        self.camera = Camera(width, height, focal, lens, pitch, yaw)
        self._sway = rng.uniform(0, 2 * np.pi, 5)
        sides = int(np.ceil(np.tan(PAN + 0.01) * focal * 1.5)) + 4
        ends = int(np.ceil(0.01 * focal)) + 4
        self._wide = View(place, light, self.camera.widened(sides, ends))

        taken: list[Footprint] = []
        things = scatter_things(rng, self._wide, taken, small=6)
        self.walkers = self._crowd(rng, np.array(taken, float).reshape(-1, 3))

        self._behind = backdrop.render(self._wide, rng)
        mask = np.zeros(self._behind.ground.shape, np.uint8)
        sprites = [draw_thing(thing, self._wide, mask) for thing in things]
        self._things = [sprite for sprite in sprites if sprite is not None]
        shade_ground(self._behind, mask, taken, self._wide)
        # A shadow that falls into another does not darken it twice.
        self._behind.ground[:] *= 1 - cv2.GaussianBlur(mask, (0, 0), 1.2) / np.float32(255)

    def __len__(self) -> int:
        """Return the number of frames."""
        return max(round(self.rate * self.seconds), 1)

    def __iter__(self) -> Iterator[WalkerImage]:
        """Render the frames in order."""
        return (self.frame(index) for index in range(len(self)))

    def camera_at(self, time: float) -> Camera:
        """Return the camera at a time in seconds."""
        a = self._sway
        yaw = PAN * np.sin(2 * np.pi * time / 17.0 + a[0])
        # The unsteadiness of a camera held by hand.
        yaw += 0.0009 * np.sin(1.7 * time + a[1]) + 0.0005 * np.sin(4.1 * time + a[2])
        pitch = 0.0011 * np.sin(1.3 * time + a[3]) + 0.0005 * np.sin(3.7 * time + a[4])
        return self.camera.turned(float(yaw), float(pitch))

    def frame(self, index: int) -> WalkerImage:
        """Render one frame.

        Args:
            index: 0 for the first; later than the last is allowed.
        """
        time = index / self.rate
        camera = self.camera_at(time)
        view = replace(self._wide, camera=camera)
        matrix = self._wide.camera.pan_matrix(camera)
        size = camera.width, camera.height_px
        behind = Backdrop(
            cv2.warpPerspective(self._behind.image, matrix, size, flags=cv2.INTER_LINEAR),
            cv2.warpPerspective(self._behind.ground, matrix, size, flags=cv2.INTER_LINEAR),
        )
        mask = np.zeros(size[::-1], np.uint8)
        sprites: list[Sprite] = []
        feet: list[Footprint] = []
        for walker in self.walkers:
            sprite = draw_walker(walker, time, view, mask)
            if sprite is not None:
                sprites.append(sprite)
                feet += walker.feet(time)
        shade_ground(behind, mask, feet, view)
        for thing in self._things:
            turned = _turned(thing, matrix, size)
            if turned is not None:
                sprites.append(turned)
        boxes, visibility = compose(behind.image, sprites)
        return WalkerImage(develop(behind.image), boxes, visibility)

    def _crowd(self, rng: np.random.Generator, things: Array) -> list[Walker]:
        """Choose people so that at any time between `FEWEST` and `MOST` are in view."""
        times = np.arange(0, self.seconds + 0.25, 0.25)
        cameras = [self.camera_at(float(time)) for time in times]
        counts = np.zeros(len(times), int)
        chosen: list[Walker] = []
        paths: list[Array] = []
        cold = float(rng.uniform(0.25, 0.6))
        for _ in range(3000):
            if counts.min() >= (FEWEST + MOST) // 2:
                break
            when = int(rng.choice(np.flatnonzero(counts == counts.min())))
            walker = self._candidate(rng, cameras[when], float(times[when]), cold)
            path = np.array([walker.at(float(time)) for time in times])
            shown = self._shown(path, cameras)
            if shown is None or not shown[when] or np.any(counts + shown > MOST):
                continue
            seen = path[shown]
            if any(self._wide.place.appeal(float(x), float(z)) <= 0.1 for x, z in seen):
                continue
            gaps = np.linalg.norm(seen[:, None] - things[None, :, :2], axis=-1)
            if np.any(gaps < things[:, 2] + 0.35):
                continue
            if any(np.linalg.norm(path - other, axis=1)[shown].min() < 0.62 for other in paths):
                continue
            if walker.gait.speed == 0 and sum(w.gait.speed == 0 for w in chosen) >= STANDING:
                continue
            chosen.append(walker)
            paths.append(path)
            counts += shown
        return chosen

    def _candidate(
        self, rng: np.random.Generator, camera: Camera, time: float, cold: float
    ) -> Walker:
        """Draw a person who is in view at a time."""
        band = rng.random()
        low, high = (5.2, 8.0) if band < 0.36 else (8.0, 15.0) if band < 0.75 else (15.0, 30.0)
        depth = float(rng.uniform(low, high))
        side = float(rng.uniform(-0.5, 0.5)) * camera.width / camera.focal * depth
        x, z = camera.ground_at(side, depth)
        walker = random_walker(rng, x, z, cold=cold, rain=False, along=False, still=0.06)
        way = rng.random()
        across = float(camera.yaw + rng.choice([-1, 1]) * np.pi / 2 + rng.normal(0, 0.2))
        towards = float(camera.yaw + rng.choice([0, np.pi], p=[0.4, 0.6]) + rng.normal(0, 0.3))
        walker = replace(walker, heading=across if way < 0.6 or depth < 8 else towards)
        x, z = walker.at(-time)
        return replace(walker, x=x, z=z)

    def _shown(self, path: Array, cameras: list[Camera]) -> NDArray[np.bool_] | None:
        """Return when a path is in view; None where it comes too close."""
        shown = np.zeros(len(path), bool)
        for i, camera in enumerate(cameras):
            seen = camera.to_camera(np.array([path[i, 0], 0.9, path[i, 1]], np.float32))
            edge = seen[2] * camera.width / camera.focal / 2
            if seen[2] > 0.2 and abs(seen[0]) < edge + 0.5 and seen[2] < NEAREST:
                return None
            shown[i] = 0 < seen[2] < 45 and abs(seen[0]) < edge + 0.3
        return shown


def _turned(sprite: Sprite, matrix: Array, size: tuple[int, int]) -> Sprite | None:
    """Return a sprite of the wide camera as the panned camera sees it."""
    h, w = sprite.cover.shape
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    corners += np.array([sprite.x, sprite.y], np.float32)
    there = cv2.perspectiveTransform(corners[None], matrix)[0]
    x1, y1 = np.maximum(np.floor(there.min(0)).astype(int), 0)
    x2, y2 = np.minimum(np.ceil(there.max(0)).astype(int) + 1, size)
    if x2 <= x1 or y2 <= y1:
        return None
    before = np.array([[1, 0, sprite.x], [0, 1, sprite.y], [0, 0, 1]], float)
    after = np.array([[1, 0, -x1], [0, 1, -y1], [0, 0, 1]], float)
    local = after @ matrix.astype(float) @ before
    room = int(x2 - x1), int(y2 - y1)
    color = cv2.warpPerspective(sprite.color, local, room, flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(sprite.cover, local, room, flags=cv2.INTER_LINEAR)
    return Sprite(int(x1), int(y1), color, cover, np.zeros_like(cover), None, sprite.depth)
