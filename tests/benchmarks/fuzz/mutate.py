"""Damage done to the bytes of any file, each kind by name."""

import random
from collections.abc import Callable, Sequence

HEAD = 2048  # bytes at either end of a file where headers and indexes lie
HUGE = (0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0x40000000)

Mutation = Callable[[bytes, bytes, random.Random], bytes]


def mutate(content: bytes, others: Sequence[bytes], rng: random.Random) -> tuple[bytes, str]:
    """Damage a file in one to three ways.

    Args:
        content: The file.
        others: Files that it may be mixed with.
        rng: Decides everything.

    Returns:
        The damaged file and the names of what was done.
    """
    names = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name = rng.choice(list(MUTATIONS))
        content = MUTATIONS[name](content, rng.choice(others), rng)
        names.append(name)
    return content, "+".join(names)


def _place(content: bytes, rng: random.Random) -> int:
    """A position anywhere, more often near the beginning or the end."""
    side = rng.randrange(3)
    if side == 0 or len(content) <= HEAD:
        return rng.randrange(max(1, len(content)))
    return rng.randrange(HEAD) + (0 if side == 1 else len(content) - HEAD)


def _block(content: bytes, rng: random.Random) -> tuple[int, int]:
    start = _place(content, rng)
    return start, min(len(content), start + rng.choice((1, 4, 16, 188, 1024, 4096)))


def _flip_few(content: bytes, other: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        if damaged:
            damaged[_place(content, rng)] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _flip_many(content: bytes, other: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    for place in rng.sample(range(len(damaged)), len(damaged) // rng.choice((20, 100, 1000))):
        damaged[place] = rng.randrange(256)
    return bytes(damaged)


def _truncate(content: bytes, other: bytes, rng: random.Random) -> bytes:
    return content[: _place(content, rng)]


def _behead(content: bytes, other: bytes, rng: random.Random) -> bytes:
    return content[_place(content, rng) :]


def _splice(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """The beginning of one file on the body of another."""
    return other[: _place(other, rng)] + content[_place(content, rng) :]


def _remove(content: bytes, other: bytes, rng: random.Random) -> bytes:
    start, end = _block(content, rng)
    return content[:start] + content[end:]


def _duplicate(content: bytes, other: bytes, rng: random.Random) -> bytes:
    start, end = _block(content, rng)
    return content[:end] + content[start:end] * rng.choice((1, 2, 100)) + content[end:]


def _zero(content: bytes, other: bytes, rng: random.Random) -> bytes:
    start, end = _block(content, rng)
    return content[:start] + bytes(end - start) + content[end:]


def _huge_number(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """A length or count of the header that promises far more than there is."""
    damaged = bytearray(content)
    for _ in range(rng.randint(1, 3)):
        start = _place(content, rng)
        width, value = rng.choice((2, 4, 4, 8)), rng.choice(HUGE)
        number = value.to_bytes(8, rng.choice(("big", "little")))
        piece = number[-width:] if rng.random() < 0.5 else number[:width]
        damaged[start : start + width] = piece
    return bytes(damaged)


def _huge_box(content: bytes, other: bytes, rng: random.Random) -> bytes:
    """A huge number in front of, or right behind, a four-letter name as containers have them."""
    names = [
        place
        for place in range(4, len(content) - 8)
        if content[place : place + 4].isalpha() and content[place : place + 4].isascii()
    ]
    if not names:
        return _huge_number(content, other, rng)
    start = rng.choice(names) + rng.choice((-4, 4, 8))
    value = rng.choice((*HUGE, 0, 1, 7)) & 0xFFFFFFFF
    damaged = bytearray(content)
    damaged[start : start + 4] = value.to_bytes(4, rng.choice(("big", "little")))
    return bytes(damaged)


MUTATIONS: dict[str, Mutation] = {
    "flip-few": _flip_few,
    "flip-many": _flip_many,
    "truncate": _truncate,
    "behead": _behead,
    "splice": _splice,
    "remove": _remove,
    "duplicate": _duplicate,
    "zero": _zero,
    "huge-number": _huge_number,
    "huge-box": _huge_box,
}
