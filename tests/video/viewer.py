"""Somebody who watches streams of real servers: waits for what must come, and checks it."""

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pedcam.video.sources.spec import open_source
from pedcam.video.stream.capture import Watchdog
from pedcam.video.stream.results import StreamState
from pedcam.video.stream.stream import Stream
from tests.factories import number_in
from tests.video.servers import PICTURES
from tests.video.standins import Audience, Bench

PATIENCE = 40.0  # seconds; servers take their time to start
TIMEOUT = 1.5  # seconds of a source; 10 in the application
TORN = 2  # pictures before a loss that may be damaged

Watch = Callable[..., Stream]


class Viewer(Audience):
    """Remembers what a stream says, and waits for it longer than others."""

    def wait(self, condition: Callable[[], Any]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), f"never came: {self.states}"

    def wait_more(self, count: int = 5) -> None:
        wanted = len(self.results) + count
        self.wait(lambda: len(self.results) >= wanted)

    @property
    def segment(self) -> int:
        """Number of the connection that the last picture came by."""
        return self.results[-1].frame.segment

    def wait_return(self, after: int, count: int = 5) -> None:
        """Wait for so many results of a later connection than the one of that number."""
        self.wait(lambda: len(self.results) >= count and self.results[-count].frame.segment > after)

    def wait_losses(self, count: int) -> None:
        """Wait until the source was lost, or could not be reached, so many times in all."""
        self.wait(lambda: self.states.count(StreamState.RECONNECTING) >= count)

    def check_order(self) -> None:
        indices = [result.frame.index for result in self.results]
        times = [result.frame.time for result in self.results]
        assert indices == sorted(set(indices))
        assert times == sorted(set(times))

    def offsets(self) -> list[set[int]]:
        """Of each connection, by how much numbers in pictures differ from those of the frames.

        One value means that its pictures were read one by one, whole and in order.
        """
        found: defaultdict[int, list[int]] = defaultdict(list)
        for result in self.results:
            difference = (number_in(result.frame.image) - result.frame.index) % PICTURES
            found[result.frame.segment].append(difference)
        return [set(differences[:-TORN]) for differences in found.values()]


@contextmanager
def watching(bench: Bench, viewer: Viewer) -> Iterator[Watch]:
    """Starts streams, which are closed at the end."""
    streams: list[Stream] = []

    def watch(address: str, timeout: float = TIMEOUT) -> Stream:
        stream = Stream(
            address,
            bench.pool,
            "a",
            on_result=viewer.on_result,
            on_status=viewer.on_status,
            opener=lambda spec: open_source(spec, timeout=timeout),
            first_retry=0.2,
            watchdog=Watchdog(stall_after=0.5),
        )
        streams.append(stream)
        stream.start()
        return stream

    try:
        yield watch
    finally:
        for stream in streams:
            stream.close()


@contextmanager
def running() -> Iterator[Callable[[Any], Any]]:
    """Starts servers, which end at the end."""
    servers: list[Any] = []

    def run(server: Any) -> Any:
        # Before it starts, so that one that does not come up ends as well.
        servers.append(server)
        server.start()
        return server

    try:
        yield run
    finally:
        for server in servers:
            server.kill()


def tell(what: str, since: float) -> None:
    """Say on a terminal how long something took; ``pytest -s`` shows it."""
    sys.stdout.write(f"\n{what} {time.perf_counter() - since:.1f} s\n")
