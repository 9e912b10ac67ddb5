"""Writing of the history beside a stream, in a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from pedcam.history.schema import HistoryDamagedError, HistoryError
from pedcam.history.session import Session
from pedcam.history.store import DAY, History
from pedcam.history.values import HistoryQuery, Keeping, PastEvent
from pedcam.video.people.counts import Event
from pedcam.video.sources.frame import NO_IMAGE
from pedcam.video.stream.results import Result

MOST_QUEUED = 1000  # results
MOST_PICTURES = 4  # among those
CLOSE_TIMEOUT = 1.0  # seconds
_CHECK = 60.0  # seconds
_RETRY = 5.0  # seconds
_MOST_SESSIONS = 5

_log = logging.getLogger(__name__)


class HistoryWriter:
    """Writes down what the people of streams do, without holding the streams up.

    Events are on the disk a second or two after they happened. Whatever is wrong with the file, the
    streams go on; events wait within a bounded memory until it works again.
    """

    def __init__(
        self,
        path: Path,
        keeping: Keeping | None = None,
        *,
        on_events: Callable[[Session, Sequence[PastEvent]], None] | None = None,
        on_clip: Callable[[Session, Event, Path], None] | None = None,
        on_problem: Callable[[str], None] | None = None,
        on_note: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.time,
        write_every: float = 1.0,
    ) -> None:
        """Prepare; the callbacks come on the writer's thread.

        ``on_clip`` is called once an event has its clip; ``on_problem`` with why nothing is
        written now, and with an empty text when it is again; ``on_note`` with what else people
        should know. ``clock`` gives seconds since 1970 (UTC); writes are ``write_every`` seconds
        apart.
        """
        self.path = path
        self.keeping = keeping or Keeping()  # see set_keeping()
        self.dropped = 0  # results left out as this thread could not follow
        self._on_events = on_events or (lambda session, events: None)
        self._on_clip = on_clip or (lambda session, event, clip: None)
        self._on_problem = on_problem or (lambda text: None)
        self._on_note = on_note or (lambda text: None)
        self._clock = clock
        self._write_every = write_every
        self._queue = queue.SimpleQueue[Callable[[], None]]()
        self._closing = self._finished = False
        # From here on this thread's own.
        # Those before the last few are over: should they wait to be written, they are given up.
        self._sessions: deque[Session] = deque(maxlen=_MOST_SESSIONS)
        self._history = History(path)
        self._problem = ""
        self._write_at = self._check_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="pedcam-history", daemon=True)

    def start(self) -> None:
        """Begin; results put before wait in memory."""
        self._thread.start()

    def put(self, session: Session, result: Result) -> None:
        """Take a result; called on the detector's thread, returns at once.

        Where this thread cannot follow, it is dropped and counted.
        """
        counts, frame = result.counts, result.frame
        if counts is None:
            return
        waiting = self._queue.qsize()
        if self._closing or waiting >= MOST_QUEUED:
            self.dropped += not self._closing
            return
        live = session.is_live()
        wanted = live and self.keeping.snapshots
        wanted = wanted and any(event.frame == frame.index for event in counts.events)
        # Pictures are large: a few may wait, the other events do without.
        if not wanted or waiting >= MOST_PICTURES:
            result = replace(result, frame=replace(frame, image=NO_IMAGE))
        self._queue.put(partial(self._take, session, result, self._clock(), live))

    def attach_clip(self, session: Session, event: Event, clip: Path) -> None:
        """Give an event of a session its clip, before or after it is written; returns at once.

        The file belongs to the history from now on, which deletes it with the last of its events,
        or soon where no such event is written. Several events may have the same one.

        Raises:
            ValueError: It is not in :func:`~pedcam.history.store.clips_folder`.
        """
        if self._history.clips.path(clip.name) != clip:
            raise ValueError(f"{clip} is not in {self._history.clips.folder}")

        def attach() -> None:
            if self.keeping.days <= 0:
                self._history.clips.delete([clip.name])
                return
            if session not in self._sessions:
                self._sessions.append(session)
            session.attach_clip(event, clip)

        self._queue.put(attach)

    def end(self, session: Session) -> None:
        """Write what waits of a session, as it is over; returns at once."""

        def close() -> None:
            session.finish()
            self._write_at = time.monotonic()

        self._queue.put(close)

    def set_keeping(self, keeping: Keeping) -> None:
        """Change what is kept; fewer days delete what is older at once, 0 days everything."""

        def change() -> None:
            self.keeping = keeping
            self._check_at = time.monotonic()

        self._queue.put(change)

    def flush(self, timeout: float) -> bool:
        """Write what waits; return whether ``timeout`` seconds were enough."""
        done = threading.Event()

        def write() -> None:
            self._write()
            done.set()

        self._queue.put(write)
        return done.wait(timeout)

    def close(self, timeout: float = CLOSE_TIMEOUT) -> bool:
        """Write what waits and end; return whether ``timeout`` seconds were enough."""
        self._closing = True
        self._queue.put(self._finish)
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._finished:
            patience = min(due for due, _ in self._jobs()) - time.monotonic()
            command = None
            with suppress(queue.Empty):
                command = self._queue.get(timeout=max(0.0, patience))
            try:
                if command is not None:
                    command()
                for due, job in self._jobs():
                    if time.monotonic() >= due:
                        job()
            # A failure here must neither end the history for good nor pass unseen.
            except Exception:
                _log.exception("the history was not written")
                self._report("The history is not written, as something went wrong in pedcam.")
        self._history.close()

    def _take(self, session: Session, result: Result, at: float, live: bool) -> None:
        if session not in self._sessions:
            self._sessions.append(session)
        events = session.add(result, at, live, blurred=self.keeping.blurred)
        if events:
            self._on_events(session, events)

    def _jobs(self) -> list[tuple[float, Callable[[], None]]]:
        """Return what is to be done without being asked, and when."""
        jobs = [(self._check_at, self._delete_old)]
        if any(session.urgent for session in self._sessions):
            jobs.append((self._write_at, self._write))
        return jobs

    def _finish(self) -> None:
        self._finished = True
        for session in self._sessions:
            session.finish()
        self._write()

    def _write(self) -> None:
        self._write_at = time.monotonic() + self._write_every
        if self.keeping.days <= 0:
            for session in self._sessions:
                session.forget()
        elif any(session.urgent for session in self._sessions):
            self._write_at += self._attempt(self._write_sessions, create=True)

    def _write_sessions(self) -> None:
        for session in self._sessions:
            for event, clip in session.write(self._history):
                self._on_clip(session, event, clip)

    def _delete_old(self) -> None:
        self._check_at = time.monotonic() + _CHECK
        days = self.keeping.days
        old = HistoryQuery(until=self._clock() - days * DAY if days > 0 else None)
        self._attempt(lambda: self._history.delete(old))
        self._attempt(lambda: self._history.sweep(self._clock()))
        if days > 0:
            self._attempt(lambda: self._history.shrink(self.keeping.limit))
        else:
            self._history.close()

    def _open(self, *, create: bool) -> None:
        if self._history.open(create=create):
            # In another file, others have these numbers.
            for session in self._sessions:
                session.number = None
            if self._history.note:
                self._on_note(self._history.note)

    def _attempt(self, action: Callable[[], None], *, create: bool = False) -> float:
        """Do something with the file; return the seconds to wait before the next attempt."""
        try:
            try:
                self._open(create=create)
                action()
            except HistoryDamagedError:
                note = self._history.set_aside()
                if not note:
                    raise
                self._on_note(note)
                self._open(create=create)
                action()
        except HistoryError as error:
            self._history.close()
            self._report(str(error))
            return _RETRY
        self._report("")
        return 0.0

    def _report(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self._on_problem(problem)
