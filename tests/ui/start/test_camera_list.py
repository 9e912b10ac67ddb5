import threading

import pytest
from PyQt6 import sip
from pytestqt.qtbot import QtBot

from pedcam.ui.start import camera_list
from pedcam.ui.start.camera_list import CameraList, camera_source
from pedcam.video.sources.camera import CameraInfo
from pedcam.video.sources.spec import parse_source

PATIENCE = 10.0


def test_cameras_are_listed_off_this_thread_when_asked(qtbot: QtBot) -> None:
    threads: list[threading.Thread] = []

    def find() -> list[CameraInfo]:
        threads.append(threading.current_thread())
        return [CameraInfo(1, "Webcam")]

    cameras = CameraList(find)
    assert threads == []
    with qtbot.waitSignal(cameras.changed):
        cameras.look()
    qtbot.waitUntil(lambda: not cameras.looking)
    assert cameras.cameras == (CameraInfo(1, "Webcam"),)
    assert cameras.problem == ""
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


def test_a_list_that_hangs_or_fails(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_list, "SLOW_MS", 10)
    go_on = threading.Event()
    calls: list[None] = []

    def find() -> list[CameraInfo]:
        calls.append(None)
        assert go_on.wait(PATIENCE)
        raise OSError("no permission")

    cameras = CameraList(find)
    cameras.look()
    qtbot.waitUntil(lambda: "does not say" in cameras.problem)
    cameras.look()
    assert calls == [None]
    go_on.set()
    qtbot.waitUntil(lambda: not cameras.looking)
    assert cameras.problem == "no permission"
    assert cameras.cameras == ()


def test_an_answer_that_comes_after_its_end_is_dropped(qtbot: QtBot) -> None:
    go_on, found = threading.Event(), threading.Event()

    def find() -> list[CameraInfo]:
        assert go_on.wait(PATIENCE)
        found.set()
        return []

    cameras = CameraList(find)
    cameras.look()
    sip.delete(cameras)
    with qtbot.captureExceptions() as exceptions:
        go_on.set()
        qtbot.waitUntil(found.is_set)
        later = CameraList(list)
        later.look()
        qtbot.waitUntil(lambda: not later.looking)
    assert exceptions == []


@pytest.mark.parametrize(
    ("names", "chosen", "source"),
    [
        (["Webcam", "Microscope"], 0, "camera:Webcam"),
        # Part of another's name, twice the same, one with a sign that begins the settings, and one
        # that would be taken for a number.
        (["Webcam", "webcam pro"], 0, "10"),
        (["Webcam", "Webcam Pro"], 1, "camera:Webcam Pro"),
        (["Webcam", "Webcam"], 1, "11"),
        (["What?"], 0, "10"),
        (["7"], 0, "10"),
        ([" "], 0, "10"),
    ],
)
def test_a_camera_is_named_where_that_is_clear(names, chosen, source) -> None:
    cameras = [CameraInfo(10 + place, name) for place, name in enumerate(names)]
    assert camera_source(10 + chosen, cameras) == source
    parse_source(source)


def test_what_is_asked_of_a_camera() -> None:
    cameras = [CameraInfo(3, "Webcam")]
    source = camera_source(3, cameras, (1280, 720), 30.0)
    assert source == "camera:Webcam?size=1280x720&rate=30"
    spec = parse_source(source)
    assert (spec.value, spec.size, spec.rate) == ("Webcam", (1280, 720), 30.0)
    assert camera_source(3, 2 * cameras, rate=29.97) == "camera:3?rate=29.97"
    assert camera_source(4, cameras, (640, 480)) == "camera:4?size=640x480"
    assert camera_source(4, cameras) == "4"
