"""Reading a source from its opening to its end: loops, jumps and reconnects."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from pedcam.video.frames import Frame, Seekable, Source, SourceError
from pedcam.video.slot import FrameSlot

LAST_RETRY = 10.0  # seconds; the longest time between two attempts to reconnect
ASSUMED_GAP = 0.04  # seconds from the last frame to the first of the next round, at unknown rate

_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who is told how the reading goes."""

    def opened(self, source: Source) -> None:
        """The source plays, for the first time or again."""

    def lost(self, message: str) -> None:
        """A live source failed and is opened again soon."""

    def finished(self, error: str | None) -> None:
        """No more frames come unless somebody jumps back; ``error`` says why if it is no end."""


class Capture:
    """Moves the frames of a source into a slot."""

    def __init__(
        self,
        open_source: Callable[[], Source],
        slot: FrameSlot,
        listener: Listener,
        *,
        complete: bool,
        loop: bool,
        first_retry: float,
    ) -> None:
        """Prepare; see :class:`pedcam.video.stream.Stream` for the arguments."""
        self._open_source = open_source
        self._slot = slot
        self._listener = listener
        self._complete = complete
        self._loop = loop
        self._first_retry = first_retry
        self._retry = first_retry
        self._source: Source | None = None
        self._first_index = 0
        self._next_index = 0
        self._time_offset = 0.0
        self._last_time = 0.0

    def run(self) -> None:
        """Read until the end or until the slot closes; the body of the capture thread."""
        started = time.perf_counter()
        reconnects = False
        while not self._slot.closing:
            source: Source | None = None
            error: str | None = None
            try:
                source = self._open_source()
                reconnects = source.live and not self._complete
                self._source = source
                if self._slot.closing:
                    return
                self._listener.opened(source)
                self._play(source)
                if self._loop and not source.live:
                    self._slot.restart_clock(1 / source.rate if source.rate else ASSUMED_GAP)
                    self._first_index = self._next_index
                    continue
            except SourceError as failure:
                error = str(failure)
            # Whatever goes wrong here must be seen by somebody instead of freezing the picture.
            except Exception as failure:
                _log.exception("reading stopped")
                error = f"Reading stopped unexpectedly: {failure}"
            finally:
                self._source = None
                if source is not None:
                    source.close()
            if self._slot.closing:
                return
            if not reconnects:
                self._listener.finished(error)
                return
            message = error or "The stream ended."
            self._listener.lost(f"{message} Trying again in {self._retry:g} s.")
            self._slot.wait_for_close(self._retry)
            self._retry = min(2 * self._retry, LAST_RETRY)
            self._first_index = self._next_index
            self._time_offset = max(time.perf_counter() - started, self._last_time)

    def interrupt(self) -> None:
        """Make a blocked read return soon where that is possible; from any thread."""
        source = self._source
        if source is not None:
            source.interrupt()

    def _play(self, source: Source) -> None:
        """Return when a live source or a round is over or everything closes."""
        while not self._slot.closing:
            target = self._slot.take_seek()
            if target is not None and isinstance(source, Seekable):
                self._first_index = 0
                source.seek(target)
            started = time.perf_counter()
            frame = source.read()
            if frame is not None:
                frame = replace(frame, read_ms=1000 * (time.perf_counter() - started))
                self._retry = self._first_retry
                self._slot.put(self._numbered(frame), live=source.live)
            elif source.live or self._loop:
                return
            else:
                self._listener.finished(None)
                self._slot.wait_for_seek()

    def _numbered(self, frame: Frame) -> Frame:
        index = self._first_index + frame.index
        self._next_index = index + 1
        self._last_time = self._time_offset + frame.time
        return replace(frame, index=index, time=self._last_time)
