"""How many people there were over the last minutes."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from pedcam.ui.base import text, theme
from pedcam.ui.figures.series import PeopleSeries, Steps
from pedcam.ui.player.playback import Playback

HEIGHT = 112
_LINE = 2
_FILL = 56  # of 255
_MOST_LINES = 4  # of the grid
_DOT = 3.5


class PeopleChart(QWidget):
    """A filled step line that ends now; where nothing was seen it is interrupted.

    Painted by hand, as importing a chart library would delay the first boxes.
    """

    def __init__(
        self, series: PeopleSeries, playback: Playback, parent: QWidget | None = None
    ) -> None:
        """Show the last minute of ``series``; ``playback`` knows whether the source is live."""
        super().__init__(parent)
        self._series = series
        self._playback = playback
        self.span = 60.0
        self._changes = -1
        self._steps: Steps | None = None
        self._mouse: float | None = None
        self.setFont(theme.tabular(theme.scaled(self.font(), 0.85)))
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("People over time")
        self.refresh()

    def set_span(self, seconds: float) -> None:
        """Show so many of the last seconds."""
        self.span = seconds
        self._changes = -1
        self.refresh()

    def refresh(self) -> None:
        """Show the series as of now, if it is another one."""
        if self._series.changes != self._changes:
            self._changes = self._series.changes
            self._steps = None
            self.update()

    def hovered(self) -> str:
        """Return the time and number under the mouse; empty where there is none."""
        place = self._column(self._mouse)
        if place is None:
            return ""
        steps = self._current()
        second = steps.end - (len(steps.people) - place - 0.5) * steps.width
        moment = self._series.at(second)
        if moment is None:
            return ""
        if self._playback.source.live:
            time = datetime.fromtimestamp(moment.wall).strftime("%H:%M:%S")
        else:
            time = text.clock(moment.position)
        return f"{time} · {'up to ' if steps.width > 1 else ''}{steps.people[place]:.0f}"

    def sizeHint(self) -> QSize:
        return QSize(288, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            self._mouse = event.position().x()
            self.update()

    def leaveEvent(self, event: QEvent | None) -> None:
        self._mouse = None
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        people = self._current().people
        seen = people[~np.isnan(people)]
        top, step = scale(int(seen.max()) if len(seen) else 0)
        plot = self._plot()
        self._draw_grid(painter, plot, top, step)
        if self._series.empty:
            painter.setPen(QColor(theme.colors().muted))
            painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, "No pictures yet")
            return
        self._draw_line(painter, plot, people, top)
        self._draw_hover(painter, plot, people, top)

    def _draw_grid(self, painter: QPainter, plot: QRectF, top: int, step: int) -> None:
        colors, height = theme.colors(), self.fontMetrics().height()
        painter.setPen(QColor(colors.muted))
        for value in range(0, top + 1, step):
            y = round(plot.bottom() - plot.height() * value / top)
            painter.fillRect(QRectF(plot.left(), y, plot.width(), 1), QColor(colors.line))
            label = QRectF(0, y - height / 2, plot.left() - 4, height)
            painter.drawText(
                label, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(value)
            )
        below = QRectF(plot.left(), plot.bottom() + 3, plot.width(), height + 2)
        for words, align in (
            (_ago(self.span), Qt.AlignmentFlag.AlignLeft),
            (_ago(self.span / 2), Qt.AlignmentFlag.AlignHCenter),
            ("now", Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(below, align, words)

    def _draw_line(
        self, painter: QPainter, plot: QRectF, people: NDArray[np.float64], top: int
    ) -> None:
        accent = QColor(theme.colors().accent)
        fill = QColor(accent)
        fill.setAlpha(_FILL)
        width = plot.width() / len(people)
        areas, lines = [], []
        before, reached = 0.0, -1
        for first, last, value in runs(people):
            x, end = plot.left() + first * width, plot.left() + last * width
            y = plot.bottom() - plot.height() * value / top
            areas.append(QRectF(x, y, end - x, plot.bottom() - y))
            lines.append(QRectF(x, y - _LINE / 2, end - x, _LINE))
            if first == reached:
                upper, lower = min(y, before), max(y, before)
                lines.append(QRectF(x - _LINE / 2, upper - _LINE / 2, _LINE, lower - upper + _LINE))
            before, reached = y, last
        painter.setPen(Qt.PenStyle.NoPen)
        for color, rects in ((fill, areas), (accent, lines)):
            painter.setBrush(color)
            if rects:
                painter.drawRects(*rects)

    def _draw_hover(
        self, painter: QPainter, plot: QRectF, people: NDArray[np.float64], top: int
    ) -> None:
        words, place = self.hovered(), self._column(self._mouse)
        if not words or place is None:
            return
        colors = theme.colors()
        x = plot.left() + (place + 0.5) * plot.width() / len(people)
        y = plot.bottom() - plot.height() * float(people[place]) / top
        painter.fillRect(QRectF(round(x), plot.top(), 1, plot.height()), QColor(colors.muted))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colors.raised))
        painter.setBrush(QColor(colors.accent))
        painter.drawEllipse(QPointF(x, y), _DOT, _DOT)
        metrics = self.fontMetrics()
        plate = QRectF(0, 0, metrics.horizontalAdvance(words) + 12, metrics.height() + 4)
        left = x + theme.UNIT
        if left + plate.width() > self.width():
            left = x - theme.UNIT - plate.width()
        plate.moveTo(max(0.0, left), plot.top())
        painter.setPen(QColor(colors.line))
        painter.setBrush(QColor(colors.raised))
        painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setPen(QColor(colors.text))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)

    def _column(self, x: float | None) -> int | None:
        plot = self._plot()
        if x is None or not plot.left() <= x < plot.right():
            return None
        people = self._current().people
        place = int((x - plot.left()) / plot.width() * len(people))
        return place if not np.isnan(people[place]) else None

    def _current(self) -> Steps:
        columns = max(1, int(self._plot().width()))
        if self._steps is None or len(self._steps.people) != columns:
            self._steps = self._series.steps(self.span, columns)
        return self._steps

    def _plot(self) -> QRectF:
        metrics = self.fontMetrics()
        left = metrics.horizontalAdvance("000") + 4
        above = metrics.height() // 2 + 1
        below = metrics.height() + 6
        return QRectF(left, above, max(1, self.width() - left), self.height() - above - below)


def _ago(seconds: float) -> str:
    return f"{seconds:.0f} s ago" if seconds < 60 else f"{seconds / 60:.0f} min ago"


def scale(most: int) -> tuple[int, int]:
    """Return the number at the upper end of an axis and the step of its grid."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            step = factor * power
            if most <= _MOST_LINES * step:
                lines = max(2, -(-most // step))
                return lines * step, step
        power *= 10


def runs(people: NDArray[np.float64]) -> list[tuple[int, int, float]]:
    """Return ``(first, after the last, number)`` of each stretch of one number, NaN left out."""
    same = (people[1:] == people[:-1]) | (np.isnan(people[1:]) & np.isnan(people[:-1]))
    edges = [0, *(np.flatnonzero(~same) + 1).tolist(), len(people)]
    return [
        (first, last, float(people[first]))
        for first, last in pairwise(edges)
        if not np.isnan(people[first])
    ]
