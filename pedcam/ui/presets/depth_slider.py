"""The slider along the binarization depth, which snaps to the presets there are."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from pedcam.detect.presets import Preset
from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.presets.points import family
from pedcam.ui.presets.selection import Condition, PresetSelection

_HANDLE = 8.0  # radius, in pixels
_STOP = 3.5
_FASTER = (Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_PageDown)
_SLOWER = (Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_PageUp)
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End)


class DepthSlider(QWidget):
    """Depth slider with the value in words.

    As in the chart above it, the fastest is on the left. It runs over the presets of one network;
    of two of the same depth it takes the one chosen, or the first.
    """

    chosen = pyqtSignal(str)
    """The user picked the preset of that name."""

    def __init__(self, presets: PresetSelection, parent: QWidget | None = None) -> None:
        """Show ``presets`` and follow them."""
        super().__init__(parent)
        self._presets = presets
        self._stops: list[Preset] = []
        self.slider = SnapSlider()
        self.slider.setAccessibleName("Binary layers")
        self.slider.moved.connect(self._pick)
        self.heading = QLabel("Depth")
        self.heading.setFont(theme.scaled(self.font(), 1.0, bold=True))
        self.heading.setBuddy(self.slider)
        self.value = ElidedLabel()
        self.value.setFont(theme.tabular(self.font()))
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.value.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        ends = QHBoxLayout()
        for words in ("faster, smaller", "more accurate"):
            label = QLabel(words)
            label.setProperty("muted", True)
            label.setFont(theme.scaled(self.font(), 0.9))
            ends.addWidget(label)
        ends.insertStretch(1)
        top = QHBoxLayout()
        top.setSpacing(theme.UNIT)
        top.addWidget(self.heading)
        top.addStretch(1)
        top.addWidget(self.value)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.slider)
        layout.addLayout(ends)
        presets.subscribe(self._refresh)
        self._refresh()

    @property
    def stops(self) -> list[Preset]:
        """The presets it snaps to, the shallowest first."""
        return list(self._stops)

    def _pick(self, depth: int) -> None:
        for preset in self._stops:
            if preset.info.depth == depth:
                self.chosen.emit(preset.name)

    def _refresh(self) -> None:
        choice = self._presets
        current = choice.find(choice.selected)
        if current is None:
            self._stops = []
            self.value.show_text(text.UNKNOWN)
            self.slider.show_stops((), 0, 1, settled=True)
            return
        self._stops = depth_stops(choice)
        self.value.show_text(f"{text.depth(current)} · {text.file_size(current.file_bytes)}")
        self.slider.show_stops(
            [preset.info.depth for preset in self._stops],
            current.info.depth,
            max(current.info.depth_limit, 1),
            settled=choice.condition(current.name) is Condition.RUNNING,
        )
        self.slider.setToolTip(
            "Switch along the depth (arrow keys while it has the focus)"
            if len(self._stops) > 1
            else "There is only one depth of this network here."
        )
        self.slider.setAccessibleDescription(self.value.text())


def depth_stops(choice: PresetSelection) -> list[Preset]:
    """Return the presets of the chosen one's network that can run, one per depth."""
    current = choice.find(choice.selected)
    if current is None:
        return []
    kin = family(current)
    stops = {current.info.depth: current}
    for preset in choice.usable:
        if family(preset) == kin:
            stops.setdefault(preset.info.depth, preset)
    return [stops[depth] for depth in sorted(stops)]


class SnapSlider(QSlider):
    """A slider with stops; its value is the depth, which grows to the left."""

    moved = pyqtSignal(int)
    """The user moved it to this stop."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without stops."""
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._stops: list[int] = []
        self._settled = True
        self.setInvertedAppearance(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_stops(self, stops: Sequence[int], value: int, limit: int, *, settled: bool) -> None:
        """Show stops and stand at one of them.

        Args:
            stops: Depths, rising.
            value: The stop to stand at.
            limit: The deepest that is possible.
            settled: Whether that preset runs already.
        """
        self._stops, self._settled = list(stops), settled
        # Nobody moved it.
        with QSignalBlocker(self):
            self.setRange(0, limit)
            self.setValue(value)
        self.setEnabled(len(stops) > 1)
        self.update()

    def place_of(self, depth: int) -> QPointF:
        """Return where the middle of a stop lies in the slider."""
        margin = _HANDLE + 3
        share = 1 - depth / max(self.maximum(), 1)
        return QPointF(margin + share * (self.width() - 2 * margin), self.height() / 2)

    def sizeHint(self) -> QSize:
        """Return room for the handle with its focus ring."""
        return QSize(160, 30)

    def minimumSizeHint(self) -> QSize:
        """Return room for a few stops."""
        return QSize(80, 30)

    def event(self, event: QEvent | None) -> bool:
        """Keep the keys that move it from being shortcuts of the window."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            plain = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if event.key() in _FASTER + _SLOWER + _ENDS and event.modifiers() in plain:
                event.accept()
                return True
        return super().event(event)

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over new colours."""
        super().changeEvent(event)
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Go to the nearest stop."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            self._go_near(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Go from stop to stop with the pointer."""
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._go_near(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """Stay where the pointer left it."""

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """Leave the wheel to the panel around it, which scrolls."""
        if event is not None:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Go to the next stop, or to the last one."""
        if event is None:
            return
        key = event.key()
        if key in _FASTER:
            deeper = [stop for stop in self._stops if stop > self.value()]
            self._go(min(deeper, default=self.value()))
        elif key in _SLOWER:
            shallower = [stop for stop in self._stops if stop < self.value()]
            self._go(max(shallower, default=self.value()))
        elif key == Qt.Key.Key_Home:
            self._go(max(self._stops, default=self.value()))
        elif key == Qt.Key.Key_End:
            self._go(min(self._stops, default=self.value()))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the groove, the stops and the handle."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.line))
        left, right = self.place_of(self.maximum()), self.place_of(0)
        painter.drawRoundedRect(
            QRectF(left.x() - 2, left.y() - 2, right.x() - left.x() + 4, 4), 2, 2
        )
        painter.setPen(QPen(QColor(colors.muted), 1.5))
        painter.setBrush(QColor(colors.raised))
        for stop in self._stops:
            painter.drawEllipse(self.place_of(stop), _STOP, _STOP)
        if not self._stops:
            return
        handle = self.place_of(self.value())
        active = QColor(colors.accent if self.isEnabled() else colors.muted)
        painter.setPen(QPen(active, 2))
        painter.setBrush(active if self._settled else QColor(colors.raised))
        painter.drawEllipse(handle, _HANDLE - 1, _HANDLE - 1)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(active, 1.5))
            painter.drawEllipse(handle, _HANDLE + 2, _HANDLE + 2)

    def _go_near(self, x: float) -> None:
        if self._stops:
            self._go(min(self._stops, key=lambda stop: abs(self.place_of(stop).x() - x)))

    def _go(self, stop: int) -> None:
        if stop != self.value():
            self.setValue(stop)
            self.moved.emit(stop)
