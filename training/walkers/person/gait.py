"""How a person walks: feet that stay where they are put, and joints that follow from them.

The body axes are x to the person's right, y up and z ahead; z = 0 is below the pelvis. Lengths are
in units of body stature, with segment lengths after Winter, "Biomechanics and Motor Control of
Human Movement", table 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.walkers.arrays import Array

THIGH, SHANK, ANKLE = 0.245, 0.246, 0.042
HEEL_BACK, BALL_AHEAD = 0.034, 0.072
HIP_SIDE, SHOULDER_SIDE = 0.050, 0.104
HIP_UP, CHEST_UP, SHOULDER_UP, NECK_UP = 0.530, 0.700, 0.808, 0.848
UPPER_ARM, FOREARM = 0.172, 0.150
STANCE = 0.60
"""Share of the stride a foot is on the ground."""
HEEL_OFF = 0.31
FLAT = 0.07
STRETCH = 1.012
"""A leg may be drawn this much longer than it is at the ends of a step, which nobody sees; without
it the hips would have to hang low and every knee stay bent."""
STRIKE_ANGLE, PUSH_ANGLE = 0.30, 1.02
_REACH = {
    "phone": (-0.055, -0.115, 0.165),
    "call": (-0.026, 0.070, 0.050),
    "pocket": (0.022, -0.292, 0.040),
    "hold": (-0.030, -0.100, 0.130),
    "push": (-0.020, -0.215, 0.205),
    "fold": (-0.150, -0.125, 0.105),
}
"""Wrist from shoulder, to the outside, up and ahead, for arms that do not swing."""


@dataclass(frozen=True)
class Foot:
    """A foot in the body's axes, units of stature.

    `ball` and `heel` are on the sole; `pitch` is in radians, positive with the heel up.
    """

    ankle: Array
    ball: Array
    heel: Array
    pitch: float


@dataclass(frozen=True)
class Pose:
    """Joint positions in the body's axes, units of stature; pairs are (right, left).

    Turns are about the vertical, in radians like `lean`, the forward lean of the trunk. `neck` is
    the base of the neck, `head` that of the skull. What the `arms` do is listed at `Gait`.
    """

    pelvis: Array
    hips: list[Array]
    knees: list[Array]
    feet: list[Foot]
    chest: Array
    shoulders: list[Array]
    elbows: list[Array]
    wrists: list[Array]
    neck: Array
    head: Array
    hip_turn: float
    chest_turn: float
    head_turn: float
    lean: float
    arms: tuple[str, str]


def _smooth(u: float) -> float:
    u = min(max(u, 0.0), 1.0)
    return u * u * (3 - 2 * u)


def cross(a: Array, b: Array) -> Array:
    """Return the cross product of two 3-vectors; much faster than numpy's for single vectors."""
    a0, a1, a2 = a.tolist()
    b0, b1, b2 = b.tolist()
    return np.array([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0])


def unit(v: Array) -> Array:
    """Return a 3-vector of length 1 in the same direction; zero stays zero."""
    x, y, z = v.tolist()
    return v / max((x * x + y * y + z * z) ** 0.5, 1e-9)


def bend(top: Array, bottom: Array, upper: float, lower: float, towards: Array) -> Array:
    """Return the middle joint of a two-segment limb, which bends `towards` a direction.

    Where the bottom is out of reach the limb is straight.
    """
    reach = bottom - top
    distance = min(max(float(np.linalg.norm(reach)), 1e-6), (upper + lower) * 0.9999)
    along = reach / max(float(np.linalg.norm(reach)), 1e-6)
    share = (upper**2 - lower**2 + distance**2) / (2 * distance)
    out = np.sqrt(max(upper**2 - share**2, 0.0))
    side = towards - along * float(towards @ along)
    return top + along * share + unit(side) * out


@dataclass(frozen=True)
class Gait:
    """A way of walking or standing.

    Attributes:
        stature: Height in metres.
        speed: Walking speed in m/s; 0 stands.
        start: Phase of the stride at time 0, 0..1.
        arms: What each arm (right, left) does: "swing", "phone", "call", "pocket", "hold",
            "carry", "push" or "fold".
        swing: Arm swing relative to the usual.
        lean: Forward lean of the trunk in radians.
        gaze: Turn of the head in radians.
        sway: Sideways shift of the weight when standing, -1..1.
        pace: Length of the steps relative to the usual; a narrow skirt shortens them.
    """

    stature: float
    speed: float
    start: float = 0.0
    arms: tuple[str, str] = ("swing", "swing")
    swing: float = 1.0
    lean: float = 0.03
    gaze: float = 0.0
    sway: float = 0.0
    pace: float = 1.0

    @cached_property
    def stride(self) -> float:
        """Ground covered by two steps, in units of stature; grows with the root of the speed."""
        if self.speed <= 0:
            return 0.0
        froude = self.speed / np.sqrt(self.stature / 1.75) / 1.35
        return float(np.clip(0.76 * np.sqrt(froude) * self.pace, 0.30, 0.90))

    @cached_property
    def period(self) -> float:
        """Duration of two steps in seconds."""
        return self.stride * self.stature / self.speed if self.speed > 0 else 1.0

    def phase(self, time: float) -> float:
        """Return the phase of the right foot at a time in seconds, 0..1, 0 at heel strike."""
        return (self.start + time / self.period) % 1.0

    @cached_property
    def _small(self) -> float:
        """How large the movements are, 1 for steps of the usual length and 0 for standing."""
        return min(self.stride / 0.76, 1.0)

    def foot(self, phase: float, side: float) -> Foot:
        """Return a foot; `phase` runs over the stride, `side` is +1 right or -1 left."""
        x, lift, pitch = side * HIP_SIDE * 0.72, 0.0, 0.0
        stride = self.stride
        # The ball of the foot is planted ahead of the pelvis and left behind by the same amount,
        # but for the foot's own length.
        first = stride * STANCE / 2 + 0.026
        strike, push = STRIKE_ANGLE * self._small, PUSH_ANGLE * self._small
        if self.speed <= 0:
            x = side * (HIP_SIDE * 1.1)
            z = 0.012 * side * (1 + self.sway) + BALL_AHEAD * 0.55
        elif phase < STANCE:
            z = first - stride * phase
            if phase < FLAT:
                pitch = -strike * (1 - _smooth(phase / FLAT))
            else:
                pitch = push * (max(phase - HEEL_OFF, 0) / (STANCE - HEEL_OFF)) ** 1.45
        else:
            u = (phase - STANCE) / (1 - STANCE)
            # Over the ground the foot starts and ends at rest, so it neither slips nor stamps.
            travelled = stride * (u**3 * (10 - 15 * u + 6 * u * u))
            z = first - stride * STANCE + travelled - stride * (phase - STANCE)
            pitch = push * (1 - _smooth(u / 0.75)) * (1 + 0.35 * np.sin(np.pi * min(u / 0.5, 1)))
            pitch = float(pitch - strike * _smooth((u - 0.45) / 0.55))
            lift = 0.030 * self._small * np.sin(np.pi * u) ** 2
        c, s = np.cos(pitch), np.sin(pitch)
        length = BALL_AHEAD + HEEL_BACK
        if pitch >= 0:
            ball = np.array([x, lift, z])
            ankle = ball + np.array([0.0, BALL_AHEAD * s + ANKLE * c, -BALL_AHEAD * c + ANKLE * s])
            heel = ball + np.array([0.0, length * s, -length * c])
        else:
            # With the toes up the foot rolls over its heel.
            heel = np.array([x, lift, z - length])
            ball = heel + np.array([0.0, -length * s, length * c])
            ankle = heel + np.array([0.0, -HEEL_BACK * s + ANKLE * c, HEEL_BACK * c + ANKLE * s])
        return Foot(ankle, ball, heel, pitch)

    @cached_property
    def _bounce(self) -> tuple[float, float]:
        """Mean height of the hips and how far they rise and fall, units of stature."""
        if self.speed <= 0:
            return HIP_UP - 0.004, 0.0
        # Highest hips that both legs can still reach, over the stride.
        phases = np.arange(20) / 20
        length = (THIGH + SHANK) * STRETCH
        top = []
        for phase in phases:
            heights = []
            for side, p in ((1.0, float(phase)), (-1.0, float((phase + 0.5) % 1))):
                foot = self.foot(p, side)
                ahead = foot.ankle[2] - 0.010 * float(np.cos(2 * np.pi * p))
                heights.append(foot.ankle[1] + np.sqrt(max(length**2 - ahead**2, 0.01)))
            top.append(min(heights))
        limit = np.minimum(np.array(top), HIP_UP - 0.001)
        wave = np.cos(4 * np.pi * phases)
        size = float(np.clip(-2 * np.mean((limit - limit.mean()) * wave), 0.009, 0.016))
        size *= self._small
        return float(np.min(limit + size * wave)), size

    def pose(self, time: float) -> Pose:
        """Return the pose at a time in seconds."""
        phase, small = self.phase(time), self._small
        wave = float(np.cos(2 * np.pi * phase))
        mean, size = self._bounce
        if self.speed > 0:
            shift = 0.010 * float(np.sin(2 * np.pi * (phase - 0.02))) * small
            drop = 0.006 * float(np.sin(2 * np.pi * phase)) * small
        else:
            shift, drop = 0.018 * self.sway, 0.008 * self.sway
        # The pelvis turns towards the leading leg, the shoulders against it.
        hip_turn = -0.10 * wave * small
        chest_turn = 0.12 * wave * small * self.swing
        pelvis = np.array([shift, mean - size * float(np.cos(4 * np.pi * phase)), 0.0])
        spine = np.array([-shift * 0.35, np.cos(self.lean), np.sin(self.lean)])
        yoke = pelvis + spine * (SHOULDER_UP - HIP_UP) + np.array([0.0, 0.0, -0.006])
        neck = pelvis + spine * (NECK_UP - HIP_UP) + np.array([0.0, 0.0, -0.002])
        ch, sh = np.cos(hip_turn), np.sin(hip_turn)
        ct, st = np.cos(chest_turn), np.sin(chest_turn)
        hips, knees, feet, shoulders, elbows, wrists = [], [], [], [], [], []
        for side, p, arm in ((1.0, phase, self.arms[0]), (-1.0, (phase + 0.5) % 1, self.arms[1])):
            foot = self.foot(p, side)
            hip = pelvis + np.array(
                [side * HIP_SIDE * ch, side * drop, -side * HIP_SIDE * sh * 2.0]
            )
            hips.append(hip)
            knees.append(bend(hip, foot.ankle, THIGH, SHANK, np.array([side * 0.08, 0.0, 1.0])))
            feet.append(foot)
            shoulder = yoke + np.array([side * SHOULDER_SIDE * ct, 0.0, -side * SHOULDER_SIDE * st])
            elbow, wrist = self._arm(shoulder, side, p, arm)
            shoulders.append(shoulder)
            elbows.append(elbow)
            wrists.append(wrist)
        return Pose(
            pelvis=pelvis,
            hips=hips,
            knees=knees,
            feet=feet,
            chest=pelvis + spine * (CHEST_UP - HIP_UP),
            shoulders=shoulders,
            elbows=elbows,
            wrists=wrists,
            neck=neck,
            head=neck + np.array([0.0, 0.026, 0.010]),
            hip_turn=hip_turn,
            chest_turn=chest_turn,
            head_turn=self.gaze,
            lean=self.lean,
            arms=self.arms,
        )

    def _arm(self, shoulder: Array, side: float, phase: float, arm: str) -> tuple[Array, Array]:
        """Return elbow and wrist."""
        if arm in _REACH:
            out, up, ahead = _REACH[arm]
            wrist = shoulder + np.array([side * out, up, ahead])
            out, up, ahead = (0.55, -0.9, 0.6) if arm == "call" else (0.6, -0.4, -0.7)
            towards = np.array([side * out, up, ahead])
            elbow = bend(shoulder, wrist, UPPER_ARM, FOREARM, towards)
            reach = wrist - elbow
            return elbow, elbow + reach / max(float(np.linalg.norm(reach)), 1e-6) * FOREARM
        # An arm goes forward with the opposite leg, so back with its own.
        beat = -float(np.cos(2 * np.pi * (phase - 0.03)))
        share, rest, out = (0.25, 0.14, 0.14) if arm == "carry" else (1.0, 0.20, 0.10)
        amount = self._small * self.swing * share
        angle = 0.37 * beat * amount - 0.02
        flex = rest + 0.26 * (0.5 + 0.5 * beat) * amount
        upper = np.array([side * out, -np.cos(angle), np.sin(angle)])
        elbow = shoulder + upper / np.linalg.norm(upper) * UPPER_ARM
        lower = np.array([side * 0.01, -np.cos(angle + flex), np.sin(angle + flex)])
        return elbow, elbow + lower / np.linalg.norm(lower) * FOREARM
