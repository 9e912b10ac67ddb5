"""Work off the window's thread, and the way back to it."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from functools import cache
from typing import Generic, TypeVar

from PyQt6 import sip
from PyQt6.QtCore import QObject, Qt, pyqtSignal

T = TypeVar("T")


class _Delivery(QObject):
    _posted = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        # PyQt's stubs lack the second argument.
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)  # type: ignore[call-arg]

    def post(self, call: Callable[[], object]) -> None:
        # A thread that outlives the application has nothing left to report to.
        with contextlib.suppress(RuntimeError):
            self._posted.emit(call)

    def _run(self, call: Callable[[], object]) -> None:
        call()


@cache
def _delivery() -> _Delivery:
    return _Delivery()


def prepare_delivery() -> None:
    """Tie deliveries to this thread: called once on the window's thread, before any work."""
    _delivery()


def call_on_window_thread(call: Callable[[], object]) -> None:
    """Run ``call`` on the window's thread soon; may be called from any thread."""
    _delivery().post(call)


class NewestOnly(Generic[T]):
    """Hands values to the window's thread; :meth:`put` may be called from any thread.

    At most one delivery waits at any time and it takes the newest, so a window that paints slowly
    skips values instead of falling behind.
    """

    def __init__(self, deliver: Callable[[T], object]) -> None:
        """Call ``deliver`` on the window's thread with the newest value."""
        self._deliver = deliver
        self._lock = threading.Lock()
        self._newest: T | None = None

    def put(self, value: T) -> None:
        with self._lock:
            delivery_waits = self._newest is not None
            self._newest = value
        if not delivery_waits:
            call_on_window_thread(self._take)

    def _take(self) -> None:
        with self._lock:
            value, self._newest = self._newest, None
        if value is not None:
            self._deliver(value)


def run_once(
    name: str,
    owner: QObject,
    job: Callable[[], T],
    done: Callable[[T], object],
    failed: Callable[[Exception], object] | None = None,
) -> None:
    """Do one job on a thread of its own, where it may hang without holding up others.

    The arguments are those of :class:`Worker` and :meth:`Worker.submit`.
    """
    worker = Worker(name, owner)
    worker.submit(job, done, failed)
    worker.stop()


class Worker:
    """One daemon thread that does jobs in order.

    A daemon, because a job may hang in a camera driver and must not keep the application alive.
    """

    def __init__(self, name: str, owner: QObject) -> None:
        """Start idle; answers are dropped once ``owner`` is deleted."""
        prepare_delivery()
        self._owner = owner
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(
        self,
        job: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Do ``job`` on the thread, then call one of the others on the window's thread.

        Args:
            job: The work.
            done: Gets what the job returned.
            failed: Gets what it raised; without it the exception is raised on the window's
                thread, where the application's handler shows it.
        """

        def work() -> None:
            try:
                result = job()
            # Nothing is swallowed: whatever it is, the window's thread deals with it.
            except Exception as error:
                caught = error
                self._answer(lambda: (failed or _raise)(caught))
            else:
                self._answer(lambda: done(result))

        self._jobs.put(work)

    def finish(self, timeout: float) -> bool:
        """Stop after the jobs already submitted; return whether ``timeout`` seconds were enough."""
        self.stop()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def stop(self) -> None:
        """Stop after the jobs already submitted, without waiting."""
        self._jobs.put(None)

    def _answer(self, call: Callable[[], object]) -> None:
        def deliver() -> None:
            if not sip.isdeleted(self._owner):
                call()

        call_on_window_thread(deliver)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _raise(error: Exception) -> None:
    raise error
