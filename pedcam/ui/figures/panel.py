"""The running figures, how much of the past is shown, and the charts."""

from __future__ import annotations

from PyQt6.QtCore import QSize, QTimer, pyqtSignal
from PyQt6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PyQt6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel
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
# Something may change without a new picture: the rate falls while one is overdue.
_MOVING = (StreamState.PLAYING, StreamState.STALLED, StreamState.RECONNECTING)
_LEAST = 64  # pixels
MINUTES = (1, 10, 60)


class SpanChoice(QWidget):
    """One button for each of :data:`MINUTES`, of which one is down."""

    chosen = pyqtSignal(int)
    """The user wants to see so many of the last minutes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start with the shortest."""
        super().__init__(parent)
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for minutes in MINUTES:
            button = QPushButton(f"{minutes} min")
            button.setFont(theme.scaled(button.font(), 0.9))
            button.setProperty("quiet", True)
            button.setProperty("compact", True)
            button.setCheckable(True)
            button.setAutoDefault(True)
            tip = "Show the last {minutes} minutes"
            if minutes == 1:
                tip = "Show the last minute"
            button.setToolTip(tip.format(minutes=minutes))
            button.setAccessibleName(tip.format(minutes=minutes))
            self._group.addButton(button, minutes)
            layout.addWidget(button)
        self._button(MINUTES[0]).setChecked(True)
        self._group.idClicked.connect(self.chosen)

    @property
    def minutes(self) -> int:
        """How many minutes are chosen."""
        return self._group.checkedId()

    def set_minutes(self, minutes: int) -> None:
        """Choose; what is not among :data:`MINUTES` is ignored."""
        if minutes in MINUTES:
            self._button(minutes).setChecked(True)

    def _button(self, minutes: int) -> QPushButton:
        button = self._group.button(minutes)
        assert isinstance(button, QPushButton)
        return button


class Figure(QWidget):
    """A large number over a small caption, as wide as it is made."""

    def __init__(self, caption: str, tip: str, parent: QWidget | None = None) -> None:
        """Show no value yet.

        Args:
            caption: What it is, with its unit.
            tip: What exactly that means.
            parent: Whom this belongs to.
        """
        super().__init__(parent)
        self._tip = tip
        self._value = QLabel(text.UNKNOWN)
        self._value.setFont(theme.tabular(theme.scaled(self._value.font(), 1.45, bold=True)))
        # Whatever the number, its neighbours stay where they are.
        self._value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._caption = ElidedLabel(muted=True)
        self._caption.setFont(theme.scaled(self._caption.font(), 0.9))
        self._caption.setText(caption)
        self.setAccessibleName(caption)
        self.setToolTip(tip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._value)
        layout.addWidget(self._caption)

    def set_value(self, value: str) -> None:
        """Show a value."""
        if value != self._value.text():
            self._value.setText(value)
            self.setAccessibleDescription(value)

    def value(self) -> str:
        """Return what is shown."""
        return self._value.text()

    def minimumSizeHint(self) -> QSize:
        """Return room for a number of five digits."""
        return QSize(_LEAST, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Say in the tooltip what the caption has no room for."""
        super().resizeEvent(event)
        caption = self._caption.text()
        whole = self._caption.fontMetrics().horizontalAdvance(caption) <= self.width()
        self.setToolTip(self._tip if whole else f"{caption}: {self._tip}")


class FiguresPanel(QWidget):
    """People and their time line; speed, delay and the times of the stages.

    Refreshed at a pace that can be read, and only while it is seen and something may change.
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
        """Show what is measured.

        Args:
            meter: The figures and the times of the stages.
            presets: Know the computing device.
            playback: Knows the source's rate and whether it plays.
            series: The people over time.
            parent: Whom this belongs to.
        """
        super().__init__(parent)
        self._meter = meter
        self._presets = presets
        self._playback = playback
        self._seen: tuple[int, StreamState] | None = None
        self._figures = self._make_figures()
        self.people_chart = PeopleChart(series, playback)
        self.stage_chart = StageChart(meter, playback)
        self._spans = SpanChoice()
        self._spans.chosen.connect(self.set_span)
        self._spans.chosen.connect(self.span_chosen)
        self._lay_out()

        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._tick)
        presets.subscribe(self._follow)
        playback.subscribe(self._follow)
        self.refresh()

    def value(self, name: str) -> str:
        """Return the text of one figure, by the name of its ``Figures`` attribute."""
        return self._figures[name].value()

    def set_span(self, minutes: int) -> None:
        """Show so many of the last minutes, one of ``MINUTES``; others are ignored."""
        if minutes in MINUTES:
            self._spans.set_minutes(minutes)
            self.people_chart.set_span(60 * minutes)

    def refresh(self) -> None:
        """Show the figures as of now."""
        self._seen = (self._meter.shown, self._playback.state)
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
            self._figures[name].set_value(value)
        self.people_chart.refresh()
        self.stage_chart.refresh()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Begin to follow."""
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Do nothing while nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    def _tick(self) -> None:
        # A widget in a minimized window counts as visible.
        window = self.window()
        if window is not None and window.isMinimized():
            return
        if self._playback.state in _MOVING or self._seen != self._now():
            self.refresh()

    def _follow(self) -> None:
        if self.isVisible():
            self.refresh()

    def _now(self) -> tuple[int, StreamState]:
        return self._meter.shown, self._playback.state

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
        top.addWidget(self._spans)
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
