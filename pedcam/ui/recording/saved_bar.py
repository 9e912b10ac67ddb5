"""Where something was saved, said under the picture for a while."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QEvent, Qt, QTimer, QUrl
from PyQt6.QtGui import (
    QColor,
    QDesktopServices,
    QEnterEvent,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
)
from PyQt6.QtWidgets import QHBoxLayout, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.base.icon_button import IconButton

STAY = 8000  # milliseconds
_ICON = 20


class SavedBar(QWidget):
    """Names the file saved last and leads to it.

    It goes by itself, but not while the pointer or the keyboard is on it.
    """

    def __init__(
        self, open_url: Callable[[QUrl], object] = QDesktopServices.openUrl, stay: int = STAY
    ) -> None:
        """Start hidden.

        Args:
            open_url: Shows a folder in the system's file manager.
            stay: Milliseconds to stay.
        """
        super().__init__()
        self._open_url = open_url
        self._path = Path()
        self.text = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.show_folder = IconButton(
            "folder", tip="Open the folder it is in", text="Show in folder"
        )
        self.copy = IconButton("copy", tip="Copy where it is to the clipboard", text="Copy path")
        self.dismiss = IconButton("close", "Hide this message", "Hide this message")
        self._buttons = (self.show_folder, self.copy, self.dismiss)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(stay)

        layout = QHBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(3 * unit + _ICON, unit // 2, unit, unit // 2)
        layout.setSpacing(unit)
        layout.addWidget(self.text, 1)
        for button in self._buttons:
            button.installEventFilter(self)
            layout.addWidget(button)

        self._timer.timeout.connect(self._leave)
        self.show_folder.clicked.connect(
            lambda: self._open_url(QUrl.fromLocalFile(str(self._path.parent)))
        )
        self.copy.clicked.connect(self._copy)
        self.dismiss.clicked.connect(self.hide)
        self.hide()

    def show_saved(self, path: Path) -> None:
        """Say where a file was saved, instead of the one before."""
        self._path = path
        self.text.show_text(f"Saved to {path}")
        self.text.setAccessibleName(self.text.text())
        self.show()
        self._timer.start()

    def enterEvent(self, event: QEnterEvent | None) -> None:
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent | None) -> None:
        super().leaveEvent(event)
        self._timer.start()

    def eventFilter(self, watched: object, event: QEvent | None) -> bool:
        """Go a while after the keyboard has left."""
        if event is not None and event.type() == QEvent.Type.FocusOut:
            self._timer.start()
        return False

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a tinted background with a line above it and a tick."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colors.tint))
        painter.setPen(QPen(QColor(colors.line), 1))
        painter.drawLine(0, 0, self.width(), 0)
        top = (self.height() - _ICON) // 2
        icons.icon("check", colors.good).paint(painter, 2 * theme.UNIT, top, _ICON, _ICON)

    def _leave(self) -> None:
        if not self.underMouse() and not any(button.hasFocus() for button in self._buttons):
            self.hide()

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(str(self._path))
