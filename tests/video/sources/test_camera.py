import queue
import threading
from functools import partial
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from pedcam.video.sources import camera as camera_module
from pedcam.video.sources import spec as spec_module
from pedcam.video.sources.camera import (
    MOST_HANGING,
    CameraInfo,
    CameraSource,
    find_camera,
    list_cameras,
)
from pedcam.video.sources.frame import SourceError
from pedcam.video.sources.spec import open_source
from pedcam.video.stream.stream import Stream, StreamState
from tests.factories import number_in, numbered_image
from tests.video.standins import PATIENCE, Audience, Bench


class FakeDevice:
    """Gives the pictures put into it; waits for more for ever, as real ones do."""

    def __init__(self, *items: int | None, opened: bool = True) -> None:
        self.items: queue.Queue[int | None] = queue.Queue()
        for item in items:
            self.items.put(item)
        self.opened = opened
        self.settings: list[tuple[int, float]] = []
        self.released = threading.Event()

    def isOpened(self) -> bool:
        return self.opened

    def get(self, _: int) -> float:
        return 30.0

    def set(self, prop: int, value: float) -> bool:
        self.settings.append((prop, value))
        return True

    def read(self) -> tuple[bool, np.ndarray | None]:
        item = self.items.get()
        return (False, None) if item is None else (True, numbered_image(item))

    def release(self) -> None:
        self.released.set()


def camera(device: FakeDevice, timeout: float = PATIENCE) -> CameraSource:
    return CameraSource(3, timeout=timeout, open_device=lambda index: device)


def test_frames_come_as_they_are_taken() -> None:
    device = FakeDevice(0)
    source = camera(device)
    assert (source.title, source.live, source.size) == ("Camera 3", True, (128, 64))
    assert (source.rate, source.duration) == (30.0, None)
    for number in range(5):
        frame = source.read()
        assert number_in(frame.image) == number
        assert frame.index == number
        device.items.put(number + 1)
    source.interrupt()
    assert source.read() is None
    device.items.put(9)
    source.close()
    assert device.released.wait(PATIENCE)


def test_a_camera_that_hangs_is_noticed_and_left_behind() -> None:
    device = FakeDevice(0)
    source = camera(device, timeout=0.2)
    source.read()
    with pytest.raises(SourceError, match=r"Camera 3 gave no picture for 0\.2 s\."):
        source.read()
    source.close()
    assert not device.released.is_set()
    device.items.put(1)
    assert device.released.wait(PATIENCE), "the abandoned thread releases it when it wakes"


def test_a_driver_that_hangs_costs_few_threads() -> None:
    released = threading.Event()

    def hang(index: int) -> Any:
        assert released.wait(PATIENCE)
        raise cv2.error("it came back")

    for _ in range(MOST_HANGING):
        with pytest.raises(SourceError, match="gave no picture"):
            CameraSource(77, timeout=0.01, open_device=hang)
    with pytest.raises(SourceError) as error:
        CameraSource(77, timeout=0.01, open_device=hang)
    assert str(error.value) == ("Camera 77 does not answer at all. Unplug it and plug it in again.")
    released.set()


def test_a_driver_that_fails_at_opening() -> None:
    def fail(index: int) -> Any:
        raise cv2.error("no idea")

    with pytest.raises(SourceError, match=r"Camera 5 cannot be opened: its driver failed\."):
        CameraSource(5, open_device=fail)


def test_a_camera_that_never_gives_a_frame() -> None:
    device = FakeDevice()
    with pytest.raises(SourceError, match="gave no picture"):
        camera(device, timeout=0.2)
    device.items.put(0)
    assert device.released.wait(PATIENCE)


def test_a_few_failed_reads_are_forgiven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "FAILED_READ_PAUSE", 0.0)
    device = FakeDevice(0)
    source = camera(device)
    source.read()
    for item in (*[None] * 20, 1):
        device.items.put(item)
    assert number_in(source.read().image) == 1
    device.items.put(2)
    source.close()


def test_many_failed_reads_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_module, "FAILED_READ_PAUSE", 0.0)
    device = FakeDevice(*[None] * 40)
    with pytest.raises(SourceError, match="Camera 3 stopped giving pictures"):
        camera(device)
    assert device.released.wait(PATIENCE)


def test_a_camera_in_use_and_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [CameraInfo(0, "Front"), CameraInfo(3, "Door")]
    monkeypatch.setattr(camera_module, "list_cameras", lambda: known)
    with pytest.raises(SourceError, match=r"Camera 3 cannot be opened\. Close other programs"):
        camera(FakeDevice(opened=False))
    monkeypatch.setattr(camera_module, "list_cameras", lambda: known[:1])
    with pytest.raises(SourceError) as error:
        camera(FakeDevice(opened=False))
    assert str(error.value) == "There is no camera 3. Cameras found: 0 (Front)."


MJPG = cv2.VideoWriter.fourcc(*"MJPG")
WIDTH, HEIGHT = cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT


@pytest.mark.parametrize(
    ("size", "rate", "settings"),
    [
        (None, None, []),
        ((640, 480), None, [(WIDTH, 640), (HEIGHT, 480)]),
        ((1280, 720), None, [(cv2.CAP_PROP_FOURCC, MJPG), (WIDTH, 1280), (HEIGHT, 720)]),
        (None, 60.0, [(cv2.CAP_PROP_FPS, 60.0)]),
        ((320, 240), 15.0, [(WIDTH, 320), (HEIGHT, 240), (cv2.CAP_PROP_FPS, 15.0)]),
    ],
)
def test_size_and_rate_are_asked_for_and_what_comes_is_said(
    size: tuple[int, int] | None, rate: float | None, settings: list[tuple[int, float]]
) -> None:
    device = FakeDevice(0)
    source = CameraSource(3, size, rate, timeout=PATIENCE, open_device=lambda index: device)
    assert device.settings == settings
    assert (source.size, source.rate) == ((128, 64), 30.0), "what the device gives"
    device.items.put(1)
    source.close()


CAMERAS = [CameraInfo(0, "Logitech C920"), CameraInfo(2, "Logitech C920 Pro"), CameraInfo(4, "Cam")]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [("7", 7), ("pro", 2), ("LOGITECH c920", 0), ("Logitech C920 Pro", 2), ("cam", 4)],
)
def test_find_camera(monkeypatch: pytest.MonkeyPatch, wanted: str, index: int) -> None:
    monkeypatch.setattr(camera_module, "list_cameras", lambda: CAMERAS)
    assert find_camera(wanted) == index


@pytest.mark.parametrize(
    ("known", "wanted", "message"),
    [
        (
            CAMERAS,
            "logi",
            "'logi' can mean 0 (Logitech C920), 2 (Logitech C920 Pro). "
            "Write more of the name, or the number.",
        ),
        (
            CAMERAS[2:],
            "Sony",
            "There is no camera 'Sony'. Cameras found: 4 (Cam).",
        ),
        ([], "Sony", "There is no camera 'Sony'. No camera was found on this computer."),
    ],
)
def test_names_of_no_camera_and_of_several(
    monkeypatch: pytest.MonkeyPatch, known: list[CameraInfo], wanted: str, message: str
) -> None:
    monkeypatch.setattr(camera_module, "list_cameras", lambda: known)
    with pytest.raises(SourceError) as error:
        open_source(f"camera:{wanted}")
    assert str(error.value) == message


def test_a_device_is_found_by_its_lasting_name(monkeypatch: pytest.MonkeyPatch) -> None:
    links = {"/dev/v4l/by-id/usb-Cam-index0": "/dev/video6"}
    monkeypatch.setattr("os.path.realpath", lambda path: links.get(path, path))
    assert find_camera("/dev/v4l/by-id/usb-Cam-index0") == 6
    assert find_camera("/dev/video3") == 3


def test_a_camera_plugged_in_elsewhere_is_found_again_by_its_name(
    monkeypatch: pytest.MonkeyPatch, audience: Audience, bench: Bench
) -> None:
    # It is number 1, goes away, and comes back as number 5.
    known = [CameraInfo(1, "Door camera")]
    monkeypatch.setattr(camera_module, "list_cameras", lambda: known)
    monkeypatch.setattr(camera_module, "FAILED_READ_PAUSE", 0.0)
    devices = {1: FakeDevice(0, *[None] * 40), 5: FakeDevice(1)}

    def open_device(index: int) -> FakeDevice:
        known[:] = [CameraInfo(5, "Door camera")]
        return devices[index]

    monkeypatch.setattr(spec_module, "CameraSource", partial(CameraSource, open_device=open_device))
    stream = Stream(
        "camera:door",
        bench.pool,
        "a",
        on_result=audience.on_result,
        on_status=audience.on_status,
        first_retry=0.0,
    )
    stream.start()
    audience.wait(lambda: any(number_in(r.frame.image) == 1 for r in audience.results))
    stream.close()
    assert (
        "Camera door stopped giving pictures"
        in audience.wait_state(StreamState.RECONNECTING).message
    )
    devices[5].items.put(9)


def test_pictures_of_one_channel_and_of_no_known_kind() -> None:
    class Gray(FakeDevice):
        def read(self) -> tuple[bool, np.ndarray | None]:
            _, image = super().read()
            return True, image[:, :, 0]

    device = Gray(5)
    source = camera(device)
    frame = source.read()
    assert frame.image.shape == (64, 128, 3)
    assert number_in(frame.image) == 5
    device.items.put(6)
    source.close()

    class Raw(FakeDevice):
        def read(self) -> tuple[bool, np.ndarray | None]:
            return True, np.zeros((1, 5000, 2), np.uint8)

    with pytest.raises(SourceError, match="Camera 3 gives pictures of a kind that pedcam cannot"):
        camera(Raw())


def test_opening_a_missing_camera_says_so_and_nothing_else(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SourceError, match="There is no camera 97"):
        open_source("97")
    assert capfd.readouterr() == ("", "")


def test_list_cameras(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [SimpleNamespace(index=0, name="Front"), SimpleNamespace(index=2, name="")]
    monkeypatch.setattr(camera_module, "enumerate_cameras", lambda backend: found)
    assert list_cameras() == [CameraInfo(0, "Front"), CameraInfo(2, "Camera 2")]


def test_list_cameras_where_the_system_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(backend: int) -> None:
        raise NotImplementedError

    monkeypatch.setattr(camera_module, "enumerate_cameras", refuse)
    assert list_cameras() == []


def test_an_opencv_error_becomes_a_message() -> None:
    class Broken(FakeDevice):
        def read(self) -> tuple[bool, np.ndarray | None]:
            raise cv2.error("bad format")

    with pytest.raises(SourceError, match="Camera 3 failed"):
        camera(Broken())


def test_a_camera_that_hangs_is_opened_anew_by_the_stream(audience: Audience, bench: Bench) -> None:
    devices = [FakeDevice(0), FakeDevice(1)]
    openings = iter(devices)
    stream = Stream(
        "3",
        bench.pool,
        "a",
        on_result=audience.on_result,
        on_status=audience.on_status,
        opener=lambda spec: camera(next(openings), timeout=0.2),
        first_retry=0.0,
    )
    stream.start()
    audience.wait_results(2)
    stream.close()
    assert [number_in(result.frame.image) for result in audience.results] == [0, 1]
    assert [result.frame.index for result in audience.results] == [0, 1]
    message = audience.wait_state(StreamState.RECONNECTING).message
    assert message.startswith("Camera 3 gave no picture for 0.2 s.")
    for device in devices:
        device.items.put(9)
        assert device.released.wait(PATIENCE)
