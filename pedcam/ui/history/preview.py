"""One event with its picture: beside the table of the past, and beside the list of this session."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QPixmap
from PyQt6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from pedcam.history.values import PastEvent
from pedcam.ui.base import theme
from pedcam.ui.history import event_text

_SIZE = QSize(288, 162)  # pixels


class EventPreview(QWidget):
    """What happened, where, a picture of live sources, and the way to the moment in files."""

    open_requested = pyqtSignal(str, float)
    """The user wants to see this source at this second."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: PastEvent | None = None
        self.picture = QLabel()
        self.picture.setMinimumSize(_SIZE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setProperty("muted", True)
        self.picture.setProperty("frame", True)
        self.title, self.details = QLabel(), QLabel()
        self.title.setFont(theme.scaled(self.title.font(), 1.1, bold=True))
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self.picture, self.title, self.details):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.open = QPushButton("&Open at this moment")
        self.open.setToolTip("Play the file from here (Enter in the table)")
        self.open.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.UNIT)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.picture, self.title, self.details):
            layout.addWidget(widget)
        layout.addStretch()
        layout.addWidget(self.open)
        self.setFixedWidth(_SIZE.width())
        self.open.clicked.connect(self.open_moment)
        self.show_event(None)

    def show_event(self, past: PastEvent | None) -> None:
        """Show an event, without its picture so far, or none."""
        self.shown = past
        self.open.setEnabled(past is not None and past.can_open)
        self.picture.setPixmap(QPixmap())
        if past is None:
            self.picture.setText("Select an event to see more of it.")
            self.title.clear()
            self.details.clear()
            return
        self.picture.setText(
            "Looking for a picture…"
            if past.live
            else "“Open at this moment” plays the file from here."
            if past.can_open
            else "There is no picture of this moment."
        )
        self.title.setText(event_text.sentence(past.event))
        place = [] if past.live else [f"{event_text.position(past.event.time)} in the video"]
        self.details.setText("\n".join([event_text.moment(past.at), *place, past.source.title]))
        self.details.setToolTip(past.source.address)

    def show_picture(self, past: PastEvent, found: tuple[bytes, float] | None) -> None:
        """Show a JPEG and say when it was taken, if that event is still on screen."""
        if past is not self.shown or (found is None and not past.live):
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
        if abs(found[1] - past.at) > 1:
            taken = event_text.clock_time(found[1])
            self.details.setText(f"{self.details.text()}\nLast picture of this person: {taken}")

    def open_moment(self) -> None:
        """Ask for the moment to be played, if it can be."""
        if self.shown is not None and self.shown.can_open:
            self.open_requested.emit(self.shown.source.address, self.shown.event.time)
