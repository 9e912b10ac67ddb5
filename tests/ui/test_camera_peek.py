import queue

import cv2
import numpy as np
import pytest

from pedcam.ui import camera_peek
from pedcam.ui.camera_peek import CameraPeek, thumbnail
from tests.ui.start.cameras import PATIENCE, Bench


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_peek, "TURN", 0.02)
    monkeypatch.setattr(camera_peek, "INTERVAL", 0.0)
    monkeypatch.setattr(camera_peek, "PAUSE", 0.001)


def test_cameras_take_turns_and_are_released() -> None:
    bench = Bench(1, 2, 3)
    bench.broken.add(2)
    bench.blind.add(3)
    seen: queue.Queue[tuple[int, np.ndarray | None]] = queue.Queue()
    peek = CameraPeek((1, 2, 3), lambda *what: seen.put(what), bench.open)
    peek.start()
    pictures: dict[int, np.ndarray | None] = {}
    while set(pictures) != {1, 2, 3}:
        index, picture = seen.get(timeout=PATIENCE)
        pictures[index] = picture
    assert pictures[1].shape == (48, 64, 3)
    assert pictures[1][0, 0, 0] == 10
    assert pictures[2] is None
    assert pictures[3] is None
    # The one that works goes on, the others rest.
    while bench.opened.count(1) < 3:
        seen.get(timeout=PATIENCE)
    assert bench.opened.count(2) == bench.opened.count(3) == 1
    peek.end()
    assert peek.wait(PATIENCE)
    assert peek.ended
    assert peek.call is None
    assert bench.held == set()
    assert bench.most_held == 1


def test_the_only_camera_stays_open() -> None:
    bench = Bench(1)
    seen: queue.Queue[int] = queue.Queue()
    peek = CameraPeek((1,), lambda index, _: seen.put(index), bench.open)
    peek.start()
    for _ in range(20):
        seen.get(timeout=PATIENCE)
    assert bench.opened == [1]
    peek.end()
    assert peek.wait(PATIENCE)


def test_a_driver_that_raises_is_a_camera_without_picture() -> None:
    seen: queue.Queue[tuple[int, object]] = queue.Queue()

    def open_device(index: int) -> cv2.VideoCapture:
        raise cv2.error("no")

    peek = CameraPeek((5,), lambda *what: seen.put(what), open_device)
    peek.start()
    assert seen.get(timeout=PATIENCE) == (5, None)
    peek.end()
    assert peek.wait(PATIENCE)


def test_a_call_that_hangs_is_seen_from_outside() -> None:
    bench = Bench(4)
    bench.hanging_to_open.add(4)
    peek = CameraPeek((4,), lambda *_: None, bench.open)
    peek.start()
    while peek.call is None:
        pass
    assert peek.call.index == 4
    peek.end()
    assert not peek.wait(0.01)
    bench.let_go.set()
    assert peek.wait(PATIENCE)
    assert bench.held == set()


@pytest.mark.parametrize(
    ("shape", "small"), [((100, 200), (50, 100)), ((400, 200), (100, 50)), ((30, 40), (30, 40))]
)
def test_thumbnails(shape: tuple[int, int], small: tuple[int, int]) -> None:
    assert thumbnail(np.zeros((*shape, 3), np.uint8), 100).shape[:2] == small
