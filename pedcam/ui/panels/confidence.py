"""The slider of the lowest score shown."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QVBoxLayout, QWidget

from pedcam.ui import theme
from pedcam.ui.own_keys import ARROWS, OwnKeys
from pedcam.ui.state.presets import PresetChoice
from pedcam.ui.state.threshold import Threshold


class ConfidencePanel(QWidget):
    """Slider, value, and the way back to the preset's own value."""

    changed = pyqtSignal(object)
    """The user wants this threshold (0..1), or ``None`` for the presets' own."""

    def __init__(
        self, threshold: Threshold, presets: PresetChoice, parent: QWidget | None = None
    ) -> None:
        """Show ``threshold`` and follow it; ``presets`` give the calibrated values."""
        super().__init__(parent)
        self._threshold = threshold
        self._presets = presets

        heading = QLabel(self.tr("Minimum confidence"))
        heading.setFont(theme.scaled(heading.font(), 1.0, bold=True))
        self.value = QLabel()
        self.value.setFont(theme.tabular(theme.scaled(self.value.font(), 1.0, bold=True)))
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.value.setMinimumWidth(QFontMetrics(self.value.font()).horizontalAdvance("100%") + 4)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(5)
        OwnKeys(self.slider, ARROWS)
        self.slider.setAccessibleName(self.tr("Confidence in percent"))
        self.slider.setToolTip(
            self.tr("How sure the detector must be of a person ([ lowers, ] raises)")
        )
        heading.setBuddy(self.slider)
        self.note = QLabel()
        self.note.setProperty("muted", True)
        self.reset = QPushButton(self.tr("Preset default"))
        keep_room = self.reset.sizePolicy()
        keep_room.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep_room)
        self.reset.setAutoDefault(True)
        self.reset.setToolTip(self.tr("Use the value each preset was calibrated to (0)"))

        top = QHBoxLayout()
        top.addWidget(heading)
        top.addStretch()
        top.addWidget(self.value)
        bottom = QHBoxLayout()
        bottom.addWidget(self.note)
        bottom.addStretch()
        bottom.addWidget(self.reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addLayout(top)
        layout.addWidget(self.slider)
        layout.addLayout(bottom)

        self.slider.valueChanged.connect(lambda percent: self.changed.emit(percent / 100))
        self.reset.clicked.connect(lambda: self.changed.emit(None))
        threshold.subscribe(self._refresh)
        presets.subscribe(self._refresh)
        self._refresh()

    def step(self, percent: int) -> None:
        """Move the slider by so many percent."""
        self.slider.setValue(self.slider.value() + percent)

    def _refresh(self) -> None:
        preset = self._presets.find(self._presets.running or self._presets.chosen)
        default = preset.info.score_threshold if preset else 0.5
        override = self._threshold.override
        percent = round(100 * (default if override is None else override))
        with QSignalBlocker(self.slider):
            self.slider.setValue(percent)
        self.value.setText(self.tr("{percent}%").format(percent=percent))
        self.note.setText(
            self.tr("preset default")
            if override is None
            else self.tr("default {percent}%").format(percent=round(100 * default))
        )
        self.reset.setVisible(override is not None)
