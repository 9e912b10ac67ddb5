"""The slider of the lowest score shown; Auto's switch, the rate it holds, and what it did."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QFontMetrics
from PyQt6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.base.own_keys import ARROWS, OwnKeys
from pedcam.ui.presets.selection import (
    FASTEST_TARGET,
    SLOWEST_TARGET,
    AutoState,
    PresetSelection,
    Threshold,
)

_AS_SOURCE = SLOWEST_TARGET - 1  # the spin box's lowest value


class ConfidencePanel(QWidget):
    """Slider, value, and the way back to the preset's own value."""

    changed = pyqtSignal(object)
    """The user wants this threshold (0..1), or ``None`` for the presets' own."""

    def __init__(
        self, threshold: Threshold, presets: PresetSelection, parent: QWidget | None = None
    ) -> None:
        """Show ``threshold`` and follow it; ``presets`` give the calibrated values."""
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
        """Move the slider by so many percent."""
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
        """Show ``auto`` and follow it."""
        super().__init__(parent)
        self._auto = auto
        self.switch = QCheckBox("Auto")
        self.switch.setFont(theme.scaled(self.font(), 1.0, bold=True))
        self.switch.setToolTip(
            "Choose the most accurate preset that holds the frame rate, all the time"
        )
        OwnKeys(self.switch, [Qt.Key.Key_Space])
        self.rate = QSpinBox()
        self.rate.setRange(_AS_SOURCE, FASTEST_TARGET)
        self.rate.setSpecialValueText("as the source")
        self.rate.setSuffix(" frames/s")
        self.rate.setKeyboardTracking(False)
        self.rate.setAccessibleName("Frame rate that Auto holds")
        self.rate.setToolTip(
            "Frame rate that Auto holds; the lowest entry is as many as the source gives"
        )
        # The style's own arrows are tiny; the keyboard's stay.
        self.rate.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.rate.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.down = self._button("\N{MINUS SIGN}", "Lower the rate to hold")
        self.up = self._button("+", "Raise the rate to hold")
        self.down.clicked.connect(self.rate.stepDown)
        self.up.clicked.connect(self.rate.stepUp)
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
        rate = QHBoxLayout()
        rate.setSpacing(0)
        for widget in (self.down, self.rate, self.up):
            rate.addWidget(widget)
        row.addLayout(rate)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addLayout(row)
        layout.addWidget(self.reason)
        self.switch.toggled.connect(self._tell)
        self.rate.valueChanged.connect(self._tell)
        auto.subscribe(self._refresh)
        self._refresh()

    def _button(self, label: str, about: str) -> QPushButton:
        button = QPushButton(label)
        button.setProperty("quiet", True)
        button.setProperty("compact", True)
        button.setAutoRepeat(True)
        button.setFixedWidth(3 * theme.UNIT)
        # The arrow keys do the same in the field itself.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setToolTip(about)
        button.setAccessibleName(about)
        return button

    def _tell(self) -> None:
        value = self.rate.value()
        self.auto_changed.emit(
            self.switch.isChecked(), None if value == _AS_SOURCE else float(value)
        )

    def _refresh(self) -> None:
        auto = self._auto
        rate = auto.target_rate
        with QSignalBlocker(self.switch), QSignalBlocker(self.rate):
            self.switch.setChecked(auto.enabled)
            self.rate.setValue(_AS_SOURCE if rate is None else round(rate))
        self.reason.setText(self._words())

    def _words(self) -> str:
        auto = self._auto
        if not auto.enabled:
            return "Off: the preset stays the one that you choose."
        if auto.target_rate is None:
            holding = "Holding the source's frame rate."
        else:
            holding = f"Holding {auto.target_rate:.0f} frames/s."
        if not auto.reason:
            return f"{holding} No move was needed so far."
        return f"{holding} Last move: {auto.reason}."
