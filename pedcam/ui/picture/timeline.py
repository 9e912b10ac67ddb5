"""How one shown frame follows another; knows nothing of Qt."""

from __future__ import annotations

from pedcam.video.sources.frame import Frame

LONGEST_GAP = 2.0  # seconds between two frames from which nobody knows what happened between them


class Timeline:
    """Tells how much time went by from frame to frame, and where the picture was cut."""

    def __init__(self) -> None:
        """Start before the first frame."""
        self._last: Frame | None = None

    def clear(self) -> None:
        """Start again before the first frame."""
        self._last = None

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
