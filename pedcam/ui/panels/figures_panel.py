"""The running figures."""

from __future__ import annotations

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from pedcam.ui import text, theme
from pedcam.ui.state.figures import FigureMeter, Figures
from pedcam.ui.state.presets import PresetChoice

REFRESH_MS = 250  # four times a second can be read; every frame cannot


class _Figure(QWidget):
    def __init__(self, caption: str, tip: str) -> None:
        super().__init__()
        self._value = QLabel(text.UNKNOWN)
        self._value.setFont(theme.tabular(theme.scaled(self._value.font(), 1.45, bold=True)))
        label = QLabel(caption)
        label.setFont(theme.scaled(label.font(), 0.9))
        label.setProperty("muted", True)
        self.setToolTip(tip)
        self.setAccessibleName(caption)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._value)
        layout.addWidget(label)

    def set_value(self, value: str) -> None:
        if value != self._value.text():
            self._value.setText(value)
            self.setAccessibleDescription(value)

    def value(self) -> str:
        return self._value.text()


class FiguresPanel(QWidget):
    """Speed, delay and people, refreshed at a pace that can be read."""

    def __init__(
        self, meter: FigureMeter, presets: PresetChoice, parent: QWidget | None = None
    ) -> None:
        """Show what ``meter`` says; ``presets`` know the computing device."""
        super().__init__(parent)
        self._meter = meter
        self._presets = presets
        self._figures = {
            "people": _Figure(self.tr("people"), self.tr("People in the picture now")),
            "rate": _Figure(self.tr("frames/s"), self.tr("Pictures shown per second")),
            "dropped": _Figure(
                self.tr("dropped"), self.tr("Frames left out so far to stay in real time")
            ),
            "detect_ms": _Figure(
                self.tr("ms detection"), self.tr("Time to find the people in one frame")
            ),
            "latency_ms": _Figure(
                self.tr("ms latency"), self.tr("Time from the frame's arrival to its result")
            ),
            "provider": _Figure(self.tr("device"), self.tr("What the detector computes on")),
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT)
        for position, figure in enumerate(self._figures.values()):
            grid.addWidget(figure, position // 3, position % 3)
        for column in range(3):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, 80)

        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        presets.subscribe(self.refresh)
        self.refresh()

    def value(self, name: str) -> str:
        """Return the text of one figure, by the name of its :class:`Figures` attribute."""
        return self._figures[name].value()

    def refresh(self) -> None:
        """Show the figures as of now."""
        figures: Figures = self._meter.figures()
        values = {
            "people": text.number(figures.people),
            "rate": text.number(figures.rate, 1),
            "dropped": text.number(figures.dropped),
            "detect_ms": text.number(figures.detect_ms, 1),
            "latency_ms": text.number(figures.latency_ms),
            "provider": self._provider(),
        }
        for name, value in values.items():
            self._figures[name].set_value(value)

    def _provider(self) -> str:
        provider = self._presets.provider(self._presets.running or self._presets.chosen)
        return provider.upper() or text.UNKNOWN
