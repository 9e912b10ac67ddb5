"""Jumps by steps from where the picture is or will be."""

from __future__ import annotations

from collections.abc import Callable


class Jumps:
    """Makes steps within a file; those made before a jump has shown its picture add up.

    Each goes off at once, in place of the one before.
    """

    def __init__(self, send: Callable[[float], None]) -> None:
        """Start at rest; ``send`` makes a jump to so many seconds."""
        self._send = send
        self._target: float | None = None
        self._segment: int | None = None  # of the picture on screen

    def step(self, by: float, position: float | None, duration: float | None) -> None:
        """Jump.

        Args:
            by: Seconds, backwards if negative.
            position: Seconds of the picture on screen, ``None`` without one.
            duration: Seconds of the file, ``None`` where unknown.
        """
        start = self._target if self._target is not None else (position or 0.0)
        target = max(start + by, 0.0)
        self._target = target if duration is None else min(target, duration)
        self._send(self._target)

    def arrived(self, segment: int) -> None:
        """A picture has come.

        Args:
            segment: The stretch it belongs to, see :class:`pedcam.video.sources.frame.Frame`; one
                that goes on from before the jump does not end it.
        """
        if segment != self._segment:
            self._segment, self._target = segment, None

    def forget(self) -> None:
        """There is another source, or none."""
        self._target = self._segment = None
