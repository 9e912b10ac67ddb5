"""Stand-ins for camera devices."""

import threading
import time
from collections.abc import Sequence

import numpy as np

from pedcam.video.sources.camera import CameraInfo

PATIENCE = 10.0


class FakeDevice:
    """Gives gray pictures without end; can fail to open, fail to read, or hang."""

    def __init__(self, bench: "Bench", index: int) -> None:
        self.bench, self.index = bench, index
        with bench.lock:
            bench.opened.append(index)
            bench.held.add(index)
            bench.most_held = max(bench.most_held, len(bench.held))
        if index in bench.hanging_to_open:
            assert bench.let_go.wait(PATIENCE)

    def isOpened(self) -> bool:
        return self.index not in self.bench.broken

    def set(self, prop: int, value: float) -> bool:
        return True

    def read(self) -> tuple[bool, np.ndarray | None]:
        time.sleep(0.001)
        if self.index in self.bench.blind:
            return False, None
        return True, np.full((48, 64, 3), 10 * self.index, np.uint8)

    def release(self) -> None:
        with self.bench.lock:
            self.bench.held.discard(self.index)


class Bench:
    """Cameras with those numbers, and a record of what was done to them."""

    def __init__(self, *indices: int) -> None:
        self.cameras = [CameraInfo(index, f"Camera number {index}") for index in indices]
        self.lock = threading.Lock()
        self.opened: list[int] = []
        self.held: set[int] = set()
        self.most_held = 0
        self.broken: set[int] = set()
        self.blind: set[int] = set()
        self.hanging_to_open: set[int] = set()
        self.let_go = threading.Event()

    def find(self) -> Sequence[CameraInfo]:
        return list(self.cameras)

    def open(self, index: int) -> FakeDevice:
        return FakeDevice(self, index)
