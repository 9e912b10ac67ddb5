"""What the source of a stream is doing, and what has to be reported of that."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from copy import copy

from pedcam.video.sources.frame import Jump, Source, SourceInfo
from pedcam.video.sources.spec import LIVE_KINDS, SourceSpec
from pedcam.video.stream.capture import Capture, Numbering, Watchdog
from pedcam.video.stream.results import StreamState, StreamStatus
from pedcam.video.stream.slot import FrameSlot

MOST_LEFT = 3  # threads that hang in a source before it is opened no more

_CAN_SEEK = (StreamState.PLAYING, StreamState.STALLED, StreamState.PAUSED, StreamState.ENDED)


class Playing:
    """Has a thread read a source, which is replaced when it hangs, and knows the source's state.

    Everything but :meth:`join` is called under ``changed``, by the stream and the capture thread.
    """

    def __init__(
        self,
        spec: SourceSpec,
        opener: Callable[[SourceSpec], Source],
        changed: threading.Condition,
        *,
        complete: bool,
        loop: bool,
        first_retry: float,
        watchdog: Watchdog,
    ) -> None:
        """Prepare; see :class:`pedcam.video.stream.stream.Stream` for the other arguments."""
        self.source = SourceInfo(spec.title, live=spec.kind in LIVE_KINDS)
        self.state = StreamState.CONNECTING
        self.blocked = False  # whether nothing is shown as no preset can be used
        self.closing = False
        self.slot = FrameSlot(changed, complete=complete, loop=loop)
        self._changed = changed
        self._open = lambda: opener(spec)
        self._complete = complete
        self._first_retry = first_retry
        self._watchdog = watchdog
        self._capture: Capture | None = None
        self._thread: threading.Thread | None = None
        self._hanging: list[threading.Thread] = []  # abandoned
        self._pending: deque[StreamStatus] = deque()
        self._opened = False
        self._end: StreamStatus | None = None
        self._reported_end: StreamStatus | None = None

    @property
    def at_end(self) -> bool:
        """Whether the last result was given and the end is to be reported."""
        return self._end is not None and self.slot.frame is None and not self.blocked

    @property
    def has_pending_statuses(self) -> bool:
        return bool(self._pending)

    def start(self) -> None:
        self._read(Numbering())

    def opened(self, source: Source) -> None:
        self.source = source.info
        self._opened = True
        if not self.blocked and self.state is not self._flowing:
            self.set_status(self._flowing)

    def lost(self, message: str, retry_in: float) -> None:
        if not self.blocked:
            self.set_status(StreamState.RECONNECTING, message, retry_in=retry_in)

    def finished(self, error: str | None) -> None:
        """Remember the end, which is reported after the last result."""
        state = StreamState.ENDED if error is None else StreamState.FAILED
        self._end = StreamStatus(state, error or "")
        self._changed.notify_all()

    def set_status(
        self,
        state: StreamState,
        message: str = "",
        *,
        retry_in: float | None = None,
        preset: str | None = None,
    ) -> None:
        """Change the state and queue that for reporting."""
        # A read that was left behind may report long after the end.
        if not self.closing:
            self.state = state
            self._pending.append(StreamStatus(state, message, retry_in, preset))
            self._changed.notify_all()

    def take_statuses(self) -> list[StreamStatus]:
        """Return what is to be reported, once."""
        statuses = list(self._pending)
        self._pending.clear()
        return statuses

    def end_silence(self) -> None:
        if self.state is StreamState.STALLED:
            self.set_status(self._flowing)

    def report_end(self) -> None:
        if self._end is not None and self.at_end:
            self._reported_end, self._end = self._end, None
            self.set_status(self._reported_end.state, self._reported_end.message)

    def pause(self) -> None:
        self.slot.pause()
        if self.state in (StreamState.PLAYING, StreamState.STALLED):
            self.set_status(StreamState.PAUSED)

    def resume(self) -> None:
        self.slot.resume()
        if self.state is StreamState.PAUSED:
            self.set_status(StreamState.PLAYING)

    def jump(self, jump: Jump) -> bool:
        """Jump within a file, even after its end; return whether that is possible now."""
        if self.source.live or self.state not in _CAN_SEEK:
            return False
        self._end = self._reported_end = None
        self.slot.seek(jump)
        if self.state is StreamState.ENDED:
            self.set_status(self._flowing)
        return True

    def block(self, preset: str, message: str) -> None:
        """Show nothing until :meth:`unblock`: the preset cannot be used, and no other runs."""
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
        """Look after a source that has been silent; return the seconds until the next look."""
        silent, (stalled, gone) = self._silence()
        # A slow disk comes back by itself, and a file would begin anew.
        if silent >= gone and (self.source.live or not self._opened):
            self._abandon(f"{self.source.title} does not answer any more.")
        elif silent >= min(stalled, gone) and self.state is StreamState.PLAYING:
            message = f"Nothing comes from {self.source.title} at the moment."
            self.set_status(StreamState.STALLED, message)
        silent, limits = self._silence()
        return min(
            (limit - silent for limit in limits if limit > silent),
            default=self._watchdog.stall_after,
        )

    def fail(self, message: str) -> None:
        self._stop_reading()
        self._end = None
        self.set_status(StreamState.FAILED, message)

    def close(self) -> None:
        """Let the capture thread end, and report nothing any more."""
        self.closing = True
        self._stop_reading()

    def join(self, timeout: float) -> None:
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _read(
        self, numbering: Numbering, *, lost: str | None = None, retry: float | None = None
    ) -> None:
        self._capture = Capture(
            self._open,
            self.slot,
            self,
            complete=self._complete,
            first_retry=self._first_retry,
            retry=retry,
            numbering=numbering,
            lost=lost,
            may_open=self._may_open,
        )
        self._thread = threading.Thread(
            target=self._capture.run, name="pedcam-capture", daemon=True
        )
        self._thread.start()

    def _stop_reading(self) -> None:
        self.slot.close()
        if self._capture is not None:
            self._capture.interrupt()

    def _abandon(self, reason: str) -> None:
        """Leave a read or an opening that hangs to its thread, and open the source anew."""
        capture, thread = self._capture, self._thread
        assert capture is not None, "nothing is read"
        assert thread is not None, "nothing is read"
        capture.interrupt()
        self.slot = self.slot.successor()
        self._hanging = [one for one in (*self._hanging, thread) if one.is_alive()]
        if self._opened and not self._complete:
            # The thread that is left may yet wake up and count on.
            self._read(copy(capture.numbering), lost=reason, retry=capture.retry)
        else:
            self._capture = None
            self.finished(reason)

    def _may_open(self) -> bool:
        """Whether few enough threads hang in the source to risk another one."""
        return sum(thread.is_alive() for thread in self._hanging) < MOST_LEFT

    def _silence(self) -> tuple[float, tuple[float, float]]:
        """Seconds that something has been expected of the source in vain, and their limits."""
        capture = self._capture
        since = None if capture is None else capture.waiting_since
        if capture is None or since is None:
            return 0.0, self._watchdog.limits(0.0)
        return time.perf_counter() - since, self._watchdog.limits(capture.usual_wait)

    @property
    def _flowing(self) -> StreamState:
        return StreamState.PAUSED if self.slot.paused else StreamState.PLAYING
