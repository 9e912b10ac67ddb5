"""The sound of an alert."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QUrl
from PyQt6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PyQt6.QtMultimedia import QSoundEffect

FILE = Path(__file__).with_name("alert.wav")
"""Two tones, made by ``python -m tests.ui.alerts.chime``."""


class AlertSound(QObject):
    """Plays a short sound; where that is not possible, the system's own beep."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._effect: QSoundEffect | None = None

    def play(self) -> None:
        """Play it from its start; returns at once."""
        if self._effect is None:
            self._effect = self._load()
        if self._effect is None or self._effect.status() is self._effect.Status.Error:
            QApplication.beep()
        else:
            self._effect.play()

    def _load(self) -> QSoundEffect | None:
        # Loaded late, as few people need it, and not there where the system has no sound at all.
        try:
            from PyQt6.QtMultimedia import QSoundEffect
        except ImportError:
            return None
        effect = QSoundEffect(self)

        def changed() -> None:
            if effect.status() is QSoundEffect.Status.Error:
                QApplication.beep()

        effect.statusChanged.connect(changed)
        effect.setSource(QUrl.fromLocalFile(str(FILE)))
        return effect
