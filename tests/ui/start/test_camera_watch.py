import threading
from collections.abc import Iterator

import numpy as np
import pytest
from PyQt6 import sip
from PyQt6.QtCore import QObject
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from pedcam.ui import camera_peek
from pedcam.ui.start import camera_watch
from pedcam.ui.start.camera_watch import CameraWatch, as_image
from pedcam.video.sources.camera import CameraInfo
from tests.ui.start.cameras import PATIENCE, Bench


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_peek, "TURN", 0.02)
    monkeypatch.setattr(camera_peek, "INTERVAL", 0.01)
    monkeypatch.setattr(camera_watch, "TICK_MS", 10)


@pytest.fixture
def bench() -> Bench:
    return Bench(1, 2)


@pytest.fixture
def watch(bench: Bench, qtbot: QtBot) -> Iterator[CameraWatch]:
    made = CameraWatch(True, bench.find, bench.open)
    yield made
    bench.let_go.set()
    assert made.stop(PATIENCE)


def test_nothing_is_opened_unasked(qtbot: QtBot, bench: Bench) -> None:
    watch = CameraWatch(find=bench.find, open_device=bench.open)
    viewer = QObject()
    watch.begin(viewer)
    with qtbot.waitSignal(watch.changed):
        watch.look()
    qtbot.waitUntil(lambda: len(watch.cameras) == 2)
    assert not watch.looking
    assert bench.opened == []
    with qtbot.waitSignals([watch.pictured, watch.live_changed]):
        watch.set_live(True)
    assert watch.stop(PATIENCE)


def test_pictures_of_every_camera(qtbot: QtBot, watch: CameraWatch, bench: Bench) -> None:
    bench.broken.add(2)
    viewer = QObject()
    watch.begin(viewer)
    watch.look()
    qtbot.waitUntil(lambda: 1 in watch.pictures and 2 in watch.failed)
    assert watch.pictures[1].size().width() == 64
    assert watch.pictures[1].pixelColor(0, 0) == QColor(10, 10, 10)
    with qtbot.waitSignal(watch.live_changed) as allowed:
        watch.set_live(False)
    assert allowed.args == [False]
    assert watch.pictures == {}
    assert watch.failed == set()
    qtbot.waitUntil(lambda: bench.held == set())


def test_cameras_are_let_go_when_nobody_looks(
    qtbot: QtBot, watch: CameraWatch, bench: Bench
) -> None:
    first, second = QObject(), QObject()
    watch.begin(first)
    watch.begin(second)
    watch.look()
    qtbot.waitSignal(watch.pictured).wait()
    watch.end(first)
    qtbot.waitSignal(watch.pictured).wait()
    watch.end(second)
    qtbot.waitUntil(lambda: not watch._timer.isActive())
    assert bench.held == set()


def test_stopping_from_another_thread_waits_for_the_release(
    qtbot: QtBot, watch: CameraWatch, bench: Bench
) -> None:
    viewer = QObject()
    watch.begin(viewer)
    watch.look()
    qtbot.waitSignal(watch.pictured).wait()
    answers: list[tuple[bool, set[int]]] = []

    def stop() -> None:
        answers.append((watch.stop(PATIENCE), set(bench.held)))

    thread = threading.Thread(target=stop)
    thread.start()
    thread.join(PATIENCE)
    assert answers == [(True, set())]
    opened = len(bench.opened)
    # Until somebody begins anew, not even another list of cameras opens one.
    with qtbot.waitSignal(watch.changed):
        watch.look()
    qtbot.waitUntil(lambda: not watch.looking)
    assert len(bench.opened) == opened
    watch.begin(viewer)
    qtbot.waitUntil(lambda: len(bench.opened) > opened)


def test_a_camera_that_hangs_is_left_behind(qtbot: QtBot, watch: CameraWatch, bench: Bench) -> None:
    watch.hangs_after = 0.05
    bench.hanging_to_open.add(1)
    viewer = QObject()
    watch.begin(viewer)
    watch.look()
    # The other is shown all the same.
    qtbot.waitUntil(lambda: 2 in watch.pictures and 1 in watch.failed)
    assert watch.stop(PATIENCE)
    assert bench.held == {1}
    assert bench.opened.count(1) == 1
    # When the driver comes back its camera is released, and shown again.
    bench.hanging_to_open.clear()
    bench.let_go.set()
    qtbot.waitUntil(lambda: bench.held == set())
    watch.begin(viewer)
    qtbot.waitUntil(lambda: 1 in watch.pictures)


def test_stopping_does_not_wait_longer_than_told(
    qtbot: QtBot, watch: CameraWatch, bench: Bench
) -> None:
    bench.hanging_to_open.add(1)
    viewer = QObject()
    watch.begin(viewer)
    watch.look()
    qtbot.waitUntil(lambda: bench.held == {1})
    assert not watch.stop(0.01)


def test_a_list_that_hangs_or_fails(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_watch, "SLOW_MS", 10)
    go_on = threading.Event()
    calls: list[None] = []

    def find() -> list[CameraInfo]:
        calls.append(None)
        assert go_on.wait(PATIENCE)
        raise OSError("no permission")

    watch = CameraWatch(find=find)
    watch.look()
    qtbot.waitUntil(lambda: "does not say" in watch.problem)
    watch.look()
    assert calls == [None]
    go_on.set()
    qtbot.waitUntil(lambda: not watch.looking)
    assert watch.problem == "no permission"
    assert watch.cameras == ()


def test_a_camera_unplugged_loses_its_picture(
    qtbot: QtBot, watch: CameraWatch, bench: Bench
) -> None:
    viewer = QObject()
    watch.begin(viewer)
    watch.look()
    qtbot.waitUntil(lambda: set(watch.pictures) == {1, 2})
    del bench.cameras[0]
    watch.look()
    qtbot.waitUntil(lambda: set(watch.pictures) == {2})


def test_deleting_it_releases_the_cameras(qtbot: QtBot, bench: Bench) -> None:
    watch = CameraWatch(True, bench.find, bench.open)
    viewer = QObject()
    watch.begin(viewer)
    watch.look()
    qtbot.waitUntil(lambda: bool(bench.held))
    sip.delete(watch)
    qtbot.waitUntil(lambda: bench.held == set())
    watch.end(viewer)


def test_pictures_for_qt_keep_their_colours() -> None:
    picture = np.zeros((2, 3, 3), np.uint8)
    picture[1, 2] = (10, 20, 30)  # blue, green, red
    image = as_image(picture)
    assert (image.width(), image.height()) == (3, 2)
    assert image.pixelColor(2, 1) == QColor(30, 20, 10)
