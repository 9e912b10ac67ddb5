"""A pinhole camera above a flat ground, the one way from metres to pixels in this package.

World axes: x to the right, y up, z away from the camera; the ground is y = 0. Pixel axes: x to
the right, y down, pixel centres on whole numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from training.walkers.arrays import Array

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
        """Project world points.

        Args:
            points: World points, (..., 3), metres.

        Returns:
            Pixels (..., 2) and depth in metres (...). Points behind the lens have depth <= 0 and
            meaningless pixels.
        """
        seen = self.to_camera(points)
        depth = seen[..., 2]
        scale = self.focal / np.maximum(depth, 1e-3)
        pixels = np.empty((*seen.shape[:-1], 2), np.float32)
        pixels[..., 0] = seen[..., 0] * scale + (self.width - 1) / 2
        pixels[..., 1] = seen[..., 1] * scale + (self.height_px - 1) / 2
        return pixels, depth

    def ground(self, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """Find the ground under pixels.

        Args:
            x: Pixel columns, any shape.
            y: Pixel rows, same shape.

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

    def spot(self, side: float, depth: float) -> tuple[float, float]:
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
