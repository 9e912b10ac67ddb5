"""The figures of one preset, under the chart, and what was measured when."""

from __future__ import annotations

from PyQt6.QtCore import QDateTime, QLocale, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pedcam.detect.accuracy import DataSet
from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.base.figure import Figure
from pedcam.ui.presets import points
from pedcam.ui.presets.measurements import Measurements, Phase
from pedcam.ui.presets.points import Point
from pedcam.ui.presets.selection import PresetSelection


class TradeoffReadout(QWidget):
    """Title, state, and the figures that the chart draws, as numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel()
        self.title.setFont(theme.scaled(self.font(), 1.0, bold=True))
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.state = QLabel()
        self.state.setProperty("muted", True)
        self.time = Figure("a picture", scale=1.15)
        self.rate = Figure("frames/s", scale=1.15)
        self.file = Figure("file", scale=1.15)
        self.found = Figure("found", scale=1.15)

        top, figures = QHBoxLayout(), QHBoxLayout()
        top.setSpacing(theme.UNIT)
        top.addWidget(self.title, 1)
        top.addWidget(self.state)
        figures.setSpacing(theme.UNIT)
        for figure in (self.time, self.rate, self.file, self.found):
            # The file's caption is the longest.
            figures.addWidget(figure, 6 if figure is self.file else 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addLayout(top)
        layout.addLayout(figures)
        self.show_point(None, None)

    def show_point(self, point: Point | None, data: DataSet | None) -> None:
        """Show the figures of a preset, dashes for none."""
        if point is None:
            self.title.show_text(text.UNKNOWN)
            self.state.clear()
            for figure in (self.time, self.rate, self.file, self.found):
                figure.show_value(text.UNKNOWN)
                figure.setToolTip("")
            return
        preset, state = point.preset, points.state(point)
        size = text.size(preset) if preset.info.sizes or not preset.default_size else ""
        # The title has no room for it, and what runs is marked in the chart too.
        self.title.show_text(preset.info.title.removesuffix(f", {size}"))
        self.title.setToolTip(text.plain(text.title(preset)))
        self.state.setText(size if size and state in ("", "running") else state)
        time, found = point.place_ms, point.found
        estimated = time is not None and point.detect_ms is None
        self.time.show_value(
            text.UNKNOWN if time is None else points.duration(time),
            "estimated" if estimated else "a picture",
        )
        self.rate.show_value(text.number(point.rate))
        self.file.show_value(
            text.file_size(point.preset.file_bytes), points.smaller(point) or "file"
        )
        self.found.show_value(text.UNKNOWN if found is None else f"{found:.0f} %")
        self.time.setToolTip(points.speed(point))
        self.rate.setToolTip(points.speed(point))
        self.file.setToolTip(f"{text.depth(point.preset)} · {points.size(point)}")
        self.found.setToolTip(points.accuracy(point, data))


class TradeoffMeasuring(QWidget):
    """A note about the measurements, their progress, and a button."""

    asked = pyqtSignal()
    """The user wants everything measured again."""

    cancelled = pyqtSignal()
    """The user wants measuring to stop."""

    def __init__(
        self, measurements: Measurements, presets: PresetSelection, parent: QWidget | None = None
    ) -> None:
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
        begin = "Measure again" if measurements.machine else "Measure"
        self.button.setText(begin if idle else "Cancel")
        self.button.setEnabled(bool(self._presets.presets))
        self.button.setToolTip(
            "Measure how fast every preset is on this computer; takes a minute or two"
            if idle
            else "Stop measuring; what was measured before stays"
        )
        self.progress.setVisible(measurements.phase is Phase.RUNNING)
        self.progress.setValue(round(100 * measurements.progress))
        self.note.setText(self._describe())

    def _describe(self) -> str:
        measurements = self._measurements
        if measurements.phase is Phase.RUNNING:
            return f"Measuring the presets… {round(100 * measurements.progress)} %"
        if measurements.phase is Phase.WAITING:
            return "Measuring begins when the video is paused or closed."
        if measurements.error:
            return measurements.error
        if not measurements.machine:
            return "Speed not measured on this computer yet."
        at = QDateTime.fromString(measurements.date, Qt.DateFormat.ISODate).toLocalTime()
        date = QLocale().toString(at.date(), "d MMM yyyy")
        missing = len(measurements.missing(self._presets))
        rest = f" · {missing} not yet" if missing else ""
        return f"Measured on {measurements.machine}, {date}{rest}"
