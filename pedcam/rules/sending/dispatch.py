"""Which message goes to which address, and when; knows neither threads nor the network."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pedcam.rules.sending.addresses import Address
from pedcam.rules.sending.delivery import Problem
from pedcam.rules.sending.message import Message
from pedcam.rules.sending.outbox import Entry, Outbox

FIRST_PAUSE = 5.0  # seconds after a failure; doubled by each further one
LONGEST_PAUSE = 900.0
JITTER = 0.25  # of a pause, either way
PATIENCE = 60.0  # seconds of a delivery until people are told
MOST_REFUSALS = 5  # in a row, where trying again does not help, until a message is given up
OLDEST = 86400.0  # seconds; nobody wants an alert of yesterday
HOUR = 3600.0
LOOK_AGAIN = 30.0  # seconds; another process may have left messages in the outbox


@dataclass(frozen=True)
class SendCounts:
    """Messages that all addresses accepted, that were given up or not taken, and that wait."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Job:
    """A message that is to be delivered to an address now."""

    address: Address
    entry: Entry


@dataclass
class _Route:
    address: Address
    failures: int = 0  # in a row
    refusals: int = 0  # in a row, of the kind that trying again does not help
    due: float = 0.0
    busy_since: float | None = None

    def end(self, problem: Problem | None, clock: float, jitter: float) -> None:
        self.busy_since = None
        if problem is None:
            self.failures = self.refusals = 0
            return
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self.failures, 20))
        self.due = clock + pause * (1 - JITTER + 2 * JITTER * jitter)
        self.failures += 1
        self.refusals = self.refusals + 1 if problem.permanent else 0


class Dispatch:
    """Keeps messages until every address has accepted them; for one thread.

    Attributes:
        counts: What became of the messages.
    """

    def __init__(
        self,
        outbox: Outbox,
        on_problem: Callable[[str], object],
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Start without addresses.

        Args:
            outbox: Where messages wait.
            on_problem: Gets what people should know, once for each change.
            clock: Seconds, for pauses and the limit.
            now: Seconds since 1970 (UTC), for the age of messages.
            jitter: A number from 0 to 1, so that not everybody tries again at once.
        """
        self.counts = SendCounts()
        self._outbox, self._on_problem = outbox, on_problem
        self._clock, self._now, self._jitter = clock, now, jitter
        self._routes: dict[str, _Route] | None = None
        self._per_hour = 0
        self._taken: deque[float] = deque()
        self._problems: dict[str, str] = {}

    def set_limit(self, per_hour: int) -> None:
        self._per_hour = per_hour

    def set_addresses(self, addresses: Sequence[Address] | None) -> None:
        """Use these addresses; one that is new or changed is tried at once."""
        if addresses is None:
            self._routes = None
            return
        known = self._routes or {}
        self._routes = {}
        for address in addresses:
            if address.enabled:
                route = known.get(address.name)
                unchanged = route is not None and route.address == address
                self._routes[address.name] = (
                    route if route is not None and unchanged else _Route(address)
                )
        for name in known.keys() - self._routes.keys():
            self._tell(f"“{name}”", "")

    def take(self, message: Message) -> None:
        """Keep a message, unless there were too many within an hour."""
        clock, limit = self._clock(), self._per_hour
        while self._taken and clock - self._taken[0] >= HOUR:
            self._taken.popleft()
        limited = len(self._taken) >= limit
        above = f"The limit of {limit} alerts an hour is reached. Further ones are not sent."
        self._tell("limit", above if limited else "")
        nowhere = self._routes is not None and not self._routes
        self._tell("nowhere", "There is no address to send alerts to." if nowhere else "")
        if limited or nowhere:
            self.lose(1)
            return
        self._taken.append(clock)
        try:
            dropped = self._outbox.add(message, None if self._routes is None else [*self._routes])
        except OSError as error:
            self.lose(1)
            self._tell_disk(error)
            return
        self._tell("disk", "")
        self.lose(dropped)
        full = "Too many alerts wait to be sent. The oldest are dropped."
        self._tell("full", full if dropped else "")

    def lose(self, count: int) -> None:
        """Count messages that are not sent."""
        self.counts = replace(self.counts, failed=self.counts.failed + count)

    def jobs(self) -> list[Job]:
        """Return what is to be delivered now; each ends with :meth:`finish`."""
        try:
            sends = self._outbox.acquire()
            entries = self._outbox.entries()
            if sends:
                entries = [kept for entry in entries if (kept := self._settle(entry)) is not None]
        except OSError as error:
            self._tell_disk(error)
            return []
        if self._outbox.damaged:
            self.lose(self._outbox.damaged)
            self._outbox.damaged = 0
            aside = self._outbox.folder / "damaged.json"
            self._tell("damaged", f"An alert that waited was damaged. It is now {aside}.")
        self.counts = replace(self.counts, waiting=len(entries))
        if not sends or self._routes is None:
            return []
        clock = self._clock()
        jobs = []
        for name, route in self._routes.items():
            if route.busy_since is not None:
                if clock - route.busy_since >= PATIENCE:
                    self._tell(f"“{name}”", "The server does not answer.")
            elif route.due <= clock:
                entry = next((each for each in entries if name in (each.waiting or ())), None)
                if entry is not None:
                    route.busy_since = clock
                    jobs.append(Job(route.address, entry))
        return jobs

    def pause(self) -> float:
        """Return for how many seconds there is nothing to do, as far as is known."""
        clock = self._clock()
        dues = [route.due - clock for route in (self._routes or {}).values()]
        return min([LOOK_AGAIN, *(due for due in dues if due > 0)])

    def finish(self, job: Job, problem: Problem | None) -> None:
        """Take in how a delivery ended."""
        name = job.address.name
        route = (self._routes or {}).get(name)
        gives_up = False
        # Else the address was changed meanwhile, and what went wrong means nothing any more.
        if route is not None and route.address is job.address:
            route.end(problem, self._clock(), self._jitter())
            gives_up = route.refusals >= MOST_REFUSALS
            text = "" if problem is None else problem.text
            if problem is not None and not problem.permanent:
                text += " Alerts wait until it works."
            self._tell(f"“{name}”", text + " The alert is given up." if gives_up else text)
        entry = self._outbox.find(job.entry)
        if entry is None or (problem is not None and not gives_up):
            return
        try:
            self._settle(self._without(entry, {name}, failed=problem is not None))
        except OSError as error:
            self._tell_disk(error)

    def close(self) -> None:
        """Let another process send."""
        self._outbox.release()

    def _settle(self, entry: Entry) -> Entry | None:
        """Return a message as it is still to be sent; ``None`` if that is over."""
        if self._now() - entry.created > OLDEST:
            self._tell("old", "Alerts that could not be sent for a day are given up.")
            self._outbox.remove(entry)
            self.lose(1)
            return None
        if self._routes is not None:
            if entry.waiting is None:
                entry = self._change(replace(entry, waiting=tuple(self._routes)))
            gone = set(entry.waiting or ()) - self._routes.keys()
            if gone:
                entry = self._without(entry, gone, failed=True)
        if entry.waiting is None or entry.waiting:
            return entry
        self._outbox.remove(entry)
        if entry.failed:
            self.lose(1)
        else:
            self.counts = replace(self.counts, sent=self.counts.sent + 1)
            self._tell("old", "")
        return None

    def _without(self, entry: Entry, names: set[str], *, failed: bool) -> Entry:
        waiting = tuple(name for name in entry.waiting or () if name not in names)
        return self._change(replace(entry, waiting=waiting, failed=entry.failed or failed))

    def _change(self, entry: Entry) -> Entry:
        self._outbox.update(entry)
        self._tell("disk", "")
        return entry

    def _tell_disk(self, error: OSError) -> None:
        self._tell("disk", f"Alerts cannot be kept in {self._outbox.folder}: {error.strerror}.")

    def _tell(self, about: str, text: str) -> None:
        if text != self._problems.get(about, ""):
            self._problems[about] = text
            if text:
                self._on_problem(f"{about}: {text}" if about.startswith("“") else text)
