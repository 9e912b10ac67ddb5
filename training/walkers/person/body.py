"""A clothed body around a pose.

Half-widths and half-depths are in units of body size (stature without the extra head of a child),
after the averages of adult body measurements.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.walkers.arrays import Array
from training.walkers.colors import tinted
from training.walkers.person.carried import add_carried
from training.walkers.person.gait import Pose
from training.walkers.person.head import add_head
from training.walkers.person.limbs import add_arms, add_legs
from training.walkers.person.look import Look
from training.walkers.shapes import PERSON, Rings, Solid

# Height, half-width, half-depth and forward offset of a man; what a woman's build adds to
# half-width and half-depth.
_TORSO = (
    (0.470, 0.070, 0.055, -0.004, 0.004, 0.002),
    (0.500, 0.091, 0.068, -0.010, 0.007, 0.004),
    (0.530, 0.096, 0.072, -0.012, 0.007, 0.004),
    (0.565, 0.093, 0.067, -0.007, 0.003, 0.000),
    (0.610, 0.087, 0.060, 0.001, -0.010, -0.004),
    (0.650, 0.089, 0.061, 0.004, -0.012, -0.004),
    (0.695, 0.096, 0.065, 0.006, -0.010, 0.004),
    (0.730, 0.101, 0.068, 0.007, -0.009, 0.010),
    (0.765, 0.105, 0.065, 0.004, -0.010, 0.002),
    (0.793, 0.107, 0.056, 0.000, -0.011, -0.002),
    (0.812, 0.101, 0.047, -0.004, -0.011, -0.002),
    (0.828, 0.080, 0.041, -0.006, -0.008, -0.002),
    (0.842, 0.053, 0.037, -0.005, -0.006, -0.003),
    (0.852, 0.038, 0.035, -0.003, -0.006, -0.004),
)
# How far a top stands off the body and where it ends.
_TOPS = {
    "shirt": (0.003, 0.515),
    "jumper": (0.006, 0.520),
    "jacket": (0.011, 0.500),
    "coat": (0.013, 0.545),
    "vest": (0.016, 0.530),
}
_HEAD_SHARE = 0.132


def figure(pose: Pose, look: Look, segments: int) -> Solid:
    """Build the solid of a person.

    Args:
        pose: Joints in units of stature.
        look: Appearance.
        segments: Quads around each limb; more for larger figures.

    Returns:
        The solid in metres, standing at the origin and facing +z.
    """
    rings = Rings()
    add_legs(rings, pose, look)
    _torso(rings, pose, look)
    _skirt(rings, pose, look)
    add_arms(rings, pose, look)
    # A child's head is larger against a smaller body; the joints below the neck shrink.
    share = _HEAD_SHARE * (1 + 0.36 * look.child)
    body = (1 - share) / (1 - _HEAD_SHARE)
    head = share / _HEAD_SHARE
    add_head(rings, pose, look, head / body)
    add_carried(rings, pose, look)
    solid = rings.solid(segments)
    return replace(
        solid,
        corners=solid.corners * np.float32(look.stature * body),
        cloth=solid.cloth * np.float32(look.stature) + np.float32(look.folds),
    )


def _trunk(pose: Pose, up: float, offset: float) -> tuple[Array, tuple[Array, Array]]:
    """Return centre and axes of the trunk at a height in units of stature."""
    u = (up - pose.pelvis[1]) / (pose.neck[1] - pose.pelvis[1])
    turn = pose.hip_turn + (pose.chest_turn - pose.hip_turn) * min(max(u * 1.1, 0.0), 1.0)
    lean = pose.lean * min(max(u * 2, 0.0), 1.0)
    right = np.array([np.cos(turn), 0.0, -np.sin(turn)])
    front = np.array([np.sin(turn) * np.cos(lean), -np.sin(lean), np.cos(turn) * np.cos(lean)])
    return pose.pelvis + (pose.neck - pose.pelvis) * u + front * offset, (right, front)


def _torso(rings: Rings, pose: Pose, look: Look) -> None:
    drop = pose.pelvis[1] - 0.530
    w, g = look.woman, look.girth
    padding, hem = _TOPS[look.top]
    jacket = look.top in ("jacket", "coat", "vest")
    # The seat of the trousers, below the hem of whatever is worn on top.
    rings.part(PERSON, False, 0.02)
    for up, half_width, half_depth, offset, more_width, more_depth in _TORSO[:5]:
        center, axes = _trunk(pose, up + drop, offset)
        width, depth = (half_width + more_width * w) * g, (half_depth + more_depth * w) * g
        shade = 0.7 if up < 0.48 else 0.9
        rings.ring(
            center, axes, width, depth, look.bottom_color, power=2.3, rough=0.10, shade=shade
        )
    rings.part(PERSON, True, 0.09)
    high = 0.86 if look.top in ("jacket", "coat") else 0.85
    belly = max(g - 1.05, 0.0) * 0.12
    shirt = []
    stations = [row for row in _TORSO if hem - 0.016 <= row[0] < high]
    for k, (up, half_width, half_depth, offset, more_width, more_depth) in enumerate(stations):
        center, axes = _trunk(pose, up + drop, offset + belly * (0.55 < up < 0.70))
        girth = g if up < 0.80 else g**0.4
        width, depth = (half_width + more_width * w) * girth, (half_depth + more_depth * w) * girth
        pad = padding * (1.0 if up < 0.80 else 0.55)
        striped = {"hoops": k % 2 == 1, "yoke": up > 0.75, "band": 0.69 < up < 0.74}
        rings.ring(
            center,
            axes,
            width + pad,
            depth + pad + belly * 0.5,
            look.stripe_color if striped.get(look.stripe, False) else look.top_color,
            power=2.35,
            rough=0.12,
            shade=0.92 if up < 0.55 else 1.0,
        )
        depth += belly * 0.5
        strip = half_width * (0.42 - 0.28 * max(up - 0.60, 0) / 0.25)
        shirt.append((center + axes[1] * (depth * 0.55 + padding), axes, strip, depth * 0.47))
    if look.open_top and jacket:
        rings.part(PERSON, False, 0.12)
        for center, axes, width, depth in shirt:
            rings.ring(center, axes, width, depth, look.under_color, rough=0.06, power=2.6)
    if jacket:
        # A collar.
        rings.part(PERSON, True, 0.10)
        color = tinted(look.top_color, 0.9)
        for up, half in ((0.828, 0.060), (0.848, 0.049), (0.868, 0.046)):
            center, axes = _trunk(pose, up + drop, -0.002)
            rings.ring(center, axes, half, half * 0.93, color, rough=0.06)


def _skirt(rings: Rings, pose: Pose, look: Look) -> None:
    """Add the skirt of a skirt or dress, and that of a coat."""
    skirt = look.bottom in ("skirt", "dress")
    drop = pose.pelvis[1] - 0.530
    g, w = look.girth, look.woman
    for worn, hem, color, ease, waist in (
        (skirt, look.hem, look.bottom_color, 0.006, 0.585),
        (
            look.top == "coat",
            look.hem if not skirt else min(look.hem, 0.36),
            look.top_color,
            0.020,
            0.600,
        ),
    ):
        if not worn:
            continue
        rings.part(PERSON, True, 0.11 if color is look.top_color else 0.07)
        for up in np.linspace(waist, hem, 8):
            u = (waist - up) / max(waist - hem, 1e-6)
            center, axes = _trunk(pose, max(up, 0.45) + drop, -0.008)
            half_width, half_depth = (0.094 + 0.006 * w) * g + ease, 0.070 * g + ease
            if up < 0.52:
                # Below the seat the cloth hangs around both thighs and follows them.
                legs = np.array([_leg_at(pose, side, up + drop) for side in (0, 1)])
                thigh = np.array([0.046, 0, 0.048]) * g
                left, _, low = legs.min(0) - thigh - ease
                right, _, high = legs.max(0) + thigh + ease
                blend = min((0.52 - up) / 0.05, 1.0)
                flare = 1 + 0.10 * u
                around = np.array([(left + right) / 2, up + drop, (low + high) / 2])
                center = center * (1 - blend) + around * blend
                half_width += ((right - left) / 2 * flare - half_width) * blend
                step = float(np.clip((high - low) / 2, 0.07, 0.15))
                half_depth += (step * flare - half_depth) * blend
            center = np.array([center[0], up + drop, center[2]])
            shade = 1.0 - 0.12 * u
            rings.ring(
                center, axes, half_width, half_depth, color, rough=0.15, power=2.2, shade=shade
            )


def _leg_at(pose: Pose, side: int, up: float) -> Array:
    hip, knee, ankle = pose.hips[side], pose.knees[side], pose.feet[side].ankle
    top, low = (hip, knee) if up > knee[1] else (knee, ankle)
    u = min(max((top[1] - up) / max(top[1] - low[1], 1e-6), 0.0), 1.0)
    return top + (low - top) * u
