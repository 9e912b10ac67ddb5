"""Every case by its number: which file is damaged, and how."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.fuzz.models import mutate_model
from tests.benchmarks.fuzz.mutate import mutate
from tests.benchmarks.fuzz.seeds import MAKERS
from tests.benchmarks.fuzz.watch import Outcome, Watched

KINDS = tuple(MAKERS)


@dataclass(frozen=True)
class Case:
    """A damaged file.

    Attributes:
        kind: One of :data:`KINDS`.
        number: Its number.
        name: Name of the sound file it was made from.
        damage: What was done to it.
        content: The damaged file.
    """

    kind: str
    number: int
    name: str
    damage: str
    content: bytes


class Cases:
    """Makes the cases of a kind; the same numbers give the same cases."""

    def __init__(self, kind: str, seed: int, sound: Mapping[str, bytes]) -> None:
        """Prepare.

        Args:
            kind: One of :data:`KINDS`.
            seed: Decides all cases.
            sound: The files to damage, by name; see :data:`tests.benchmarks.fuzz.seeds.MAKERS`.
        """
        self.kind, self.sound = kind, sound
        self._seed = seed

    def make(self, number: int) -> Case:
        """Make one case."""
        rng = random.Random(f"{self.kind} {self._seed} {number}")
        names = list(self.sound)
        name = names[number % len(names)]
        content = self.sound[name]
        if self.kind == "presets" and rng.random() < 0.6:
            content, damage = mutate_model(content, rng)
        else:
            content, damage = mutate(content, list(self.sound.values()), rng)
        return Case(self.kind, number, name, damage, content)


def run(
    cases: Cases, numbers: Iterable[int], *, folder: Path, seconds: float, memory_bytes: int
) -> Iterator[tuple[Case, Outcome]]:
    """Run cases and tell how each went.

    Args:
        cases: Makes them.
        numbers: Which of them.
        folder: For the files.
        seconds: Longest time of a case.
        memory_bytes: Largest resident size of the worker.
    """
    with Watched(seconds=seconds, memory_bytes=memory_bytes) as watched:
        for number in numbers:
            case = cases.make(number)
            path = folder / f"case-{case.name}"
            path.write_bytes(case.content)
            yield case, watched.run(case.kind, path)
