"""A number that is to be read at a glance."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel

_LEAST = 64  # pixels


class Figure(QWidget):
    """A large number over a small caption; its width does not follow the number."""

    def __init__(self, caption: str, tip: str = "", scale: float = 1.45) -> None:
        """Show no value yet.

        Args:
            caption: What it is, with its unit.
            tip: What exactly that means.
            scale: Size of the number, in sizes of ordinary text.
        """
        super().__init__()
        self.number = ElidedLabel()
        self.number.setFont(theme.tabular(theme.scaled(self.font(), scale, bold=True)))
        self.caption = ElidedLabel(muted=True)
        self.caption.setFont(theme.tabular(theme.scaled(self.font(), 0.9)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for label in (self.number, self.caption):
            # Whatever the number, its neighbours stay where they are.
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft)
            layout.addWidget(label)
        self.setToolTip(tip)
        self.show_value(text.UNKNOWN, caption)

    def show_value(self, value: str, caption: str | None = None) -> None:
        """Show a value, and another caption if one is given."""
        caption = self.caption.text() if caption is None else caption
        if (value, caption) != (self.number.text(), self.caption.text()):
            self.number.setText(value)
            self.caption.setText(caption)
            self.setAccessibleName(f"{value} {caption}")

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST, super().minimumSizeHint().height())
