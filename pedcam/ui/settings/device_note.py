"""What ONNX Runtime can compute on, and what is in use."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel

from pedcam.detect.detector import Provider
from pedcam.ui.base.watching import watch
from pedcam.ui.presets.selection import PresetSelection
from pedcam.ui.settings.settings_state import SettingsState


class DeviceNote(QLabel):
    """Says what ONNX Runtime was built for and, once a preset is loaded, what it computes on."""

    def __init__(
        self, presets: PresetSelection, settings: SettingsState, providers: Sequence[Provider]
    ) -> None:
        """Show it.

        Args:
            presets: What runs.
            settings: What is wanted.
            providers: What ONNX Runtime was built for.
        """
        super().__init__()
        self._presets, self._settings, self._providers = presets, settings, providers
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        watch(presets, self._refresh)
        watch(settings, self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        presets = self._presets
        used = presets.provider(presets.running) or presets.provider(presets.selected)
        if not used:
            in_use = "Once a preset is loaded, it shows here what is in use."
        elif used == "cpu" and self._settings.values.provider == "cuda":
            in_use = "In use now: CPU, although CUDA is asked for."
        else:
            in_use = f"In use now: {used.upper()}."
        built_for = ", ".join(provider.upper() for provider in self._providers)
        self.setText(f"The installed ONNX Runtime was built for: {built_for}.\n{in_use}")
