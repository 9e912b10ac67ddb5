"""Bags and umbrellas, held by a pose."""

from __future__ import annotations

import numpy as np

from training.walkers.arrays import Array
from training.walkers.colors import Bgr, tinted
from training.walkers.person.gait import Pose, cross, unit
from training.walkers.person.look import Look
from training.walkers.shapes import CARRIED, LEVEL, Rings

_X, _Y, _Z = np.eye(3)


def arms_for(look: Look, rng: np.random.Generator) -> tuple[str, str]:
    """Return what the right and the left arm do, given what has to be held."""
    other = str(rng.choice(["swing", "pocket", "phone", "call"], p=[0.82, 0.08, 0.07, 0.03]))
    if look.umbrella:
        return "hold", other if other == "pocket" else "swing"
    if look.bag == "pram":
        return "push", "push"
    if look.bag in ("tote", "handbag", "case"):
        return "carry", other
    if look.bag == "shoulder" and rng.random() < 0.4:
        return "swing", "swing"
    if other == "swing" and rng.random() < 0.07:
        return "pocket", "pocket"
    return ("swing", other) if rng.random() < 0.5 else (other, "swing")


def add_carried(rings: Rings, pose: Pose, look: Look) -> None:
    """Add what a person carries; none of it counts as the person."""
    turn, color, girth = pose.chest_turn, look.bag_color, look.girth
    right = np.array([np.cos(turn), 0.0, -np.sin(turn)])
    front = np.array([np.sin(turn), 0.0, np.cos(turn)])
    hand = pose.wrists[0] + np.array([0.0, -0.045, 0.008])
    if look.bag == "backpack":
        back = (pose.chest + pose.neck) / 2 - front * (0.062 * girth + 0.028)
        _sack(rings, back + _Y * 0.015, (right, front), (0.078, 0.048, 0.130), color)
        ahead = front * (0.070 * girth + 0.012)
        for side in (-1, 1):
            top = pose.neck + right * side * 0.068
            strap = [
                top - front * 0.05 - _Y * 0.02,
                top + front * 0.006 + _Y * 0.004,
                top + ahead * 0.85 - _Y * 0.06,
                top + ahead - _Y * 0.13,
                top + front * 0.02 - _Y * 0.20,
            ]
            _strap(rings, strap, color)
    elif look.bag == "shoulder":
        at = pose.hips[0] + np.array([0.062 * girth + 0.02, 0.0, -0.012])
        _sack(rings, at, (front, right), (0.075, 0.026, 0.062), color)
        chest = pose.chest + front * (0.078 * girth + 0.012)
        shoulder = pose.neck - right * 0.055 + front * 0.02 + _Y * 0.002
        _strap(rings, [at + _Y * 0.05 + front * 0.03, chest, shoulder], color)
    elif look.bag in ("tote", "handbag"):
        tote = look.bag == "tote"
        size = (0.085, 0.030, 0.095) if tote else (0.062, 0.030, 0.048)
        at = hand - _Y * (size[2] + (0.085 if tote else 0.035))
        _sack(rings, at, (front, right), size, color)
        for way in (-1, 1):
            _strap(rings, [at + _Y * size[2] * 0.9 + front * way * size[0] * 0.5, hand], color)
    elif look.bag == "case":
        at = np.array([pose.wrists[0][0] + 0.01, 0.175, pose.wrists[0][2] - 0.20])
        _sack(rings, at, (right, front), (0.115, 0.070, 0.165), color, 5.0)
        _strap(rings, [at + _Y * 0.15, hand], (0.25, 0.25, 0.25))
    for arm, elbow, wrist in zip(pose.arms, pose.elbows, pose.wrists, strict=True):
        if arm in ("phone", "call"):
            at = wrist + unit(wrist - elbow) * 0.055 + _Y * 0.014
            _sack(rings, at, (right, front), (0.020, 0.006, 0.042), (0.08, 0.08, 0.08), 6.0)
    if look.umbrella:
        grip = pose.wrists[0] + np.array([0.0, 0.01, 0.03])
        top = grip + np.array([-0.03, 0.42, -0.03])
        _strap(rings, [grip - _Y * 0.05, top], (0.15, 0.15, 0.15))
        rings.part(CARRIED, True)
        for u in (0.0, 0.25, 0.5, 0.75, 1.0):
            half = 0.33 * np.sin(u * 1.15) + 0.002
            center = top - _Y * 0.27 * (1 - np.cos(u * 1.15))
            rings.ring(center, LEVEL, half, half, look.umbrella_color, rough=0.05)


def _sack(
    rings: Rings,
    center: Array,
    axes: tuple[Array, Array],
    half: tuple[float, float, float],
    color: Bgr,
    power: float = 3.2,
) -> None:
    """Add a bag of some half-width, half-depth and half-height."""
    rings.part(CARRIED, False, 0.10)
    for up, size in zip(
        (-1.0, -0.98, -0.85, -0.2, 0.4, 0.8, 0.97, 1.0),
        (0.05, 0.80, 0.97, 1.0, 0.96, 0.85, 0.55, 0.05),
        strict=True,
    ):
        tone = tinted(color, 0.88) if up < -0.2 else color
        at = center + _Y * up * half[2]
        rings.ring(at, axes, half[0] * size, half[1] * size, tone, power=power, rough=0.10)


def _strap(rings: Rings, points: list[Array], color: Bgr) -> None:
    rings.part(CARRIED, False, 0.13)
    for i, point in enumerate(points):
        along = unit(points[min(i + 1, len(points) - 1)] - points[max(i - 1, 0)])
        side = unit(cross(along, _Z if abs(along[2]) < 0.9 else _X))
        rings.ring(point, (side, cross(side, along)), 0.009, 0.005, tinted(color, 0.8))
