"""How many frames per second a source really gives."""

from __future__ import annotations

from collections import deque

from pedcam.video.frames import Frame

WINDOW = 2.0  # seconds to look back
LEAST = 4  # frames without which nothing is said


class Pace:
    """Measures the rate of a source by its frames, those that nobody saw included."""

    def __init__(self) -> None:
        """Start knowing nothing."""
        self._seen: deque[tuple[float, int]] = deque()
        self._segment = -1

    def observe(self, frame: Frame) -> float:
        """Note a frame.

        Returns:
            Frames per second over the last seconds, 0 while that is unknown.
        """
        if frame.segment != self._segment:
            self._seen.clear()
            self._segment = frame.segment
        self._seen.append((frame.captured, frame.index))
        while frame.captured - self._seen[0][0] > WINDOW and len(self._seen) > LEAST:
            self._seen.popleft()
        (start, first), (end, last) = self._seen[0], self._seen[-1]
        return (last - first) / (end - start) if len(self._seen) >= LEAST and end > start else 0.0
