"""Cameras of this computer, through OpenCV."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from cv2_enumerate_cameras import enumerate_cameras

from pedcam.video.sources.frame import Frame, Source, SourceError, as_bgr

# One fixed backend per system: the numbers that enumerate_cameras gives belong to a backend, and
# letting OpenCV try them all costs seconds.
BACKEND = {"linux": cv2.CAP_V4L2, "darwin": cv2.CAP_AVFOUNDATION, "win32": cv2.CAP_DSHOW}.get(
    sys.platform, cv2.CAP_ANY
)
MAX_FAILED_READS = 30
FAILED_READ_PAUSE = 0.02
RELEASE_TIMEOUT = 0.5
MOST_HANGING = 3  # attempts at a camera whose driver hangs, each of which costs a thread

_hanging: list[threading.Thread] = []
# Above VGA, USB 2 is too slow for uncompressed pictures at the full rate.
LARGEST_UNCOMPRESSED = 640 * 480
_MJPG = cv2.VideoWriter.fourcc(*"MJPG")


@dataclass(frozen=True)
class CameraInfo:
    """A camera of this computer: its number and the name it gives itself."""

    index: int
    name: str


def list_cameras() -> list[CameraInfo]:
    """Return the cameras that the system knows, without opening any."""
    try:
        found = enumerate_cameras(BACKEND)
    except (NotImplementedError, OSError):
        return []
    return [CameraInfo(camera.index, camera.name or f"Camera {camera.index}") for camera in found]


def find_camera(wanted: str) -> int:
    """Return the number of the camera that is plugged in now under a name.

    Args:
        wanted: A number, a part of the name in letters of any case, or on Linux a device such as
            ``/dev/v4l/by-id/usb-046d_Webcam-video-index0``, which tells two of one name apart.

    Raises:
        SourceError: No camera or more than one has that name.
    """
    if re.fullmatch(r"\d{1,4}", wanted, re.ASCII):
        return int(wanted)
    device = re.fullmatch(r"/dev/video(\d{1,4})", os.path.realpath(wanted), re.ASCII)
    if wanted.startswith("/dev/") and device:
        return int(device[1])
    cameras = list_cameras()
    name = wanted.casefold()
    exact = [camera for camera in cameras if camera.name.casefold() == name]
    found = exact or [camera for camera in cameras if name in camera.name.casefold()]
    if len(found) == 1:
        return found[0].index
    if found:
        raise SourceError(
            f"'{wanted}' can mean {_named(found)}. Write more of the name, or the number."
        )
    raise SourceError(f"There is no camera '{wanted}'. {_known(cameras)}")


def open_device(index: int) -> cv2.VideoCapture:
    """Open a camera so that it gives its newest frame; the result may not be ``isOpened``."""
    device = cv2.VideoCapture(index, BACKEND)
    device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return device


class CameraSource(Source):
    """A camera, read in a thread of its own.

    ``cv2.VideoCapture.read`` can block for ever when a camera is unplugged, and cannot be
    interrupted. So it blocks a daemon thread here, which is abandoned when nothing comes in time.
    """

    live = True

    def __init__(
        self,
        index: int,
        size: tuple[int, int] | None = None,
        rate: float | None = None,
        *,
        title: str | None = None,
        timeout: float = 10.0,
        open_device: Callable[[int], cv2.VideoCapture] = open_device,
    ) -> None:
        """Open the camera and wait for its first frame.

        Args:
            index: The camera's number, as in :func:`list_cameras`.
            size: ``(width, height)`` to ask for; the attribute of that name is what it gives.
            rate: Frames per second to ask for; the same.
            title: What people read, ``Camera`` and its number by default.
            timeout: Seconds to wait for the first and for every later frame.
            open_device: Opens the device.

        Raises:
            SourceError: There is no such camera, it is in use or it gives no frame in time.
        """
        self.title = title or f"Camera {index}"
        self.rate = 0.0
        self._wanted_size, self._wanted_rate = size, rate
        self._index = index
        self._timeout = timeout
        self._open_device = open_device
        self._changed = threading.Condition()
        self._newest: Frame | None = None
        self._error: str | None = None
        self._closing = False
        name = f"pedcam-camera-{index}"
        _hanging[:] = [thread for thread in _hanging if thread.is_alive()]
        if sum(thread.name == name for thread in _hanging) >= MOST_HANGING:
            raise SourceError(
                f"{self.title} does not answer at all. Unplug it and plug it in again."
            )
        self._thread = threading.Thread(target=self._grab, name=name, daemon=True)
        self._thread.start()
        try:
            first = self._wait()
        except SourceError:
            self.close()
            raise
        if first is None:
            raise SourceError(f"{self.title} was closed while it was opened.")
        self.size = (first.image.shape[1], first.image.shape[0])

    def read(self) -> Frame | None:
        """Return the newest frame not yet returned, waiting for it."""
        frame = self._wait()
        if frame is not None:
            with self._changed:
                if self._newest is frame:
                    self._newest = None
        return frame

    def close(self) -> None:
        """Release the camera, or abandon it if it does not answer."""
        self.interrupt()
        # The device can only be opened again after its release.
        self._thread.join(RELEASE_TIMEOUT)
        if self._thread.is_alive() and self._thread not in _hanging:
            _hanging.append(self._thread)

    def interrupt(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _wait(self) -> Frame | None:
        with self._changed:
            in_time = self._changed.wait_for(
                lambda: self._closing or self._error or self._newest, self._timeout
            )
            if self._closing:
                return None
            if self._newest is not None:
                return self._newest
            if not in_time:
                raise SourceError(
                    f"{self.title} gave no picture for {self._timeout:g} s. "
                    "Check its cable, or unplug it and plug it in again."
                )
            raise SourceError(self._error)

    def _grab(self) -> None:
        try:
            device = self._open_device(self._index)
        except cv2.error:
            self._fail(f"{self.title} cannot be opened: its driver failed.")
            return
        try:
            if not device.isOpened():
                self._fail(_not_opened(self._index))
                return
            self._set_up(device)
            rate = device.get(cv2.CAP_PROP_FPS)
            self.rate = rate if 0 < rate <= 1000 else 0.0
            start: float | None = None
            index = failed = 0
            while not self._closing:
                good, image = device.read()
                captured = time.perf_counter()
                if not good or image is None:
                    failed += 1
                    if failed > MAX_FAILED_READS:
                        self._fail(f"{self.title} stopped giving pictures. Check its cable.")
                        return
                    time.sleep(FAILED_READ_PAUSE)
                    continue
                failed = 0
                start = captured if start is None else start
                picture = as_bgr(np.asarray(image))
                with self._changed:
                    self._newest = Frame(picture, index, captured - start, captured)
                    self._changed.notify_all()
                index += 1
        except cv2.error as error:
            self._fail(f"{self.title} failed: {error.err}.")
        except ValueError as error:
            self._fail(f"{self.title} gives pictures of a kind that pedcam cannot show: {error}.")
        finally:
            device.release()

    def _set_up(self, device: cv2.VideoCapture) -> None:
        # What a camera refuses it leaves as it was; what it gives is seen in its pictures.
        if self._wanted_size is not None:
            width, height = self._wanted_size
            if width * height > LARGEST_UNCOMPRESSED:
                # The sizes on offer depend on the format, so that comes first.
                device.set(cv2.CAP_PROP_FOURCC, _MJPG)
            device.set(cv2.CAP_PROP_FRAME_WIDTH, width)
            device.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        if self._wanted_rate is not None:
            device.set(cv2.CAP_PROP_FPS, self._wanted_rate)

    def _fail(self, message: str) -> None:
        with self._changed:
            self._error = message
            self._changed.notify_all()


def _not_opened(index: int) -> str:
    cameras = list_cameras()
    if any(camera.index == index for camera in cameras):
        return (
            f"Camera {index} cannot be opened. Close other programs that use it, and check that "
            "you may use cameras."
        )
    return f"There is no camera {index}. {_known(cameras)}"


def _known(cameras: Sequence[CameraInfo]) -> str:
    if not cameras:
        return "No camera was found on this computer."
    return f"Cameras found: {_named(cameras)}."


def _named(cameras: Sequence[CameraInfo]) -> str:
    return ", ".join(f"{camera.index} ({camera.name})" for camera in cameras)
