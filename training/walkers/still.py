"""Random scenes: a place, a camera, people and things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from training.walkers import backdrop, layout, props
from training.walkers.camera import Camera
from training.walkers.finish import finish
from training.walkers.layout import Layout
from training.walkers.light import Light, random_light
from training.walkers.scene import (
    WalkerImage,
    compose,
    contact,
    darken,
    draw_thing,
    draw_walker,
)
from training.walkers.shapes import Solid
from training.walkers.walker import Walker, random_walker


def random_camera(rng: np.random.Generator, place: Layout, width: int, height: int) -> Camera:
    """Draw a camera: at eye level, or higher up as cameras on poles are."""
    focal = width / 2 / np.tan(np.deg2rad(rng.uniform(38, 72)) / 2)
    if place.kind == "corridor":
        lens = float(rng.uniform(1.2, min(place.ceiling - 0.4, 2.9)))
    else:
        lens = float(rng.uniform(1.1, 2.2) if rng.random() < 0.62 else rng.uniform(2.2, 6.0))
    high = lens > 2.3
    share = float(rng.uniform(-0.05, 0.34) if high else rng.uniform(0.30, 0.52))
    pitch = float(np.arctan((0.5 - share) * height / focal))
    yaw = float(rng.normal(0, 0.22))
    if place.kind == "street" and rng.random() < 0.35:
        yaw = float(rng.choice([-1, 1]) * rng.uniform(0.5, 1.5))
    elif place.kind == "corridor":
        yaw = float(rng.normal(0, 0.12))
    roll = float(rng.normal(0, 0.012))
    return Camera(width, height, float(focal), lens, pitch, yaw, roll)


def random_layout(rng: np.random.Generator) -> tuple[Layout, Light]:
    """Draw a place and its light."""
    kind = rng.choice(["street", "square", "park", "corridor"], p=[0.46, 0.24, 0.18, 0.12])
    if kind == "corridor":
        return layout.corridor(rng), random_light(rng, "indoor")
    light = random_light(rng)
    if kind == "street":
        return layout.street(rng, light.dark), light
    if kind == "square":
        return layout.square(rng, light.dark), light
    return layout.park(rng, light.dark), light


def _spot(
    rng: np.random.Generator,
    place: Layout,
    camera: Camera,
    taken: list[tuple[float, float, float]],
    low: float,
    high: float,
    margin: float,
    spread: float = 0.0,
    tries: int = 40,
) -> tuple[float, float] | None:
    """Find a free place where a person would be `low` to `high` pixels tall."""
    right, _, ahead = camera.rotation
    for _ in range(tries):
        tall = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        depth = camera.focal * 1.7 / tall
        side = float(rng.uniform(-0.5 - spread, 0.5 + spread)) * camera.width / camera.focal * depth
        flat = np.hypot(ahead[0], ahead[2])
        x = float(right[0] * side + ahead[0] / flat * depth)
        z = float(right[2] * side + ahead[2] / flat * depth)
        if rng.random() > place.appeal(x, z):
            continue
        if all((x - a) ** 2 + (z - b) ** 2 > (margin + r) ** 2 for a, b, r in taken):
            return x, z
    return None


def scatter_things(
    rng: np.random.Generator,
    place: Layout,
    camera: Camera,
    light: Light,
    taken: list[tuple[float, float, float]],
    small: int,
) -> list[Solid]:
    """Return props at their places; adds their foot-prints (x, z, radius in metres) to `taken`.

    Args:
        rng: Source of randomness.
        place: The place.
        camera: Props keep clear of it and are left out where it cannot see them.
        light: Decides whether lamps are on.
        taken: Foot-prints that are taken already.
        small: How many small props to try to place.
    """
    solids: list[Solid] = []

    def put(make: Callable[[], Solid], x: float, z: float, turn: float, radius: float) -> None:
        seen = camera.to_camera(np.array([x, 1.0, z], np.float32))
        # A prop right before the lens would hide the scene.
        if seen[2] < 1.5 + radius or abs(seen[0]) > seen[2] * camera.width / camera.focal + 6:
            return
        if any((x - a) ** 2 + (z - b) ** 2 < (radius + r) ** 2 for a, b, r in taken):
            return
        taken.append((x, z, radius))
        solids.append(make().placed(x, z, turn))

    lamp = partial(props.lamp, rng, light.dark)

    def detail(x: float, z: float) -> float:
        return float(np.clip(camera.focal / 45 / max(np.hypot(x, z), 2.0), 0.15, 4.0))

    if place.kind == "street":
        sides = (
            [place.low + 0.2, place.high - 0.2]
            if place.road is None
            else [place.road[0] - 0.5, place.road[1] + 0.5]
        )
        lamps, trees, cars = rng.random() < 0.75, rng.random() < 0.4, rng.random() < 0.6
        for side, x in enumerate(sides):
            for k in range(-3, 5):
                z = 4.0 + backdrop.LAMP_SPACING * k
                if lamps:
                    turn = np.pi / 2 if side == 0 else -np.pi / 2
                    put(lamp, x, z, turn, 0.2)
                if trees:
                    tree = partial(props.tree, rng, detail(x, z + 7))
                    put(tree, x, z + 7, rng.uniform(0, 6), 0.4)
            if place.road is not None and cars:
                inside = place.road[0] + 1.2 if side == 0 else place.road[1] - 1.2
                for z in np.arange(-18, 60, 6.2):
                    if rng.random() < 0.4:
                        put(
                            partial(props.car, rng),
                            inside,
                            z + rng.uniform(-0.4, 0.4),
                            0.0 if side else np.pi,
                            2.2,
                        )
    elif place.kind == "park":
        for _ in range(int(rng.integers(5, 12))):
            x, z = float(rng.uniform(-24, 24)), float(rng.uniform(5, 60))
            if place.appeal(x, z) < 1:
                put(partial(props.tree, rng, detail(x, z)), x, z, rng.uniform(0, 6), 0.6)
        for _ in range(int(rng.integers(2, 9))):
            x, z = float(rng.uniform(-16, 16)), float(rng.uniform(5, 50))
            if place.appeal(x, z) < 1:
                put(partial(props.bush, rng, detail(x, z)), x, z, rng.uniform(0, 6), 0.9)
        far = [(x, float(rng.uniform(75, 95))) for x in np.arange(-90, 90, 7.0)]
        for x, z in far:
            seen = camera.to_camera(np.array([x, 1.0, z], np.float32))
            if abs(seen[0]) < seen[2] * 0.55 * camera.width / camera.focal + 6:
                solids.append(props.tree(rng, 0.22).placed(x + rng.uniform(-3, 3), z, 0.0, 1.3))
    elif place.kind == "square":
        for _ in range(int(rng.integers(0, 5))):
            x, z = float(rng.uniform(-14, 14)), float(rng.uniform(8, place.depth))
            put(partial(props.tree, rng, detail(x, z)), x, z, rng.uniform(0, 6), 0.5)
        if rng.random() < 0.6:
            for k in range(3):
                put(lamp, float(rng.uniform(-12, 12)), 6.0 + 9 * k, rng.uniform(0, 6), 0.2)
    names = list(props.SMALL)
    for _ in range(small):
        found = _spot(rng, place, camera, taken, 22, 220, 0.5, 0.1)
        name = names[int(rng.integers(len(names)))]
        if place.kind == "corridor" and name in ("hydrant", "bollard", "post box", "sign"):
            name = str(rng.choice(["bin", "planter", "bench"]))
        if found is not None:
            put(partial(props.SMALL[name], rng), *found, rng.uniform(0, 2 * np.pi), 0.45)
    return solids


def _people(
    rng: np.random.Generator,
    place: Layout,
    camera: Camera,
    light: Light,
    taken: list[tuple[float, float, float]],
) -> list[Walker]:
    if rng.random() < 0.06:
        return []
    count = 1 + int(np.clip(rng.gamma(2.0, 3.2), 0, 13))
    cold = float(rng.uniform(0, 1)) if place.kind != "corridor" else float(rng.uniform(0, 0.5))
    rain = light.name in ("overcast", "night", "dusk") and rng.random() < 0.2
    people: list[Walker] = []
    while len(people) < count:
        band = rng.random()
        low, high = (20.0, 45.0) if band < 0.2 else (40.0, 240.0) if band < 0.92 else (220.0, 400.0)
        low, high = (limit * camera.height_px / 384 for limit in (low, high))
        found = _spot(rng, place, camera, taken, low, high, 0.28, 0.02, tries=40 if people else 400)
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
            x2, z2 = x + c * side + s * back, z - s * side + c * back
            if place.appeal(x2, z2) == 0 or any(
                (x2 - a) ** 2 + (z2 - b) ** 2 < (0.2 + r) ** 2 for a, b, r in taken
            ):
                break
            mate = random_walker(rng, x2, z2, cold=cold, rain=rain, along=False)
            gait = replace(mate.gait, speed=walker.gait.speed)
            people.append(replace(mate, gait=gait, heading=walker.heading))
            taken.append((x2, z2, 0.22))
            x, z = x2, z2
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
    place, light = random_layout(rng)
    camera = random_camera(rng, place, width, height)
    taken: list[tuple[float, float, float]] = []
    people = _people(rng, place, camera, light, taken)
    feet = [spot for walker in people for spot in walker.feet(0.0)]
    standing = len(taken)
    things = scatter_things(rng, place, camera, light, taken, int(rng.integers(0, 7)))
    behind = backdrop.render(place, camera, light, rng)
    image = behind.image
    mask = np.zeros((height, width), np.uint8)
    sprites = [draw_walker(walker, 0.0, camera, light, mask, place) for walker in people]
    for thing in things:
        sprites.append(draw_thing(thing, camera, light, mask, place))
    darken(image, behind.ground, mask, camera, light)
    contact(image, behind.ground, feet + taken[standing:], camera, light)
    boxes, visibility = compose(image, [sprite for sprite in sprites if sprite is not None])
    return WalkerImage(finish(image, light, rng), boxes, visibility)
