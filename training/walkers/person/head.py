"""Heads: skull, face, hair and hats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.walkers.arrays import Array
from training.walkers.colors import Bgr, tinted
from training.walkers.person.gait import Pose
from training.walkers.person.look import Look
from training.walkers.shapes import PERSON, Rings

# Columns, from the chin up: height above the chin, half-width, half-depth, forward offset; in
# units of stature.
Table = tuple[Sequence[float], Sequence[float], Sequence[float], Sequence[float]]
_SKULL: Table = (
    (0.000, 0.008, 0.022, 0.040, 0.060, 0.080, 0.098, 0.114, 0.125, 0.131, 0.132),
    (0.012, 0.025, 0.034, 0.040, 0.0432, 0.0442, 0.0435, 0.0385, 0.0270, 0.0120, 0.0010),
    (0.014, 0.030, 0.041, 0.049, 0.0535, 0.0560, 0.0550, 0.0480, 0.0340, 0.0150, 0.0010),
    (0.030, 0.021, 0.014, 0.009, 0.006, 0.003, 0.000, -0.002, -0.003, -0.003, -0.003),
)
_NAPE: Table = (
    (0.022, 0.026, 0.045, 0.065, 0.085, 0.100),
    (0.020, 0.034, 0.0430, 0.0462, 0.0475, 0.0465),
    (0.020, 0.036, 0.043, 0.046, 0.048, 0.050),
    (-0.014, -0.014, -0.015, -0.014, -0.013, -0.010),
)
_SCARF: Table = (
    (0.100, 0.060, 0.020, 0.000),
    (0.047, 0.050, 0.046, 0.040),
    (0.048, 0.046, 0.044, 0.040),
    (-0.014, -0.016, -0.008, 0.000),
)
_SCARF_ENDS: Table = (
    (0.002, -0.018, -0.045, -0.070),
    (0.038, 0.046, 0.072, 0.092),
    (0.040, 0.046, 0.056, 0.064),
    (-0.004, -0.004, -0.004, -0.004),
)
_HOOD: Table = (
    (-0.030, 0.000, 0.050, 0.095, 0.128, 0.140, 0.142),
    (0.056, 0.056, 0.058, 0.055, 0.040, 0.020, 0.002),
    (0.054, 0.050, 0.050, 0.056, 0.046, 0.024, 0.002),
    (-0.006, -0.016, -0.020, -0.012, -0.006, -0.004, 0.000),
)


def add_head(rings: Rings, pose: Pose, look: Look, scale: float) -> None:
    """Add neck, head, face, hair and hat; `scale` is relative to an adult's head on that body."""
    head = _Head(rings, pose, look, scale)
    head.neck(pose.neck)
    head.skull()
    head.face()
    head.hair()
    head.hat()


class _Head:
    """A head whose parts are given in units of stature times `scale`."""

    def __init__(self, rings: Rings, pose: Pose, look: Look, scale: float) -> None:
        self.rings, self.look, self.scale = rings, look, scale
        turn = pose.chest_turn * 0.3 + pose.head_turn
        self.right = np.array([np.cos(turn), 0.0, -np.sin(turn)])
        self.front = np.array([np.sin(turn), 0.0, np.cos(turn)])
        self.up = np.array([0.0, 1.0, 0.0])
        self.axes = self.right, self.front
        self.chin = pose.head + np.array([0.0, -0.008, 0.0])

    def at(self, right: float, up: float, front: float) -> Array:
        s = self.scale
        return self.chin + self.right * right * s + self.up * up * s + self.front * front * s

    def stack(self, table: Table, color: Bgr, rough: float = 0.10, power: float = 2.0) -> None:
        s = self.scale
        for up, half_width, half_depth, ahead in zip(*table, strict=True):
            center = self.at(0, up, ahead)
            self.rings.ring(
                center, self.axes, half_width * s, half_depth * s, color, rough=rough, power=power
            )

    def blob(self, center: Bgr, size: Bgr, color: Bgr, lift: float = 0.02) -> None:
        """Add an ellipsoid with its axes along the head's."""
        self.rings.part(PERSON, False, lift)
        for angle in (-1.5, -0.7, 0.0, 0.7, 1.5):
            across = np.cos(angle)
            at = self.at(center[0], center[1] + size[1] * np.sin(angle), center[2])
            half_width, half_depth = size[0] * across * self.scale, size[2] * across * self.scale
            self.rings.ring(at, self.axes, half_width, half_depth, color)

    def shell(
        self,
        grow: float,
        front: float,
        back: float,
        color: Bgr,
        rough: float,
        lift: float = 0.05,
    ) -> None:
        """Add a shell over the skull whose edge is at height `front` before and `back` behind."""
        self.rings.part(PERSON, False, lift)
        top = 0.132 + grow
        for level in (0.0, 0.18, 0.36, 0.54, 0.70, 0.83, 0.93, 0.99, 1.0):
            # The rings tilt, so that the shell is low on the neck and high on the brow.
            low, high = back + (top - back) * level, front + (top - front) * level
            up = (low + high) / 2
            inner = up * 0.132 / top
            half_width, half_depth, ahead = (np.interp(inner, _SKULL[0], c) for c in _SKULL[1:])
            half_width, half_depth = (
                half_width * (1 + grow / 0.045),
                half_depth * (1 + grow / 0.055),
            )
            tilt = np.arctan2(high - low, 2 * half_depth)
            axis = self.front * np.cos(tilt) + self.up * np.sin(tilt)
            shrink = np.cos(tilt) if level < 0.2 else 1.0
            self.rings.ring(
                self.at(0, up, ahead - 0.002),
                (self.right, axis),
                half_width * self.scale,
                half_depth / max(shrink, 0.7) * self.scale,
                color,
                rough=rough,
                power=2.15,
            )

    def neck(self, foot: Array) -> None:
        slim = 1 - 0.14 * self.look.woman
        self.rings.part(PERSON, False, 0.05)
        base = foot + np.array([0.0, -0.012, 0.0])
        top = self.at(0, 0.030, -0.004)
        for u, half, shade in zip(
            (0.0, 0.18, 0.4, 0.7, 1.0),
            (0.050, 0.040, 0.034, 0.033, 0.033),
            (0.95, 0.9, 0.8, 0.62, 0.6),
            strict=True,
        ):
            center = base + (top - base) * u
            self.rings.ring(
                center, self.axes, half * slim, half * slim, self.look.skin, shade=shade
            )

    def skull(self) -> None:
        self.rings.part(PERSON)
        skin, hair, s = self.look.skin, self.look.hair, self.scale
        b, g, r = (0.35 * under + 0.65 * over for under, over in zip(skin, hair, strict=True))
        for up, half_width, half_depth, ahead in zip(*_SKULL, strict=True):
            self.rings.ring(
                self.at(0, up, ahead),
                self.axes,
                half_width * s,
                half_depth * s,
                (b, g, r) if self.look.beard and up < 0.030 else skin,
                power=2.15,
                shade=0.86 if up < 0.01 else 1.0,
            )

    def face(self) -> None:
        skin = self.look.skin
        brow = tinted(self.look.hair, 0.9)
        self.blob((0, 0.047, 0.0545), (0.0060, 0.013, 0.0095), tinted(skin, 1.01), 0.006)
        self.blob((0, 0.020, 0.0535), (0.013, 0.0022, 0.004), tinted(skin, 0.62))
        for side in (-1, 1):
            eye, ear = (side * 0.0175, 0.0605, 0.0535), (side * 0.0440, 0.052, -0.003)
            self.blob(eye, (0.0070, 0.0026, 0.0035), tinted(skin, 0.30))
            self.blob((side * 0.0180, 0.0680, 0.0545), (0.0095, 0.0018, 0.0035), brow)
            self.blob(ear, (0.005, 0.015, 0.009), tinted(skin, 0.92))

    def hair(self) -> None:
        look, rings, s = self.look, self.rings, self.scale
        color, style = look.hair, look.hair_style
        if style == "bald":
            return
        if style == "scarf":
            self.shell(0.006, 0.092, 0.010, look.hat_color, 0.05)
            rings.part(PERSON, True, 0.03, 0.95)
            self.stack(_SCARF, look.hat_color)
            rings.part(PERSON, True, 0.10)
            self.stack(_SCARF_ENDS, look.hat_color)
            return
        thick = 0.005 if style == "short" else 0.006
        self.shell(thick, 0.092 + 0.012 * (look.folds % 1.0), 0.062, color, 0.16)
        # The hair of the sides and the nape sits behind the ears.
        rings.part(PERSON, False, 0.03, 1.05)
        self.stack(_NAPE, color, 0.16, 2.15)
        if style in ("bob", "long"):
            end = 0.005 if style == "bob" else -0.075
            rings.part(PERSON, True)
            for u in (0.0, 0.2, 0.45, 0.7, 0.9, 1.0):
                half_width = (0.049 + 0.004 * np.sin(np.pi * u)) * (1 - 0.25 * (u == 1.0))
                rings.ring(
                    self.at(0, 0.100 + (end - 0.100) * u, -0.024 - 0.010 * u),
                    self.axes,
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
                center = self.at(0, 0.095 - 0.11 * u, -0.060 - 0.022 * np.sin(2.2 * u))
                rings.ring(center, self.axes, half * s, half * s, color, rough=0.12)
        elif style == "bun":
            self.blob((0, 0.105, -0.060), (0.022, 0.022, 0.020), color)

    def hat(self) -> None:
        look, rings, s = self.look, self.rings, self.scale
        color = look.hat_color
        if look.hat == "beanie":
            self.shell(0.009, 0.082, 0.060, color, 0.12, 0.09)
        elif look.hat in ("cap", "brim"):
            self.shell(0.008, 0.090, 0.080, color, 0.04, 0.09)
            rings.part(PERSON, True, 0.10)
            if look.hat == "cap":
                upright = self.right, self.up
                for u, half in ((0.0, 0.040), (0.5, 0.036), (0.85, 0.024), (1.0, 0.006)):
                    center = self.at(0, 0.088 - 0.006 * u, 0.046 + 0.044 * u)
                    rings.ring(center, upright, half * s, 0.003 * s, color)
            else:
                for half, up in ((0.048, 0.088), (0.075, 0.084), (0.082, 0.083)):
                    rings.ring(self.at(0, up, 0.0), self.axes, half * s, half * 1.12 * s, color)
        elif look.hat == "hood":
            rings.part(PERSON, True, 0.05, 0.8)
            self.stack(_HOOD, look.top_color)
