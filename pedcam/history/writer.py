"""Writing of the history beside a stream, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from pedcam.history.schema import HistoryBusyError, HistoryDamagedError, HistoryError
from pedcam.history.session import Record, Sighting
from pedcam.history.store import DAY, History
from pedcam.history.values import HistoryQuery, HistorySource, Keeping, PastEvent
from pedcam.video.stream.results import Result

MOST_QUEUED = 1000  # results
MOST_PICTURES = 4  # among those
CLOSE_TIMEOUT = 1.0  # seconds
_CHECK_SIZE = 60.0  # seconds
_RETRY, _RETRY_BUSY = 10.0, 2.0  # seconds
_MOST_ENDED = 4

_log = logging.getLogger(__name__)


class SessionLog:
    """Where the results of one source go, from its opening to its end. Thread-safe.

    Attributes:
        source: Where the frames come from.
        session: Its number in the history; ``None`` while nothing of it is written.
    """

    def __init__(
        self, writer: HistoryWriter, source: HistorySource, live: Callable[[], bool]
    ) -> None:
        """Prepare; nothing is written before something was seen."""
        self.source = source
        self.session: int | None = None
        self.is_live = live
        self._writer = writer

    def put(self, result: Result) -> None:
        """Take a result; called on the detector thread, returns at once."""
        self._writer.put(self, result)

    def end(self) -> None:
        """No result comes any more; returns at once."""
        self._writer.end(self)


class HistoryWriter:
    """Writes down what the people of streams do, without holding the streams up.

    Events are on the disk a second or two after they happened. Whatever is wrong with the file, the
    streams go on; events wait within a bounded memory until it works again.

    Attributes:
        path: The file.
        dropped: Results left out as this thread could not follow.
        lost: Events given up as they could not be written for too long.
    """

    def __init__(
        self,
        path: Path,
        keeping: Keeping | None = None,
        *,
        on_events: Callable[[SessionLog, Sequence[PastEvent]], None] | None = None,
        on_problem: Callable[[str], None] | None = None,
        on_note: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.time,
        tell_every: float = 0.2,
        write_every: float = 1.0,
    ) -> None:
        """Prepare.

        Args:
            path: The file.
            keeping: What is kept.
            on_events: Called on this thread with what happened since the last time.
            on_problem: Called on this thread with why nothing is written now, and with an empty
                text when it is again.
            on_note: Called on this thread with what else people should know.
            clock: Seconds since 1970 (UTC).
            tell_every: Seconds between calls of ``on_events``, at least.
            write_every: Seconds between writes, at least.
        """
        self.path = path
        self.dropped = self.lost = 0
        self._keeping = keeping or Keeping()
        self._on_events = on_events or (lambda log, events: None)
        self._clock = clock
        self._tell_every, self._write_every = tell_every, write_every
        self._changed = threading.Condition()
        self._queue: deque[tuple[SessionLog, Sighting] | Callable[[], None]] = deque()
        self._results = self._pictures = 0
        self._closing = False
        # From here on this thread's own.
        self._records: dict[SessionLog, Record] = {}
        self._history = History(path)
        self._on_problem = on_problem or (lambda text: None)
        self._on_note = on_note or (lambda text: None)
        self._problem = ""
        now = time.monotonic()
        self._tell_at = self._write_at = self._check_at = now
        self._forget_at = now
        self._thread = threading.Thread(target=self._run, name="pedcam-history", daemon=True)

    @property
    def keeping(self) -> Keeping:
        """What is kept."""
        return self._keeping

    def start(self) -> None:
        """Begin; results put before wait in memory."""
        self._thread.start()

    def begin(self, source: HistorySource, live: Callable[[], bool] = lambda: False) -> SessionLog:
        """Return where the results of a source are to go; nothing is opened here.

        Args:
            source: The source.
            live: Tells whether it is a live one, once it has given a result.
        """
        return SessionLog(self, source, live)

    def put(self, log: SessionLog, result: Result) -> None:
        """Take a result; where this thread cannot follow, it is dropped and counted."""
        counts, frame = result.counts, result.frame
        if counts is None:
            return
        wanted = self._keeping.snapshots and any(
            event.frame == frame.index for event in counts.events
        )
        live = log.is_live()
        with self._changed:
            if self._closing:
                return
            if self._results >= MOST_QUEUED:
                self.dropped += 1
                return
            # Pictures are large: a few may wait, the other events do without.
            image = frame.image if wanted and live and self._pictures < MOST_PICTURES else None
            sighting = Sighting(
                counts,
                result.detections,
                index=frame.index,
                time=frame.time,
                segment=frame.segment,
                at=self._clock(),
                live=live,
                image=image,
            )
            self._results += 1
            self._pictures += image is not None
            self._queue.append((log, sighting))
            self._changed.notify()

    def end(self, log: SessionLog) -> None:
        """A session is over; what waits of it is written."""

        def close() -> None:
            record = self._records.get(log)
            if record is not None:
                record.over = True
                self._write_at = time.monotonic()

        self._command(close)

    def set_keeping(self, keeping: Keeping) -> None:
        """Change what is kept; fewer days delete what is older at once, and 0 days everything."""

        def change() -> None:
            if keeping.days != self._keeping.days or keeping.limit != self._keeping.limit:
                self._forget_at = self._check_at = time.monotonic()
            self._keeping = keeping

        self._command(change)

    def flush(self, timeout: float) -> bool:
        """Write what waits; tell whether ``timeout`` seconds were enough."""
        done = threading.Event()

        def write() -> None:
            self._tell()
            self._write()
            done.set()

        self._command(write)
        return done.wait(timeout)

    def close(self, timeout: float = CLOSE_TIMEOUT) -> bool:
        """Write what waits and end; tell whether ``timeout`` seconds were enough."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _command(self, command: Callable[[], None]) -> None:
        with self._changed:
            self._queue.append(command)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closing, self._patience())
                item = self._queue.popleft() if self._queue else None
                last = item is None and self._closing
                if isinstance(item, tuple):
                    self._results -= 1
                    self._pictures -= item[1].image is not None
            try:
                self._do(item)
                if last:
                    self._finish()
            # Whatever goes wrong here must neither end the history for good nor pass unseen.
            except Exception:
                _log.exception("the history was not written")
                self._tell_problem("The history is not written, as something went wrong in pedcam.")
            if last:
                self._history.close()
                return

    def _do(self, item: tuple[SessionLog, Sighting] | Callable[[], None] | None) -> None:
        if isinstance(item, tuple):
            log, sighting = item
            record = self._records.get(log)
            if record is None:
                record = self._records[log] = Record(log.source)
            self.lost += record.add(sighting, blurred=self._keeping.blurred)
        elif item is not None:
            item()
        now = time.monotonic()
        if now >= self._tell_at and self._anything_untold:
            self._tell()
        if now >= self._write_at and self._anything_urgent:
            self._write()
        if now >= self._check_at:
            self._check_at = now + _CHECK_SIZE
            self._tidy(now)
        self._drop_ended()

    @property
    def _anything_untold(self) -> bool:
        return any(record.untold for record in self._records.values())

    @property
    def _anything_urgent(self) -> bool:
        return any(record.urgent for record in self._records.values())

    def _patience(self) -> float:
        """Return the seconds until there is something to do without being asked."""
        times = [self._check_at]
        if self._anything_untold:
            times.append(self._tell_at)
        if self._anything_urgent:
            times.append(self._write_at)
        return max(0.0, min(times) - time.monotonic())

    def _finish(self) -> None:
        for record in self._records.values():
            record.over = True
        self._tell()
        self._write()

    def _tell(self) -> None:
        self._tell_at = time.monotonic() + self._tell_every
        for log, record in self._records.items():
            if record.untold:
                events, record.untold = record.untold, []
                self._on_events(log, events)

    def _write(self) -> None:
        self._write_at = time.monotonic() + self._write_every
        if self._keeping.days <= 0:
            for record in self._records.values():
                record.forget()
        elif self._anything_urgent:
            self._write_at += self._attempt(self._write_records)

    def _write_records(self) -> None:
        self._open(create=True)
        for log, record in self._records.items():
            log.session = record.write(self._history, log.session)

    def _open(self, *, create: bool = False) -> None:
        # The numbers of sessions are those of another file.
        if self._history.open(create=create):
            for log in self._records:
                log.session = None
            if self._history.note:
                self._on_note(self._history.note)

    def _attempt(self, action: Callable[[], None]) -> float:
        """Do something with the file; return the seconds to wait before the next attempt."""
        try:
            try:
                action()
            except HistoryDamagedError:
                note = self._history.set_aside()
                if not note:
                    raise
                self._on_note(note)
                action()
        except HistoryError as error:
            self._history.close()
            self._tell_problem(str(error))
            return _RETRY_BUSY if isinstance(error, HistoryBusyError) else _RETRY
        self._tell_problem("")
        return 0.0

    def _tell_problem(self, text: str) -> None:
        if text != self._problem:
            self._problem = text
            self._on_problem(text)

    def _drop_ended(self) -> None:
        ended = [log for log, record in self._records.items() if record.over]
        # Those that could not be written wait, but not more and more of them.
        surplus = max(0, len(ended) - _MOST_ENDED)
        for place, log in enumerate(ended):
            record = self._records[log]
            if place < surplus or not (record.urgent or record.untold):
                del self._records[log]

    def _tidy(self, now: float) -> None:
        if not self.path.exists():
            return
        days = self._keeping.days
        old = HistoryQuery(until=self._clock() - days * DAY if days > 0 else None)

        def forget() -> None:
            self._open()
            self._history.delete(old)
            self._forget_at = now + DAY

        if now >= self._forget_at:
            self._attempt(forget)
        if days > 0:
            self._attempt(lambda: self._history.shrink(self._keeping.limit))
        else:
            self._history.close()
