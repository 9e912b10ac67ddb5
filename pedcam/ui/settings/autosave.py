"""Saves the settings and what the window remembers a moment after each change."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from pedcam.ui.base.background import Worker
from pedcam.ui.settings.settings import SettingsState
from pedcam.ui.settings.settings_store import Stored, save_settings
from pedcam.ui.settings.window_memory import WindowMemory

DELAY = 500  # milliseconds


class SettingsAutosave(QObject):
    """Writes changes to the file on a thread of its own, several at once.

    Attributes:
        settings: The settings.
        memory: What the window remembers.
    """

    failed = pyqtSignal(str)
    """The settings cannot be saved; the text says where and why."""

    def __init__(
        self, stored: Stored, path: Path, delay: int = DELAY, parent: QObject | None = None
    ) -> None:
        """Start with what was in ``path``; write ``delay`` milliseconds after a change."""
        super().__init__(parent)
        self.settings = SettingsState(stored.settings)
        self.memory = WindowMemory(stored.remembered)
        self._unknown = stored.unknown
        self._path = path
        self._worker = Worker("pedcam-settings", self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay)
        self._timer.timeout.connect(self._save)
        if stored.readable:
            self.settings.subscribe(self._schedule)
            self.memory.subscribe(self._schedule)

    def finish(self, timeout: float = 1.0) -> bool:
        """Save the last changes, and stop; return whether ``timeout`` seconds were enough."""
        if self._timer.isActive():
            self._timer.stop()
            self._save()
        return self._worker.finish(timeout)

    def _schedule(self) -> None:
        # Not put off by further changes: one that never rests would never be written.
        if not self._timer.isActive():
            self._timer.start()

    def _save(self) -> None:
        settings, remembered = self.settings.values, self.memory.to_dict()
        self._worker.submit(
            lambda: save_settings(self._path, settings, remembered, self._unknown),
            lambda _: None,
            lambda error: self.failed.emit(str(error)),
        )
