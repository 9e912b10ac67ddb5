"""Jumps within a file that are asked for faster than they can be made."""

from __future__ import annotations

from collections.abc import Callable


class Seeking:
    """Sends one jump at a time; of those asked for meanwhile, the last follows.

    Attributes:
        sent: Seconds of the jump on its way, ``None`` without one.
        waiting: Seconds of the jump to be sent after it, ``None`` without one.
    """

    def __init__(self, send: Callable[[float], None]) -> None:
        """Start at rest; ``send`` jumps to a time in seconds."""
        self.sent: float | None = None
        self.waiting: float | None = None
        self._send = send
        self._segment: int | None = None
        self._segment_before: int | None = None

    @property
    def target(self) -> float | None:
        """Where it will end, ``None`` at rest."""
        return self.sent if self.waiting is None else self.waiting

    def ask(self, seconds: float) -> None:
        """Jump, now or after the jump on its way."""
        if self.sent is None:
            self._go(seconds)
        else:
            self.waiting = seconds

    def arrived(self, segment: int | None = None) -> None:
        """A picture has come.

        Args:
            segment: The stretch it belongs to, see :class:`pedcam.video.sources.frame.Frame`; one
                from before the jump does not end it. ``None`` where that is unknown.
        """
        late = segment is not None and self.sent is not None and segment == self._segment_before
        self._segment = segment
        if not late:
            self.give_up()

    def give_up(self) -> None:
        """Wait no longer for the jump on its way."""
        waiting, self.sent, self.waiting = self.waiting, None, None
        if waiting is not None:
            self._go(waiting)

    def forget(self) -> None:
        """There is another source, or none."""
        self.sent = self.waiting = self._segment = self._segment_before = None

    def _go(self, seconds: float) -> None:
        self.sent = seconds
        self._segment_before = self._segment
        self._send(seconds)
