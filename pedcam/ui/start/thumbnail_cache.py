"""Small pictures of videos and folders, made once and kept on disk; knows nothing of Qt."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pedcam.files import write_atomically
from pedcam.ui.camera_peek import thumbnail
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
