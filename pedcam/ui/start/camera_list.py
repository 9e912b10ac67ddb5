"""The names of this computer's cameras."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from PyQt6 import sip
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from pedcam.ui.base.background import call_on_window_thread, prepare_delivery
from pedcam.video.sources.camera import CameraInfo, list_cameras

SLOW_MS = 5000  # a system that lists its cameras takes a second or two


class CameraList(QObject):
    """Lists cameras without making the window wait, and without opening any.

    Attributes:
        cameras: Those found last.
        looking: Whether the system is being asked for them.
        problem: Why they cannot be listed; empty if they can.
    """

    changed = pyqtSignal()
    """The list, or whether it is being looked for, is another."""

    def __init__(
        self,
        find: Callable[[], Sequence[CameraInfo]] = list_cameras,
        parent: QObject | None = None,
    ) -> None:
        """Start idle: nothing is listed yet.

        Args:
            find: Lists the cameras.
            parent: Owner.
        """
        super().__init__(parent)
        prepare_delivery()
        self.cameras: tuple[CameraInfo, ...] = ()
        self.looking = False
        self.problem = ""
        self._find = find
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._report_slow)

    def look(self) -> None:
        """List the cameras again, in the background; :attr:`changed` tells the outcome."""
        if self.looking:
            # The system may hang; asking a second time would only cost another thread.
            return
        self.looking = True
        self.changed.emit()
        self._slow.start()
        threading.Thread(target=self._list, name="pedcam-camera-list", daemon=True).start()

    def _list(self) -> None:
        try:
            cameras, problem = tuple(self._find()), ""
        # Whatever a driver or the system raises: the window says so and goes on.
        except Exception as error:
            cameras, problem = (), str(error) or type(error).__name__
        call_on_window_thread(
            lambda: None if sip.isdeleted(self) else self._listed(cameras, problem)
        )

    def _listed(self, cameras: tuple[CameraInfo, ...], problem: str) -> None:
        self._slow.stop()
        self.looking = False
        self.cameras, self.problem = cameras, problem
        self.changed.emit()

    def _report_slow(self) -> None:
        self.problem = (
            "The system does not say which cameras there are. Unplug the one plugged in last."
        )
        self.changed.emit()
