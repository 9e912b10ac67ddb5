"""The cameras of this computer, and how one is named as a source."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from pedcam.ui.base.background import run_once
from pedcam.video.sources.camera import CameraInfo, list_cameras

SLOW_MS = 5000  # a system that lists its cameras takes a second or two


def camera_source(
    index: int,
    cameras: Sequence[CameraInfo],
    size: tuple[int, int] | None = None,
    rate: float | None = None,
) -> str:
    """Return what :func:`pedcam.video.sources.spec.parse_source` takes for a camera.

    That is its name, with which it is found again wherever it is plugged in, or its number where
    the name would not be clear.

    Args:
        index: The camera's number.
        cameras: All that there are.
        size: ``(width, height)`` in pixels to ask for.
        rate: Frames per second to ask for.
    """
    names = [camera.name.strip() for camera in cameras]
    name = next((camera.name.strip() for camera in cameras if camera.index == index), "")
    unique = sum(name.casefold() in other.casefold() for other in names) == 1
    named = unique and name != "" and "?" not in name and not name.isdecimal()
    query = [f"size={size[0]}x{size[1]}"] if size is not None else []
    query += [f"rate={rate:g}"] if rate is not None else []
    if not named and not query:
        return str(index)
    return f"camera:{name if named else index}" + ("?" + "&".join(query) if query else "")


class CameraList(QObject):
    """Lists cameras without making the window wait, and without opening any.

    Attributes:
        cameras: Those found last.
        looking: Whether the system is being asked for them.
        problem: Why they cannot be listed; empty if they can.
    """

    changed = pyqtSignal()
    """The list has changed, or a search has started or ended."""

    def __init__(
        self,
        find: Callable[[], Sequence[CameraInfo]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Start idle: nothing is listed yet; ``find`` asks the system."""
        super().__init__(parent)
        self.cameras: tuple[CameraInfo, ...] = ()
        self.looking = False
        self.problem = ""
        self._find = find or list_cameras
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.timeout.connect(self._report_slow)

    def look(self) -> None:
        if self.looking:
            # The system may hang; asking a second time would only cost another thread.
            return
        self.looking = True
        self.changed.emit()
        self._slow.start(SLOW_MS)
        run_once("pedcam-camera-list", self, lambda: tuple(self._find()), self._finish, self._fail)

    def _finish(self, cameras: tuple[CameraInfo, ...], problem: str = "") -> None:
        self._slow.stop()
        self.looking = False
        self.cameras, self.problem = cameras, problem
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        self._finish((), str(error) or type(error).__name__)

    def _report_slow(self) -> None:
        self.problem = (
            "The system does not say which cameras there are. Unplug the one plugged in last."
        )
        self.changed.emit()
