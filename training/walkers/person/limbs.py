"""Arms and legs, bare or in cloth, with hands and shoes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from training.walkers.arrays import Array
from training.walkers.colors import Bgr, tinted
from training.walkers.person.gait import Foot, Pose, cross, unit
from training.walkers.person.look import Look
from training.walkers.shapes import PERSON, Rings

# The columns of these tables run along the limb; their rows are named where they are used.
_LEG = np.array(
    [
        (0.02, 0.18, 0.42, 0.70, 0.92, 1.00, 1.10, 1.32, 1.60, 1.86, 2.00),
        (0.051, 0.051, 0.045, 0.037, 0.033, 0.032, 0.031, 0.032, 0.025, 0.019, 0.018),
        (0.058, 0.057, 0.051, 0.043, 0.037, 0.037, 0.035, 0.036, 0.028, 0.022, 0.022),
        (0.004, 0.004, 0.002, 0, 0, 0, 0, 0, 0, 0, 0),
        (0.003, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (0, 0.3, 0.7, 1, 1, 1, 1, 1, 1.4, 1.9, 2.2),
        (0, 0.3, 0.7, 1, 1, 1, 1, 1.3, 1.7, 2.2, 2.9),
        (-0.004, 0.001, 0.004, 0.004, 0.002, 0.003, -0.002, -0.008, -0.004, 0.000, 0.002),
        (0.78, 0.82, 0.90, 0.96, 1.0, 1.0, 1.0, 1.0, 1.0, 0.95, 0.85),
    ]
)
_ARM = (
    (-0.02, 0.00, 0.08, 0.22, 0.55, 0.90, 1.00, 1.15, 1.50, 1.90, 2.00),
    (0.002, 0.020, 0.028, 0.030, 0.026, 0.022, 0.022, 0.022, 0.019, 0.014, 0.013),
    (0.002, 0.024, 0.032, 0.034, 0.030, 0.025, 0.024, 0.025, 0.022, 0.017, 0.016),
)
_HAND = (
    (0.0, 0.45, 1.0, 1.6, 2.0),
    (0.011, 0.012, 0.012, 0.010, 0.003),
    (0.015, 0.019, 0.021, 0.016, 0.005),
    (0.0, 0.0, 0.002, 0.002, 0.002),
    (1.0, 1.0, 1.0, 1.0, 1.0),
)
_SHOE = (
    (-0.007, -0.006, 0.000, 0.020, 0.045, 0.072, -0.008, 0.016, 0.036, 0.045, 0.046),
    (0.001, 0.012, 0.019, 0.021, 0.022, 0.024, 0.027, 0.026, 0.020, 0.010, 0.001),
    (0.010, 0.019, 0.024, 0.025, 0.025, 0.020, 0.0155, 0.0125, 0.0095, 0.006, 0.003),
    (0.010, 0.019, 0.024, 0.025, 0.025, 0.020, 0.0155, 0.0125, 0.0095, 0.006, 0.003),
)
_SOLE = (
    (-0.008, -0.008, 0.002, 0.045, -0.008, 0.020, 0.047, 0.048),
    (0.001, 0.012, 0.021, 0.022, 0.028, 0.027, 0.010, 0.001),
    (0.004, 0.004, 0.004, 0.004, 0.004, 0.004, 0.004, 0.004),
    (0.005, 0.005, 0.005, 0.005, 0.005, 0.005, 0.005, 0.005),
)
Station = tuple[float, float, float, float, float]
"""Position, counted in joints, so that 1.5 is half-way between the second joint and the third;
half-width, half-depth, forward offset and shade."""


def _limb(
    rings: Rings,
    joints: list[Array],
    stations: Iterable[Station],
    color: Bgr,
    rough: float,
    forward: Array,
) -> None:
    """Add rings along a chain of joints; `forward` is a direction in front of the limb."""
    for position, half_width, half_depth, offset, shade in stations:
        i = min(max(int(position), 0), len(joints) - 2)
        axis = unit(joints[i + 1] - joints[i])
        # Near a joint the ring lies in the plane that halves the bend.
        near = round(position)
        if 0 < near < len(joints) - 1 and abs(position - near) < 0.25:
            before = joints[near] - joints[near - 1]
            after = joints[near + 1] - joints[near]
            half = unit(unit(before) + unit(after))
            weight = 1 - abs(position - near) / 0.25
            axis = unit(axis * (1 - weight) + half * weight)
        front = unit(forward - axis * float(forward @ axis))
        center = joints[i] + (joints[i + 1] - joints[i]) * (position - i) + front * offset
        axes = cross(axis, front), front
        rings.ring(center, axes, half_width, half_depth, color, rough=rough, shade=shade)


def add_legs(rings: Rings, pose: Pose, look: Look) -> None:
    """Add bare or trousered legs and shoes."""
    g, w = look.girth**0.7, look.woman
    ease = 0.008 * {"wide": 1.0, "trousers": 0.42, "shorts": 0.55}.get(look.bottom, 0.0)
    position, width, depth, woman_width, woman_depth, wider, deeper, offset, shade = _LEG
    half_width = (width + woman_width * w + wider * ease) * g
    half_depth = (depth + woman_depth * w + deeper * ease) * g
    thick: list[Station] = np.stack([position, half_width, half_depth, offset, shade], 1).tolist()
    short: list[Station] = [
        (p, a + 0.007 + 0.012 * p, b + 0.007 + 0.012 * p, o, 1.0) for p, a, b, o, _ in thick[:4]
    ]
    short += [(0.80, 0.053 * g, 0.059 * g, 0.004, 1.0), (0.80, 0.030 * g, 0.035 * g, 0.004, 1.0)]
    forward = np.array([0.0, 0.25, 1.0])
    for side in (0, 1):
        foot = pose.feet[side]
        hem = foot.ankle + np.array([0.0, -0.020, 0.002])
        joints = [pose.hips[side], pose.knees[side], hem]
        if look.bottom in ("shorts", "skirt", "dress"):
            rings.part(PERSON)
            _limb(rings, joints, thick, look.skin, 0.0, forward)
            if look.bottom == "shorts":
                rings.part(PERSON, False, 0.04)
                _limb(rings, joints, short, look.bottom_color, 0.10, forward)
        else:
            rings.part(PERSON, False, 0.03)
            rough = 0.05 if look.bottom == "leggings" else 0.13
            _limb(rings, joints, thick, look.bottom_color, rough, forward)
        _shoe(rings, foot, look.shoe_color, 1 - 2 * side)


def _shoe(rings: Rings, foot: Foot, color: Bgr, side: int) -> None:
    ahead = foot.ball - foot.heel
    ahead = ahead / np.linalg.norm(ahead)
    # At push-off the toes stay on the ground while the rest of the foot is raised.
    toe_ahead = np.array([0.0, ahead[1] * 0.15, 1.0]) if foot.pitch > 0.1 else ahead
    toe_ahead = toe_ahead / np.linalg.norm(toe_ahead)
    outward = 0.10 * side
    right = np.array([1.0, 0.0, -outward])

    def add(
        table: Sequence[Sequence[float]], toes: int, color: Bgr, power: float, shade: float
    ) -> None:
        rings.part(PERSON)
        for k, (s, half_width, raised, half_height) in enumerate(zip(*table, strict=True)):
            base, along = (foot.heel, ahead) if k < toes else (foot.ball, toe_ahead)
            up = np.array([0.0, along[2], -along[1]])
            center = base + along * s + up * raised
            center = center + np.array([outward * (center[2] - foot.ankle[2]), 0.0, 0.0])
            axes = right, up
            rings.ring(center, axes, half_width, half_height, color, power=power, shade=shade)

    add(_SHOE, 6, color, 2.6, 0.95)
    add(_SOLE, 4, tinted(color, 0.6), 4.0, 0.8)


def add_arms(rings: Rings, pose: Pose, look: Look) -> None:
    """Add bare or sleeved arms and hands."""
    thick = {"shirt": 0.0, "jumper": 0.003, "jacket": 0.007, "coat": 0.008, "vest": 0.002}[look.top]
    g, slim = look.girth**0.6, 1 - 0.12 * look.woman
    sleeve = [
        (p, a * g * slim + thick, b * g * slim + thick, 0.0, 1.0)
        for p, a, b in zip(*_ARM, strict=True)
    ]
    short = [(p, a + 0.004, b + 0.004, o, shade) for p, a, b, o, shade in sleeve[1:5]]
    forward = np.array([0.0, 0.15, 1.0])
    for side in (0, 1):
        shoulder, elbow, wrist = pose.shoulders[side], pose.elbows[side], pose.wrists[side]
        joints = [shoulder + np.array([(2 * side - 1) * 0.016, 0.006, 0.0]), elbow, wrist]
        rings.part(PERSON, False, 0.10)
        if look.top == "shirt":
            _limb(rings, joints, sleeve, look.skin, 0.0, forward)
            rings.part(PERSON, True, 0.11)
            _limb(rings, joints, short, look.top_color, 0.12, forward)
        else:
            _limb(rings, joints, sleeve, look.top_color, 0.13, forward)
        along = unit(wrist - elbow)
        tip = wrist + along * 0.048 + np.array([0.0, -0.012, 0.0])
        end = tip + along * 0.030 + np.array([0.0, -0.014, 0.004])
        rings.part(PERSON, False, 0.12)
        hand = [wrist - along * 0.010, tip, end]
        _limb(rings, hand, zip(*_HAND, strict=True), look.skin, 0.0, forward)
