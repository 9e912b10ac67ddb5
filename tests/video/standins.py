"""Stand-ins for detectors and sources."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import supervision as sv

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import Preset
from pedcam.video.sources.frame import Frame, Source, SourceError
from pedcam.video.stream.results import Result, StreamState, StreamStatus
from tests.factories import HEIGHT, WIDTH, fake_preset, number_in, numbered_image

PATIENCE = 20.0  # seconds after which something that must happen counts as not happening


class FakeDetector:
    """Finds one box whose left edge is the number in the picture; can be held and broken."""

    provider = "cpu"
    problem = ""

    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self.calls = 0
        self.started = queue.Queue[int]()
        self.let_go: threading.Semaphore | None = None
        self.failure: Exception | None = None
        self.thresholds: list[float | None] = []

    def warm_up(self) -> None:
        pass

    def at(self, preset: Preset) -> "FakeDetector":
        return self

    def hold(self) -> None:
        """Make every detection wait for `let_go.release()`."""
        self.let_go = threading.Semaphore(0)

    def detect(self, image: np.ndarray, score_threshold: float | None = None) -> sv.Detections:
        self.calls += 1
        self.thresholds.append(score_threshold)
        number = number_in(image)
        self.started.put(number)
        if self.let_go is not None:
            assert self.let_go.acquire(timeout=PATIENCE), "nobody let the detector go on"
        if self.failure is not None:
            raise self.failure
        return sv.Detections(
            xyxy=np.array([[number, 1, number + 10, 21]], np.float32),
            confidence=np.array([0.75], np.float32),
            class_id=np.array([0]),
        )


class Bench:
    """A pool of stand-in detectors."""

    def __init__(
        self, names: Iterable[str], make: Callable[[Preset], Any] | None = None, lanes: int = 1
    ) -> None:
        self.detectors = {name: FakeDetector(fake_preset(name)) for name in names}
        presets = [detector.preset for detector in self.detectors.values()]
        self.pool = DetectorPool(presets, lanes=lanes, make=make or self._make)

    def _make(self, preset: Preset, **_: Any) -> FakeDetector:
        return self.detectors[preset.name]

    def warm(self) -> "Bench":
        for name in self.detectors:
            self.pool.get(name)
        return self


class Audience:
    """Remembers what a stream says, and waits for it."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.results: list[Result] = []
        self.statuses: list[StreamStatus] = []
        self.log: list[Result | StreamStatus] = []

    def on_result(self, result: Result) -> None:
        with self.changed:
            self.results.append(result)
            self.log.append(result)
            self.changed.notify_all()

    def on_status(self, status: StreamStatus) -> None:
        with self.changed:
            self.statuses.append(status)
            self.log.append(status)
            self.changed.notify_all()

    @property
    def states(self) -> list[StreamState]:
        return [status.state for status in self.statuses]

    def wait(self, condition: Callable[[], Any]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, PATIENCE), f"never came: {self.log[-5:]}"

    def wait_results(self, count: int) -> list[Result]:
        self.wait(lambda: len(self.results) >= count)
        return self.results

    def wait_state(self, state: StreamState, count: int = 1) -> StreamStatus:
        self.wait(lambda: self.states.count(state) >= count)
        return [status for status in self.statuses if status.state is state][count - 1]


class FakeSource(Source):
    """Gives what is put into it: a number is a frame, an exception is raised, None is the end."""

    title = "Fake"
    size = (WIDTH, HEIGHT)
    duration = None

    def __init__(self, items: Iterable[int | Exception | None] = (), *, live: bool) -> None:
        self.live = live
        self.rate = 0.0
        self.index = 0
        self.closed = threading.Event()
        self._changed = threading.Condition()
        self._items = deque(items)
        self._reading = False

    def read(self) -> Frame | None:
        with self._changed:
            self._reading = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._items)
            self._reading = False
            item = self._items.popleft()
        if isinstance(item, Exception):
            raise item
        if item is None:
            return None
        index = self.index
        self.index += 1
        return Frame(numbered_image(item), index, index * 0.04, 0.0)

    def seek(self, time: float, *, before: bool = False) -> None:
        """Stay where it is: what it gives is up to the test."""

    def give(self, *items: int | Exception | None) -> None:
        with self._changed:
            self._items.extend(items)
            self._changed.notify_all()

    def wait_hungry(self) -> None:
        """Wait until everything was read and handed on, and more is asked for."""
        with self._changed:
            asked = self._changed.wait_for(lambda: self._reading and not self._items, PATIENCE)
        assert asked, "nobody reads"

    def close(self) -> None:
        self.closed.set()

    def interrupt(self) -> None:
        self.give(None)


class HungSource(FakeSource):
    """Gives one frame and then hangs, deaf to interrupts, until it is released."""

    def __init__(self) -> None:
        super().__init__([0], live=True)
        self.hangs = threading.Event()
        self.released = threading.Event()

    def read(self) -> Frame | None:
        if self.index:
            self.hangs.set()
            assert self.released.wait(PATIENCE)
            raise SourceError("it came back")
        return super().read()

    def interrupt(self) -> None:
        pass
