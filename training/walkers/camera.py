"""A pinhole camera above a flat ground, and what it does to the light that reaches it.

World axes: x to the right, y up, z away from the camera; the ground is y = 0. Pixel axes: x to
the right, y down, pixel centres on whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from training.walkers.arrays import Array, Image
from training.walkers.light import Light

NEAR = 0.25
"""Anything closer to the camera than this, in metres, is not drawn."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera standing at (0, height, 0).

    Attributes:
        width: Image width in pixels.
        height_px: Image height in pixels.
        focal: Focal length in pixels.
        height: Height of the lens above the ground in metres.
        pitch: Downward tilt in radians.
        yaw: Turn to the right in radians.
        roll: Turn about the line of sight in radians.
    """

    width: int
    height_px: int
    focal: float
    height: float
    pitch: float = 0.0
    yaw: float = 0.0
    roll: float = 0.0

    @property
    def position(self) -> Array:
        """The lens in world coordinates, 3 floats in metres."""
        return np.array([0.0, self.height, 0.0], np.float32)

    @cached_property
    def rotation(self) -> Array:
        """The 3 x 3 matrix from world to camera directions (x right, y down, z ahead)."""
        cy, sy = np.cos(self.yaw), np.sin(self.yaw)
        cp, sp = np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        turn = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
        tilt = np.array([[1, 0, 0], [0, -cp, -sp], [0, -sp, cp]])
        twist = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return (twist @ tilt @ turn).astype(np.float32)

    @property
    def intrinsics(self) -> Array:
        """The 3 x 3 matrix from camera directions to homogeneous pixels."""
        cx, cy = (self.width - 1) / 2, (self.height_px - 1) / 2
        return np.array([[self.focal, 0, cx], [0, self.focal, cy], [0, 0, 1]], np.float32)

    @property
    def horizon(self) -> float:
        """The row of the horizon in the middle of the image."""
        return (self.height_px - 1) / 2 - self.focal * np.tan(self.pitch)

    def to_camera(self, points: Array) -> Array:
        """Turn world points (..., 3) into camera axes (..., 3); the last is the depth."""
        return (points - self.position) @ self.rotation.T

    def project(self, points: Array) -> tuple[Array, Array]:
        """Project world points (..., 3) to pixels (..., 2) and depth in metres (...).

        Points behind the lens have depth <= 0 and meaningless pixels.
        """
        seen = self.to_camera(points)
        depth = seen[..., 2]
        scale = self.focal / np.maximum(depth, 1e-3)
        pixels = np.empty((*seen.shape[:-1], 2), np.float32)
        pixels[..., 0] = seen[..., 0] * scale + (self.width - 1) / 2
        pixels[..., 1] = seen[..., 1] * scale + (self.height_px - 1) / 2
        return pixels, depth

    def ground(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Find the ground under pixels, given as columns x and rows y of any shape.

        Returns:
            World x, world z and distance along the line of sight, metres; the distance is
            infinite above the horizon.
        """
        u = (x - (self.width - 1) / 2) / self.focal
        v = (y - (self.height_px - 1) / 2) / self.focal
        ray_x, ray_y, ray_z = (u * r + v * down + ahead for r, down, ahead in self.rotation.T)
        below = ray_y < -1e-4
        reach = np.where(below, -self.height / np.where(below, ray_y, -1.0), np.inf)
        finite = np.where(below, reach, 0.0)
        return ray_x * finite, ray_z * finite, reach.astype(np.float32)

    def ground_at(self, side: float, depth: float) -> tuple[float, float]:
        """Return the world x and z of the ground so far to the right and ahead, metres."""
        right, _, ahead = self.rotation
        flat = np.hypot(ahead[0], ahead[2])
        x = float(right[0] * side + ahead[0] / flat * depth)
        z = float(right[2] * side + ahead[2] / flat * depth)
        return x, z

    def turned(self, yaw: float, pitch: float) -> Camera:
        """Return the same camera with its angles changed by these radians."""
        return replace(self, yaw=self.yaw + yaw, pitch=self.pitch + pitch)

    def widened(self, sides: int, ends: int) -> Camera:
        """Return the camera with margins, in pixels, on both sides and at both ends."""
        return replace(self, width=self.width + 2 * sides, height_px=self.height_px + 2 * ends)

    def pan_matrix(self, other: Camera) -> Array:
        """Return the 3 x 3 homography from this camera's pixels to those of another rotation.

        Exact for scenes of any depth, because the two share the position of the lens.
        """
        turn = other.rotation.astype(float) @ self.rotation.T.astype(float)
        back = np.linalg.inv(self.intrinsics.astype(float))
        matrix = other.intrinsics.astype(float) @ turn @ back
        return (matrix / matrix[2, 2]).astype(np.float32)


def _vignette(image: Array, strength: float) -> Array:
    y, x = np.ogrid[-1 : 1 : image.shape[0] * 1j, -1 : 1 : image.shape[1] * 1j]
    return (1 - strength * (x * x + y * y) / 2).astype(np.float32)[..., None]


def develop(image: Array) -> Image:
    """Return the picture a good camera takes of BGR in 0..1: more contrast, no grain."""
    edge = _vignette(image, 0.10)
    tone = np.clip(cv2.GaussianBlur(image, (0, 0), 0.5), 0, 1)
    # A gentle S-curve.
    tone = tone * (0.86 + 0.42 * tone - 0.28 * tone * tone)
    return np.clip(tone * edge * 266 + 0.5, 0, 255).astype(np.uint8)


def finish(image: Array, light: Light, rng: np.random.Generator) -> Image:
    """Return the picture a random camera takes of BGR in 0..1; it is grainier in the dark."""
    h, w = image.shape[:2]
    blur = float(rng.choice([0.45, 0.6, 0.9, 1.3], p=[0.35, 0.35, 0.2, 0.1]))
    image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur), np.float32)
    if rng.random() < 0.10:
        # The camera moved while the shutter was open.
        length, angle = int(rng.integers(3, 7)), float(rng.normal(0, 0.4))
        kernel = np.zeros((7, 7), np.float32)
        reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
        ends = np.round((3 + np.array([-reach, reach])) * 16).astype(int)
        cv2.line(kernel, ends[0].tolist(), ends[1].tolist(), 1.0, 1, cv2.LINE_AA, 4)
        image = np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), np.float32)
    tint = rng.normal(1.0, 0.035, 3).astype(np.float32)
    gain = np.float32(rng.uniform(0.85, 1.15) * (1.25 if light.dark else 1.0))
    power = np.float32(rng.uniform(0.85, 1.18))
    contrast = np.float32(rng.uniform(0.85, 1.15))
    edge = _vignette(image, rng.uniform(0, 0.22))
    np.clip(image, 1e-4, 1, out=image)
    cv2.pow(image, float(power), image)
    image *= tint * gain * contrast
    image += (1 - contrast) * np.float32(0.42 if not light.dark else 0.2)
    image *= edge
    if rng.random() < 0.06:
        grey = image.mean(-1, keepdims=True)
        image += np.float32(rng.uniform(0.4, 1.0)) * (grey - image)
    grain = float(rng.uniform(0.0, 0.018)) + (float(rng.uniform(0.01, 0.035)) if light.dark else 0)
    noise = rng.standard_normal((h, w, 1), np.float32)
    if rng.random() < 0.5:
        noise = np.concatenate([noise, *([rng.standard_normal((h, w, 1), np.float32)] * 2)], 2)
    image += np.float32(grain) * noise
    out = np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.45:
        quality = int(rng.integers(35, 90))
        _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return out
