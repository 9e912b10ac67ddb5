"""Stand-ins for detectors and sources, and little clips whose pictures hold their own number."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import supervision as sv

from pedcam.detect.pool import DetectorPool
from pedcam.detect.presets import Preset, PresetInfo
from pedcam.video.sources.frame import Frame, Source, SourceError
from pedcam.video.stream.results import Result, StreamState, StreamStatus

PATIENCE = 20.0  # seconds after which something that must happen counts as not happening
BITS = 16
WIDTH, HEIGHT = 128, 64


def numbered_image(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A picture that holds a number as two rows of eight black or white fields."""
    bits = [(number >> place) & 1 for place in range(BITS)]
    fields = np.array(bits, np.uint8).reshape(2, 8) * 255
    tall = np.repeat(np.repeat(fields, height // 2, axis=0), width // 8, axis=1)
    image = np.zeros((height, width, 3), np.uint8)
    image[: tall.shape[0], : tall.shape[1]] = tall[:, :, None]
    return image


def number_in(image: np.ndarray) -> int:
    """The number that a picture holds, also after lossy compression."""
    height, width = image.shape[0] // 2, image.shape[1] // 8
    bits = [
        image[row * height : (row + 1) * height, column * width : (column + 1) * width].mean() > 127
        for row in range(2)
        for column in range(8)
    ]
    return sum(int(bit) << place for place, bit in enumerate(bits))


def write_clip(
    path: Path,
    times: Sequence[float],
    *,
    time_base: Fraction = Fraction(1, 1000),
    size: tuple[int, int] = (WIDTH, HEIGHT),
    keyframe_every: int = 12,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Write an H.264 clip with one numbered picture at each time."""
    with av.open(str(path), "w", options=container_options or {}) as container:
        options = {"preset": "ultrafast", "g": str(keyframe_every), "bf": "0"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = time_base
        for number, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(numbered_image(number, *size), format="bgr24")
            frame.pts, frame.time_base = round(time / time_base), time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


class FakeDetector:
    """Finds one box whose left edge is the number in the picture; can be held and broken."""

    provider = "cpu"

    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self.calls = 0
        self.started = queue.Queue[int]()
        self.let_go: threading.Semaphore | None = None
        self.failure: Exception | None = None
        self.thresholds: list[float | None] = []

    def warm_up(self) -> None:
        pass

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

    def __init__(self, names: Iterable[str], make: Callable[[Preset], Any] | None = None) -> None:
        self.detectors = {name: FakeDetector(fake_preset(name)) for name in names}
        presets = [detector.preset for detector in self.detectors.values()]
        self.pool = DetectorPool(presets, make=make or self._make)

    def _make(self, preset: Preset, **_: Any) -> FakeDetector:
        return self.detectors[preset.name]

    def warm(self) -> "Bench":
        for name in self.detectors:
            self.pool.get(name)
        return self


def fake_preset(name: str, depth: int = 0) -> Preset:
    info = PresetInfo(
        name=name,
        title=f"Preset {name}",
        depth=depth,
        depth_limit=5,
        layers=(),
        input_size=(64, 64),
        score_threshold=0.5,
        ratio_codes=1.0,
        ratio_file=1.0,
    )
    return Preset(Path(f"/nowhere/{name}.onnx"), 1000, info)


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
