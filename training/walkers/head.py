"""Heads: skull, face, hair and hats."""

from __future__ import annotations

import numpy as np

from training.walkers.arrays import Array
from training.walkers.gait import Pose
from training.walkers.look import Look, tinted
from training.walkers.shapes import PERSON, Rings

# Height above the chin, half-width, half-depth, forward offset, units of stature.
_SKULL = (
    (0.000, 0.012, 0.014, 0.030),
    (0.008, 0.025, 0.030, 0.021),
    (0.022, 0.034, 0.041, 0.014),
    (0.040, 0.040, 0.049, 0.009),
    (0.060, 0.0432, 0.0535, 0.006),
    (0.080, 0.0442, 0.0560, 0.003),
    (0.098, 0.0435, 0.0550, 0.000),
    (0.114, 0.0385, 0.0480, -0.002),
    (0.125, 0.0270, 0.0340, -0.003),
    (0.131, 0.0120, 0.0150, -0.003),
    (0.132, 0.0010, 0.0010, -0.003),
)
_LEVELS = [row[0] for row in _SKULL]


class _Frame:
    """Axes of a head; all lengths in units of stature times `scale`."""

    def __init__(self, pose: Pose, scale: float) -> None:
        turn = pose.chest_turn * 0.3 + pose.head_turn
        self.right = np.array([np.cos(turn), 0.0, -np.sin(turn)])
        self.front = np.array([np.sin(turn), 0.0, np.cos(turn)])
        self.up = np.array([0.0, 1.0, 0.0])
        self.scale = scale
        self.chin = pose.head + np.array([0.0, -0.008, 0.0])

    def at(self, right: float, up: float, front: float) -> Array:
        s = self.scale
        return self.chin + self.right * right * s + self.up * up * s + self.front * front * s


def add_head(rings: Rings, pose: Pose, look: Look, scale: float) -> None:
    """Add neck, head, face, hair and hat to a body.

    Args:
        rings: Where they go.
        pose: The pose.
        look: The look.
        scale: Size of the head relative to an adult's on the same body.
    """
    frame = _Frame(pose, scale)
    _neck(rings, pose, frame, look)
    _skull(rings, frame, look)
    _face(rings, frame, look)
    _hair(rings, frame, look)
    _hat(rings, frame, look)


def _neck(rings: Rings, pose: Pose, frame: _Frame, look: Look) -> None:
    slim = 1 - 0.14 * look.woman
    rings.part(PERSON, False, 0.05)
    base = pose.neck + np.array([0.0, -0.012, 0.0])
    top = frame.at(0, 0.030, -0.004)
    for u, half, shade in (
        (0.0, 0.050, 0.95),
        (0.18, 0.040, 0.9),
        (0.4, 0.034, 0.8),
        (0.7, 0.033, 0.62),
        (1.0, 0.033, 0.6),
    ):
        rings.ring(
            base + (top - base) * u,
            frame.right,
            frame.front,
            half * slim,
            half * slim,
            look.skin,
            shade=shade,
        )


def _skull(rings: Rings, frame: _Frame, look: Look) -> None:
    rings.part(PERSON)
    for up, half_width, half_depth, ahead in _SKULL:
        color = look.skin
        if look.beard and up < 0.030:
            b, g, r = (0.35 * s + 0.65 * h for s, h in zip(look.skin, look.hair, strict=True))
            color = (b, g, r)
        rings.ring(
            frame.at(0, up, ahead),
            frame.right,
            frame.front,
            half_width * frame.scale,
            half_depth * frame.scale,
            color,
            power=2.15,
            shade=0.86 if up < 0.01 else 1.0,
        )


def _blob(
    rings: Rings,
    frame: _Frame,
    center: tuple[float, float, float],
    size: tuple[float, float, float],
    color: tuple[float, float, float],
    lift: float = 0.02,
) -> None:
    """Add an ellipsoid with its axes along the head's."""
    rings.part(PERSON, False, lift)
    s = frame.scale
    for angle in (-1.5, -0.7, 0.0, 0.7, 1.5):
        across = np.cos(angle)
        rings.ring(
            frame.at(center[0], center[1] + size[1] * np.sin(angle), center[2]),
            frame.right,
            frame.front,
            size[0] * across * s,
            size[2] * across * s,
            color,
        )


def _face(rings: Rings, frame: _Frame, look: Look) -> None:
    skin = look.skin
    dark = tinted(skin, 0.30)
    _blob(rings, frame, (0, 0.047, 0.0545), (0.0060, 0.013, 0.0095), tinted(skin, 1.01), 0.006)
    _blob(rings, frame, (0, 0.020, 0.0535), (0.013, 0.0022, 0.004), tinted(skin, 0.62))
    for side in (-1, 1):
        _blob(rings, frame, (side * 0.0175, 0.0605, 0.0535), (0.0070, 0.0026, 0.0035), dark)
        _blob(
            rings,
            frame,
            (side * 0.0180, 0.0680, 0.0545),
            (0.0095, 0.0018, 0.0035),
            tinted(look.hair, 0.9),
        )
        _blob(
            rings, frame, (side * 0.0440, 0.052, -0.003), (0.005, 0.015, 0.009), tinted(skin, 0.92)
        )


def _cap(
    rings: Rings,
    frame: _Frame,
    look: Look,
    grow: float,
    front: float,
    back: float,
    color: tuple[float, float, float],
    rough: float,
    lift: float = 0.05,
) -> None:
    """Add a shell over the skull whose edge is at height `front` before and `back` behind."""
    rings.part(PERSON, False, lift)
    s = frame.scale
    levels = (0.0, 0.18, 0.36, 0.54, 0.70, 0.83, 0.93, 0.99, 1.0)
    top = 0.132 + grow
    for level in levels:
        # The rings tilt, so that the shell is low on the neck and high on the brow.
        low, high = back + (top - back) * level, front + (top - front) * level
        up = (low + high) / 2
        inner = up * 0.132 / top
        half_width = np.interp(inner, _LEVELS, [r[1] for r in _SKULL]) * (1 + grow / 0.045)
        half_depth = np.interp(inner, _LEVELS, [r[2] for r in _SKULL]) * (1 + grow / 0.055)
        ahead = np.interp(inner, _LEVELS, [r[3] for r in _SKULL])
        tilt = np.arctan2(high - low, 2 * half_depth)
        axis = frame.front * np.cos(tilt) + frame.up * np.sin(tilt)
        shrink = np.cos(tilt) if level < 0.2 else 1.0
        rings.ring(
            frame.at(0, up, ahead - 0.002),
            frame.right,
            axis,
            half_width * s,
            half_depth / max(shrink, 0.7) * s,
            color,
            rough=rough,
            power=2.15,
        )


def _hair(rings: Rings, frame: _Frame, look: Look) -> None:
    color, style, s = look.hair, look.hair_style, frame.scale
    if style == "bald":
        return
    if style == "scarf":
        _cap(rings, frame, look, 0.006, 0.092, 0.010, look.hat_color, 0.05)
        rings.part(PERSON, True, 0.03, 0.95)
        for up, half_width, half_depth, ahead in (
            (0.100, 0.047, 0.048, -0.014),
            (0.060, 0.050, 0.046, -0.016),
            (0.020, 0.046, 0.044, -0.008),
            (0.000, 0.040, 0.040, 0.000),
        ):
            rings.ring(
                frame.at(0, up, ahead),
                frame.right,
                frame.front,
                half_width * s,
                half_depth * s,
                look.hat_color,
                rough=0.10,
            )
        rings.part(PERSON, True, 0.10)
        for up, half_width, half_depth in (
            (0.002, 0.038, 0.040),
            (-0.018, 0.046, 0.046),
            (-0.045, 0.072, 0.056),
            (-0.070, 0.092, 0.064),
        ):
            rings.ring(
                frame.at(0, up, -0.004),
                frame.right,
                frame.front,
                half_width * s,
                half_depth * s,
                look.hat_color,
                rough=0.10,
            )
        return
    thick = 0.005 if style == "short" else 0.006
    brow = 0.092 + 0.012 * (look.folds % 1.0)
    _cap(rings, frame, look, thick, brow, 0.062, color, 0.16)
    # The hair of the sides and the nape sits behind the ears.
    rings.part(PERSON, False, 0.03, 1.05)
    for up, half_width, half_depth, ahead in (
        (0.022, 0.020, 0.020, -0.014),
        (0.026, 0.034, 0.036, -0.014),
        (0.045, 0.0430, 0.043, -0.015),
        (0.065, 0.0462, 0.046, -0.014),
        (0.085, 0.0475, 0.048, -0.013),
        (0.100, 0.0465, 0.050, -0.010),
    ):
        rings.ring(
            frame.at(0, up, ahead),
            frame.right,
            frame.front,
            half_width * s,
            half_depth * s,
            color,
            rough=0.16,
            power=2.15,
        )
    falls = {"bob": 0.005, "long": -0.075}.get(style)
    if falls is not None:
        rings.part(PERSON, True)
        for u in (0.0, 0.2, 0.45, 0.7, 0.9, 1.0):
            up = 0.100 + (falls - 0.100) * u
            half_width = (0.049 + 0.004 * np.sin(np.pi * u)) * (1 - 0.25 * (u == 1.0))
            rings.ring(
                frame.at(0, up, -0.024 - 0.010 * u),
                frame.right,
                frame.front,
                half_width * s,
                (0.036 - 0.010 * u) * s,
                color,
                rough=0.14,
                power=2.3,
                shade=1 - 0.2 * u,
            )
    elif style == "ponytail":
        rings.part(PERSON)
        for u, half in ((0.0, 0.010), (0.15, 0.016), (0.5, 0.018), (0.85, 0.012), (1.0, 0.002)):
            rings.ring(
                frame.at(0, 0.095 - 0.11 * u, -0.060 - 0.022 * np.sin(2.2 * u)),
                frame.right,
                frame.front,
                half * s,
                half * s,
                color,
                rough=0.12,
            )
    elif style == "bun":
        _blob(rings, frame, (0, 0.105, -0.060), (0.022, 0.022, 0.020), color)


def _hat(rings: Rings, frame: _Frame, look: Look) -> None:
    color, s = look.hat_color, frame.scale
    if look.hat == "beanie":
        _cap(rings, frame, look, 0.009, 0.082, 0.060, color, 0.12, 0.09)
    elif look.hat in ("cap", "brim"):
        _cap(rings, frame, look, 0.008, 0.090, 0.080, color, 0.04, 0.09)
        rings.part(PERSON, True, 0.10)
        if look.hat == "cap":
            for u, half in ((0.0, 0.040), (0.5, 0.036), (0.85, 0.024), (1.0, 0.006)):
                rings.ring(
                    frame.at(0, 0.088 - 0.006 * u, 0.046 + 0.044 * u),
                    frame.right,
                    frame.up,
                    half * s,
                    0.003 * s,
                    color,
                )
        else:
            for half, up in ((0.048, 0.088), (0.075, 0.084), (0.082, 0.083)):
                rings.ring(
                    frame.at(0, up, 0.0), frame.right, frame.front, half * s, half * 1.12 * s, color
                )
    elif look.hat == "hood":
        rings.part(PERSON, True, 0.05, 0.8)
        for up, half_width, half_depth, ahead in (
            (-0.030, 0.056, 0.054, -0.006),
            (0.000, 0.056, 0.050, -0.016),
            (0.050, 0.058, 0.050, -0.020),
            (0.095, 0.055, 0.056, -0.012),
            (0.128, 0.040, 0.046, -0.006),
            (0.140, 0.020, 0.024, -0.004),
            (0.142, 0.002, 0.002, 0),
        ):
            rings.ring(
                frame.at(0, up, ahead),
                frame.right,
                frame.front,
                half_width * s,
                half_depth * s,
                look.top_color,
                rough=0.10,
            )
