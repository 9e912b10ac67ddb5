"""The position in a file, and the way to any other, with the time above the pointer."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QSlider, QToolTip, QWidget

from pedcam.ui.base import text
from pedcam.ui.player.seeking import Seeking

STEP = 5.0  # seconds of an arrow key or a notch of the wheel
PAGE = 60.0  # seconds of Page up and down
PATIENCE = 2000  # milliseconds to wait for the picture of a jump
_RADIUS = 8.0  # of the handle, as in the style sheet
_NOTCH = 120  # units of a wheel
_ABOVE = 48  # pixels from the slider's top to where Qt expects the pointer of a tooltip above it


class SeekSlider(QSlider):
    """Shows a position and asks for others: a click jumps there, dragging follows the pointer."""

    seek_wanted = pyqtSignal(float)
    """Seconds to jump to. The next is sent when a picture came, or none for :data:`PATIENCE`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without a file."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._seeking = Seeking(self._send)
        self._position = 0.0
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._give_up)
        self.setMouseTracking(True)
        self.setSingleStep(round(1000 * STEP))
        self.setPageStep(round(1000 * PAGE))
        self.setAccessibleName("Position in the video")
        # What Qt's own keys lead to.
        self.actionTriggered.connect(lambda _: self._ask(self.sliderPosition() / 1000))
        self.set_duration(None)

    @property
    def duration(self) -> float:
        """Seconds of the file, 0 where unknown."""
        return self.maximum() / 1000

    @property
    def shown(self) -> float:
        """Seconds at which the handle is."""
        return self.value() / 1000

    def set_duration(self, seconds: float | None) -> None:
        """Take the length of the file, ``None`` without one."""
        self.setRange(0, round(1000 * (seconds or 0.0)))
        self.setEnabled(bool(seconds))
        self._describe()

    def set_position(self, seconds: float | None, segment: int | None = None) -> None:
        """Show where the picture on screen is.

        While a jump is under way the handle stays where it will end.

        Args:
            seconds: Its time, ``None`` without a picture.
            segment: The stretch it belongs to, see :class:`pedcam.video.sources.frame.Frame`.
        """
        if seconds is None:
            self._seeking.forget()
            self.setSliderDown(False)
        else:
            self._seeking.arrived(segment)
        self._position = seconds or 0.0
        self._follow()

    def step(self, seconds: float) -> None:
        """Jump forward, or back if negative; steps made before the picture came add up."""
        self._ask(self._goal() + seconds)

    def time_at(self, x: float) -> float:
        """Return the seconds that a position, in pixels from the left, stands for."""
        room = max(1.0, self.width() - 2 * _RADIUS)
        return min(max((x - _RADIUS) / room, 0.0), 1.0) * self.duration

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton and self.duration:
            self.setSliderDown(True)
            self._ask(self.time_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None or not self.duration:
            return
        time = self.time_at(event.position().x())
        # Shown by hand, as Qt's own tooltips come late, below the pointer, and do not follow it.
        above = self.mapToGlobal(QPoint(round(event.position().x()), -_ABOVE))
        QToolTip.showText(above, text.clock(time), self)
        if self.isSliderDown():
            self._ask(time)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)
            self._follow()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Move by a step per notch: up or right is forward."""
        if event is None:
            return
        delta = event.angleDelta()
        turned = delta.y() if abs(delta.y()) >= abs(delta.x()) else -delta.x()
        self.step(turned / _NOTCH * STEP)
        event.accept()

    def _goal(self) -> float:
        target = self._seeking.target
        return self._position if target is None else target

    def _ask(self, seconds: float) -> None:
        if self.duration:
            self._seeking.ask(min(max(seconds, 0.0), self.duration))
            self._follow()

    def _send(self, seconds: float) -> None:
        self._patience.start()
        self.seek_wanted.emit(seconds)

    def _give_up(self) -> None:
        self._seeking.give_up()
        self._follow()

    def _follow(self) -> None:
        if self._seeking.target is None:
            self._patience.stop()
            if self.isSliderDown():
                # The pointer has the handle, although pictures go on to come.
                return
        self.setValue(round(1000 * self._goal()))
        self._describe()

    def _describe(self) -> None:
        words = f"{text.clock(self.shown)} of {text.clock(self.duration)}"
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
