"""The cameras of this computer and small live pictures of them, for everybody who shows some."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6 import sip
from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtGui import QImage

from pedcam.ui.base.background import call_on_window_thread, prepare_delivery
from pedcam.ui.camera_peek import CameraPeek
from pedcam.video.sources.camera import CameraInfo, list_cameras, open_device

HANGS_AFTER = 8.0  # seconds; opening takes some cameras four
TICK_MS = 250
SLOW_MS = 5000  # a system that lists its cameras takes a second or two


class CameraWatch(QObject):
    """Lists cameras and shows what they see, without ever making the window wait.

    A camera is only opened while somebody shows pictures (:meth:`begin`) and the user allowed it
    (:attr:`live`): its light tells that it is on, which nobody should see unasked.

    Attributes:
        cameras: Those found last.
        looking: Whether the system is being asked for them.
        problem: Why they cannot be listed; empty if they can.
        live: Whether pictures may be taken.
        pictures: The latest picture by the camera's number.
        failed: Numbers of the cameras that give none now.
    """

    changed = pyqtSignal()
    """The list, whether it is being looked for, or :attr:`live` is another."""

    pictured = pyqtSignal(int)
    """The camera of this number has another picture, or none."""

    live_changed = pyqtSignal(bool)
    """The user allowed or forbade pictures: to be remembered."""

    def __init__(
        self,
        live: bool = False,
        find: Callable[[], Sequence[CameraInfo]] = list_cameras,
        open_device: Callable[[int], cv2.VideoCapture] = open_device,
        parent: QObject | None = None,
    ) -> None:
        """Start idle: nothing is listed or opened yet.

        Args:
            live: Whether the user allowed pictures in an earlier run.
            find: Lists the cameras.
            open_device: Opens one.
            parent: Owner.
        """
        super().__init__(parent)
        prepare_delivery()
        self.cameras: tuple[CameraInfo, ...] = ()
        self.looking = False
        self.problem = ""
        self.live = live
        self.pictures: dict[int, QImage] = {}
        self.failed: set[int] = set()
        self.hangs_after = HANGS_AFTER
        self._find = find
        self._open_device = open_device
        self._viewers: set[int] = set()
        self._lock = threading.Lock()
        self._peek: CameraPeek | None = None
        self._ending: list[CameraPeek] = []
        self._halted = False
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._update)
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._say_slow)
        # The device must not stay open when the window is gone.
        self.destroyed.connect(lambda: self._end_all())

    def look(self) -> None:
        """List the cameras again, in the background; :attr:`changed` tells the outcome."""
        if self.looking:
            # The system may hang; asking a second time would only cost another thread.
            return
        self.looking = True
        self.changed.emit()
        self._slow.start()
        threading.Thread(target=self._list, name="pedcam-camera-list", daemon=True).start()

    def set_cameras(self, cameras: Sequence[CameraInfo]) -> None:
        """Take a list that somebody else found."""
        if not self.looking:
            self._listed(tuple(cameras), "")

    def set_live(self, live: bool) -> None:
        """Allow or forbid pictures."""
        if live == self.live:
            return
        self.live = live
        if not live:
            self.pictures.clear()
            self.failed.clear()
        self._update()
        self.changed.emit()
        self.live_changed.emit(live)

    def begin(self, viewer: QObject) -> None:
        """A widget begins to show pictures."""
        self._viewers.add(id(viewer))
        with self._lock:
            self._halted = False
        self._update()

    def end(self, viewer: QObject) -> None:
        """A widget shows pictures no more."""
        self._viewers.discard(id(viewer))
        # When the window is destroyed, its widgets may outlive this object for a moment.
        if not sip.isdeleted(self):
            self._update()

    def stop(self, timeout: float = 1.5) -> bool:
        """Release every camera, so that one can be opened for playing; from any thread.

        No picture is taken until somebody calls :meth:`begin` again.

        Args:
            timeout: Seconds to wait. A camera whose driver hangs is not waited for: it is left
                behind with its thread.

        Returns:
            Whether no camera is held any more, but for those that hang.
        """
        peeks = self._end_all()
        deadline = time.monotonic() + timeout
        return all(
            self._hangs(peek) or peek.wait(max(0.0, deadline - time.monotonic())) for peek in peeks
        )

    def _end_all(self) -> list[CameraPeek]:
        with self._lock:
            self._halted = True
            peeks = [*self._ending, *([self._peek] if self._peek is not None else [])]
        for peek in peeks:
            peek.end()
        return peeks

    def _list(self) -> None:
        try:
            cameras = tuple(self._find())
        # Whatever a driver or the system raises: the window says so and goes on.
        except Exception as error:
            problem = str(error) or type(error).__name__
            self._soon(lambda: self._listed((), problem))
        else:
            self._soon(lambda: self._listed(cameras, ""))

    def _listed(self, cameras: tuple[CameraInfo, ...], problem: str) -> None:
        self._slow.stop()
        self.looking = False
        self.problem = problem
        self.cameras = cameras
        numbers = {camera.index for camera in cameras}
        self.failed &= numbers
        self.pictures = {index: image for index, image in self.pictures.items() if index in numbers}
        self._update()
        self.changed.emit()

    def _say_slow(self) -> None:
        self.problem = (
            "The system does not say which cameras there are. Unplug the one plugged in last."
        )
        self.changed.emit()

    def _update(self) -> None:
        wanted: tuple[int, ...] = ()
        if self.live and self._viewers:
            wanted = tuple(camera.index for camera in self.cameras)
        with self._lock:
            self._ending = [peek for peek in self._ending if not peek.ended]
            hanging = self._set_aside_hanging()
            wanted = tuple(index for index in wanted if index not in hanging)
            wanted = () if self._halted else wanted
            if self._peek is not None and self._peek.indices != wanted:
                self._peek.end()
                self._ending.append(self._peek)
                self._peek = None
            # Two at a time could be too much for one USB bus.
            if wanted and self._peek is None and all(map(self._hangs, self._ending)):
                self._peek = CameraPeek(wanted, self._deliver, self._open_device)
                self._peek.start()
            busy = bool(wanted or self._ending)
        for index in hanging - self.failed:
            self._take(index, None)
        if busy != self._timer.isActive():
            if busy:
                self._timer.start()
            else:
                self._timer.stop()

    def _set_aside_hanging(self) -> set[int]:
        if self._peek is not None and self._hangs(self._peek):
            self._peek.end()
            self._ending.append(self._peek)
            self._peek = None
        calls = [peek.call for peek in self._ending if self._hangs(peek)]
        return {call.index for call in calls if call is not None}

    def _hangs(self, peek: CameraPeek) -> bool:
        call = peek.call
        return call is not None and time.monotonic() - call.since >= self.hangs_after

    def _deliver(self, index: int, picture: NDArray[np.uint8] | None) -> None:
        image = None if picture is None else as_image(picture)
        self._soon(lambda: self._take(index, image))

    def _take(self, index: int, image: QImage | None) -> None:
        if not self.live or all(camera.index != index for camera in self.cameras):
            return
        if image is None:
            self.failed.add(index)
            self.pictures.pop(index, None)
        else:
            self.failed.discard(index)
            self.pictures[index] = image
        self.pictured.emit(index)

    def _soon(self, call: Callable[[], None]) -> None:
        call_on_window_thread(lambda: None if sip.isdeleted(self) else call())


def as_image(picture: NDArray[np.uint8]) -> QImage:
    """Return a picture for Qt, as a copy; may be called on any thread.

    Args:
        picture: H x W x 3 uint8, BGR.
    """
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture).tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_BGR888).copy()
