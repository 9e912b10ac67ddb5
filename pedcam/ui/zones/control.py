"""Keeps the lines and zones that are shown, counted at and kept on disk in step."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QObject

from pedcam.errors import UserError
from pedcam.ui.base.background import Worker
from pedcam.ui.base.messages import Messages
from pedcam.ui.zones.checks import Shape
from pedcam.ui.zones.places import Places
from pedcam.ui.zones.store import Kept, load_places, places_file, save_places, source_key
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.results import Result

_TOPIC = "places"


class PlaceControl(QObject):
    """Brings each source its own lines and zones, and keeps what is edited.

    All of it is called on the window's thread, which never waits for the disk.
    """

    def __init__(self, places: Places, messages: Messages, file: Path | None = None) -> None:
        """Begin without a source.

        Args:
            places: What is shown and edited.
            messages: What the user should read.
            file: Where lines and zones are kept, :func:`places_file` by default.
        """
        super().__init__()
        self._places = places
        self._messages = messages
        self._file = file or places_file()
        self._worker = Worker("pedcam-places", self)
        self._crowd: PeopleCounter | None = None
        self._spec: SourceSpec | None = None  # whose lines and zones are or will be here
        self._key = ""
        self._known: tuple[Shape, ...] = ()  # what crowd and disk know of
        self._lock = threading.Lock()
        self._unsaved: dict[str, tuple[Shape, ...]] = {}
        places.subscribe(self._take_edits)

    def follow(self, crowd: PeopleCounter | None, spec: SourceSpec | None = None) -> None:
        """A source begins, or begins anew, or none is there any more.

        Args:
            crowd: Who counts its people.
            spec: The source, if it is known what it is; else :meth:`opened` will tell.
        """
        self._crowd = crowd
        if crowd is not None and spec is not None and spec == self._spec:
            self._places.clear_counts()
            self._count()
            return
        self._spec, self._key, self._known = None, "", ()
        self._places.close()
        if spec is not None:
            self.opened(spec)

    def opened(self, spec: SourceSpec) -> None:
        """It is known what the source is: fetch its lines and zones."""
        if self._crowd is None or spec == self._spec:
            return
        # A copy of its own, so that an answer for an earlier opening can be told from this one's.
        spec = self._spec = replace(spec)
        self._key, self._known = source_key(spec), ()
        self._places.close()
        if not self._key:
            self._places.begin()
            return

        def done(kept: Kept) -> None:
            if spec is self._spec:
                self._show(kept)

        def failed(error: Exception) -> None:
            done(Kept(()))
            self._tell(error)

        key = self._key
        self._worker.submit(lambda: load_places(self._file, key), done, failed)

    def show(self, result: Result | None) -> None:
        """Show what was counted up to the picture on screen."""
        counts = result.counts if result is not None else None
        if counts is None:
            self._places.clear_counts()
        else:
            self._places.set_counts(counts.lines, counts.zones)

    def reset_counts(self) -> None:
        """Count from 0 at every line and in every zone; who is who stays known."""
        if self._crowd is not None:
            self._crowd.set_lines(())
            self._crowd.set_zones(())
            self._count()
        self._places.clear_counts()

    def close(self, timeout: float = 1.0) -> bool:
        """Stop; tell whether ``timeout`` seconds were enough to keep what was edited last."""
        return self._worker.finish(timeout)

    def _show(self, kept: Kept) -> None:
        self._known = kept.shapes
        self._places.begin(kept.shapes)
        self._count()
        if kept.note:
            self._messages.post(kept.note, _TOPIC)

    def _take_edits(self) -> None:
        shapes = self._places.shapes
        if not self._places.available or shapes == self._known:
            return
        self._known = shapes
        self._count()
        if self._key:
            with self._lock:
                waits = self._key in self._unsaved
                self._unsaved[self._key] = shapes
            if not waits:
                self._save(self._key)

    def _save(self, key: str) -> None:
        def job() -> str:
            # The newest at the time: a row of quick edits is written once.
            with self._lock:
                shapes = self._unsaved.pop(key)
            return save_places(self._file, key, shapes)

        def done(note: str) -> None:
            if note:
                self._messages.post(note, _TOPIC)

        self._worker.submit(job, done, self._tell)

    def _count(self) -> None:
        if self._crowd is None:
            return
        lines = self._places.lines
        # A zone that is gone may have had the name of a new line.
        names = {line.name for line in lines}
        self._crowd.set_zones([zone for zone in self._crowd.zones if zone.name not in names])
        self._crowd.set_lines(lines)
        self._crowd.set_zones(self._places.zones)

    def _tell(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            raise error
        self._messages.post(str(error), _TOPIC)
