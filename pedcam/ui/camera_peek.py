"""Small live pictures of several cameras, one camera after the other; knows nothing of Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.video.sources.frame import as_bgr

WIDTH, HEIGHT = 320, 240  # what every camera can give, and cheap over USB
THUMBNAIL_WIDTH = 320
TURN = 2.0  # seconds that each of several cameras is open at a time
INTERVAL = 0.5  # seconds between two pictures of one that is open
RETRY = 10.0  # seconds until one that failed is tried again
WARM_UP = 2  # pictures that are dark while a camera adapts
MOST_FAILED_READS = 10
PAUSE = 0.03  # seconds between two reads, for drivers that do not wait for the next picture

Deliver = Callable[[int, NDArray[np.uint8] | None], None]


@dataclass(frozen=True)
class Call:
    """A call into a driver that has not come back.

    Attributes:
        index: The camera's number.
        since: When it began, in ``time.monotonic`` seconds.
    """

    index: int
    since: float


class CameraPeek:
    """One thread that looks through each camera in turn, with no more than one open at a time.

    A driver can hang in every call. That blocks this thread alone, which then is left behind;
    should the call come back, the camera is released and the thread ends.
    """

    def __init__(
        self,
        indices: Sequence[int],
        deliver: Deliver,
        open_device: Callable[[int], cv2.VideoCapture],
    ) -> None:
        """Prepare to look.

        Args:
            indices: Numbers of the cameras.
            deliver: Gets a camera's number and its picture (H x W x 3 uint8, BGR), or ``None``
                where it gives none; called on the thread.
            open_device: Opens the device.
        """
        self.indices = tuple(indices)
        self._deliver = deliver
        self._open_device = open_device
        self._ending = threading.Event()
        self._ended = threading.Event()
        self._call: Call | None = None
        self._not_before = dict.fromkeys(self.indices, 0.0)
        self._thread = threading.Thread(
            target=self._run, name="pedcam-camera-pictures", daemon=True
        )

    @property
    def ended(self) -> bool:
        """Whether every camera was released for good."""
        return self._ended.is_set()

    @property
    def call(self) -> Call | None:
        """The call into a driver that is under way."""
        return self._call

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """Ask the thread to release its camera and to end; from any thread."""
        self._ending.set()

    def wait(self, timeout: float) -> bool:
        """Wait until every camera was released; tell whether that was within the time."""
        return self._ended.wait(timeout)

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                now = time.monotonic()
                ready = [index for index in self.indices if self._not_before[index] <= now]
                for index in ready:
                    if not self._ending.is_set() and not self._look(index):
                        self._not_before[index] = time.monotonic() + RETRY
                        if not self._ending.is_set():
                            self._deliver(index, None)
                if not ready:
                    self._ending.wait(min(self._not_before.values(), default=now + RETRY) - now)
        finally:
            self._ended.set()

    def _look(self, index: int) -> bool:
        """Show one camera for its turn; tell whether it gave a picture."""
        self._begin_call(index)
        device = None
        try:
            device = self._open_device(index)
            if not device.isOpened():
                return False
            device.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
            device.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
            return self._watch(index, device)
        # cv2.error, and a picture of a kind that cannot be shown.
        except (cv2.error, ValueError):
            return False
        finally:
            if device is not None:
                self._begin_call(index)
                device.release()
            self._call = None

    def _watch(self, index: int, device: cv2.VideoCapture) -> bool:
        turn_ends = float("inf")
        due = 0.0
        good = failed = 0
        while not self._ending.is_set():
            self._begin_call(index)
            read, image = device.read()
            self._call = None
            now = time.monotonic()
            if read and image is not None:
                good, failed = good + 1, 0
                if good > WARM_UP and now >= due and not self._ending.is_set():
                    self._deliver(index, thumbnail(as_bgr(np.asarray(image))))
                    due = now + INTERVAL
                    # From the first picture on: some cameras take seconds to wake.
                    turn_ends = min(turn_ends, now + TURN)
            else:
                failed += 1
                if failed > MOST_FAILED_READS:
                    return False
            if len(self.indices) > 1 and now >= turn_ends:
                break
            self._ending.wait(PAUSE)
        return good > 0

    def _begin_call(self, index: int) -> None:
        self._call = Call(index, time.monotonic())


def thumbnail(image: NDArray[np.uint8], width: int = THUMBNAIL_WIDTH) -> NDArray[np.uint8]:
    """Return a picture no wider than ``width`` and no higher than that either.

    Args:
        image: H x W x 3 uint8.
        width: Longest side in pixels.
    """
    scale = width / max(image.shape[:2])
    if scale >= 1:
        return image
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
