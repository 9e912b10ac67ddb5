"""One event of the past, with its picture, and the picture of one of this session."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PyQt6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from pedcam.history.values import PastEvent
from pedcam.ui.base import theme
from pedcam.ui.history import event_text

_SIZE = QSize(288, 162)  # pixels


class HistoryPreview(QWidget):
    """What happened, where, a picture of live sources, and the way to the moment in files."""

    open_requested = pyqtSignal(str, float)
    """The user wants to see this source at this second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without an event."""
        super().__init__(parent)
        self._event: PastEvent | None = None
        self.picture = QLabel()
        self.picture.setMinimumSize(_SIZE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setWordWrap(True)
        self.picture.setProperty("muted", True)
        self.picture.setProperty("frame", True)
        self.title = QLabel()
        self.title.setFont(theme.scaled(self.title.font(), 1.1, bold=True))
        self.details = QLabel()
        for label in (self.title, self.details):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.open = QPushButton("&Open at this moment")
        self.open.setToolTip("Play the file from here (Enter in the table)")
        self.open.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.UNIT, 0, 0, 0)
        layout.setSpacing(theme.UNIT)
        layout.addWidget(self.picture)
        layout.addWidget(self.title)
        layout.addWidget(self.details)
        layout.addStretch()
        layout.addWidget(self.open)
        self.setFixedWidth(_SIZE.width() + theme.UNIT)
        self.open.clicked.connect(self.open_moment)
        self.show_event(None)

    @property
    def shown(self) -> PastEvent | None:
        """The event on screen."""
        return self._event

    def show_event(self, event: PastEvent | None) -> None:
        """Show an event, without its picture so far, or none."""
        self._event = event
        self.open.setEnabled(event is not None and event.can_open)
        self.picture.setPixmap(QPixmap())
        if event is None:
            self.picture.setText("Select an event to see more of it.")
            self.title.clear()
            self.details.clear()
            return
        self.picture.setText(
            "Looking for a picture…"
            if event.live
            else "“Open at this moment” plays the file from here."
            if event.can_open
            else "There is no picture of this moment."
        )
        self.title.setText(event_text.event_text(event.event))
        lines = [event_text.moment(event.at), event.source.title]
        if not event.live:
            place = event_text.position(event.event.time)
            lines.insert(1, f"{place} in the video")
        self.details.setText("\n".join(lines))
        self.details.setToolTip(event.source.address)

    def show_picture(self, event: PastEvent, found: tuple[bytes, float] | None) -> None:
        """Show the picture of an event, if that one is still on screen."""
        if event is not self._event or (found is None and not event.live):
            return
        image = QPixmap()
        if found is None or not image.loadFromData(found[0]):
            self.picture.setText("There is no picture of this moment.")
            return
        ratio = self.devicePixelRatioF()
        image = image.scaled(
            _SIZE * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        image.setDevicePixelRatio(ratio)
        self.picture.setPixmap(image)
        if abs(found[1] - event.at) > 1:
            self.details.setText(
                self.details.text()
                + f"\nLast picture of this person: {event_text.clock_time(found[1])}"
            )

    def open_moment(self) -> None:
        """Ask for the moment to be played, if it can be."""
        if self._event is not None and self._event.can_open:
            self.open_requested.emit(self._event.source.address, self._event.event.time)


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
