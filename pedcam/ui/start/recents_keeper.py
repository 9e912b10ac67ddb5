"""Keeps the list of recent sources and small pictures of them on disk."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import platformdirs
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QImage

from pedcam.files import write_atomically
from pedcam.ui.base.background import Worker, call_on_window_thread
from pedcam.ui.start.recents import Recent, Recents
from pedcam.ui.start.recents_file import load_recents, recents_file, save_recents
from pedcam.ui.start.thumbnail import as_image, thumbnail
from pedcam.video.sources.spec import SourceError, SourceSpec, open_source

WIDTH = 240
MAX_BYTES = 2**17
JPEG_QUALITY = 88
MOST_PICTURES = 60  # two seconds of most videos; longer fades from black are rare
LONGEST_SEARCH = 2.0  # seconds
LIVELY = 12.0  # standard deviation of gray levels above which a picture shows something


class ThumbnailCache:
    """One picture for each source that is kept, none for any other.

    So the folder is bounded by the list of sources, and what the user removes from that list
    leaves no picture behind. Not for use by two threads.
    """

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which need not exist."""
        self._folder = folder
        self._without: set[Path] = set()

    def get(self, spec: SourceSpec) -> NDArray[np.uint8] | None:
        """Return a file's or folder's picture, making it where there is none for its present state.

        Returns:
            H x W x 3 uint8, BGR, at most :data:`WIDTH` wide and high; ``None`` where the source
            cannot be read.
        """
        try:
            state = os.stat(spec.value)
        except (OSError, ValueError):
            return None
        kept = self._folder / f"{_prefix(spec)}-{state.st_mtime_ns}-{state.st_size}.jpg"
        picture = _read(kept)
        if picture is not None or kept in self._without:
            return picture
        found = first_lively_picture(spec)
        if found is None:
            self._without.add(kept)
            return None
        picture = thumbnail(found, WIDTH)
        self._drop(f"{_prefix(spec)}-*")
        # Without a cache it is made again the next time.
        with suppress(OSError, cv2.error):
            # What somebody watches is nobody else's business.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
            write_atomically(kept, cv2.imencode(".jpg", picture, quality)[1].tobytes())
        return picture

    def keep(self, specs: Iterable[SourceSpec]) -> None:
        """Delete the pictures of all other sources."""
        self._drop("*.jpg", {_prefix(spec) for spec in specs})

    def _drop(self, pattern: str, but: Iterable[str] = ()) -> None:
        for path in self._folder.glob(pattern):
            if path.name.partition("-")[0] not in but:
                with suppress(OSError):
                    path.unlink()


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
            lively = float(thumbnail(frame.image, WIDTH).std())
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


def _prefix(spec: SourceSpec) -> str:
    return hashlib.sha256(os.fsencode(spec.value)).hexdigest()[:32]


def _read(path: Path) -> NDArray[np.uint8] | None:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if not 0 < len(content) <= MAX_BYTES:
            return None
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        return None
    if image is None or max(image.shape[:2]) > WIDTH:
        return None
    return np.asarray(image, np.uint8)


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
            path: The file, :func:`~pedcam.ui.start.recents_file.recents_file` by default.
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
