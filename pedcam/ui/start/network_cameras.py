"""The cameras of the local network: searching for them, and asking one for its streams."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from PyQt6 import sip
from PyQt6.QtCore import QObject, pyqtSignal

from pedcam.errors import UserError
from pedcam.ui.base.background import call_on_window_thread, run_once
from pedcam.video.sources.onvif import (
    CameraAnswer,
    FoundCamera,
    SignInError,
    ask_camera,
    find_cameras,
)

Find = Callable[[Callable[[FoundCamera], object], threading.Event], None]
Ask = Callable[[FoundCamera, str, str, threading.Event], CameraAnswer | None]


class NetworkCameras(QObject):
    """Does one thing at a time, each on a thread of its own; nothing before it is told to.

    Attributes:
        cameras: Those found by the last search so far.
        searching: Whether a search goes on.
        asked: The camera that is being asked, or was last.
        asking: Whether an answer is awaited.
        answer: What it said; ``None`` before.
        problem: Why the last search or question failed; empty if it did not.
        sign_in_wanted: Whether that was for want of the right user name and password.
    """

    changed = pyqtSignal()
    """Something of this has changed."""

    def __init__(
        self,
        find: Find | None = None,
        ask: Ask | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Start idle; ``find`` and ``ask`` do the work."""
        super().__init__(parent)
        self._find, self._ask = find or find_cameras, ask or ask_camera
        self._job = threading.Event()  # set to stop it; another object for each job
        self.cameras: tuple[FoundCamera, ...] = ()
        self.searching = self.asking = self.sign_in_wanted = False
        self.asked: FoundCamera | None = None
        self.answer: CameraAnswer | None = None
        self.problem = ""

    def look(self) -> None:
        """Search again from the start."""
        job = self._begin(None)
        self.cameras, self.searching = (), True
        found = partial(self._deliver, job, self._add)
        self._run(job, lambda: self._find(found, job), lambda _: None)

    def ask(self, camera: FoundCamera, user: str, password: str) -> None:
        """Ask a camera for its streams; a search that goes on ends."""
        job = self._begin(camera)
        self.asking = True
        self._run(job, lambda: self._ask(camera, user, password, job), self._take)

    def stop(self) -> None:
        """End what goes on; what was found stays."""
        self._job.set()
        self.searching = self.asking = False
        self.changed.emit()

    def forget_answer(self) -> None:
        """Forget what a camera said, as another is chosen."""
        if self.asked is not None:
            self._begin(None)
            self.changed.emit()

    def _begin(self, asked: FoundCamera | None) -> threading.Event:
        self._job.set()
        self._job = threading.Event()
        self.searching = self.asking = self.sign_in_wanted = False
        self.asked, self.answer, self.problem = asked, None, ""
        return self._job

    def _run(
        self,
        job: threading.Event,
        work: Callable[[], CameraAnswer | None],
        done: Callable[[CameraAnswer | None], None],
    ) -> None:
        def finish(result: CameraAnswer | None) -> None:
            if job is self._job:
                done(result)
                self.searching = self.asking = False
                self.changed.emit()

        def fail(error: Exception) -> None:
            if job is self._job:
                self.problem = str(error) or type(error).__name__
                self.sign_in_wanted = isinstance(error, SignInError)
                finish(None)
            if not isinstance(error, UserError):
                # The application's handler logs it and says so.
                raise error

        self.changed.emit()
        run_once("pedcam-network-cameras", self, work, finish, fail)

    def _deliver(
        self, job: threading.Event, call: Callable[[FoundCamera], None], camera: FoundCamera
    ) -> None:
        def deliver() -> None:
            if not sip.isdeleted(self) and job is self._job and not job.is_set():
                call(camera)

        call_on_window_thread(deliver)

    def _add(self, camera: FoundCamera) -> None:
        self.cameras = (*self.cameras, camera)
        self.changed.emit()

    def _take(self, answer: CameraAnswer | None) -> None:
        self.answer = answer
