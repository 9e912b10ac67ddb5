"""Reading a source from its opening to its end: numbers of frames, loops, jumps and reconnects."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from pedcam.video.sources.frame import Frame, Source, SourceError
from pedcam.video.stream.slot import FrameSlot

LAST_RETRY = 10.0  # seconds; about the longest time between two attempts to reconnect
STALL_AFTER = 2.0  # seconds
ABANDON_AFTER = 20.0  # seconds; longer than the sources' time-outs, which know better what is wrong
UNUSUAL = 4.0  # times the usual wait for a frame; a camera may send one every few seconds
JITTER = 0.2  # of the waiting time, so that many cameras do not come back all at once
ASSUMED_GAP = 0.04  # seconds from the last frame to the first of the next round, at unknown rate

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watchdog:
    """How long a source may be silent."""

    stall_after: float = STALL_AFTER  # seconds of silence that people should know of
    abandon_after: float = ABANDON_AFTER  # seconds after which nobody waits for the call that hangs

    def limits(self, usual_wait: float) -> tuple[float, float]:
        """Return both limits for a source whose frames usually take some seconds."""
        unusual = UNUSUAL * usual_wait
        return max(self.stall_after, unusual), self.abandon_after + unusual


class Listener(Protocol):
    """Hears of a source, under the slot's ``changed`` and until that slot closes."""

    def opened(self, source: Source) -> None: ...
    def lost(self, message: str, retry_in: float) -> None: ...
    def finished(self, error: str | None) -> None: ...


@dataclass
class Numbering:
    """Counts the frames of a source over loops, jumps and reconnects."""

    next_index: int = 0  # index of the next frame of a new round
    last_time: float = 0.0  # time of the last frame in seconds
    segment: int = 0  # number of the present uninterrupted stretch
    _first_index: int = 0
    _time_offset: float = 0.0
    _started: float = field(default_factory=time.perf_counter)

    def loop(self) -> None:
        """Begin the same recording again: indices go on, times start again."""
        self._first_index = self.next_index
        self.segment += 1

    def jump(self) -> None:
        """Go on at another place of a recording, whose frames bring their own numbers."""
        self._first_index = 0
        self.segment += 1

    def reconnect(self) -> None:
        """Go on with a live source opened anew: indices and times go on."""
        self._first_index = self.next_index
        self._time_offset = max(time.perf_counter() - self._started, self.last_time)
        self.segment += 1

    def apply(self, frame: Frame) -> Frame:
        """Return the frame with its number, time and segment in the stream as a whole."""
        index = self._first_index + frame.index
        self.next_index = index + 1
        self.last_time = self._time_offset + frame.time
        return replace(frame, index=index, time=self.last_time, segment=self.segment)


class Capture:
    """Moves the frames of a source into a slot, until that closes."""

    def __init__(
        self,
        open_source: Callable[[], Source],
        slot: FrameSlot,
        listener: Listener,
        *,
        complete: bool,
        first_retry: float,
        retry: float | None = None,
        numbering: Numbering | None = None,
        lost: str | None = None,
        may_open: Callable[[], bool] = lambda: True,
    ) -> None:
        """Prepare; see :class:`pedcam.video.stream.stream.Stream` for the options.

        A source that was read before goes on with that ``retry`` and ``numbering``; ``lost`` says
        why its thread was abandoned. ``may_open`` says whether to open the source again, or to wait
        longer.
        """
        # When the present opening or reading began, on the clock of time.perf_counter; None
        # while nothing is expected.
        self.waiting_since: float | None = None
        self.usual_wait = 0.0  # seconds that reading a frame took lately, including the wait for it
        self.numbering = numbering or Numbering()
        self._open_source = open_source
        self._slot = slot
        self._listener = listener
        self._complete = complete
        self._first_retry = first_retry
        # Seconds before the next attempt to reconnect, about.
        self.retry = first_retry if retry is None else retry
        self._may_open = may_open
        self._lost = lost
        self._source: Source | None = None

    def run(self) -> None:
        """Read until the end or until the slot closes; the body of the capture thread."""
        reconnects = False
        if self._lost is not None:
            reconnects = True
            self._wait_to_reconnect(self._lost)
        while not self._slot.closing:
            source: Source | None = None
            error: str | None = None
            try:
                self.waiting_since = time.perf_counter()
                source = self._open_source()
                self.waiting_since = None
                reconnects = source.live and not self._complete
                self._source = source
                self._report(self._listener.opened, source)
                if self._play(source):
                    self._slot.restart_clock(1 / source.rate if source.rate else ASSUMED_GAP)
                    self.numbering.loop()
                    continue
            except SourceError as failure:
                error = str(failure)
            # Any failure here must be reported instead of freezing the picture.
            except Exception as failure:
                _log.exception("reading stopped")
                error = f"Reading stopped unexpectedly: {failure}"
            finally:
                self.waiting_since = self._source = None
                if source is not None:
                    self._close(source)
            if self._slot.closing:
                return
            if not reconnects:
                self._report(self._listener.finished, error)
                return
            self._wait_to_reconnect(error or "The stream ended.")

    def interrupt(self) -> None:
        """Make a blocked read return soon where that is possible; from any thread."""
        source = self._source
        if source is not None:
            source.interrupt()

    def _report(self, report: Callable[..., None], *what: object) -> None:
        with self._slot.changed:
            # The slot of a thread that was left behind is closed.
            if not self._slot.closing:
                report(*what)

    def _close(self, source: Source) -> None:
        try:
            source.close()
        # A source that cannot even be closed is no reason to stop reading others.
        except Exception:
            _log.exception("a source could not be closed")

    def _wait_to_reconnect(self, reason: str) -> None:
        wait = random.uniform((1 - JITTER) * self.retry, (1 + JITTER) * self.retry)
        self._report(self._listener.lost, f"{reason} Trying again in {wait:.1f} s.", wait)
        self._slot.wait_for_close(wait)
        while not self._slot.closing and not self._may_open():
            self._slot.wait_for_close(LAST_RETRY)
        self.retry = min(2 * self.retry, LAST_RETRY)
        self.numbering.reconnect()

    def _play(self, source: Source) -> bool:
        """Play until a live source or a round is over; return whether the next round begins."""
        while not self._slot.closing:
            jump = self._slot.take_seek()
            started = self.waiting_since = time.perf_counter()
            if jump is not None:
                self.numbering.jump()
                source.seek(jump.time, before=jump.before)
            frame = source.read()
            taken = time.perf_counter() - started
            self.waiting_since = None
            if frame is not None:
                self.usual_wait = taken if not self.usual_wait else (self.usual_wait + taken) / 2
                self.retry = self._first_retry
                numbered = self.numbering.apply(replace(frame, read_ms=1000 * taken))
                self._slot.put(numbered, live=source.live)
            elif source.live or self._slot.loop:
                return not source.live
            else:
                with self._slot.changed:
                    # Who jumped back during the last read does not want to hear of an end.
                    if self._slot.seek_to is None:
                        self._report(self._listener.finished, None)
                self._slot.wait_for_seek()
        return False
