"""One event with its picture or clip, beside the table of the past and the list of today."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QSize, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices, QImage, QPixmap
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from pedcam.history.values import PastEvent
from pedcam.ui.base import theme
from pedcam.ui.history import event_text
from pedcam.ui.history.clip_player import ClipPlayer

_SIZE = QSize(288, 162)  # pixels


class EventPreview(QWidget):
    """What happened, where, the clip or a picture, and the way to the moment in files."""

    open_requested = pyqtSignal(str, float)
    """The user wants to see this source at this second."""

    save_requested = pyqtSignal(object)
    """The user wants a copy of the clip of this :class:`~pedcam.history.values.PastEvent`."""

    def __init__(
        self,
        parent: QWidget | None = None,
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
    ) -> None:
        """Start without an event; ``open_url`` shows a folder in the system's file manager."""
        super().__init__(parent)
        self.shown: PastEvent | None = None
        self._open_url = open_url
        self.player = ClipPlayer(_SIZE)
        self.picture = self.player.picture
        self.title, self.details = QLabel(), QLabel()
        self.title.setFont(theme.scaled(self.title.font(), 1.1, bold=True))
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self.title, self.details):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.open = self._button(
            "&Open at this moment", "Play the file from here (Enter in the table)", self.open_moment
        )
        self.show_folder = self._button("Show in &folder", "Open the folder of clips", self._show)
        self.save = self._button("Save &clip as…", "Copy the clip to another folder", self._save)
        clip = QHBoxLayout()
        clip.setSpacing(theme.UNIT)
        clip.addWidget(self.show_folder, 1)
        clip.addWidget(self.save, 1)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.UNIT)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.player, self.title, self.details):
            layout.addWidget(widget)
        layout.addStretch()
        layout.addLayout(clip)
        layout.addWidget(self.open)
        self.setFixedWidth(_SIZE.width())
        self.player.failed.connect(self._say_gone)
        self.show_event(None)

    def show_event(self, past: PastEvent | None) -> None:
        """Show an event and play its clip, without its picture so far, or show none."""
        self.shown = past
        self.open.setEnabled(past is not None and past.can_open)
        clip = past.clip if past is not None else None
        self.picture.setPixmap(QPixmap())
        self.player.set_clip(clip)
        for button in (self.show_folder, self.save):
            button.setVisible(clip is not None)
        if past is None:
            self.picture.setText("Select an event to see more of it.")
            self.title.clear()
            self.details.clear()
            return
        self.picture.setText(
            "Looking for the clip…"
            if clip is not None
            else "Looking for a picture…"
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
        image = QImage()
        if found is None or not image.loadFromData(found[0]):
            self.picture.setText("There is no picture of this moment.")
            return
        self.player.show_picture(
            image.scaled(
                self.player.room(),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
        if abs(found[1] - past.at) > 1:
            taken = event_text.clock_time(found[1])
            self.details.setText(f"{self.details.text()}\nLast picture of this person: {taken}")

    def open_moment(self) -> None:
        """Ask for the moment to be played, if it can be."""
        if self.shown is not None and self.shown.can_open:
            self.open_requested.emit(self.shown.source.address, self.shown.event.time)

    def _show(self) -> None:
        if self.shown is not None and self.shown.clip is not None:
            self._open_url(QUrl.fromLocalFile(str(self.shown.clip.parent)))

    def _save(self) -> None:
        self.save_requested.emit(self.shown)

    def _say_gone(self) -> None:
        self.picture.setText("The clip cannot be played: it is gone or damaged.")

    def _button(self, caption: str, tip: str, clicked: Callable[[], None]) -> QPushButton:
        button = QPushButton(caption)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: clicked())
        return button
