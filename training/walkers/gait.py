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
HEEL_BACK, BALL_AHEAD, TOE_AHEAD = 0.034, 0.072, 0.112
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


@dataclass(frozen=True)
class Foot:
    """A foot in the body's axes, units of stature.

    Attributes:
        ankle: Joint position, 3 floats.
        ball: Ball of the foot on the sole, 3 floats.
        heel: Back of the sole, 3 floats.
        pitch: Heel-up angle in radians, negative when the toes are up.
        planted: Whether the sole touches the ground.
    """

    ankle: Array
    ball: Array
    heel: Array
    pitch: float
    planted: bool


@dataclass(frozen=True)
class Pose:
    """Joint positions in the body's axes, units of stature; pairs are (right, left).

    Attributes:
        pelvis: Middle of the pelvis.
        hips: Hip joints.
        knees: Knee joints.
        feet: Feet.
        chest: Middle of the chest.
        shoulders: Shoulder joints.
        elbows: Elbow joints.
        wrists: Wrist joints.
        neck: Base of the neck.
        head: Base of the skull.
        hip_turn: Turn of the pelvis about the vertical, radians.
        chest_turn: Turn of the shoulders about the vertical, radians.
        head_turn: Turn of the head about the vertical, radians.
        lean: Forward lean of the trunk, radians.
        arms: What each arm does, see `Gait`.
    """

    pelvis: Array
    hips: tuple[Array, Array]
    knees: tuple[Array, Array]
    feet: tuple[Foot, Foot]
    chest: Array
    shoulders: tuple[Array, Array]
    elbows: tuple[Array, Array]
    wrists: tuple[Array, Array]
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
    """Return the middle joint of a two-segment limb.

    Args:
        top: Upper joint.
        bottom: Lower joint; where it is out of reach the limb is straight.
        upper: Length of the upper segment.
        lower: Length of the lower segment.
        towards: Direction the middle joint bends to.
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
        """Ground covered by two steps, in units of stature.

        Step length grows with the square root of speed, 0.38 statures at 1.35 m/s for 1.75 m.
        """
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

    def foot(self, phase: float, side: float) -> Foot:
        """Return a foot; `phase` runs over the stride, `side` is +1 right or -1 left."""
        x = side * (HIP_SIDE * 0.72 if self.speed > 0 else HIP_SIDE * 1.1)
        if self.speed <= 0:
            z = 0.012 * side * (1 + self.sway)
            return self._foot(x, z + BALL_AHEAD * 0.55, 0.0, 0.0, True)
        stride = self.stride
        # The ball of the foot is planted ahead of the pelvis and left behind by the same amount,
        # but for the foot's own length.
        first = stride * STANCE / 2 + 0.026
        last = first - stride * STANCE
        small = min(stride / 0.76, 1.0)
        strike, push = STRIKE_ANGLE * small, PUSH_ANGLE * small
        if phase < STANCE:
            ball = first - stride * phase
            if phase < FLAT:
                return self._foot(x, ball, 0.0, -strike * (1 - _smooth(phase / FLAT)), True)
            rise = max(phase - HEEL_OFF, 0) / (STANCE - HEEL_OFF)
            return self._foot(x, ball, 0.0, push * rise**1.45, True)
        u = (phase - STANCE) / (1 - STANCE)
        # Over the ground the foot starts and ends at rest, so it neither slips nor stamps.
        travelled = stride * (u**3 * (10 - 15 * u + 6 * u * u))
        ball = last + travelled - stride * (phase - STANCE)
        pitch = push * (1 - _smooth(u / 0.75)) * (1 + 0.35 * np.sin(np.pi * min(u / 0.5, 1)))
        pitch -= strike * _smooth((u - 0.45) / 0.55)
        lift = 0.030 * small * np.sin(np.pi * u) ** 2
        return self._foot(x, ball, lift, float(pitch), False)

    def _foot(self, x: float, ball_z: float, lift: float, pitch: float, planted: bool) -> Foot:
        c, s = np.cos(pitch), np.sin(pitch)
        length = BALL_AHEAD + HEEL_BACK
        if pitch >= 0:
            ball = np.array([x, lift, ball_z])
            ankle = ball + np.array([0.0, BALL_AHEAD * s + ANKLE * c, -BALL_AHEAD * c + ANKLE * s])
            heel = ball + np.array([0.0, length * s, -length * c])
        else:
            # With the toes up the foot rolls over its heel.
            heel = np.array([x, lift, ball_z - length])
            ball = heel + np.array([0.0, -length * s, length * c])
            ankle = heel + np.array([0.0, -HEEL_BACK * s + ANKLE * c, HEEL_BACK * c + ANKLE * s])
        return Foot(ankle, ball, heel, pitch, planted)

    @cached_property
    def _bounce(self) -> tuple[float, float]:
        """Mean height of the hips and how far they rise and fall, units of stature."""
        if self.speed <= 0:
            return HIP_UP - 0.004, 0.0
        # Highest hips that both legs can still reach, over the stride.
        phases = np.arange(20) / 20
        top = []
        for phase in phases:
            heights = []
            for side, p in ((1.0, phase), (-1.0, (phase + 0.5) % 1)):
                foot = self.foot(float(p), side)
                ahead = foot.ankle[2] - self._hip_ahead(float(p))
                length = (THIGH + SHANK) * STRETCH
                heights.append(foot.ankle[1] + np.sqrt(max(length**2 - ahead**2, 0.01)))
            top.append(min(heights))
        limit = np.minimum(np.array(top), HIP_UP - 0.001)
        wave = np.cos(4 * np.pi * phases)
        size = float(np.clip(-2 * np.mean((limit - limit.mean()) * wave), 0.009, 0.016))
        size *= min(self.stride / 0.76, 1.0)
        return float(np.min(limit + size * wave)), size

    @staticmethod
    def _hip_ahead(phase: float) -> float:
        return 0.010 * float(np.cos(2 * np.pi * phase))

    def pose(self, time: float) -> Pose:
        """Return the pose at a time in seconds."""
        phase = self.phase(time)
        other = (phase + 0.5) % 1
        moving = self.speed > 0
        wave = float(np.cos(2 * np.pi * phase)) if moving else 0.0
        small = min(self.stride / 0.76, 1.0) if moving else 0.0
        mean, size = self._bounce
        up = mean - size * float(np.cos(4 * np.pi * phase)) if moving else mean
        shift = (
            (0.010 * float(np.sin(2 * np.pi * (phase - 0.02))) * small)
            if moving
            else (0.018 * self.sway)
        )
        # The pelvis turns towards the leading leg, the shoulders against it.
        hip_turn = -0.10 * wave * small
        chest_turn = 0.12 * wave * small * self.swing
        pelvis = np.array([shift, up, 0.0])
        hips, knees, feet = [], [], []
        drop = 0.006 * float(np.sin(2 * np.pi * phase)) * small if moving else 0.008 * self.sway
        for side, p in ((1.0, phase), (-1.0, other)):
            foot = self.foot(p, side)
            hip = pelvis + np.array(
                [
                    side * HIP_SIDE * np.cos(hip_turn),
                    side * drop,
                    -side * HIP_SIDE * np.sin(hip_turn) * 2.0,
                ]
            )
            hips.append(hip)
            knees.append(bend(hip, foot.ankle, THIGH, SHANK, np.array([side * 0.08, 0.0, 1.0])))
            feet.append(foot)
        lean = self.lean
        spine = np.array([-shift * 0.35, np.cos(lean), np.sin(lean)])
        chest = pelvis + spine * (CHEST_UP - HIP_UP)
        yoke = pelvis + spine * (SHOULDER_UP - HIP_UP) + np.array([0.0, 0.0, -0.006])
        neck = pelvis + spine * (NECK_UP - HIP_UP) + np.array([0.0, 0.0, -0.002])
        head = neck + np.array([0.0, 0.026, 0.010])
        ct, st = np.cos(chest_turn), np.sin(chest_turn)
        shoulders, elbows, wrists = [], [], []
        for side, p, arm in ((1.0, phase, self.arms[0]), (-1.0, other, self.arms[1])):
            shoulder = yoke + np.array([side * SHOULDER_SIDE * ct, 0.0, -side * SHOULDER_SIDE * st])
            elbow, wrist = self._arm(shoulder, side, p, arm, small)
            shoulders.append(shoulder)
            elbows.append(elbow)
            wrists.append(wrist)
        return Pose(
            pelvis=pelvis,
            hips=(hips[0], hips[1]),
            knees=(knees[0], knees[1]),
            feet=(feet[0], feet[1]),
            chest=chest,
            shoulders=(shoulders[0], shoulders[1]),
            elbows=(elbows[0], elbows[1]),
            wrists=(wrists[0], wrists[1]),
            neck=neck,
            head=head,
            hip_turn=hip_turn,
            chest_turn=chest_turn,
            head_turn=self.gaze,
            lean=lean,
            arms=self.arms,
        )

    def _arm(
        self, shoulder: Array, side: float, phase: float, arm: str, small: float
    ) -> tuple[Array, Array]:
        """Return elbow and wrist."""
        if arm in ("swing", "carry"):
            # An arm goes forward with the opposite leg, so back with its own.
            beat = -float(np.cos(2 * np.pi * (phase - 0.03)))
            amount = small * self.swing * (0.25 if arm == "carry" else 1.0)
            angle = 0.37 * beat * amount - 0.02
            flex = (0.14 if arm == "carry" else 0.20) + 0.26 * (0.5 + 0.5 * beat) * amount
            out = 0.10 if arm == "swing" else 0.14
            upper = np.array([side * out, -np.cos(angle), np.sin(angle)])
            elbow = shoulder + upper / np.linalg.norm(upper) * UPPER_ARM
            lower = np.array([side * 0.01, -np.cos(angle + flex), np.sin(angle + flex)])
            return elbow, elbow + lower / np.linalg.norm(lower) * FOREARM
        out_back = np.array([side * 0.6, -0.4, -0.7])
        target = {
            "phone": np.array([-side * 0.055, -0.115, 0.165]),
            "call": np.array([-side * 0.026, 0.070, 0.050]),
            "pocket": np.array([side * 0.022, -0.292, 0.040]),
            "hold": np.array([-side * 0.030, -0.100, 0.130]),
            "push": np.array([-side * 0.020, -0.215, 0.205]),
            "fold": np.array([-side * 0.150, -0.125, 0.105]),
        }[arm]
        if arm == "call":
            out_back = np.array([side * 0.55, -0.9, 0.6])
        wrist = shoulder + target
        elbow = bend(shoulder, wrist, UPPER_ARM, FOREARM, out_back)
        reach = wrist - elbow
        return elbow, elbow + reach / max(float(np.linalg.norm(reach)), 1e-6) * FOREARM
