"""Where everybody walked in the last seconds; knows nothing of Qt."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from pedcam.ui.picture.viewport import Point

SPAN = 4.0  # seconds
SPACING = 0.2  # seconds between two points at least, which is as smooth and soon drawn


@dataclass(frozen=True)
class Trace:
    """The path of one person's feet.

    Attributes:
        identity: Whose it is.
        points: Fractions of the picture, oldest first.
        ages: Of each point: 0 is now, 1 is :data:`SPAN` seconds ago.
    """

    identity: int
    points: tuple[Point, ...]
    ages: tuple[float, ...]


class Traces:
    """Remembers the paths of everybody seen in the last :data:`SPAN` seconds."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._paths: dict[int, deque[tuple[float, Point]]] = {}
        self._now = 0.0

    def clear(self) -> None:
        """Forget everybody: the picture was cut."""
        self._paths.clear()

    def add(self, time: float, identities: Sequence[int], feet: Sequence[Point]) -> None:
        """Take in the next frame.

        Args:
            time: Seconds, not before those of the last frame.
            identities: Of everybody in it; -1 leaves no trace.
            feet: Their places, in fractions of the picture.
        """
        self._now = time
        for identity, place in zip(identities, feet, strict=True):
            if identity < 0:
                continue
            path = self._paths.setdefault(identity, deque())
            if len(path) > 1 and time - path[-2][0] < SPACING:
                path.pop()
            path.append((time, place))
        for identity in list(self._paths):
            path = self._paths[identity]
            while path and time - path[0][0] > SPAN:
                path.popleft()
            if not path:
                del self._paths[identity]

    def traces(self) -> list[Trace]:
        """Return the paths that have some length."""
        return [
            Trace(
                identity,
                tuple(place for _, place in path),
                tuple((self._now - time) / SPAN for time, _ in path),
            )
            for identity, path in self._paths.items()
            if len(path) > 1
        ]
