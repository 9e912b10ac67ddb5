"""The figures of one preset, under the chart, and what was measured when."""

from __future__ import annotations

from PyQt6.QtCore import QDateTime, QLocale, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.presets import points
from pedcam.ui.presets.measurements import Measurements, Phase
from pedcam.ui.presets.points import Point, Quality, Yardstick
from pedcam.ui.presets.selection import PresetSelection


class TradeoffReadout(QWidget):
    """Title, state, and the figures that the chart draws, as numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without a preset."""
        super().__init__(parent)
        self.title = ElidedLabel()
        self.title.setFont(theme.scaled(self.font(), 1.0, bold=True))
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state = QLabel()
        self.state.setProperty("muted", True)
        self.time = _Figure()
        self.rate = _Figure()
        self.file = _Figure()
        self.quality = _Figure()

        top = QHBoxLayout()
        top.setSpacing(theme.UNIT)
        top.addWidget(self.title, 1)
        top.addWidget(self.state)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.UNIT)
        for column, figure in enumerate((self.time, self.rate, self.file, self.quality)):
            grid.addWidget(figure, 0, column)
            # The file's caption is the longest.
            grid.setColumnStretch(column, 4 if figure is self.file else 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addLayout(top)
        layout.addLayout(grid)
        self.show_point(None, None)

    def show_point(self, point: Point | None, yardstick: Yardstick | None) -> None:
        """Show the figures of a preset, dashes for none."""
        missed = yardstick is None or yardstick.quality is Quality.MISS_RATE
        below = "missed" if missed else "precision"
        if point is None:
            self.title.show_text(text.UNKNOWN)
            self.state.setText("")
            for figure, caption in (
                (self.time, "a picture"),
                (self.rate, "frames/s"),
                (self.file, "file"),
                (self.quality, below),
            ):
                figure.show_figure(text.UNKNOWN, caption, "")
            return
        self.title.show_text(point.preset.info.title)
        self.state.setText(points.state(point))
        time, below_time = point.detect_ms, "a picture"
        if point.live_ms is not None:
            below_time = f"now {points.milliseconds(point.live_ms)} ms"
        self.time.show_figure(
            text.UNKNOWN if time is None else f"{points.milliseconds(time)} ms",
            below_time,
            points.speed(point),
        )
        self.rate.show_figure(text.number(point.rate), "frames/s", points.speed(point))
        self.file.show_figure(
            text.file_size(point.preset.file_bytes),
            points.smaller(point) or "file",
            f"{text.depth(point.preset)} · {points.size(point)}",
        )
        quality = points.quality(point, yardstick)
        self.quality.show_figure(
            text.UNKNOWN if point.quality is None else f"{point.quality:.1f} %",
            below,
            quality,
        )


class _Figure(QWidget):
    """A number over what it means."""

    def __init__(self) -> None:
        super().__init__()
        self.number = ElidedLabel()
        self.number.setFont(theme.tabular(theme.scaled(self.font(), 1.15, bold=True)))
        self.caption = ElidedLabel(muted=True)
        self.caption.setFont(theme.tabular(theme.scaled(self.font(), 0.85)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for label in (self.number, self.caption):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft)
            column.addWidget(label)

    def show_figure(self, number: str, caption: str, about: str) -> None:
        self.number.setText(number)
        self.caption.setText(caption)
        self.setToolTip(about)
        self.setAccessibleName(f"{number} {caption}")


class TradeoffMeasuring(QWidget):
    """A note about the measurements, their progress, and a button."""

    asked = pyqtSignal()
    """The user wants everything measured again."""

    cancelled = pyqtSignal()
    """The user wants measuring to stop."""

    def __init__(
        self, measurements: Measurements, presets: PresetSelection, parent: QWidget | None = None
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
        self.progress.setAccessibleName("Progress of measuring")
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
        begin = "Measure again" if measured else "Measure"
        self.button.setText(begin if idle else "Cancel")
        self.button.setEnabled(bool(self._presets.presets))
        self.button.setToolTip(
            "Measure how fast every preset is on this computer; takes about half a minute"
            if idle
            else "Stop measuring; what was measured before stays"
        )
        self.progress.setVisible(measurements.phase is Phase.RUNNING)
        self.progress.setValue(round(100 * measurements.progress))
        self.note.setText(self._words())

    def _words(self) -> str:
        measurements = self._measurements
        if measurements.phase is Phase.RUNNING:
            return f"Measuring the presets… {round(100 * measurements.progress)} %"
        if measurements.phase is Phase.WAITING:
            return "Measuring begins when the video is paused or closed."
        if measurements.error:
            return measurements.error
        if not measurements.machine:
            return "Speed not measured on this computer yet."
        words = f"Measured on {measurements.machine}, {_local(measurements.date)}"
        missing = len(measurements.missing(self._presets))
        if missing:
            words += f" · {missing} not yet"
        return words


def _local(date: str) -> str:
    parsed = QDateTime.fromString(date, Qt.DateFormat.ISODate)
    return QLocale().toString(parsed.toLocalTime().date(), "d MMM yyyy")
