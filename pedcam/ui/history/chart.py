"""How many events there were, hour by hour or day by day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime

import pyqtgraph
from PyQt6.QtCore import QEvent, QPoint, QPointF
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.history.bars import LONGEST_BY_HOUR, Bar, bars

_GAP = 0.15  # of a bar's width
_LEAST_SPAN = 3600.0  # seconds


class HistoryChart(QWidget):
    """Bars over the time that was searched, with their numbers in tooltips.

    Attributes:
        bars: The bars on screen.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: list[Bar] = []
        self._plot = pyqtgraph.PlotWidget(
            background=None, axisItems={"bottom": pyqtgraph.DateAxisItem()}
        )
        self._item = self._plot.getPlotItem()
        self._item.setMenuEnabled(False)
        self._item.hideButtons()
        self._item.setMouseEnabled(False, False)
        self._item.getAxis("left").setWidth(5 * theme.UNIT)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._graph = pyqtgraph.BarGraphItem(x0=[], x1=[], height=[])
        self._item.addItem(self._graph)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self.setFixedHeight(14 * theme.UNIT)
        self._plot.scene().sigMouseMoved.connect(self._hovered)
        self._show_colors()
        self.show_events({}, None, 0.0)

    def show_events(self, quarters: Mapping[int, int], since: float | None, until: float) -> None:
        """Show events by the second at which their quarter of an hour began.

        The time searched begins at ``since``; with ``None``, where the first events are.
        """
        if since is None:
            since = min(quarters, default=until)
        by_day = until - since > LONGEST_BY_HOUR
        self.bars = bars(quarters, by_day=by_day)
        gaps = [_GAP / 2 * (bar.end - bar.start) for bar in self.bars]
        self._graph.setOpts(
            x0=[bar.start + gap for bar, gap in zip(self.bars, gaps, strict=True)],
            x1=[bar.end - gap for bar, gap in zip(self.bars, gaps, strict=True)],
            height=[bar.events for bar in self.bars],
        )
        first = min([since, *(bar.start for bar in self.bars)])
        last = max([until, first + _LEAST_SPAN, *(bar.end for bar in self.bars)])
        highest = max((bar.events for bar in self.bars), default=1)
        self._item.setXRange(first, last, padding=0.01)
        self._item.setYRange(0, 1.1 * highest, padding=0)
        # None, all, and half of it where that is a whole number.
        ticks = {0, highest, highest // 2 if highest >= 4 and highest % 2 == 0 else 0}
        self._item.getAxis("left").setTicks([[(tick, str(tick)) for tick in sorted(ticks)]])
        caption = "Events per day" if by_day else "Events per hour"
        self.setAccessibleName(caption)
        self.setAccessibleDescription("; ".join(self._describe(bar) for bar in self.bars[:100]))

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange:
            self._show_colors()

    def bar_at(self, moment: float) -> Bar | None:
        """Return the bar over a second since 1970, if there is one."""
        place = bisect_right([bar.start for bar in self.bars], moment) - 1
        if place < 0 or moment >= self.bars[place].end:
            return None
        return self.bars[place]

    def _show_colors(self) -> None:
        colors = theme.colors()
        for name in ("bottom", "left"):
            axis = self._item.getAxis(name)
            axis.setPen(QColor(colors.line))
            axis.setTextPen(QColor(colors.muted))
            axis.setStyle(tickFont=theme.scaled(self.font(), 0.85))
        self._graph.setOpts(brush=QColor(colors.accent), pen=None)

    def _hovered(self, place: QPointF) -> None:
        bar = self.bar_at(self._item.vb.mapSceneToView(place).x())
        inside = self._item.vb.sceneBoundingRect().contains(place)
        words = self._describe(bar) if bar is not None and inside else ""
        position = self._plot.mapToGlobal(self._plot.mapFromScene(place)) + QPoint(0, theme.UNIT)
        QToolTip.showText(position, words, self._plot)

    def _describe(self, bar: Bar) -> str:
        start, end = datetime.fromtimestamp(bar.start), datetime.fromtimestamp(bar.end)
        when = f"{start:%Y-%m-%d}"
        if bar.end - bar.start < 7200:
            when += f", {start:%H:%M} to {end:%H:%M}"
        return f"{when}: 1 event" if bar.events == 1 else f"{when}: {bar.events} events"
