"""Random scenes: a place, a camera, people and things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from training.walkers import backdrop, plants, props
from training.walkers.backdrop import LAMP_SPACING, View
from training.walkers.camera import Camera, finish
from training.walkers.colors import choose
from training.walkers.light import random_light
from training.walkers.person.walker import Footprint, Walker, random_walker
from training.walkers.place import corridor, park, square, street
from training.walkers.scene import WalkerImage, compose, draw_thing, draw_walker, shade_ground
from training.walkers.shapes import Solid


def random_view(rng: np.random.Generator, width: int, height: int) -> View:
    """Draw a place, its light, and a camera at eye level or higher up, as cameras on poles are."""
    kind = rng.choice(["street", "square", "park", "corridor"], p=[0.46, 0.24, 0.18, 0.12])
    if kind == "corridor":
        place, light = corridor(rng), random_light(rng, "indoor")
    else:
        light = random_light(rng)
        makers = {"street": street, "square": square, "park": park}
        place = makers[kind](rng, light.dark)
    focal = float(width / 2 / np.tan(np.deg2rad(rng.uniform(38, 72)) / 2))
    if place.ceiling:
        lens = float(rng.uniform(1.2, min(place.ceiling - 0.4, 2.9)))
    else:
        lens = float(rng.uniform(1.1, 2.2) if rng.random() < 0.62 else rng.uniform(2.2, 6.0))
    share = float(rng.uniform(-0.05, 0.34) if lens > 2.3 else rng.uniform(0.30, 0.52))
    pitch = float(np.arctan((0.5 - share) * height / focal))
    yaw = float(rng.normal(0, 0.22))
    if place.kind == "street" and rng.random() < 0.35:
        yaw = float(rng.choice([-1, 1]) * rng.uniform(0.5, 1.5))
    elif place.ceiling:
        yaw = float(rng.normal(0, 0.12))
    roll = float(rng.normal(0, 0.012))
    return View(place, light, Camera(width, height, focal, lens, pitch, yaw, roll))


def _free(x: float, z: float, radius: float, taken: list[Footprint]) -> bool:
    return all((x - a) ** 2 + (z - b) ** 2 > (radius + r) ** 2 for a, b, r in taken)


def _spot(
    rng: np.random.Generator,
    view: View,
    taken: list[Footprint],
    low: float,
    high: float,
    margin: float,
    spread: float,
    tries: int = 40,
) -> tuple[float, float] | None:
    """Find a free place where a person would be `low` to `high` pixels tall."""
    camera = view.camera
    for _ in range(tries):
        tall = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        depth = camera.focal * 1.7 / tall
        side = float(rng.uniform(-0.5 - spread, 0.5 + spread)) * camera.width / camera.focal * depth
        x, z = camera.ground_at(side, depth)
        if rng.random() <= view.place.appeal(x, z) and _free(x, z, margin, taken):
            return x, z
    return None


def scatter_things(
    rng: np.random.Generator, view: View, taken: list[Footprint], small: int
) -> list[Solid]:
    """Return props at their places; adds their footprints to `taken`.

    Args:
        rng: Source of randomness.
        view: Props keep clear of the camera and are left out where it cannot see them.
        taken: Footprints that are taken already.
        small: How many small props to try to place.
    """
    place, camera = view.place, view.camera
    solids: list[Solid] = []

    def put(make: Callable[[], Solid], x: float, z: float, turn: float, radius: float) -> None:
        seen = camera.to_camera(np.array([x, 1.0, z], np.float32))
        # A prop right before the lens would hide the scene.
        if seen[2] < 1.5 + radius or abs(seen[0]) > seen[2] * camera.width / camera.focal + 6:
            return
        if _free(x, z, radius, taken):
            taken.append((x, z, radius))
            solids.append(make().placed(x, z, turn))

    def put_plant(
        make: Callable[[np.random.Generator, float], Solid], x: float, z: float, radius: float
    ) -> None:
        detail = float(np.clip(camera.focal / 45 / max(np.hypot(x, z), 2.0), 0.15, 4.0))
        put(partial(make, rng, detail), x, z, rng.uniform(0, 6), radius)

    lamp = partial(props.lamp, rng, view.light.dark)
    if place.kind == "street":
        left, right = place.low + 0.2, place.high - 0.2
        if place.road is not None:
            left, right = place.road[0] - 0.5, place.road[1] + 0.5
        lamps, trees, cars = rng.random() < 0.75, rng.random() < 0.4, rng.random() < 0.6
        for x, way in ((left, 1), (right, -1)):
            for k in range(-3, 5):
                z = 4.0 + LAMP_SPACING * k
                if lamps:
                    put(lamp, x, z, way * np.pi / 2, 0.2)
                if trees:
                    put_plant(plants.tree, x, z + 7, 0.4)
            if place.road is not None and cars:
                inside = place.road[0] + 1.2 if way > 0 else place.road[1] - 1.2
                turn = np.pi if way > 0 else 0.0
                for z in np.arange(-18, 60, 6.2):
                    if rng.random() < 0.4:
                        put(partial(props.car, rng), inside, z + rng.uniform(-0.4, 0.4), turn, 2.2)
    elif place.kind == "park":
        for make, fewest, most, wide, far, radius in (
            (plants.tree, 5, 12, 24, 60, 0.6),
            (plants.bush, 2, 9, 16, 50, 0.9),
        ):
            for _ in range(int(rng.integers(fewest, most))):
                x, z = float(rng.uniform(-wide, wide)), float(rng.uniform(5, far))
                if place.appeal(x, z) < 1:
                    put_plant(make, x, z, radius)
        for x, z in [(x, float(rng.uniform(75, 95))) for x in np.arange(-90, 90, 7.0)]:
            seen = camera.to_camera(np.array([x, 1.0, z], np.float32))
            if abs(seen[0]) < seen[2] * 0.55 * camera.width / camera.focal + 6:
                solids.append(plants.tree(rng, 0.22).placed(x + rng.uniform(-3, 3), z, 0.0, 1.3))
    elif place.kind == "square":
        for _ in range(int(rng.integers(0, 5))):
            put_plant(
                plants.tree, float(rng.uniform(-14, 14)), float(rng.uniform(8, place.depth)), 0.5
            )
        if rng.random() < 0.6:
            for k in range(3):
                put(lamp, float(rng.uniform(-12, 12)), 6.0 + 9 * k, rng.uniform(0, 6), 0.2)
    for _ in range(small):
        found = _spot(rng, view, taken, 22, 220, 0.5, 0.1)
        name = choose(rng, list(props.SMALL))
        if place.ceiling and name in ("hydrant", "bollard", "post box", "sign"):
            name = str(rng.choice(["bin", "planter", "bench"]))
        if found is not None:
            put(partial(props.SMALL[name], rng), *found, rng.uniform(0, 2 * np.pi), 0.45)
    return solids


def _people(rng: np.random.Generator, view: View, taken: list[Footprint]) -> list[Walker]:
    place = view.place
    if rng.random() < 0.06:
        return []
    count = 1 + int(np.clip(rng.gamma(2.0, 3.2), 0, 13))
    cold = float(rng.uniform(0, 0.5 if place.ceiling else 1))
    rain = view.light.name in ("overcast", "night", "dusk") and rng.random() < 0.2
    people: list[Walker] = []
    while len(people) < count:
        band = rng.random()
        low, high = (20.0, 45.0) if band < 0.2 else (40.0, 240.0) if band < 0.92 else (220.0, 400.0)
        low, high = (limit * view.camera.height_px / 384 for limit in (low, high))
        found = _spot(rng, view, taken, low, high, 0.28, 0.02, tries=40 if people else 400)
        if found is None:
            count -= 1
            continue
        x, z = found
        walker = random_walker(rng, x, z, cold=cold, rain=rain, along=place.kind != "square")
        people.append(walker)
        taken.append((x, z, 0.22))
        # People often walk in twos and threes.
        while len(people) < count and rng.random() < 0.24:
            side = float(rng.choice([-1, 1]) * rng.uniform(0.5, 0.75))
            back = float(rng.normal(0, 0.18))
            c, s = np.cos(walker.heading), np.sin(walker.heading)
            x, z = x + c * side + s * back, z - s * side + c * back
            if place.appeal(x, z) == 0 or not _free(x, z, 0.2, taken):
                break
            mate = random_walker(rng, x, z, cold=cold, rain=rain, along=False)
            gait = replace(mate.gait, speed=walker.gait.speed)
            people.append(replace(mate, gait=gait, heading=walker.heading))
            taken.append((x, z, 0.22))
    return people


def render_still(seed: int, width: int = 640, height: int = 384) -> WalkerImage:
    """Render a random scene.

    Args:
        seed: The same seed gives the same picture.
        width: Pixels.
        height: Pixels.

    Returns:
        The picture with 0 to 14 people.
    """
    rng = np.random.default_rng(seed)
    view = random_view(rng, width, height)
    taken: list[Footprint] = []
    people = _people(rng, view, taken)
    feet = [foot for walker in people for foot in walker.feet(0.0)]
    standing = len(taken)
    things = scatter_things(rng, view, taken, int(rng.integers(0, 7)))
    behind = backdrop.render(view, rng)
    mask = np.zeros((height, width), np.uint8)
    sprites = [draw_walker(walker, 0.0, view, mask) for walker in people]
    sprites += [draw_thing(thing, view, mask) for thing in things]
    shade_ground(behind, mask, feet + taken[standing:], view)
    boxes, visibility = compose(behind.image, [sprite for sprite in sprites if sprite is not None])
    return WalkerImage(finish(behind.image, view.light, rng), boxes, visibility)
