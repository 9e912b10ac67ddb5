"""A name that is edited in place."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QKeyEvent
from PyQt6.QtWidgets import QLineEdit

from pedcam.ui.base.own_keys import OwnKeys


class NameEdit(QLineEdit):
    """Says when a name was entered, and when it was given up."""

    entered = pyqtSignal()
    given_up = pyqtSignal()

    def __init__(self, longest: int) -> None:
        """Take names of up to ``longest`` characters."""
        super().__init__()
        self.setMaxLength(longest)
        self.setProperty("inline", True)
        self.setAccessibleName("Name")
        self.setToolTip("Enter keeps the name, Esc the old one")
        OwnKeys(self, [Qt.Key.Key_Escape])

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        key = None if event is None else event.key()
        if key == Qt.Key.Key_Escape:
            self.given_up.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        super().focusOutEvent(event)
        reason = None if event is None else event.reason()
        # Its own menu takes the focus for a while only.
        if self.isVisible() and reason != Qt.FocusReason.PopupFocusReason:
            self.entered.emit()
            self.given_up.emit()
