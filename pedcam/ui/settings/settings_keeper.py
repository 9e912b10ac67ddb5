"""Saves the settings and what the window remembers a moment after each change."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from pedcam.ui.base.background import Worker
from pedcam.ui.settings.settings_state import SettingsState
from pedcam.ui.settings.settings_store import Stored, save_settings
from pedcam.ui.settings.window_memory import WindowMemory

DELAY = 500  # milliseconds


class SettingsKeeper(QObject):
    """Writes changes to the file on a thread of its own, several at once.

    Attributes:
        settings: The settings.
        memory: What the window remembers.
    """

    failed = pyqtSignal(str)
    """The settings cannot be kept; the text says where and why."""

    def __init__(
        self, stored: Stored, path: Path, delay: int = DELAY, parent: QObject | None = None
    ) -> None:
        """Begin with what was kept.

        Args:
            stored: From :func:`~pedcam.ui.settings.settings_store.load_settings`.
            path: The file it is of.
            delay: Milliseconds after a change until it is written.
            parent: Owner.
        """
        super().__init__(parent)
        self.settings = SettingsState(stored.settings)
        self.memory = WindowMemory(stored.remembered)
        self._unknown = dict(stored.unknown)
        self._path = path
        self._keeps = stored.readable
        self._unsaved = self._saving = self._closed = False
        self._told = ""
        self._worker = Worker("pedcam-settings", self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay)
        self._timer.timeout.connect(self._save)
        self.settings.subscribe(self._note)
        self.memory.subscribe(self._note)

    def finish(self, timeout: float = 1.0) -> bool:
        """Write what is not written yet, and end; tell whether ``timeout`` seconds were enough."""
        if not self._closed:
            self._timer.stop()
            if self._unsaved:
                self._submit()
            self._closed = True
        return self._worker.finish(timeout)

    def _note(self) -> None:
        if self._keeps and not self._closed:
            self._unsaved = True
            # Not put off by further changes: one that never rests would never be written.
            if not self._timer.isActive():
                self._timer.start()

    def _save(self) -> None:
        # Where a disk hangs, one write waits for it and not a queue of them.
        if self._unsaved and not self._saving and not self._closed:
            self._submit()

    def _submit(self) -> None:
        self._unsaved, self._saving = False, True
        path, unknown = self._path, self._unknown
        settings, remembered = self.settings.values, self.memory.to_dict()
        self._worker.submit(
            lambda: save_settings(path, settings, remembered, unknown), self._saved, self._failed
        )

    def _saved(self, _: None) -> None:
        self._told = ""
        self._written()

    def _failed(self, error: Exception) -> None:
        message = str(error)
        self._written()
        if message != self._told:
            self._told = message
            self.failed.emit(message)

    def _written(self) -> None:
        self._saving = False
        if self._unsaved and not self._timer.isActive():
            self._timer.start()
