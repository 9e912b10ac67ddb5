"""A person who walks a straight line through a scene."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from training.walkers import props
from training.walkers.person.body import figure
from training.walkers.person.carried import arms_for
from training.walkers.person.gait import Gait
from training.walkers.person.look import Look, random_look
from training.walkers.shapes import CARRIED, Solid, joined

Footprint = tuple[float, float, float]
"""A place on the ground that is taken: x, z and radius, metres."""


@dataclass(frozen=True)
class Walker:
    """A person in a scene.

    Attributes:
        look: Appearance.
        gait: Way of walking.
        x: World x at time 0, metres.
        z: World z at time 0, metres.
        heading: Direction of travel, radians from +z towards +x.
    """

    look: Look
    gait: Gait
    x: float
    z: float
    heading: float

    def at(self, time: float) -> tuple[float, float]:
        """Return world x and z at a time in seconds."""
        way = self.gait.speed * time
        dx, dz = float(np.sin(self.heading)), float(np.cos(self.heading))
        return self.x + way * dx, self.z + way * dz

    def feet(self, time: float) -> list[Footprint]:
        """Return the footprints of the soles on the ground at a time in seconds."""
        x, z = self.at(time)
        c, s = float(np.cos(self.heading)), float(np.sin(self.heading))
        prints = []
        for foot in self.gait.pose(time).feet:
            # The darkness below a foot comes and goes with its height.
            near = 1 - min(float(foot.ball[1]) / 0.03, 1.0)
            middle = (foot.ball * 0.6 + foot.heel * 0.4) * self.look.stature
            a, b = float(middle[0]), float(middle[2])
            prints.append((x + a * c + b * s, z - a * s + b * c, 0.07 + 0.10 * near))
        return prints

    def solid(self, time: float, segments: int) -> Solid:
        """Return the person's solid at a time in seconds, in world coordinates."""
        x, z = self.at(time)
        solid = figure(self.gait.pose(time), self.look, segments)
        if self.look.bag == "pram":
            solid = joined([solid, self._pram])
        return solid.placed(x, z, self.heading)

    @cached_property
    def _pram(self) -> Solid:
        # The look has no generator left, but a number of its own.
        solid = props.pram(np.random.default_rng(int(self.look.folds * 1e6)))
        solid = solid.placed(0.0, 0.50 + 0.205 * self.look.stature)
        return replace(solid, kind=np.full(len(solid), CARRIED, np.uint8))


def random_walker(
    rng: np.random.Generator,
    x: float,
    z: float,
    *,
    cold: float,
    rain: bool,
    along: bool,
    still: float = 0.18,
) -> Walker:
    """Draw a person at a place; `along` favours walking along z."""
    look = random_look(rng, cold=cold, rain=rain)
    standing = rng.random() < still
    speed = 0.0 if standing else float(np.clip(rng.normal(1.32, 0.18), 0.7, 1.8))
    speed *= (look.stature / 1.75) ** 0.5
    if standing and look.bag == "pram":
        look = replace(look, bag="")
    arms = arms_for(look, rng)
    if standing and arms == ("swing", "swing") and rng.random() < 0.3:
        arms = ("fold", "fold")
    long_skirt = look.bottom in ("skirt", "dress") and look.hem < 0.26
    gait = Gait(
        look.stature,
        speed,
        float(rng.random()),
        arms,
        pace=0.85 if long_skirt else 1.0,
        swing=float(rng.uniform(0.5, 1.25)),
        lean=float(rng.normal(0.035, 0.02)),
        gaze=float(rng.normal(0, 0.25)),
        sway=float(rng.uniform(-1, 1)),
    )
    if along and rng.random() < 0.7:
        heading = float(rng.choice([0.0, np.pi]) + rng.normal(0, 0.15))
    else:
        heading = float(rng.uniform(0, 2 * np.pi))
    return Walker(look, gait, x, z, heading)
