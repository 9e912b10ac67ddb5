"""The running figures, how much of the past is shown, and the charts."""

from __future__ import annotations

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QHideEvent, QShowEvent
from PyQt6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from pedcam.ui.base import text, theme
from pedcam.ui.base.figure import Figure
from pedcam.ui.base.own_keys import OwnKeys
from pedcam.ui.figures.meter import FigureMeter
from pedcam.ui.figures.people_chart import PeopleChart
from pedcam.ui.figures.series import PeopleSeries
from pedcam.ui.figures.stage_chart import StageChart
from pedcam.ui.player.playback import Playback
from pedcam.ui.presets.selection import PresetSelection
from pedcam.video.stream.stream import StreamState

REFRESH_MS = 250  # four times a second can be read; every frame cannot

_COLUMNS = 3
_MANY = 100_000
_MOVING = (StreamState.PLAYING, StreamState.STALLED, StreamState.RECONNECTING)
SPANS = {1: "Last minute", 10: "Last 10 minutes", 60: "Last hour"}


class FiguresPanel(QWidget):
    """People and their time line; speed, delay and the times of the stages.

    Refreshed at a pace that can be read, and only while it is seen.
    """

    span_chosen = pyqtSignal(int)
    """The user wants to see so many of the last minutes; they are shown already."""

    def __init__(
        self,
        meter: FigureMeter,
        presets: PresetSelection,
        playback: Playback,
        series: PeopleSeries,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._meter = meter
        self._presets = presets
        self._playback = playback
        self._figures = self._make_figures()
        self.people_chart = PeopleChart(series, playback)
        self.stage_chart = StageChart(meter, playback)
        self.spans = QComboBox()
        self.spans.setAccessibleName("Time that the chart shows")
        for minutes, words in SPANS.items():
            self.spans.addItem(words, minutes)
        OwnKeys(self.spans, [Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Down])
        self.spans.activated.connect(self._choose_span)
        self._lay_out()

        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._tick)
        presets.subscribe(self._follow)
        playback.subscribe(self._follow)
        self.refresh()

    def value(self, name: str) -> str:
        """Return the text of one figure, by the name of its ``Figures`` attribute."""
        return self._figures[name].number.text()

    def set_span(self, minutes: int) -> None:
        """Show so many of the last minutes, one of ``SPANS``; others are ignored."""
        if minutes in SPANS:
            self.spans.setCurrentText(SPANS[minutes])
            self.people_chart.set_span(60 * minutes)

    def refresh(self) -> None:
        """Show the figures as of now."""
        figures = self._meter.figures()
        moving = self._playback.state in _MOVING
        values = {
            "people": text.number(figures.people),
            "total": self._many(figures.total),
            "per_minute": text.number(figures.per_minute, 1),
            "rate": text.number(figures.rate if moving else None, 1),
            "latency_ms": text.number(figures.latency_ms),
            "detect_ms": text.number(figures.detect_ms, 1),
            "dropped": self._many(figures.dropped),
            "provider": self._provider(),
        }
        for name, value in values.items():
            self._figures[name].show_value(value)
        self.people_chart.refresh()
        self.stage_chart.refresh()

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent | None) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _tick(self) -> None:
        # A widget in a minimized window counts as visible.
        window = self.window()
        if window is not None and not window.isMinimized():
            self.refresh()

    def _follow(self) -> None:
        if self.isVisible():
            self.refresh()

    def _choose_span(self) -> None:
        minutes: int = self.spans.currentData()
        self.set_span(minutes)
        self.span_chosen.emit(minutes)

    def _many(self, value: int | None) -> str:
        if value is None or value < _MANY:
            return text.number(value)
        if value < 10 * _MANY:
            return f"{value // 1000:.0f}k"
        return f"{value // _MANY / 10:.1f}M"

    def _provider(self) -> str:
        provider = self._presets.provider(self._presets.running or self._presets.selected)
        return provider.upper() or text.UNKNOWN

    def _make_figures(self) -> dict[str, Figure]:
        return {
            "people": Figure("now", "People in the picture now"),
            "total": Figure("in total", "Different people since the source was opened"),
            "per_minute": Figure("per minute", "New people in the last minute of the source"),
            "rate": Figure("frames/s", "Pictures shown per second"),
            "latency_ms": Figure("ms latency", "Time from the frame's arrival to its result"),
            "detect_ms": Figure("ms detection", "Time to find the people in one frame"),
            "dropped": Figure("dropped", "Frames left out so far to stay in real time"),
            "provider": Figure("device", "What the detector computes on"),
        }

    def _lay_out(self) -> None:
        unit = theme.UNIT
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(unit)
        top = QHBoxLayout()
        top.addWidget(_heading("People"))
        top.addStretch()
        top.addWidget(self.spans)
        column.addLayout(top)
        column.addLayout(self._grid("people", "total", "per_minute"))
        column.addWidget(self.people_chart)
        column.addSpacing(unit)
        column.addWidget(_heading("Speed"))
        column.addLayout(self._grid("rate", "latency_ms", "detect_ms", "dropped", "provider"))
        column.addWidget(self.stage_chart)
        column.addStretch()

    def _grid(self, *names: str) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT)
        for place, name in enumerate(names):
            grid.addWidget(self._figures[name], place // _COLUMNS, place % _COLUMNS)
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        return grid


def _heading(words: str) -> QLabel:
    label = QLabel(words)
    label.setFont(theme.scaled(label.font(), 1.0, bold=True))
    return label
