"""Sends messages from threads of its own."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from pedcam.rules.sending.addresses import Address
from pedcam.rules.sending.delivery import Problem, deliver
from pedcam.rules.sending.dispatch import LOOK_AGAIN, Dispatch, Job, SendCounts
from pedcam.rules.sending.message import Message
from pedcam.rules.sending.outbox import Outbox

PER_HOUR = 30
MOST_UNTAKEN = 100  # messages in memory, where the disk hangs

_log = logging.getLogger(__name__)


class Sender:
    """Sends messages to the user's addresses; every method may be called from any thread.

    A message is on disk until every address has accepted it, or it was given up: one that is a day
    old, or that an address refused so that trying again does not help. It may come twice where the
    process was killed between its acceptance and the note of it; its id is the same then.

    One thread keeps the messages, and each delivery has a thread while it lasts: a server that
    hangs delays nothing but its own messages.
    """

    def __init__(
        self,
        folder: Path,
        addresses: Sequence[Address] | None = None,
        *,
        per_hour: int = PER_HOUR,
        on_problem: Callable[[str], object] = lambda text: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the thread; nothing is written until there is a message.

        Args:
            folder: Where messages wait, see :func:`pedcam.rules.sending.outbox.outbox_folder`.
            addresses: Where to; ``None`` while they are not known, and messages wait.
            per_hour: Messages an hour at most; what comes beyond is dropped.
            on_problem: Gets what people should know, once for each change, on the sender's thread.
            clock: Seconds, for pauses and the limit.
        """
        self._dispatch = Dispatch(Outbox(folder), on_problem, clock=clock)
        self._dispatch.set_limit(per_hour)
        self._dispatch.set_addresses(addresses)
        self._events: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._deliveries = 0
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="pedcam-sender", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> SendCounts:
        return self._dispatch.counts

    def send(self, message: Message) -> None:
        """Take a message and return at once."""
        if self._events.qsize() < MOST_UNTAKEN:
            self._events.put(partial(self._dispatch.take, message))
        else:
            self._events.put(partial(self._dispatch.lose, 1))

    def set_addresses(self, addresses: Sequence[Address] | None) -> None:
        """Send to these from now on; one that is new or changed is tried at once."""
        self._events.put(partial(self._dispatch.set_addresses, addresses))

    def set_limit(self, per_hour: int) -> None:
        """Take so many messages an hour at most."""
        self._events.put(partial(self._dispatch.set_limit, per_hour))

    def close(self, timeout: float) -> bool:
        """Begin no delivery any more, and wait for those that have begun.

        What waits stays on disk for the next time.

        Returns:
            Whether ``timeout`` seconds were enough. What was still being delivered may come twice.
        """
        self._events.put(self._begin_closing)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _begin_closing(self) -> None:
        self._closing = True

    def _run(self) -> None:
        while not self._closing or self._deliveries:
            pause = LOOK_AGAIN
            with _going_on():
                pause = self._next_pause()
            with _going_on(), suppress(queue.Empty):
                self._events.get(timeout=pause)()
        self._dispatch.close()

    def _next_pause(self) -> float:
        """Start what is to be delivered, and return how many seconds to wait for an event."""
        # What waits in memory is written first: there it outlives a kill.
        if not self._closing and self._events.empty():
            for job in self._dispatch.jobs():
                self._deliveries += 1
                threading.Thread(
                    target=self._deliver, args=(job,), name="pedcam-send", daemon=True
                ).start()
        return self._dispatch.pause()

    def _deliver(self, job: Job) -> None:
        try:
            problem = deliver(job.address.url, job.entry.message, job.entry.picture)
        except Exception as error:  # what it says may be the address
            _log.error("a delivery failed: %s", type(error).__name__)
            problem = Problem("Something went wrong in pedcam.")
        self._events.put(partial(self._finish, job, problem))

    def _finish(self, job: Job, problem: Problem | None) -> None:
        self._deliveries -= 1
        self._dispatch.finish(job, problem)


@contextmanager
def _going_on() -> Iterator[None]:
    """Keep what goes wrong in one step from ending the sending for good."""
    try:
        yield
    except Exception:
        _log.exception("sending failed")
