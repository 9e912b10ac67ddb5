"""Words and what can be edited among them, wrapped like a text."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractSpinBox, QLabel, QWidget

from pedcam.ui.base.flow_layout import FlowLayout
from pedcam.ui.rules.blank import Blank


class Sentence(QWidget):
    """A line of words and widgets that goes on in the next line where the panel ends."""

    def __init__(self, *, muted: bool = False) -> None:
        """Start empty; ``muted`` words stand back."""
        super().__init__()
        self._muted = muted
        self._flow = FlowLayout(self)

    def add_words(self, text: str) -> list[QLabel]:
        """Add a label for each word."""
        labels = [QLabel(word) for word in text.split()]
        for label in labels:
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("muted", self._muted)
            self._flow.addWidget(label)
        return labels

    def add_widget(self, widget: QWidget) -> None:
        """Add something else."""
        self._flow.addWidget(widget)

    def add_box(self, box: QAbstractSpinBox, name: str) -> Blank:
        """Add a spin box as a part of the sentence, which screen readers call ``name``."""
        self._flow.addWidget(box)
        return Blank(box, name)
