"""A small picture of a moment that cannot be played again."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, QRect, Qt
from PyQt6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PyQt6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from pedcam.ui import theme


class SnapshotPopup(QFrame):
    """Shown beside an event until the user clicks elsewhere or presses a key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start empty."""
        super().__init__(parent, Qt.WindowType.Popup)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.caption = QLabel()
        self.caption.setWordWrap(True)
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        unit = theme.UNIT
        layout.setContentsMargins(unit, unit, unit, unit)
        layout.setSpacing(unit // 2)
        layout.addWidget(self.picture)
        layout.addWidget(self.caption)

    def show_picture(self, jpeg: bytes | None, caption: str, beside: QRect) -> None:
        """Show a picture left of a place, or where there is room.

        Args:
            jpeg: The picture, ``None`` where there is none.
            caption: What it shows.
            beside: What it belongs to, in coordinates of the screen.
        """
        image = QPixmap()
        if jpeg is not None:
            image.loadFromData(jpeg)
        self.picture.setVisible(not image.isNull())
        self.picture.setPixmap(image)
        self.caption.setText(caption)
        self.setAccessibleName(caption)
        self.caption.setFixedWidth(max(image.width(), 240))
        self.adjustSize()
        self.move(self._place(beside))
        self.show()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Close at any key."""
        self.close()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw a raised card."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(colors.raised))
        painter.setPen(QPen(QColor(colors.line), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _place(self, beside: QRect) -> QPoint:
        screen = self.screen()
        free = screen.availableGeometry() if screen is not None else beside
        left = beside.left() - self.width() - theme.UNIT
        if left < free.left():
            left = beside.right() + theme.UNIT
        left = max(free.left(), min(left, free.right() - self.width()))
        middle = beside.center().y() - self.height() // 2
        return QPoint(left, max(free.top(), min(middle, free.bottom() - self.height())))
