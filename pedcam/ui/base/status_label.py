"""A remark or an error right beside what it is about."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel


class StatusLabel(QLabel):
    """Muted text, or an error in red; hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("muted", True)
        self.hide()

    def set_status(self, text: str, *, error: bool = False) -> None:
        self.setText(text)
        self.setVisible(bool(text))
        if self.property("error") is not error:
            self.setProperty("error", error)
            style = self.style()
            assert style is not None
            # A style sheet looks at properties only when it is told to.
            style.unpolish(self)
            style.polish(self)
