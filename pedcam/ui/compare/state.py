"""Which two presets are compared, and how they are laid out; knows nothing of Qt."""

from __future__ import annotations

from enum import Enum

from pedcam.ui.base.observable import Observable


class Layout(Enum):
    """How two presets share the room of the video."""

    SIDE_BY_SIDE = "side by side"
    DIVIDER = "divider"


class ComparisonState(Observable):
    """What is compared.

    Attributes:
        other: Name of the preset beside the running one; ``None`` while nothing is compared.
        layout: Two pictures, or one with a divider.
    """

    def __init__(self) -> None:
        super().__init__()
        self.other: str | None = None
        self.layout = Layout.SIDE_BY_SIDE

    @property
    def active(self) -> bool:
        return self.other is not None

    def set_other(self, name: str | None) -> None:
        """Compare with another preset, or with none."""
        if name != self.other:
            self.other = name
            self._changed()

    def set_layout(self, layout: Layout) -> None:
        if layout is not self.layout:
            self.layout = layout
            self._changed()
