"""What is played and what it is doing."""

from __future__ import annotations

from pedcam.ui.base.observable import Observable
from pedcam.video.stream.stream import StreamState, StreamStatus

SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0, 4.0)  # seconds of a file per second

_REACHABLE = (
    StreamState.PLAYING,
    StreamState.STALLED,
    StreamState.PAUSED,
    StreamState.ENDED,
)


class Playback(Observable):
    """The source and what it is doing.

    Attributes:
        title: The source's name, safe to show; empty without a source.
        status: What the stream last said.
        live: Whether it cannot be played again from its start.
        size: Picture ``(width, height)``; zeros while unknown.
        rate: Frames per second of the source, 0 if unknown.
        duration: Seconds, if known.
        speed: Seconds of the source that play in a second.
        loop: Whether the source begins again at its end.
        position: Seconds of the picture on screen, ``None`` without one.
    """

    def __init__(self) -> None:
        """Start without a source."""
        super().__init__()
        self.title = ""
        self.status = StreamStatus(StreamState.CLOSED)
        self.live = False
        self.size = (0, 0)
        self.rate = 0.0
        self.duration: float | None = None
        self.speed = 1.0
        self.loop = False
        self.position: float | None = None

    @property
    def state(self) -> StreamState:
        """What the stream is doing."""
        return self.status.state

    @property
    def has_source(self) -> bool:
        """Whether there is something to show, even if only the last frame."""
        return self.state is not StreamState.CLOSED

    @property
    def can_pause(self) -> bool:
        """Whether Space means anything now."""
        return self.state in _REACHABLE

    @property
    def can_seek(self) -> bool:
        """Whether there are other places of the source to jump to."""
        return not self.live and bool(self.duration) and self.state in _REACHABLE

    @property
    def can_set_speed(self) -> bool:
        """Whether the source plays at a pace of our choice."""
        return not self.live and self.state in _REACHABLE

    @property
    def faster(self) -> float:
        """The next higher of :data:`SPEEDS`; the present speed where there is none."""
        return min((speed for speed in SPEEDS if speed > self.speed), default=self.speed)

    @property
    def slower(self) -> float:
        """The next lower of :data:`SPEEDS`; the present speed where there is none."""
        return max((speed for speed in SPEEDS if speed < self.speed), default=self.speed)

    def open(self, title: str) -> None:
        """A source is being opened."""
        self._start_again(title, StreamState.CONNECTING)

    def close(self) -> None:
        """There is no source any more."""
        self._start_again("", StreamState.CLOSED)

    def set_status(self, status: StreamStatus) -> None:
        """The stream said something."""
        self.status = status
        self._changed()

    def set_details(
        self,
        *,
        title: str,
        live: bool,
        size: tuple[int, int],
        rate: float,
        duration: float | None,
    ) -> None:
        """What is known once the source is open."""
        self.title = title or self.title
        self.live, self.size, self.rate, self.duration = live, size, rate, duration
        self._changed()

    def set_speed(self, speed: float) -> None:
        """The source plays at another pace."""
        if speed != self.speed:
            self.speed = speed
            self._changed()

    def set_loop(self, loop: bool) -> None:
        """The source begins again at its end, or no longer does."""
        if loop != self.loop:
            self.loop = loop
            self._changed()

    def set_position(self, seconds: float | None) -> None:
        """Another picture is on screen; too often a matter to call the watchers."""
        self.position = seconds

    def _start_again(self, title: str, state: StreamState) -> None:
        self.title = title
        self.status = StreamStatus(state)
        self.live, self.size, self.rate, self.duration = False, (0, 0), 0.0, None
        self.speed, self.loop, self.position = 1.0, False, None
        self._changed()
