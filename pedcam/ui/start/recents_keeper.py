"""Keeps the list of recent sources on disk, and finds out what can be seen of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QImage

from pedcam.ui.background import Worker, call_on_window_thread
from pedcam.ui.camera_watch import as_image
from pedcam.ui.start.thumbnail_cache import ThumbnailCache
from pedcam.ui.state.recents import Recent, Recents
from pedcam.ui.state.recents_file import load_recents, recents_file, save_recents
from pedcam.video.sources.spec import SourceSpec


def thumbnails_folder() -> Path:
    """Return where pictures of recent files are kept; the folder need not exist."""
    return platformdirs.user_cache_path("pedcam", appauthor=False) / "thumbnails"


class RecentsKeeper(QObject):
    """Loads the list once, saves every change, and looks after the files in it.

    Looking at files has a thread of its own: a disk that hangs must not keep the list from being
    saved.

    Attributes:
        recents: The list.
        images: Pictures of the files and folders in it, as far as they are known.
    """

    pictured = pyqtSignal()
    """There are other pictures."""

    failed = pyqtSignal(str)
    """The list could not be read or kept; the text says where and why."""

    def __init__(
        self,
        recents: Recents,
        path: Path | None = None,
        folder: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Start to load the list.

        Args:
            recents: The list, which is filled.
            path: The file, :func:`~pedcam.ui.state.recents_file.recents_file` by default.
            folder: Where pictures are kept, :func:`thumbnails_folder` by default.
            parent: Owner.
        """
        super().__init__(parent)
        self.recents = recents
        self.images: dict[SourceSpec, QImage] = {}
        self._path = path or recents_file()
        self._cache = ThumbnailCache(folder or thumbnails_folder())
        self._saver = Worker("pedcam-recents", self)
        self._viewer = Worker("pedcam-thumbnails", self)
        self._checking = self._check_again = self._closed = False
        self._loaded = False
        self._saved: tuple[Recent, ...] = ()
        self.destroyed.connect(lambda: self.close())
        self._saver.submit(lambda: load_recents(self._path), self._merge, self._not_loaded)
        recents.subscribe(self._save)

    def check(self) -> None:
        """Find out which files are gone, and what the others look like.

        Asked for by whoever shows the list, since it decodes video: not while something plays.
        """
        if self._checking:
            self._check_again = True
            return
        self._checking, self._check_again = True, False
        items = [item for item in self.recents.items if item.is_local]
        loaded = self._loaded
        # Tied to this moment: what is added meanwhile is looked at by the next check.
        self._viewer.submit(lambda: self._look(items, loaded), lambda _: self._checked())

    def close(self) -> None:
        """End the threads after what they are doing; changes already made are saved."""
        self._closed = True
        self._saver.stop()
        self._viewer.stop()

    def finish(self, timeout: float = 1.0) -> bool:
        """End, and wait until the list is saved; tell whether the time was enough."""
        self.close()
        return self._saver.finish(timeout)

    def _merge(self, loaded: list[Recent]) -> None:
        self._loaded = True
        self._saved = tuple(loaded)
        self.recents.merge(loaded)

    def _not_loaded(self, error: Exception) -> None:
        self._loaded = True
        self.failed.emit(str(error))

    def _save(self) -> None:
        items = self.recents.items
        # One that is only missing or present again changes nothing in the file.
        if items == self._saved:
            return
        self._saved = items
        self._saver.submit(
            lambda: save_recents(items, self._path),
            lambda _: None,
            lambda error: self.failed.emit(str(error)),
        )

    def _look(self, items: Sequence[Recent], loaded: bool) -> None:
        """On the viewer's thread."""
        if loaded:
            self._cache.keep(item.spec for item in items)
        missing = [item.spec for item in items if _is_gone(item.spec)]
        self._soon_missing(missing)
        for item in items:
            if self._closed:
                return
            if item.spec not in missing:
                picture = self._cache.get(item.spec)
                self._soon_image(item.spec, None if picture is None else as_image(picture))

    def _soon_missing(self, missing: list[SourceSpec]) -> None:
        call_on_window_thread(lambda: None if self._closed else self.recents.mark_missing(missing))

    def _soon_image(self, spec: SourceSpec, image: QImage | None) -> None:
        call_on_window_thread(lambda: None if self._closed else self._take(spec, image))

    def _take(self, spec: SourceSpec, image: QImage | None) -> None:
        if image is not None:
            self.images[spec] = image
        elif self.images.pop(spec, None) is None:
            return
        self.pictured.emit()

    def _checked(self) -> None:
        self._checking = False
        kept = {item.spec for item in self.recents.items}
        self.images = {spec: image for spec, image in self.images.items() if spec in kept}
        if self._check_again:
            self.check()


def _is_gone(spec: SourceSpec) -> bool:
    try:
        os.stat(spec.value)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        # It may be there: opening it will tell.
        return False
    return False
