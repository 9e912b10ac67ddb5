"""The lowest score shown."""

from __future__ import annotations

from pedcam.ui.state.observable import Observable


class Threshold(Observable):
    """The lowest score shown.

    Attributes:
        override: The user's own value, 0..1; ``None`` means each preset's calibrated one.
    """

    def __init__(self) -> None:
        """Start with the presets' own thresholds."""
        super().__init__()
        self.override: float | None = None

    def set(self, value: float | None) -> bool:
        """Change the override, clipped to 0..1; tell whether that is new."""
        value = None if value is None else min(max(value, 0.0), 1.0)
        if value == self.override:
            return False
        self.override = value
        self._changed()
        return True
