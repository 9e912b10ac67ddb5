"""When and on what the speeds were measured, and the way to measure them again."""

from __future__ import annotations

from PyQt6.QtCore import QDateTime, QLocale, Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from pedcam.ui import theme
from pedcam.ui.state.measurements import Measurements, Phase
from pedcam.ui.state.presets import Condition, PresetChoice


class TradeoffMeasuring(QWidget):
    """A note about the measurements, their progress, and a button."""

    asked = pyqtSignal()
    """The user wants everything measured again."""

    cancelled = pyqtSignal()
    """The user wants measuring to stop."""

    def __init__(
        self, measurements: Measurements, presets: PresetChoice, parent: QWidget | None = None
    ) -> None:
        """Show ``measurements`` of ``presets`` and follow both."""
        super().__init__(parent)
        self._measurements = measurements
        self._presets = presets
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setFont(theme.scaled(self.font(), 0.9))
        self.note.setProperty("muted", True)
        self.button = QPushButton()
        self.button.setAutoDefault(True)
        self.button.clicked.connect(self._click)
        self.progress = QProgressBar()
        self.progress.setRange(0, 100)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of measuring"))
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.note, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addLayout(row)
        layout.addWidget(self.progress)
        measurements.subscribe(self._refresh)
        presets.subscribe(self._refresh)
        self._refresh()

    def _click(self) -> None:
        if self._measurements.phase is Phase.IDLE:
            self.asked.emit()
        else:
            self.cancelled.emit()

    def _refresh(self) -> None:
        measurements = self._measurements
        idle = measurements.phase is Phase.IDLE
        measured = bool(measurements.machine)
        if not idle:
            label = self.tr("Cancel")
        else:
            label = self.tr("Measure again") if measured else self.tr("Measure")
        self.button.setText(label)
        self.button.setEnabled(bool(self._presets.presets))
        self.button.setToolTip(
            self.tr("Measure how fast every preset is on this computer; takes about half a minute")
            if idle
            else self.tr("Stop measuring; what was measured before stays")
        )
        self.progress.setVisible(measurements.phase is Phase.RUNNING)
        self.progress.setValue(round(100 * measurements.progress))
        self.note.setText(self._words())

    def _words(self) -> str:
        measurements = self._measurements
        if measurements.phase is Phase.RUNNING:
            return self.tr("Measuring the presets… {percent} %").format(
                percent=round(100 * measurements.progress)
            )
        if measurements.phase is Phase.WAITING:
            return self.tr("Measuring begins when the video is paused or closed.")
        if measurements.error:
            return measurements.error
        if not measurements.machine:
            return self.tr("Speed not measured on this computer yet.")
        words = self.tr("Measured on {machine}, {date}").format(
            machine=measurements.machine, date=_local(measurements.date)
        )
        missing = self._missing()
        if missing:
            words += self.tr(" · {count} not yet").format(count=missing)
        return words

    def _missing(self) -> int:
        return sum(
            self._measurements.speed(preset, self._presets.provider(preset.name)) is None
            for preset in self._presets.presets
            if self._presets.condition(preset.name) is not Condition.FAILED
        )


def _local(date: str) -> str:
    parsed = QDateTime.fromString(date, Qt.DateFormat.ISODate)
    return QLocale().toString(parsed.toLocalTime().date(), "d MMM yyyy")
