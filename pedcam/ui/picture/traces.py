"""Where everybody walked in the last seconds, and where the picture was cut; without Qt."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from pedcam.ui.picture.viewport import Point
from pedcam.video.sources.frame import Frame

SPAN = 4.0  # seconds
SPACING = 0.2  # seconds between two points at least, which is as smooth and soon drawn
LONGEST_GAP = 2.0  # seconds between two frames from which nobody knows what happened between them


class Timeline:
    """Measures the time from frame to frame, and finds cuts."""

    def __init__(self) -> None:
        self._last: Frame | None = None

    def step(self, frame: Frame) -> float | None:
        """Take the next frame.

        Returns:
            Seconds since the frame before, 0 if it is the same again; ``None`` if it does not go
            on from there, as the first frame, after a jump or after a gap.
        """
        last, self._last = self._last, frame
        if last is None or frame.segment != last.segment:
            return None
        if frame.index == last.index and frame.time == last.time:
            return 0.0
        seconds = frame.time - last.time
        return seconds if 0 < seconds <= LONGEST_GAP else None


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
        self._paths: dict[int, deque[tuple[float, Point]]] = {}
        self._now = 0.0

    def clear(self) -> None:
        self._paths.clear()

    def add(self, time: float, identities: Sequence[int], feet: Sequence[Point]) -> None:
        """Take in the next frame.

        Args:
            time: Seconds, not before those of the last frame.
            identities: Of everybody in it; -1 leaves no trace.
            feet: Their places, in fractions of the picture.
        """
        self._now = time
        for identity, point in zip(identities, feet, strict=True):
            if identity < 0:
                continue
            path = self._paths.setdefault(identity, deque())
            if len(path) > 1 and time - path[-2][0] < SPACING:
                path.pop()
            path.append((time, point))
        for path in self._paths.values():
            while path and time - path[0][0] > SPAN:
                path.popleft()
        self._paths = {identity: path for identity, path in self._paths.items() if path}

    def traces(self) -> list[Trace]:
        """Return the paths of more than one point."""
        return [
            Trace(
                identity,
                tuple(point for _, point in path),
                tuple((self._now - time) / SPAN for time, _ in path),
            )
            for identity, path in self._paths.items()
            if len(path) > 1
        ]
