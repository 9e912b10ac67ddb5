"""Connects the lines, zones and rules that are shown with those of the counter and the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QObject

from pedcam.errors import UserError
from pedcam.ui.base.background import Worker
from pedcam.ui.base.messages import Messages
from pedcam.ui.zones.state import Zones
from pedcam.ui.zones.store import load_zones, save_zones, source_key
from pedcam.ui.zones.zone_set import ZoneSet
from pedcam.video.people.people_counter import PeopleCounter
from pedcam.video.sources.spec import SourceSpec
from pedcam.video.stream.results import Result


class ZoneControl(QObject):
    """Loads the lines, zones and rules of each source, and saves what is edited.

    All of it is called on the window's thread, which never waits for the disk.
    """

    def __init__(self, zones: Zones, messages: Messages, file: Path) -> None:
        """Start without a source.

        Args:
            zones: What is shown and edited.
            messages: What the user should read.
            file: Where lines and zones are kept.
        """
        super().__init__()
        self._zones = zones
        self._messages = messages
        self._file = file
        self._worker = Worker("pedcam-zones", self)
        self._counter: PeopleCounter | None = None
        self._spec: SourceSpec | None = None  # whose lines and zones are or will be here
        self._key = ""
        self._known: ZoneSet = ZoneSet()  # what counter and disk know of
        self._unsaved: dict[str, ZoneSet] = {}
        zones.subscribe(self._take_edits)

    def follow(self, counter: PeopleCounter | None, spec: SourceSpec | None = None) -> None:
        """A source starts, or starts again, or there is none any more.

        Args:
            counter: What counts its people.
            spec: The source, if it is known already; else :meth:`opened` will say.
        """
        self._counter = counter
        if counter is not None and spec is not None and spec == self._spec:
            self._zones.clear_counts()
            self._count()
            return
        self._spec, self._key, self._known = None, "", ZoneSet()
        self._zones.close()
        if spec is not None:
            self.opened(spec)

    def opened(self, spec: SourceSpec) -> None:
        """Load the lines and zones of a source that is known now."""
        if self._counter is None or spec == self._spec:
            return
        # A new object, which identifies this opening: answers for earlier ones are ignored.
        spec = self._spec = replace(spec)
        key = self._key = source_key(spec)
        self._known = ZoneSet()
        self._zones.close()
        if not key:
            self._zones.begin()
            return

        def done(loaded: tuple[ZoneSet, str]) -> None:
            if spec is self._spec:
                self._known, note = loaded
                self._zones.begin(self._known)
                self._count()
                self._note(note)

        def failed(error: Exception) -> None:
            done((ZoneSet(), ""))
            self._failed(error)

        self._worker.submit(lambda: load_zones(self._file, key), done, failed)

    def show(self, result: Result | None) -> None:
        """Show what was counted up to the picture on screen."""
        counts = result.counts if result is not None else None
        if counts is None:
            self._zones.clear_counts()
        else:
            self._zones.set_counts(counts.lines, counts.zones)

    def reset_counts(self) -> None:
        """Count from 0 at every line and in every zone; people keep their identities."""
        if self._counter is not None:
            self._counter.set_zones((), (), self._zones.ignored)
            self._count()
        self._zones.clear_counts()

    def close(self, timeout: float = 1.0) -> bool:
        """Stop; return whether ``timeout`` seconds were enough to save the last edits."""
        return self._worker.finish(timeout)

    def _take_edits(self) -> None:
        edited, key = self._zones.all, self._key
        if not self._zones.available or edited == self._known:
            return
        self._known = edited
        self._count()
        if key:
            self._unsaved[key] = edited
            self._worker.submit(lambda: self._save(key), self._note, self._failed)

    def _save(self, key: str) -> str:
        # The newest at the time: of many quick edits, the jobs after the first find nothing to do.
        edited = self._unsaved.pop(key, None)
        return "" if edited is None else save_zones(self._file, key, edited)

    def _count(self) -> None:
        if self._counter is not None:
            zones = self._zones
            self._counter.set_zones(zones.lines, zones.zones, zones.ignored)
            self._counter.set_rules(zones.rules)

    def _note(self, note: str) -> None:
        if note:
            self._messages.post(note, "zones")

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            raise error
        self._note(str(error))
