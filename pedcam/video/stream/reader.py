"""The thread that reads for a stream, replaced when the source hangs.

The watchdog says when a silent source counts as stalled, and when it is given up.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from enum import Enum, auto

from pedcam.video.sources.frame import Source
from pedcam.video.stream.capture import Capture, Listener, Numbering
from pedcam.video.stream.slot import FrameSlot

MOST_LEFT = 3
STALL_AFTER = 2.0
ABANDON_AFTER = 20.0  # longer than the time-outs of sources, which know more of what is wrong
UNUSUAL = 4.0  # times the usual wait for a frame; a camera may send one every few seconds


class Verdict(Enum):
    """What silence means."""

    FINE = auto()
    STALLED = auto()
    GONE = auto()


@dataclass(frozen=True)
class Watchdog:
    """Judges how long a source may be silent.

    Attributes:
        stall_after: Seconds of silence that people should know of.
        abandon_after: Seconds after which nobody waits for the call that hangs.
    """

    stall_after: float = STALL_AFTER
    abandon_after: float = ABANDON_AFTER

    def judge(self, silent: float, usual_wait: float) -> Verdict:
        """Judge a silence.

        Args:
            silent: Seconds since somebody began to wait for the source.
            usual_wait: Seconds that its frames usually take.
        """
        if silent >= self.abandon_after + UNUSUAL * usual_wait:
            return Verdict.GONE
        return Verdict.STALLED if silent >= self._stall(usual_wait) else Verdict.FINE

    def look_again(self, silent: float, usual_wait: float) -> float:
        """Return the seconds after which the judgement may change for the worse."""
        limits = (self._stall(usual_wait), self.abandon_after + UNUSUAL * usual_wait)
        return min((limit - silent for limit in limits if limit > silent), default=self.stall_after)

    def _stall(self, usual_wait: float) -> float:
        return max(self.stall_after, UNUSUAL * usual_wait)


class _Relay:
    """Passes on what one capture thread reports, as long as it is the one in charge."""

    def __init__(self, reading: Reading, slot: FrameSlot) -> None:
        self._reading = reading
        self._slot = slot

    def opened(self, source: Source) -> None:
        self._pass_on(lambda listener: listener.opened(source))

    def lost(self, message: str, retry_in: float) -> None:
        self._pass_on(lambda listener: listener.lost(message, retry_in))

    def finished(self, error: str | None) -> None:
        self._pass_on(lambda listener: listener.finished(error))

    def _pass_on(self, call: Callable[[Listener], None]) -> None:
        with self._slot.changed:
            if self._reading.slot is self._slot and not self._slot.closing:
                call(self._reading.listener)


class Reading:
    """Reads a source into the slot at hand.

    Everything but :meth:`join` is called under ``slot.changed``.

    Attributes:
        slot: Where frames come from now; every slot shares the same ``changed``.
        listener: Who is told how the reading goes.
    """

    def __init__(
        self,
        slot: FrameSlot,
        listener: Listener,
        opener: Callable[[], Source],
        *,
        complete: bool,
        first_retry: float,
        watchdog: Watchdog,
    ) -> None:
        """Prepare; see :class:`pedcam.video.stream.stream.Stream` for the other arguments."""
        self.slot = slot
        self.listener = listener
        self._complete = complete
        self._first_retry = first_retry
        self._watchdog = watchdog
        self._opener = opener
        self._capture: Capture | None = None
        self._left: list[threading.Thread] = []  # that were abandoned and still hang
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to read, in a new thread."""
        self._begin()

    def judge(self) -> Verdict:
        """Tell what the present silence of the source means."""
        silent, usual = self._silence()
        return Verdict.FINE if silent is None else self._watchdog.judge(silent, usual)

    def look_again(self) -> float:
        """Return the seconds after which :meth:`judge` may say something worse."""
        silent, usual = self._silence()
        return self._watchdog.look_again(silent or 0.0, usual)

    def abandon(self, reason: str, *, reconnect: bool) -> None:
        """Leave a read or an opening that hangs to its thread.

        Args:
            reason: What people read.
            reconnect: Whether to open the source again.
        """
        capture = self._capture
        assert capture is not None, "nothing is read"
        capture.interrupt()
        self.slot = self.slot.successor()
        if self._thread is not None:
            self._left = [thread for thread in (*self._left, self._thread) if thread.is_alive()]
        if reconnect:
            # The thread that is left may yet wake up and count on.
            self._begin(
                numbering=copy(capture.numbering),
                lost=reason,
                retry=capture.retry,
            )
        else:
            self._capture = None
            self.listener.finished(reason)

    def close(self) -> None:
        """Let the thread end."""
        self.slot.close()
        if self._capture is not None:
            self._capture.interrupt()

    def join(self, timeout: float) -> None:
        """Wait for the thread to end."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _begin(
        self,
        *,
        numbering: Numbering | None = None,
        lost: str | None = None,
        retry: float | None = None,
    ) -> None:
        self._capture = Capture(
            self._opener,
            self.slot,
            _Relay(self, self.slot),
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

    def _may_open(self) -> bool:
        """Whether few enough threads hang in the source to risk another one."""
        return sum(thread.is_alive() for thread in self._left) < MOST_LEFT

    def _silence(self) -> tuple[float | None, float]:
        """Seconds that the source has been silent, if something is expected; and the usual ones."""
        capture = self._capture
        since = None if capture is None else capture.waiting_since
        if capture is None or since is None:
            return None, 0.0
        return time.perf_counter() - since, capture.usual_wait
