"""Arms and legs, bare or in cloth, with hands and shoes."""

from __future__ import annotations

import numpy as np

from training.walkers.arrays import Array
from training.walkers.gait import Pose, cross, unit
from training.walkers.look import Bgr, Look, tinted
from training.walkers.shapes import PERSON, Rings


def limb(
    rings: Rings,
    joints: list[Array],
    stations: list[tuple[float, float, float, float]],
    color: Bgr,
    *,
    rough: float,
    forward: Array,
    colors: list[Bgr] | None = None,
    shades: list[float] | None = None,
    power: float = 2.0,
) -> None:
    """Add rings along a chain of joints.

    Args:
        rings: Where they go; a part must have been begun.
        joints: Two or more points.
        stations: (position, half-width, half-depth, forward offset); the position counts joints,
            so that 1.5 is half-way between the second joint and the third.
        color: Colour.
        rough: Cloth texture.
        forward: Direction that stays in front of the limb.
        colors: A colour for each station instead of `color`.
        shades: A shade for each station.
        power: Roundness of the rings.
    """
    for k, (position, half_width, half_depth, offset) in enumerate(stations):
        i = min(max(int(position), 0), len(joints) - 2)
        u = position - i
        axis = joints[i + 1] - joints[i]
        axis = unit(axis)
        # Near a joint the ring lies in the plane that halves the bend.
        near = round(position)
        if 0 < near < len(joints) - 1 and abs(position - near) < 0.25:
            before = joints[near] - joints[near - 1]
            after = joints[near + 1] - joints[near]
            half = unit(unit(before) + unit(after))
            weight = 1 - abs(position - near) / 0.25
            axis = unit(axis * (1 - weight) + half * weight)
        front = unit(forward - axis * float(forward @ axis))
        right = cross(axis, front)
        center = joints[i] + (joints[i + 1] - joints[i]) * u + front * offset
        rings.ring(
            center,
            right,
            front,
            half_width,
            half_depth,
            colors[k] if colors else color,
            rough=rough,
            power=power,
            shade=shades[k] if shades else 1.0,
        )


def add_legs(rings: Rings, pose: Pose, look: Look) -> None:
    """Add bare or trousered legs and shoes."""
    g = look.girth**0.7
    w = look.woman
    bare = look.bottom in ("shorts", "skirt", "dress")
    wide = {"wide": 1.0, "trousers": 0.42, "shorts": 0.55}.get(look.bottom, 0.0)
    cloth = tinted(look.bottom_color, 1.0)
    for side in (0, 1):
        hip, knee, foot = pose.hips[side], pose.knees[side], pose.feet[side]
        hem = foot.ankle + np.array([0.0, -0.020, 0.002])
        forward = np.array([0.0, 0.25, 1.0])
        ease = 0.008 * wide
        thick = [
            (0.02, 0.051 + 0.004 * w, 0.058 + 0.003 * w, -0.004),
            (0.18, 0.051 + 0.004 * w + ease * 0.3, 0.057 + ease * 0.3, 0.001),
            (0.42, 0.045 + 0.002 * w + ease * 0.7, 0.051 + ease * 0.7, 0.004),
            (0.70, 0.037 + ease, 0.043 + ease, 0.004),
            (0.92, 0.033 + ease, 0.037 + ease, 0.002),
            (1.00, 0.032 + ease, 0.037 + ease, 0.003),
            (1.10, 0.031 + ease, 0.035 + ease, -0.002),
            (1.32, 0.032 + ease, 0.036 + ease * 1.3, -0.008),
            (1.60, 0.025 + ease * 1.4, 0.028 + ease * 1.7, -0.004),
            (1.86, 0.019 + ease * 1.9, 0.022 + ease * 2.2, 0.000),
            (2.00, 0.018 + ease * 2.2, 0.022 + ease * 2.9, 0.002),
        ]
        thick = [(p, a * g, b * g, o) for p, a, b, o in thick]
        shades = [0.78, 0.82, 0.90, 0.96, 1.0, 1.0, 1.0, 1.0, 1.0, 0.95, 0.85]
        if bare:
            rings.part(PERSON)
            limb(
                rings, [hip, knee, hem], thick, look.skin, rough=0.0, forward=forward, shades=shades
            )
            if look.bottom == "shorts":
                rings.part(PERSON, False, 0.04)
                limb(
                    rings,
                    [hip, knee, hem],
                    [
                        (p, a + 0.007 + 0.012 * p, b + 0.007 + 0.012 * p, o)
                        for p, a, b, o in thick[:4]
                    ]
                    + [(0.80, 0.053 * g, 0.059 * g, 0.004), (0.80, 0.030 * g, 0.035 * g, 0.004)],
                    cloth,
                    rough=0.10,
                    forward=forward,
                )
        else:
            rings.part(PERSON, False, 0.03)
            limb(
                rings,
                [hip, knee, hem],
                thick,
                cloth,
                rough=0.05 if look.bottom == "leggings" else 0.13,
                forward=forward,
                shades=shades,
            )
        _shoe(rings, foot.ankle, foot.ball, foot.heel, foot.pitch, look, 1 - 2 * side)


def _shoe(
    rings: Rings, ankle: Array, ball: Array, heel: Array, pitch: float, look: Look, side: int
) -> None:
    ahead = ball - heel
    ahead = ahead / np.linalg.norm(ahead)
    up = np.array([0.0, ahead[2], -ahead[1]])
    outward = 0.10 * side
    right = np.array([1.0, 0.0, -outward])
    sole = tinted(look.shoe_color, 0.6)
    upper = look.shoe_color
    rings.part(PERSON)
    # At push-off the toes stay on the ground while the rest of the foot is raised.
    toe_ahead = np.array([0.0, ahead[1] * 0.15, 1.0]) if pitch > 0.1 else ahead
    toe_ahead = toe_ahead / np.linalg.norm(toe_ahead)
    toe_up = np.array([0.0, toe_ahead[2], -toe_ahead[1]])
    for base, along, lift, s, half_width, height in (
        (heel, ahead, up, -0.007, 0.001, 0.020),
        (heel, ahead, up, -0.006, 0.012, 0.038),
        (heel, ahead, up, 0.000, 0.019, 0.048),
        (heel, ahead, up, 0.020, 0.021, 0.050),
        (heel, ahead, up, 0.045, 0.022, 0.050),
        (heel, ahead, up, 0.072, 0.024, 0.040),
        (ball, toe_ahead, toe_up, -0.008, 0.027, 0.031),
        (ball, toe_ahead, toe_up, 0.016, 0.026, 0.025),
        (ball, toe_ahead, toe_up, 0.036, 0.020, 0.019),
        (ball, toe_ahead, toe_up, 0.045, 0.010, 0.012),
        (ball, toe_ahead, toe_up, 0.046, 0.001, 0.006),
    ):
        center = base + along * s + lift * (height / 2)
        center = center + np.array([outward * (center[2] - ankle[2]), 0.0, 0.0])
        rings.ring(center, right, lift, half_width, height / 2, upper, power=2.6, shade=0.95)
    rings.part(PERSON)
    for base, along, lift, s, half_width in (
        (heel, ahead, up, -0.008, 0.001),
        (heel, ahead, up, -0.008, 0.012),
        (heel, ahead, up, 0.002, 0.021),
        (heel, ahead, up, 0.045, 0.022),
        (ball, toe_ahead, toe_up, -0.008, 0.028),
        (ball, toe_ahead, toe_up, 0.020, 0.027),
        (ball, toe_ahead, toe_up, 0.047, 0.010),
        (ball, toe_ahead, toe_up, 0.048, 0.001),
    ):
        center = base + along * s + lift * 0.004
        center = center + np.array([outward * (center[2] - ankle[2]), 0.0, 0.0])
        rings.ring(center, right, lift, half_width, 0.005, sole, power=4.0, shade=0.8)


def add_arms(rings: Rings, pose: Pose, look: Look) -> None:
    """Add bare or sleeved arms and hands."""
    g = look.girth**0.6
    thick = {"shirt": 0.0, "jumper": 0.003, "jacket": 0.007, "coat": 0.008, "vest": 0.002}[look.top]
    slim = 1 - 0.12 * look.woman
    for side in (0, 1):
        shoulder, elbow, wrist = pose.shoulders[side], pose.elbows[side], pose.wrists[side]
        start = shoulder + np.array([(2 * side - 1) * 0.016, 0.006, 0.0])
        forward = np.array([0.0, 0.15, 1.0])
        bare = look.top == "shirt"
        arm = [
            (-0.02, 0.002, 0.002, 0.0),
            (0.00, 0.020, 0.024, 0.0),
            (0.08, 0.028, 0.032, 0.0),
            (0.22, 0.030, 0.034, 0.0),
            (0.55, 0.026, 0.030, 0.0),
            (0.90, 0.022, 0.025, 0.0),
            (1.00, 0.022, 0.024, 0.0),
            (1.15, 0.022, 0.025, 0.0),
            (1.50, 0.019, 0.022, 0.0),
            (1.90, 0.014, 0.017, 0.0),
            (2.00, 0.013, 0.016, 0.0),
        ]
        sleeve = [(p, a * g * slim + thick, b * g * slim + thick, o) for p, a, b, o in arm]
        rings.part(PERSON, False, 0.10)
        if bare:
            limb(rings, [start, elbow, wrist], sleeve, look.skin, rough=0.0, forward=forward)
            rings.part(PERSON, True, 0.11)
            short = [(p, a + 0.004, b + 0.004, o) for p, a, b, o in sleeve[1:5]]
            limb(rings, [start, elbow, wrist], short, look.top_color, rough=0.12, forward=forward)
        else:
            limb(rings, [start, elbow, wrist], sleeve, look.top_color, rough=0.13, forward=forward)
        along = unit(wrist - elbow)
        tip = wrist + along * 0.048 + np.array([0.0, -0.012, 0.0])
        end = tip + along * 0.030 + np.array([0.0, -0.014, 0.004])
        rings.part(PERSON, False, 0.12)
        limb(
            rings,
            [wrist - along * 0.010, tip, end],
            [
                (0.0, 0.011, 0.015, 0.0),
                (0.45, 0.012, 0.019, 0.0),
                (1.0, 0.012, 0.021, 0.002),
                (1.6, 0.010, 0.016, 0.002),
                (2.0, 0.003, 0.005, 0.002),
            ],
            look.skin,
            rough=0.0,
            forward=forward,
        )
