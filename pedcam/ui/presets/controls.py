"""The slider of the lowest score shown, and the switch of Auto with the rate it holds."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.base.own_keys import ARROWS, OwnKeys
from pedcam.ui.presets.selection import AutoState, PresetSelection, Threshold

RATES = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0, 60.0)


class ConfidencePanel(QWidget):
    """Slider, value, and the way back to the preset's own value."""

    changed = pyqtSignal(object)
    """The user wants this threshold (0..1), or ``None`` for the presets' own."""

    def __init__(
        self, threshold: Threshold, presets: PresetSelection, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._threshold = threshold
        self._presets = presets

        heading = QLabel("Minimum confidence")
        heading.setFont(theme.scaled(heading.font(), 1.0, bold=True))
        self.value = QLabel()
        self.value.setFont(theme.tabular(theme.scaled(self.value.font(), 1.0, bold=True)))
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.value.setMinimumWidth(QFontMetrics(self.value.font()).horizontalAdvance("100%") + 4)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(5)
        OwnKeys(self.slider, ARROWS)
        self.slider.setAccessibleName("Confidence in percent")
        self.slider.setToolTip("How sure the detector must be of a person ([ lowers, ] raises)")
        heading.setBuddy(self.slider)
        self.note = QLabel()
        self.note.setProperty("muted", True)
        self.reset = QPushButton("Preset default")
        keep_room = self.reset.sizePolicy()
        keep_room.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep_room)
        self.reset.setAutoDefault(True)
        self.reset.setToolTip("Use the value each preset was calibrated to (0)")

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
        self.slider.setValue(self.slider.value() + percent)

    def _refresh(self) -> None:
        preset = self._presets.find(self._presets.running or self._presets.selected)
        default = preset.info.score_threshold if preset else 0.5
        override = self._threshold.override
        percent = round(100 * (default if override is None else override))
        with QSignalBlocker(self.slider):
            self.slider.setValue(percent)
        self.value.setText(f"{percent}%")
        self.note.setText(
            "preset default" if override is None else f"default {round(100 * default)}%"
        )
        self.reset.setVisible(override is not None)


class TradeoffAuto(QWidget):
    """Lets the stream choose its preset so that a frame rate is held."""

    auto_changed = pyqtSignal(bool, object)
    """The user wants Auto on or off, holding this rate; ``None`` is the source's own."""

    def __init__(self, auto: AutoState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._auto = auto
        self.switch = QCheckBox("Auto")
        self.switch.setFont(theme.scaled(self.font(), 1.0, bold=True))
        self.switch.setToolTip(
            "Choose the most accurate preset that holds the frame rate, all the time"
        )
        OwnKeys(self.switch, [Qt.Key.Key_Space])
        self.rate = QComboBox()
        self.rate.setAccessibleName("Frame rate that Auto holds")
        self.rate.setToolTip("Frame rate that Auto holds: the source's own, or a lower one")
        OwnKeys(self.rate, [Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Down])
        self.rate.addItem("as the source")
        for rate in RATES:
            self.rate.addItem(f"{rate:.0f} frames/s", rate)
        hold = QLabel("hold")
        hold.setProperty("muted", True)
        self.reason = QLabel()
        self.reason.setProperty("muted", True)
        self.reason.setWordWrap(True)
        self.reason.setFont(theme.scaled(self.font(), 0.9))

        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.switch)
        row.addStretch(1)
        row.addWidget(hold)
        row.addWidget(self.rate)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addLayout(row)
        layout.addWidget(self.reason)
        self.switch.toggled.connect(self._emit_auto)
        self.rate.activated.connect(self._emit_auto)
        auto.subscribe(self._refresh)
        self._refresh()

    def _emit_auto(self) -> None:
        self.auto_changed.emit(self.switch.isChecked(), self.rate.currentData())

    def _refresh(self) -> None:
        auto, rate = self._auto, self._auto.target_rate
        with QSignalBlocker(self.switch):
            self.switch.setChecked(auto.enabled)
        row = self.rate.findData(rate) if rate is not None else 0
        if row < 0:
            # Any rate can be set in the settings.
            row = self.rate.count()
            self.rate.addItem(f"{rate:.0f} frames/s", rate)
        self.rate.setCurrentIndex(row)
        if not auto.enabled:
            text = "Off: the preset stays the one that you choose."
        else:
            held = "the source's frame rate" if rate is None else f"{rate:.0f} frames/s"
            move = f"Last move: {auto.reason}." if auto.reason else "No move was needed so far."
            text = f"Holding {held}. {move}"
        self.reason.setText(text)
