"""One number with its caption."""

from __future__ import annotations

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from pedcam.ui import text, theme
from pedcam.ui.panels.elided_label import ElidedLabel

_LEAST = 64  # pixels


class Figure(QWidget):
    """A large number over a small caption, as wide as it is made."""

    def __init__(self, caption: str, tip: str, parent: QWidget | None = None) -> None:
        """Show no value yet.

        Args:
            caption: What it is, with its unit.
            tip: What exactly that means.
            parent: Whom this belongs to.
        """
        super().__init__(parent)
        self._tip = tip
        self._value = QLabel(text.UNKNOWN)
        self._value.setFont(theme.tabular(theme.scaled(self._value.font(), 1.45, bold=True)))
        # Whatever the number, its neighbours stay where they are.
        self._value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._caption = ElidedLabel(muted=True)
        self._caption.setFont(theme.scaled(self._caption.font(), 0.9))
        self._caption.setText(caption)
        self.setAccessibleName(caption)
        self.setToolTip(tip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._value)
        layout.addWidget(self._caption)

    def set_value(self, value: str) -> None:
        """Show a value."""
        if value != self._value.text():
            self._value.setText(value)
            self.setAccessibleDescription(value)

    def value(self) -> str:
        """Return what is shown."""
        return self._value.text()

    def minimumSizeHint(self) -> QSize:
        """Return room for a number of five digits."""
        return QSize(_LEAST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Say in the tooltip what the caption has no room for."""
        super().resizeEvent(event)
        caption = self._caption.text()
        whole = self._caption.fontMetrics().horizontalAdvance(caption) <= self.width()
        self.setToolTip(self._tip if whole else f"{caption}: {self._tip}")
