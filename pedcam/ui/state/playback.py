"""What is played and what it is doing."""

from __future__ import annotations

from pedcam.ui.state.observable import Observable
from pedcam.video.stream import StreamState, StreamStatus


class Playback(Observable):
    """The source and what it is doing.

    Attributes:
        title: The source's name, safe to show; empty without a source.
        status: What the stream last said.
        live: Whether it cannot be played again from its start.
        size: Picture ``(width, height)``; zeros while unknown.
        rate: Frames per second of the source, 0 if unknown.
        duration: Seconds, if known.
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
        return self.state in (
            StreamState.PLAYING,
            StreamState.STALLED,
            StreamState.PAUSED,
            StreamState.ENDED,
        )

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

    def _start_again(self, title: str, state: StreamState) -> None:
        self.title = title
        self.status = StreamStatus(state)
        self.live, self.size, self.rate, self.duration = False, (0, 0), 0.0, None
        self._changed()
