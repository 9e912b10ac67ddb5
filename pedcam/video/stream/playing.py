"""What the source of a stream is doing, and what has to be reported of that."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pedcam.video.sources.frame import Jump, Source, SourceInfo
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.reader import Reading, Verdict, Watchdog
from pedcam.video.stream.results import StreamState, StreamStatus
from pedcam.video.stream.slot import FrameSlot

_REACHABLE = (
    StreamState.PLAYING,
    StreamState.STALLED,
    StreamState.PAUSED,
    StreamState.ENDED,
)


class Playing:
    """Reads a source, and knows its state.

    Everything is called under ``slot.changed``, by the stream and by the capture thread.

    Attributes:
        source: What is known of the source.
        state: What it is doing.
        blocked: Whether nothing is shown, whatever the source does, as no preset can be used.
        closing: Whether the stream is about to end.
    """

    def __init__(
        self,
        spec: SourceSpec,
        opener: Callable[[SourceSpec], Source],
        *,
        complete: bool,
        loop: bool,
        first_retry: float,
        watchdog: Watchdog,
    ) -> None:
        """Prepare; see :class:`pedcam.video.stream.stream.Stream` for the arguments."""
        self.source = SourceInfo(spec.title, live=spec.kind == "camera")
        self.state = StreamState.CONNECTING
        self.blocked = self.closing = False
        self._complete = complete
        self._reading = Reading(
            FrameSlot(complete=complete, loop=loop),
            self,
            lambda: opener(spec),
            complete=complete,
            first_retry=first_retry,
            watchdog=watchdog,
        )
        self._pending: deque[StreamStatus] = deque()
        self._opened = False
        self._end: StreamStatus | None = None
        self._reported_end: StreamStatus | None = None

    @property
    def slot(self) -> FrameSlot:
        """Where frames come from now; every slot shares the same ``changed``."""
        return self._reading.slot

    @property
    def at_end(self) -> bool:
        """Whether the last result was given and the end is to be reported."""
        return self._end is not None and self.slot.frame is None and not self.blocked

    @property
    def has_news(self) -> bool:
        """Whether there are statuses to report."""
        return bool(self._pending)

    def start(self) -> None:
        """Open the source, in a thread."""
        self._reading.start()

    def opened(self, source: Source) -> None:
        """Take over what the open source knows of itself."""
        self.source = SourceInfo.of(source)
        self._opened = True
        if not self.blocked and self.state is not self._flowing:
            self.set_status(self._flowing)

    def lost(self, message: str, retry_in: float) -> None:
        """Report that a live source is gone for now."""
        if not self.blocked:
            self.set_status(StreamState.RECONNECTING, message, retry_in=retry_in)

    def finished(self, error: str | None) -> None:
        """Remember the end, which is reported after the last result."""
        state = StreamState.ENDED if error is None else StreamState.FAILED
        self._end = StreamStatus(state, error or "")
        self.slot.changed.notify_all()

    def set_status(
        self,
        state: StreamState,
        message: str = "",
        *,
        retry_in: float | None = None,
        preset: str | None = None,
    ) -> None:
        """Change the state and have that reported."""
        # A read that was left behind may report long after the end.
        if not self.closing:
            self.state = state
            self._pending.append(StreamStatus(state, message, retry_in, preset))
            self.slot.changed.notify_all()

    def take_statuses(self) -> list[StreamStatus]:
        """Return what is to be reported, once."""
        statuses = list(self._pending)
        self._pending.clear()
        return statuses

    def end_silence(self) -> None:
        """Note that a frame came."""
        if self.state is StreamState.STALLED:
            self.set_status(self._flowing)

    def report_end(self) -> None:
        """Report the end, if it is time for that."""
        if self._end is not None and self.at_end:
            self._reported_end, self._end = self._end, None
            self.set_status(self._reported_end.state, self._reported_end.message)

    def pause(self) -> None:
        """Stop at the frame on display."""
        self.slot.pause()
        if self.state in (StreamState.PLAYING, StreamState.STALLED):
            self.set_status(StreamState.PAUSED)

    def resume(self) -> None:
        """Go on."""
        self.slot.resume()
        if self.state is StreamState.PAUSED:
            self.set_status(StreamState.PLAYING)

    def jump(self, jump: Jump) -> bool:
        """Jump within a file, also after its end; return whether that is possible now."""
        if self.source.live or self.state not in _REACHABLE:
            return False
        self._end = self._reported_end = None
        self.slot.seek(jump)
        if self.state is StreamState.ENDED:
            self.set_status(self._flowing)
        return True

    def block(self, preset: str, message: str) -> None:
        """Show nothing until :meth:`unblock`: the preset cannot be used, and no other one runs."""
        self.blocked = True
        self.slot.hold()
        self.set_status(StreamState.FAILED, message, preset=preset)

    def unblock(self) -> None:
        """Go on, or be at the end again."""
        self.blocked = False
        self.slot.release()
        status = self._reported_end or StreamStatus(self._flowing)
        self.set_status(status.state, status.message)

    def watch(self) -> float:
        """See to a source that has been silent; return the seconds until that is due again."""
        verdict = self._reading.judge()
        # A slow disk comes back by itself, and a file would begin anew.
        if verdict is Verdict.GONE and (self.source.live or not self._opened):
            reason = f"{self.source.title} does not answer any more."
            self._reading.abandon(reason, reconnect=self._opened and not self._complete)
        elif verdict is not Verdict.FINE and self.state is StreamState.PLAYING:
            message = f"Nothing comes from {self.source.title} at the moment."
            self.set_status(StreamState.STALLED, message)
        return self._reading.look_again()

    def fail(self, message: str) -> None:
        """Read no more."""
        self._reading.close()
        self._end = None
        self.set_status(StreamState.FAILED, message)

    def close(self) -> None:
        """Let the capture thread end, and report nothing any more."""
        self.closing = True
        self._reading.close()

    def join(self, timeout: float) -> None:
        """Wait for the capture thread to end; not to be called under ``slot.changed``."""
        self._reading.join(timeout)

    @property
    def _flowing(self) -> StreamState:
        return StreamState.PAUSED if self.slot.paused else StreamState.PLAYING
