"""Where something was saved, said under the picture for a while."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QEvent, QSize, Qt, QTimer, QUrl
from PyQt6.QtGui import (
    QColor,
    QDesktopServices,
    QEnterEvent,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
)
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.base.elided_label import ElidedLabel

STAY = 8000  # milliseconds


class SavedBar(QWidget):
    """Names the file saved last and leads to it.

    It goes by itself, but not while the pointer or the keyboard is on it.
    """

    def __init__(
        self,
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
        stay: int = STAY,
        parent: QWidget | None = None,
    ) -> None:
        """Start hidden.

        Args:
            open_url: Shows a folder in the system's file manager.
            stay: Milliseconds to stay.
            parent: Whom this belongs to.
        """
        super().__init__(parent)
        self._open_url = open_url
        self._path: Path | None = None
        self._icon = QLabel()
        self.text = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.show_folder = QPushButton("Show in folder")
        self.show_folder.setToolTip("Open the folder it is in")
        self.copy = QPushButton("Copy path")
        self.copy.setToolTip("Copy where it is to the clipboard")
        self.dismiss = QPushButton()
        self.dismiss.setToolTip("Hide this message")
        self.dismiss.setAccessibleName("Hide this message")
        self.dismiss.setProperty("compact", True)
        for button in (self.show_folder, self.copy, self.dismiss):
            button.setAutoDefault(True)
            button.setProperty("quiet", True)
            button.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(stay)

        layout = QHBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(2 * unit, unit // 2, unit, unit // 2)
        layout.setSpacing(unit)
        layout.addWidget(self._icon)
        layout.addWidget(self.text, 1)
        for button in (self.show_folder, self.copy, self.dismiss):
            layout.addWidget(button)

        self._timer.timeout.connect(self._leave)
        self.show_folder.clicked.connect(self._show_folder)
        self.copy.clicked.connect(self._copy)
        self.dismiss.clicked.connect(self.hide)
        self._show_icons()
        self.hide()

    def show_saved(self, path: Path) -> None:
        """Say where a file was saved, instead of the one before."""
        self._path = path
        self.text.show_text(f"Saved to {path}")
        self.text.setAccessibleName(self.text.text())
        self.show()
        self._timer.start()

    def enterEvent(self, event: QEnterEvent | None) -> None:
        """Stay while the pointer is here."""
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent | None) -> None:
        """Go after a while."""
        super().leaveEvent(event)
        self._timer.start()

    def eventFilter(self, watched: object, event: QEvent | None) -> bool:
        """Go a while after the keyboard has left."""
        if event is not None and event.type() == QEvent.Type.FocusOut:
            self._timer.start()
        return False

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icons()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a tinted background with a line above it."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colors.tint))
        painter.setPen(QPen(QColor(colors.line), 1))
        painter.drawLine(0, 0, self.width(), 0)

    def _show_icons(self) -> None:
        colors = theme.colors()
        check = icons.icon("check", colors.good)
        self._icon.setPixmap(check.pixmap(QSize(20, 20), self.devicePixelRatioF()))
        self.show_folder.setIcon(icons.icon("folder", colors.text))
        self.copy.setIcon(icons.icon("copy", colors.text))
        self.dismiss.setIcon(icons.icon("close", colors.text))

    def _leave(self) -> None:
        focused = any(button.hasFocus() for button in (self.show_folder, self.copy, self.dismiss))
        if not self.underMouse() and not focused:
            self.hide()

    def _show_folder(self) -> None:
        if self._path is not None:
            self._open_url(QUrl.fromLocalFile(str(self._path.parent)))

    def _copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None and self._path is not None:
            clipboard.setText(str(self._path))
