"""Writing of the history beside a stream, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pedcam.history.pictures import Sighting
from pedcam.history.schema import HistoryBusyError, HistoryDamagedError, HistoryError
from pedcam.history.session import Session
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


class HistoryWriter:
    """Writes down what the people of streams do, without holding the streams up.

    Events are on the disk a second or two after they happened. Whatever is wrong with the file, the
    streams go on; events wait within a bounded memory until it works again.

    Attributes:
        path: The file.
        keeping: What is kept; see :meth:`set_keeping`.
        dropped: Results left out as this thread could not follow.
        lost: Events given up as they could not be written for too long.
    """

    def __init__(
        self,
        path: Path,
        keeping: Keeping | None = None,
        *,
        on_events: Callable[[Session, Sequence[PastEvent]], None] | None = None,
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
        self.keeping = keeping or Keeping()
        self.dropped = self.lost = 0
        self._on_events = on_events or (lambda session, events: None)
        self._on_problem = on_problem or (lambda text: None)
        self._on_note = on_note or (lambda text: None)
        self._clock = clock
        self._tell_every, self._write_every = tell_every, write_every
        self._changed = threading.Condition()
        self._queue: deque[Callable[[], None]] = deque()
        self._results = self._pictures = 0
        self._closing = False
        # From here on this thread's own.
        self._sessions: list[Session] = []
        self._history = History(path)
        self._problem = ""
        self._tell_at = self._write_at = self._check_at = self._forget_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="pedcam-history", daemon=True)

    def start(self) -> None:
        """Begin; results put before wait in memory."""
        self._thread.start()

    def begin(self, source: HistorySource, live: Callable[[], bool] = lambda: False) -> Session:
        """Return where the results of a source are to go; nothing is opened here.

        Args:
            source: The source.
            live: Tells whether it is a live one, once it has given a result.
        """
        return Session(self, source, live)

    def put(self, session: Session, result: Result) -> None:
        """Take a result; where this thread cannot follow, it is dropped and counted."""
        counts, frame = result.counts, result.frame
        if counts is None:
            return
        live = session.is_live()
        wanted = live and self.keeping.snapshots
        wanted = wanted and any(event.frame == frame.index for event in counts.events)
        with self._changed:
            if self._closing:
                return
            if self._results >= MOST_QUEUED:
                self.dropped += 1
                return
            # Pictures are large: a few may wait, the other events do without.
            image = frame.image if wanted and self._pictures < MOST_PICTURES else None
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
            self._queue.append(partial(self._take, session, sighting))
            self._changed.notify()

    def end(self, session: Session) -> None:
        """A session is over; what waits of it is written."""

        def close() -> None:
            session.over = True
            self._write_at = time.monotonic()

        self._command(close)

    def set_keeping(self, keeping: Keeping) -> None:
        """Change what is kept; fewer days delete what is older at once, and 0 days everything."""

        def change() -> None:
            if (keeping.days, keeping.limit) != (self.keeping.days, self.keeping.limit):
                self._forget_at = self._check_at = time.monotonic()
            self.keeping = keeping

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
        last = False
        while not last:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closing, self._patience())
                command = self._queue.popleft() if self._queue else None
                last = command is None and self._closing
            try:
                if command is not None:
                    command()
                self._do_what_is_due()
                if last:
                    self._finish()
            # Whatever goes wrong here must neither end the history for good nor pass unseen.
            except Exception:
                _log.exception("the history was not written")
                self._report("The history is not written, as something went wrong in pedcam.")
        self._history.close()

    def _take(self, session: Session, sighting: Sighting) -> None:
        with self._changed:
            self._results -= 1
            self._pictures -= sighting.image is not None
        if session not in self._sessions:
            self._sessions.append(session)
        self.lost += session.add(sighting, blurred=self.keeping.blurred)

    def _do_what_is_due(self) -> None:
        now = time.monotonic()
        if now >= self._tell_at and self._untold:
            self._tell()
        if now >= self._write_at and self._urgent:
            self._write()
        if now >= self._check_at:
            self._check_at = now + _CHECK_SIZE
            self._delete_old(now)
        ended = [session for session in self._sessions if session.over]
        # Those that could not be written wait, but not more and more of them.
        surplus = max(0, len(ended) - _MOST_ENDED)
        for place, session in enumerate(ended):
            if place < surplus or not (session.urgent or session.untold):
                self._sessions.remove(session)

    @property
    def _untold(self) -> bool:
        return any(session.untold for session in self._sessions)

    @property
    def _urgent(self) -> bool:
        return any(session.urgent for session in self._sessions)

    def _patience(self) -> float:
        """Return the seconds until there is something to do without being asked."""
        times = [self._check_at]
        if self._untold:
            times.append(self._tell_at)
        if self._urgent:
            times.append(self._write_at)
        return max(0.0, min(times) - time.monotonic())

    def _finish(self) -> None:
        for session in self._sessions:
            session.over = True
        self._tell()
        self._write()

    def _tell(self) -> None:
        self._tell_at = time.monotonic() + self._tell_every
        for session in self._sessions:
            if session.untold:
                events, session.untold = session.untold, []
                self._on_events(session, events)

    def _write(self) -> None:
        self._write_at = time.monotonic() + self._write_every
        if self.keeping.days <= 0:
            for session in self._sessions:
                session.forget()
        elif self._urgent:
            self._write_at += self._attempt(self._write_sessions)

    def _write_sessions(self) -> None:
        self._open(create=True)
        for session in self._sessions:
            session.write(self._history)

    def _delete_old(self, now: float) -> None:
        days = self.keeping.days
        old = HistoryQuery(until=self._clock() - days * DAY if days > 0 else None)

        def delete() -> None:
            self._open()
            self._history.delete(old)
            self._forget_at = now + DAY

        if now >= self._forget_at:
            self._attempt(delete)
        if days > 0:
            self._attempt(lambda: self._history.shrink(self.keeping.limit))
        else:
            self._history.close()

    def _open(self, *, create: bool = False) -> None:
        if self._history.open(create=create):
            # In another file, others have these numbers.
            for session in self._sessions:
                session.number = None
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
            self._report(str(error))
            return _RETRY_BUSY if isinstance(error, HistoryBusyError) else _RETRY
        self._report("")
        return 0.0

    def _report(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self._on_problem(problem)
