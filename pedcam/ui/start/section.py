"""The heading over a part of the start page."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from pedcam.ui import theme


class SectionHeading(QWidget):
    """A title with small buttons at its right."""

    def __init__(self, title: str, buttons: list[QPushButton]) -> None:
        """Place ``buttons``."""
        super().__init__()
        self.title = QLabel(title)
        self.title.setFont(theme.scaled(self.title.font(), 1.1, bold=True))
        # Beside another section the titles stand in one line, whatever buttons they have.
        self.setMinimumHeight(quiet_button("X", "").sizeHint().height())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.title)
        row.addStretch()
        for button in buttons:
            row.addWidget(button)


def quiet_button(text: str, tip: str) -> QPushButton:
    """Return a button without a frame, for what is needed rarely."""
    button = QPushButton(text)
    button.setProperty("quiet", True)
    button.setAutoDefault(False)
    button.setToolTip(tip)
    button.setAccessibleDescription(tip)
    return button
