"""What went wrong and what to do, in place instead of in a dialog."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.base.messages import Messages
from pedcam.ui.base.text import breakable
from pedcam.ui.base.watching import watch

_MOST_LINES = 6


class MessageBar(QFrame):
    """Shows one message at a time; hidden while there is none."""

    dismissed = pyqtSignal()
    """The user has read the message."""

    def __init__(self, messages: Messages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("warning", True)
        self._messages = messages
        self._icon = QLabel()
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setWordWrap(True)
        self._label.setMinimumWidth(160)
        self._label.setMaximumHeight(_MOST_LINES * self.fontMetrics().lineSpacing())
        self._count = QLabel()
        self._count.setProperty("muted", True)
        self._copy = QPushButton("Copy")
        self._copy.setToolTip("Copy this message to the clipboard")
        self._copy.setProperty("quiet", True)
        self.dismiss = QPushButton("Dismiss")
        self.dismiss.setToolTip("Hide this message (Esc)")
        for button in (self._copy, self.dismiss):
            button.setAutoDefault(True)

        layout = QHBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(2 * unit, unit, unit, unit)
        layout.setSpacing(unit)
        layout.addWidget(self._icon)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._count)
        layout.addWidget(self._copy)
        layout.addWidget(self.dismiss)

        self._copy.clicked.connect(self._copy_text)
        self.dismiss.clicked.connect(self.dismissed)
        watch(messages, self._refresh)
        self._show_icon()
        self._refresh()

    def text(self) -> str:
        """Return the message on screen; empty if there is none."""
        message = self._messages.current
        return message.text if message is not None else ""

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icon()

    def _show_icon(self) -> None:
        image = icons.icon("warning", theme.colors().text)
        self._icon.setPixmap(image.pixmap(QSize(20, 20), self.devicePixelRatioF()))

    def _refresh(self) -> None:
        text, count = self.text(), self._messages.count
        self._label.setText(breakable(text))
        self._label.setAccessibleName(text)
        self._label.setToolTip(text)
        self._count.setVisible(count > 1)
        self._count.setText(f"{count - 1} more")
        self.setVisible(bool(text))

    def _copy_text(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self.text())
