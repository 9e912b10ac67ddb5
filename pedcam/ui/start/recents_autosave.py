"""Loads the list of recent sources, and saves it after each change."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from pedcam.ui.base.background import Worker
from pedcam.ui.start.recents import Recent, Recents
from pedcam.ui.start.recents_file import load_recents, save_recents


class RecentsAutosave(QObject):
    """Reads and writes the file on a thread of its own."""

    failed = pyqtSignal(str)
    """The list could not be read or saved; the text says where and why."""

    def __init__(self, recents: Recents, path: Path, parent: QObject | None = None) -> None:
        """Start to load the list from ``path`` into ``recents``."""
        super().__init__(parent)
        self._recents, self._path = recents, path
        self._saved: tuple[Recent, ...] = ()
        self._worker = Worker("pedcam-recents", self)
        self._worker.submit(lambda: load_recents(path), self._merge, self._fail)
        recents.subscribe(self._save)

    def finish(self, timeout: float = 1.0) -> bool:
        """Save the last change, and stop; return whether ``timeout`` seconds were enough."""
        return self._worker.finish(timeout)

    def _merge(self, loaded: list[Recent]) -> None:
        self._saved = tuple(loaded)
        self._recents.merge(loaded)

    def _save(self) -> None:
        items = self._recents.items
        # One that is only missing or present again changes nothing in the file.
        if items != self._saved:
            self._saved = items
            self._worker.submit(lambda: save_recents(items, self._path), lambda _: None, self._fail)

    def _fail(self, error: Exception) -> None:
        self.failed.emit(str(error))
