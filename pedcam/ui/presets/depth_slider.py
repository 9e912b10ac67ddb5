"""The slider along the binarization depth, which snaps to the presets there are."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QVBoxLayout, QWidget

from pedcam.detect.presets import Preset
from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.base.own_keys import ARROWS, OwnKeys
from pedcam.ui.presets.points import family
from pedcam.ui.presets.selection import PresetSelection

_HANDLE = 16.0  # pixels, as in the style sheet
_KEYS = (*ARROWS, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End)


class DepthSlider(QWidget):
    """Depth slider with the value in words.

    As in the chart above it, the fastest is on the left. It runs over the presets of one network;
    of two of the same depth it takes the one chosen, or the first.
    """

    chosen = pyqtSignal(str)
    """The user picked the preset of that name."""

    def __init__(self, presets: PresetSelection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presets = presets
        self.stops: list[Preset] = []
        self.slider = StopSlider()
        self.slider.setAccessibleName("Binary layers")
        OwnKeys(self.slider, _KEYS)
        self.slider.valueChanged.connect(lambda stop: self.chosen.emit(self.stops[stop].name))
        heading = QLabel("Depth")
        heading.setFont(theme.scaled(self.font(), 1.0, bold=True))
        heading.setBuddy(self.slider)
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
        top.addWidget(heading)
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

    def _refresh(self) -> None:
        current = self._presets.find(self._presets.selected)
        self.stops = depth_stops(self._presets)
        # Nobody moved it.
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(len(self.stops) - 1, 0))
            if current is not None:
                self.slider.setValue(self.stops.index(current))
        self.slider.setEnabled(len(self.stops) > 1)
        self.slider.setToolTip(
            "Switch along the depth (arrow keys while it has the focus)"
            if len(self.stops) > 1
            else "There is only one depth of this network here."
        )
        size = text.file_size(current.file_bytes) if current is not None else ""
        self.value.show_text(f"{text.depth(current)} · {size}" if current else text.UNKNOWN)
        self.slider.setAccessibleDescription(self.value.text())
        self.slider.update()


def depth_stops(selection: PresetSelection) -> list[Preset]:
    """Return the presets of the chosen one's network that can run, one per depth, deepest first.

    They are at the input size of the chosen one where they have it.
    """
    current = selection.find(selection.selected)
    if current is None:
        return []
    kin = family(current)
    stops = {current.info.depth: current}
    for preset in selection.usable:
        if preset.default_size and family(preset) == kin:
            stops.setdefault(preset.info.depth, selection.at_size(preset))
    return [stops[depth] for depth in sorted(stops, reverse=True)]


class StopSlider(QSlider):
    """A slider with few values, each marked by a dot, which goes to where it is clicked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setPageStep(1)

    def place_of(self, value: int) -> QPointF:
        """Return where the handle stands at a value, in widget coordinates."""
        share = value / max(self.maximum(), 1)
        return QPointF(_HANDLE / 2 + share * (self.width() - _HANDLE), self.height() / 2)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.buttons() & Qt.MouseButton.LeftButton:
            share = (event.position().x() - _HANDLE / 2) / max(self.width() - _HANDLE, 1.0)
            self.setValue(round(share * self.maximum()))

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        # Left to the panel around it, which scrolls.
        if event is not None:
            event.ignore()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.colors().muted))
        for value in {*range(self.maximum() + 1)} - {self.value()}:
            painter.drawEllipse(self.place_of(value), 3.5, 3.5)
