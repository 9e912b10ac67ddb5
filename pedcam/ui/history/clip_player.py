"""A place for a picture, in which a clip can play."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PyQt6 import sip
from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QHideEvent, QImage, QPixmap, QShowEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from pedcam.ui.base import text, theme
from pedcam.ui.base.background import NewestOnly, call_on_window_thread, prepare_delivery
from pedcam.ui.base.icon_button import IconButton
from pedcam.ui.history.clip_decoder import ClipDecoder
from pedcam.ui.player.seek_slider import SeekSlider
from pedcam.video.sources.frame import Frame

_PATIENCE = 150  # milliseconds, in which whoever runs through a list is at the next event


class ClipPlayer(QWidget):
    """Plays a clip in a loop as long as it can be seen, with a button to pause and a slider."""

    failed = pyqtSignal()
    """The clip cannot be played: it is gone or damaged."""

    def __init__(self, size: QSize, parent: QWidget | None = None) -> None:
        """Start without a clip; pictures are fitted into ``size`` logical pixels."""
        super().__init__(parent)
        prepare_delivery()
        self._size = size
        self._clip: Path | None = None
        self._decoder: ClipDecoder | None = None
        self._paused = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PATIENCE)
        self.picture = QLabel()
        self.picture.setMinimumSize(size)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setProperty("muted", True)
        self.picture.setProperty("frame", True)
        self.picture.setWordWrap(True)
        self.picture.setTextFormat(Qt.TextFormat.PlainText)
        self.pause = IconButton("pause")
        self.slider = SeekSlider()
        self.time = QLabel()
        self.time.setProperty("muted", True)
        self.time.setFont(theme.tabular(theme.scaled(self.time.font(), 0.9)))
        self._controls = QWidget()
        row = QHBoxLayout(self._controls)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.UNIT // 2)
        row.addWidget(self.pause)
        row.addWidget(self.slider, 1)
        row.addWidget(self.time)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addWidget(self.picture)
        column.addWidget(self._controls)
        self._soon.timeout.connect(self._start)
        self.pause.clicked.connect(lambda: self.set_paused(not self._paused))
        self.slider.seek_wanted.connect(self._seek)
        self.set_clip(None)

    @property
    def playing(self) -> bool:
        """Whether pictures come."""
        return self._decoder is not None and not self._paused

    def set_clip(self, clip: Path | None) -> None:
        """Play another clip from its start, or none any more; the picture stays so far."""
        self._stop()
        self._clip = clip
        self._controls.setVisible(clip is not None)
        self.slider.set_position(None)
        self.slider.set_duration(None)
        self.time.clear()
        self.set_paused(False)
        if self.isVisible():
            self._soon.start()

    def set_paused(self, paused: bool) -> None:
        """Stay at the picture, or go on from there."""
        self._paused = paused
        self.pause.set_symbol("play" if paused else "pause")
        name = "Play the clip" if paused else "Pause the clip"
        self.pause.setAccessibleName(name)
        self.pause.setToolTip(name)
        if self._decoder is not None:
            self._decoder.set_paused(paused)

    def show_picture(self, image: QImage) -> None:
        """Show a picture that is in logical pixels as large as there is room, or larger."""
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())
        self.picture.setPixmap(pixmap)

    def room(self) -> QSize:
        """Return the pixels of the screen that there are for a picture."""
        return self._size * self.devicePixelRatioF()

    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self._stop()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._soon.start()

    def _start(self) -> None:
        if self._clip is None:
            return
        room = self.room()
        newest = NewestOnly[tuple[QImage, float, int, float | None]](
            lambda shown: self._show(decoder, *shown)
        )
        decoder = self._decoder = ClipDecoder(
            self._clip,
            lambda frame, duration: newest.put(
                (_fitted(frame, room), frame.time, frame.segment, duration)
            ),
            lambda _: call_on_window_thread(lambda: self._fail(decoder)),
        )
        decoder.set_paused(self._paused)

    def _stop(self) -> None:
        self._soon.stop()
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

    def _seek(self, seconds: float) -> None:
        if self._decoder is not None:
            self._decoder.seek(seconds)

    def _show(
        self,
        decoder: ClipDecoder,
        image: QImage,
        seconds: float,
        segment: int,
        duration: float | None,
    ) -> None:
        if sip.isdeleted(self) or decoder is not self._decoder:
            return
        self.show_picture(image)
        if self.slider.duration != round(duration or 0.0, 3):
            self.slider.set_duration(duration)
        self.slider.set_position(seconds, segment)
        words = text.clock(seconds)
        self.time.setText(f"{words} / {text.clock(duration)}" if duration else words)

    def _fail(self, decoder: ClipDecoder) -> None:
        if not sip.isdeleted(self) and decoder is self._decoder:
            self.set_clip(None)
            self.failed.emit()


def _fitted(frame: Frame, room: QSize) -> QImage:
    """Return a frame as large as there is room, without its own pixels."""
    height, width = frame.image.shape[:2]
    size = QSize(width, height).scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    size = size.expandedTo(QSize(1, 1))
    small = np.asarray(
        cv2.resize(frame.image, (size.width(), size.height()), interpolation=cv2.INTER_AREA)
    )
    form = QImage.Format.Format_BGR888
    image = QImage(small.tobytes(), size.width(), size.height(), small.strides[0], form)
    return image.copy()
