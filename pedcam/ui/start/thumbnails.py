"""Small pictures of recent files and folders, and which of them are gone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QImage

from pedcam.ui.base.background import Worker, call_on_window_thread
from pedcam.ui.start.recents import Recents
from pedcam.video.sources.spec import SourceError, SourceSpec, open_source

SIDE = 240  # pixels
MOST_PICTURES = 60  # two seconds of most videos; longer fades from black are rare
LONGEST_SEARCH = 2.0  # seconds
LIVELY = 12.0  # standard deviation of gray levels above which a picture shows something


class Thumbnails(QObject):
    """Looks at the files and folders of the recent sources, on a thread of its own.

    Attributes:
        images: Pictures of them, as far as they are known.
    """

    changed = pyqtSignal()
    """There are other pictures."""

    def __init__(self, recents: Recents, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.images: dict[SourceSpec, QImage] = {}
        self._recents = recents
        self._worker = Worker("pedcam-thumbnails", self)
        self._states: dict[SourceSpec, tuple[int, int]] = {}  # only for the worker
        self._checking = self._check_again = self._closed = False

    def check(self) -> None:
        """Find out which files are gone, and what the others look like.

        Asked for by whoever shows the list, since it decodes video: not while something plays.
        """
        self._check_again = self._checking
        if not self._checking:
            self._checking = True
            specs = [item.spec for item in self._recents.items if item.is_local]
            self._worker.submit(lambda: self._look(specs), self._finish)

    def close(self) -> None:
        """End the thread after the picture that it makes."""
        self._closed = True
        self._worker.stop()

    def _look(self, specs: Sequence[SourceSpec]) -> None:
        """Make the pictures that are new; on the worker's thread."""
        states = {spec: _state(spec) for spec in specs}
        missing = [spec for spec, state in states.items() if state is None]
        self._deliver(lambda: self._recents.mark_missing(missing))
        for spec, state in states.items():
            if self._closed:
                return
            if state is not None and state != self._states.get(spec):
                self._states[spec] = state
                picture = first_lively_picture(spec)
                image = None if picture is None else as_image(thumbnail(picture, SIDE))
                self._deliver(partial(self._show, spec, image))

    def _deliver(self, call: Callable[[], None]) -> None:
        call_on_window_thread(lambda: None if self._closed else call())

    def _show(self, spec: SourceSpec, image: QImage | None) -> None:
        self.images.pop(spec, None)
        if image is not None:
            self.images[spec] = image
        self.changed.emit()

    def _finish(self, _: None) -> None:
        self._checking = False
        if self._check_again:
            self.check()


def first_lively_picture(spec: SourceSpec) -> NDArray[np.uint8] | None:
    """Return the first picture of a source that is not all of one colour.

    Where the first two seconds have none, the liveliest of them; ``None`` if there is none.
    """
    try:
        source = open_source(spec)
    except SourceError:
        return None
    best, most = None, -1.0
    ends = time.monotonic() + LONGEST_SEARCH
    try:
        for _ in range(MOST_PICTURES):
            frame = source.read()
            if frame is None:
                break
            lively = float(thumbnail(frame.image, SIDE).std())
            if lively > most:
                best, most = frame.image, lively
            if most >= LIVELY or time.monotonic() > ends:
                break
    except SourceError:
        # Damaged further on; what came before is good enough.
        pass
    finally:
        source.close()
    return best


def thumbnail(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a picture (H x W x 3 uint8) no wider and no higher than ``side``."""
    scale = side / max(image.shape[:2])
    if scale >= 1:
        return image
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def as_image(picture: NDArray[np.uint8]) -> QImage:
    """Return a picture (H x W x 3 uint8, BGR) for Qt, as a copy; may be called on any thread."""
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture).tobytes()
    return QImage(data, width, height, 3 * width, QImage.Format.Format_BGR888).copy()


def _state(spec: SourceSpec) -> tuple[int, int] | None:
    """Return what changes with a file; ``None`` if it is gone."""
    try:
        state = os.stat(spec.value)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        # It may exist: opening it will show.
        return 0, 0
    return state.st_mtime_ns, state.st_size
