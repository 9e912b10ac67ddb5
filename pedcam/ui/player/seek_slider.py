"""Where a file is, and the way to any other place in it, with the time above the pointer."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PyQt6.QtWidgets import QLabel, QSizePolicy, QSlider, QWidget

from pedcam.ui.base import text, theme
from pedcam.ui.player.seeking import Seeking

STEP = 5.0  # seconds of an arrow key or a notch of the wheel
PAGE = 60.0  # seconds of Page up and down
PATIENCE = 2000  # milliseconds to wait for the picture of a jump
_HEIGHT = 20
_RADIUS = 7.0  # of the handle
_NOTCH = 120  # units of a wheel
_GAP = 4  # pixels between the bubble and what it belongs to


class TimeBubble(QLabel):
    """Shows a time above a place of the widget it belongs to.

    No tooltip: those come late, below the pointer, and do not follow it.
    """

    def __init__(self, owner: QWidget) -> None:
        """Start hidden."""
        super().__init__(owner, Qt.WindowType.ToolTip)
        self._owner = owner
        self.setObjectName("bubble")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(theme.tabular(self.font()))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMargin(theme.UNIT // 2)

    def tell(self, time: str, x: float) -> None:
        """Show a time above the place ``x`` pixels from the owner's left."""
        self.setText(time)
        self.adjustSize()
        place = self._owner.mapToGlobal(QPoint(round(x) - self.width() // 2, 0))
        place.setY(place.y() - self.height() - _GAP)
        screen = self._owner.screen()
        if screen is not None:
            room = screen.availableGeometry()
            place.setX(max(room.left(), min(place.x(), room.right() - self.width())))
        self.move(place)
        self.show()


class SeekSlider(QSlider):
    """Shows the position in a file and asks for others, one jump at a time.

    A click jumps to its place, dragging shows the picture at each, arrows, Page up and down, Home,
    End and the wheel move by steps. Its value is in milliseconds.
    """

    seek_wanted = pyqtSignal(float)
    """Seconds to jump to. The next is sent when a picture came, or none for :data:`PATIENCE`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without a file."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._seeking = Seeking(self._send)
        self._position = 0.0
        self._turned = 0
        self._hovered: float | None = None  # x in pixels
        self._dragging = False
        self._bubble = TimeBubble(self)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._give_up)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Position in the video")
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
            self._patience.stop()
            self._seeking.forget()
            self._dragging = False
        else:
            self._seeking.arrived(segment)
        self._position = seconds or 0.0
        self._follow()

    def time_at(self, x: float) -> float:
        """Return the seconds that a place, in pixels from the left, stands for."""
        room = max(1.0, self.width() - 2 * _RADIUS)
        return min(max((x - _RADIUS) / room, 0.0), 1.0) * self.duration

    def place_of(self, seconds: float) -> float:
        """Return the place of a time in pixels from the left."""
        part = seconds / self.duration if self.duration else 0.0
        return _RADIUS + part * (self.width() - 2 * _RADIUS)

    def sizeHint(self) -> QSize:
        """Return a useful width."""
        return QSize(240, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest usable width."""
        return QSize(80, _HEIGHT)

    def event(self, event: QEvent | None) -> bool:
        """Keep the keys for moving while it has the focus, whatever actions they have elsewhere."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if plain == Qt.KeyboardModifier.NoModifier and self._keyed(event.key()) is not None:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move by a step."""
        if event is None:
            return
        target = self._keyed(event.key())
        if target is None:
            event.ignore()
        else:
            self._ask(target)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Jump to the place clicked."""
        if event is None or event.button() != Qt.MouseButton.LeftButton or not self.duration:
            return
        self._dragging = True
        self._ask(self.time_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Follow the pointer while dragging, and tell the time under it."""
        if event is None:
            return
        self._hover(event.position().x())
        if self._dragging:
            self._ask(self.time_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """End dragging; the place has been asked for already."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self._hover(event.position().x() if self.underMouse() else None)
            self._follow()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Move by a step per notch: up or right is forward."""
        if event is None:
            return
        delta = event.angleDelta()
        self._turned += delta.y() if abs(delta.y()) >= abs(delta.x()) else -delta.x()
        # A touchpad sends many small turns.
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        if notches:
            self._ask(self._goal() + notches * STEP)
        event.accept()

    def enterEvent(self, event: QEnterEvent | None) -> None:
        """Tell the time under the pointer."""
        super().enterEvent(event)
        if event is not None:
            self._hover(event.position().x())

    def leaveEvent(self, event: QEvent | None) -> None:
        """The pointer is elsewhere."""
        super().leaveEvent(event)
        if not self._dragging:
            self._hover(None)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """The pointer cannot be here any more."""
        super().hideEvent(event)
        self._dragging = False
        self._hover(None)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the groove, what has been played of it, the marks and the handle."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, lively = self.height() / 2, self.isEnabled()
        thick = 3.0 if lively and (self._hovered is not None or self._dragging) else 2.0
        groove = QRectF(
            _RADIUS - thick, middle - thick, self.width() - 2 * (_RADIUS - thick), 2 * thick
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.line))
        painter.drawRoundedRect(groove, thick, thick)
        if not lively:
            return
        x = self.place_of(self.shown)
        painter.setBrush(QColor(colors.accent))
        painter.drawRoundedRect(
            QRectF(groove.left(), groove.top(), x - groove.left(), groove.height()), thick, thick
        )
        active = self.hasFocus() or self._dragging
        painter.setPen(QPen(QColor(colors.accent if active else colors.muted), 2 if active else 1))
        painter.setBrush(QColor(colors.raised))
        painter.drawEllipse(QPointF(x, middle), _RADIUS - 1, _RADIUS - 1)

    def _keyed(self, key: int) -> float | None:
        """Return where a key leads to, ``None`` for one that leads nowhere."""
        goal = self._goal()
        places: dict[int, float] = {
            Qt.Key.Key_Left: goal - STEP,
            Qt.Key.Key_Down: goal - STEP,
            Qt.Key.Key_Right: goal + STEP,
            Qt.Key.Key_Up: goal + STEP,
            Qt.Key.Key_PageDown: goal - PAGE,
            Qt.Key.Key_PageUp: goal + PAGE,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: self.duration,
        }
        return places.get(key)

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
        if self._dragging and self._seeking.target is None:
            # The pointer has the handle, although pictures go on to come.
            return
        self.setValue(round(1000 * self._goal()))
        self._describe()

    def _describe(self) -> None:
        told = f"{text.clock(self.shown)} of {text.clock(self.duration)}"
        if told != self.accessibleDescription():
            self.setAccessibleDescription(told)

    def _hover(self, x: float | None) -> None:
        self._hovered = x if self.duration and self.isEnabled() else None
        if self._hovered is None:
            self._bubble.hide()
        else:
            time = self.time_at(self._hovered)
            self._bubble.tell(text.clock(time), self.place_of(time))
        self.update()
