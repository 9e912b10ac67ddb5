"""What was played recently; knows nothing of Qt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from pedcam.ui.base.observable import Observable
from pedcam.video.sources.spec import SourceSpec

MOST = 12


@dataclass(frozen=True)
class Recent:
    """A source that was played.

    Attributes:
        spec: What to open again; its ``value`` may hold a password, its ``title`` does not.
        opened: When it was last opened, in seconds since 1970.
    """

    spec: SourceSpec
    opened: float

    @property
    def is_local(self) -> bool:
        """Whether it lies on a disk, where it may have been deleted."""
        return self.spec.kind in ("file", "folder")

    @property
    def title(self) -> str:
        """What people know it by; of an address the host."""
        if self.spec.kind == "url" and not _is_masked(self.spec):
            return urlsplit(self.spec.title).hostname or self.spec.title
        return self.spec.title

    @property
    def place(self) -> str:
        """Where it is, safe to show: a folder or an address; empty for a camera or screen."""
        if self.is_local:
            return str(Path(self.spec.value).parent)
        return self.spec.title if self.spec.kind == "url" else ""


class Recents(Observable):
    """The sources played recently, the latest first, each of them once.

    Attributes:
        items: At most :data:`MOST`.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.items: tuple[Recent, ...] = ()
        self._clock = clock
        self._missing: frozenset[SourceSpec] = frozenset()
        self._removed: tuple[Recent, ...] = ()

    @property
    def addresses(self) -> dict[str, SourceSpec]:
        """The addresses among them by what may be shown of each, the latest first."""
        found: dict[str, SourceSpec] = {}
        for item in self.items:
            if item.spec.kind == "url":
                found.setdefault(item.spec.title, item.spec)
        return found

    @property
    def can_restore(self) -> bool:
        return bool(self._removed)

    def is_missing(self, recent: Recent) -> bool:
        return recent.spec in self._missing

    def add(self, spec: SourceSpec) -> None:
        """Note that a source was opened; the demo is not worth noting."""
        if spec.kind == "demo":
            return
        if spec.kind in ("file", "folder"):
            # Another run may begin in another folder.
            spec = replace(spec, value=str(Path(spec.value).absolute()))
        self._removed = ()
        self._missing -= {spec}
        self._set([Recent(spec, self._clock()), *self.items])

    def merge(self, loaded: Iterable[Recent]) -> None:
        """Add the list of an earlier run."""
        self._set([*self.items, *loaded])

    def remove(self, recent: Recent) -> None:
        if recent in self.items:
            self._removed = (recent,)
            self._set([item for item in self.items if item != recent])

    def clear(self) -> None:
        if self.items:
            self._removed = self.items
            self._set([])

    def restore(self) -> None:
        removed, self._removed = self._removed, ()
        self._set([*self.items, *removed])

    def mark_missing(self, specs: Iterable[SourceSpec]) -> None:
        """Note which files and folders are gone; all others are there."""
        missing = frozenset(specs)
        if missing != self._missing:
            self._missing = missing
            self._changed()

    def _set(self, items: Iterable[Recent]) -> None:
        latest: dict[tuple[str, str], Recent] = {}
        for item in sorted(items, key=lambda item: item.opened, reverse=True):
            latest.setdefault(_identity(item.spec), item)
        newest = tuple(latest.values())[:MOST]
        if newest != self.items:
            self.items = newest
            self._changed()


def _identity(spec: SourceSpec) -> tuple[str, str]:
    """What two entries of one source share: not the password, which may have been corrected."""
    value = spec.value
    if spec.kind == "url" and not _is_masked(spec):
        parts = urlsplit(value)
        value = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return spec.kind, value


def _is_masked(spec: SourceSpec) -> bool:
    """Whether nothing of an address may be shown, since its parts cannot be told apart."""
    return spec.title.endswith("://...")
