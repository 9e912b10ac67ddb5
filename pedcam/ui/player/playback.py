"""What is played and what it is doing."""

from __future__ import annotations

from pedcam.ui.base.observable import Observable
from pedcam.video.sources.frame import SourceInfo
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
        source: What is known of the source; its title is empty without one.
        status: What the stream last said.
        speed: Seconds of the source that play in a second.
        loop: Whether the source starts again at its end.
        position: Seconds of the picture on screen, ``None`` without one; it changes with every
            picture, which watchers do not hear of.
    """

    def __init__(self) -> None:
        super().__init__()
        self._reset(StreamState.CLOSED, "")

    def _reset(self, state: StreamState, title: str) -> None:
        self.status, self.source = StreamStatus(state), SourceInfo(title)
        self.speed, self.loop = 1.0, False
        self.position: float | None = None

    @property
    def state(self) -> StreamState:
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
        """Whether the source has other positions to jump to."""
        return not self.source.live and bool(self.source.duration) and self.state in _REACHABLE

    @property
    def can_set_speed(self) -> bool:
        """Whether the source plays at a pace of our choice."""
        return not self.source.live and self.state in _REACHABLE

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
        self._reset(StreamState.CONNECTING, title)
        self._changed()

    def reopen(self) -> None:
        """The source is being opened again, to play as it did."""
        self.position = None
        self.set_status(StreamStatus(StreamState.CONNECTING), SourceInfo(self.source.title))

    def close(self) -> None:
        """There is no source any more."""
        self._reset(StreamState.CLOSED, "")
        self._changed()

    def set_status(self, status: StreamStatus, source: SourceInfo | None = None) -> None:
        """The stream said something, and may know more of its source."""
        self.status, self.source = status, source or self.source
        self._changed()

    def set_speed(self, speed: float) -> None:
        """The source plays at another pace."""
        if speed != self.speed:
            self.speed = speed
            self._changed()

    def set_loop(self, loop: bool) -> None:
        """The source starts again at its end, or no longer does."""
        if loop != self.loop:
            self.loop = loop
            self._changed()
