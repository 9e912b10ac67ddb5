"""What went wrong and what to do, in place instead of in a dialog."""

from __future__ import annotations

import math

from PyQt6.QtCore import QEvent, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
    QStaticText,
    QTextOption,
)
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from pedcam.ui.base import icons, theme
from pedcam.ui.base.messages import Messages
from pedcam.ui.base.watching import watch

_MOST_LINES = 6


class _WrappedText(QWidget):
    """Text that breaks inside words where it must: a QLabel cannot wrap a long path."""

    def __init__(self) -> None:
        super().__init__()
        self._text = QStaticText()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._text.setTextOption(option)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_text(self, text: str) -> None:
        self._text.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        return self._text.text()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        most = _MOST_LINES * QFontMetrics(self.font()).lineSpacing()
        return min(math.ceil(self._text_height(width)), most)

    def sizeHint(self) -> QSize:
        return QSize(400, self.heightForWidth(400))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, QFontMetrics(self.font()).height())

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setPen(QColor(theme.colors().text))
        spare = self.height() - self._text_height(self.width())
        painter.drawStaticText(0, max(0, round(spare / 2)), self._text)

    def _text_height(self, width: int) -> float:
        self._text.setTextWidth(width)
        self._text.prepare(font=self.font())
        return self._text.size().height()


class MessageBar(QWidget):
    """Shows one message at a time; hidden while there is none."""

    dismissed = pyqtSignal()
    """The user has read the message."""

    def __init__(self, messages: Messages, parent: QWidget | None = None) -> None:
        """Show ``messages`` and follow them."""
        super().__init__(parent)
        self._messages = messages
        self._icon = QLabel()
        self._text = _WrappedText()
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
        layout.addWidget(self._text, 1)
        layout.addWidget(self._count)
        layout.addWidget(self._copy)
        layout.addWidget(self.dismiss)

        self._copy.clicked.connect(self._copy_text)
        self.dismiss.clicked.connect(self.dismissed)
        watch(messages, self._refresh)
        self._show_icon()
        self._refresh()

    def text(self) -> str:
        """Return the message on screen."""
        return self._text.text()

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over the colours of a new theme."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_icon()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a tinted background with a line above it."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colors.warning))
        painter.setPen(QPen(QColor(colors.warning_line), 1))
        painter.drawLine(0, 0, self.width(), 0)

    def _show_icon(self) -> None:
        image = icons.icon("warning", theme.colors().text)
        self._icon.setPixmap(image.pixmap(QSize(20, 20), self.devicePixelRatioF()))

    def _refresh(self) -> None:
        message = self._messages.current
        self.setVisible(message is not None)
        if message is None:
            return
        self._text.set_text(message.text)
        count = self._messages.count
        self._count.setVisible(count > 1)
        self._count.setText(f"{count - 1} more")

    def _copy_text(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._text.text())
