"""What a person looks like: build, hair, clothes and what is carried, drawn at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.walkers.colors import BRIGHT, MUTED, Bgr, palette, random_color

SKIN = palette("f0cdb4 e8bd9f dfae8c d19c78 bd8560 9f6a48 7d5036 5c3a28 f2d3bf e3b594")
HAIR = palette("1c1714 241c18 33241a 4a3324 6b4a30 8f6a42 b8935e 7a3f22 15130f 2e2520")
GREY = palette("8f8c89 b9b6b1 6f6d6b")
DENIM = palette("2b3a55 3a4f74 56709a 1f2737 7189ab")
CHINO = palette("1c1d21 2a2b30 9c8a6b 6d6250 4a4c50 7d7f80 39404d")
SHOES = palette("151515 201a16 2c221b d9d7d2 4a3626 7e2f2b 33404f")


@dataclass(frozen=True)
class Look:
    """The appearance of one person.

    Attributes:
        stature: Height in metres, without hat and shoes.
        child: 0 adult to 1 small child; sets the proportion of the head.
        woman: 0 a man's build to 1 a woman's.
        girth: Thickness relative to the average.
        hair_style: "short", "bald", "bob", "long", "bun", "ponytail" or "scarf".
        hat: "", "cap", "beanie", "brim" or "hood".
        top: "shirt" (short sleeves), "jumper", "jacket", "coat", "vest" (puffer without sleeves).
        under_color: Of the shirt that shows under an open jacket.
        open_top: Whether a jacket, coat or vest is open.
        stripe: "", "hoops", "yoke" or "band": a second colour on the top.
        bottom: "trousers", "shorts", "skirt", "dress", "leggings" or "wide".
        hem: Height of the hem of skirt, dress or coat, units of stature.
        bag: "", "backpack", "shoulder", "tote", "case", "handbag" or "pram".
        umbrella: Whether an open umbrella is held.
        folds: Random offset of the fold texture.
    """

    stature: float
    child: float
    woman: float
    girth: float
    skin: Bgr
    hair: Bgr
    hair_style: str
    hat: str
    hat_color: Bgr
    beard: bool
    top: str
    top_color: Bgr
    under_color: Bgr
    open_top: bool
    stripe: str
    stripe_color: Bgr
    bottom: str
    bottom_color: Bgr
    hem: float
    shoe_color: Bgr
    bag: str
    bag_color: Bgr
    umbrella: bool
    umbrella_color: Bgr
    folds: float


def random_look(rng: np.random.Generator, *, cold: float = 0.5, rain: bool = False) -> Look:
    """Draw a look.

    Args:
        rng: Source of randomness.
        cold: 0 summer to 1 winter; sets how much people wear.
        rain: Whether umbrellas are up.
    """

    def one(options: list[Bgr]) -> Bgr:
        return random_color(rng, options, 0.85, 1.15)

    def pick(options: list[str], weights: list[float]) -> str:
        p = np.array(weights, float)
        return str(rng.choice(options, p=p / p.sum()))

    young = bool(rng.random() < 0.09)
    woman = bool(rng.random() < 0.5)
    age = float(rng.uniform(0.25, 1.0)) if young else 0.0
    if young:
        stature = 1.62 - 0.62 * age
    else:
        stature = float(np.clip(rng.normal(1.65 if woman else 1.77, 0.07), 1.45, 2.0))
    girth = float(np.clip(rng.lognormal(0.0, 0.10), 0.84, 1.32))
    muted = MUTED if rng.random() < 0.35 + 0.4 * cold else BRIGHT
    top = pick(
        ["shirt", "jumper", "jacket", "coat", "vest"],
        [1.0 * (1 - cold) ** 2 + 0.02, 0.7, 0.45 + 0.5 * cold, 0.75 * cold**1.5, 0.12 * cold],
    )
    if woman:
        bottom = pick(
            ["trousers", "shorts", "skirt", "dress", "leggings", "wide"],
            [0.8, 0.25 * (1 - cold), 0.3, 0.3 * (1 - cold) + 0.05, 0.5, 0.25],
        )
    else:
        bottom = pick(["trousers", "shorts", "wide"], [1.0, 0.45 * (1 - cold) ** 1.5, 0.2])
    if bottom in ("trousers", "shorts", "wide"):
        bottom_color = one(DENIM if rng.random() < 0.5 else CHINO)
    elif bottom == "leggings":
        bottom_color = one(MUTED[:5])
    else:
        bottom_color = one(MUTED if rng.random() < 0.45 else BRIGHT)
    top_color = one(muted)
    if bottom == "dress" and top in ("shirt", "vest"):
        top_color = bottom_color
    if bottom in ("skirt", "dress"):
        hem = float(rng.choice([0.34, 0.28, 0.22, 0.14], p=[0.3, 0.4, 0.2, 0.1]))
    else:
        hem = float(rng.choice([0.40, 0.30, 0.20], p=[0.45, 0.4, 0.15]))
    older = rng.random() < 0.14 and not young
    if woman:
        hair_style = pick(
            ["long", "bob", "ponytail", "bun", "short", "scarf"], [0.4, 0.2, 0.2, 0.08, 0.1, 0.06]
        )
    else:
        hair_style = pick(["short", "bald", "bob"], [0.84, 0.09, 0.05])
    hat = pick(["", "cap", "beanie", "brim", "hood"], [1.0, 0.13, 0.22 * cold, 0.05, 0.10 * cold])
    if hair_style == "scarf":
        hat = ""
    bag = pick(
        ["", "backpack", "shoulder", "tote", "case", "handbag", "pram"],
        [1.0, 0.30, 0.18, 0.12, 0.05, 0.16 if woman else 0.03, 0.0 if young or rain else 0.05],
    )
    return Look(
        stature=stature,
        child=age,
        woman=float(woman) * (1 - 0.7 * age) * float(rng.uniform(0.75, 1.0)),
        girth=girth * (1.0 - 0.02 * age),
        skin=random_color(rng, SKIN, 0.9, 1.03),
        hair=one(GREY if older else HAIR),
        hair_style=hair_style,
        hat=hat,
        hat_color=one(MUTED if rng.random() < 0.6 else BRIGHT),
        beard=not woman and not young and bool(rng.random() < 0.25),
        top=top,
        top_color=top_color,
        under_color=one(BRIGHT if rng.random() < 0.6 else MUTED),
        open_top=bool(rng.random() < 0.45),
        stripe=pick(["", "hoops", "yoke", "band"], [1.0, 0.08, 0.05, 0.06]),
        stripe_color=one(BRIGHT),
        bottom=bottom,
        bottom_color=bottom_color,
        hem=hem,
        shoe_color=one(SHOES),
        bag=bag,
        bag_color=one(MUTED if rng.random() < 0.65 else BRIGHT),
        umbrella=rain and bool(rng.random() < 0.55) and not young,
        umbrella_color=one(MUTED if rng.random() < 0.6 else BRIGHT),
        folds=float(rng.uniform(0, 2)),
    )
