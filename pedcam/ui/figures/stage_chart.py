"""Where the time of a frame goes, and whether it keeps up with the source."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10

from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from pedcam.detect.detector import STAGES as DETECTOR_STAGES
from pedcam.ui.base import text, theme
from pedcam.ui.figures.meter import DRAWING, STAGES, FigureMeter
from pedcam.ui.player.playback import Playback

_BAR = 10
_GAP = 2  # between parts of a bar, so that they are apart without their colours
_DIGITS = "0000.0 ms"


class StageChart(QWidget):
    """Three bars on one scale of milliseconds: reading, detection by its stages, drawing.

    The three are done side by side, so each must be done within the time of a frame, which a line
    across the bars marks. Below are the stages of the detection with their medians.
    """

    def __init__(
        self, meter: FigureMeter, playback: Playback, parent: QWidget | None = None
    ) -> None:
        """Show the times that ``meter`` took and the rate that ``playback`` has."""
        super().__init__(parent)
        self._meter = meter
        self._playback = playback
        self._times: dict[str, float] = {}
        self._budget: float | None = None
        self._names = {
            "read_ms": "Reading",
            "letterbox_ms": "Scaling",
            "inference_ms": "Inference",
            "postprocess_ms": "Boxes",
            DRAWING: "Drawing",
        }
        self._lanes: tuple[tuple[str, tuple[str, ...]], ...] = (
            (self._names["read_ms"], ("read_ms",)),
            ("Detection", DETECTOR_STAGES),
            (self._names[DRAWING], (DRAWING,)),
        )
        self._measure_font()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Time per frame")
        self.setToolTip(
            "Median times of the last 10 seconds with this preset. Reading, detection and "
            "drawing are done side by side: the slowest of them sets the pace. A live "
            "source's reading includes the wait for its next frame."
        )
        self.refresh()

    @property
    def verdict(self) -> str:
        """Whether all is done within the time of a frame, in words."""
        if not self._times:
            return ""
        if self._budget is None:
            return "The source does not tell its rate"
        name, milliseconds = self._slowest()
        rate = f"{1000 / self._budget:.3g}"
        if milliseconds <= self._budget:
            return f"Keeps up with {rate} frames/s"
        return f"{name} is too slow for {rate} frames/s"

    @property
    def keeps_up(self) -> bool:
        """Whether nothing takes longer than the time of a frame."""
        return self._budget is None or self._slowest()[1] <= self._budget

    def refresh(self) -> None:
        """Show the times as of now."""
        rate = self._playback.source.rate * self._playback.speed
        shown = (self._times, self._budget)
        self._times = self._meter.stages()
        self._budget = 1000 / rate if rate > 0 else None
        if shown != (self._times, self._budget):
            self._describe()
            self.update()

    def sizeHint(self) -> QSize:
        """Return room for the bars and the legend."""
        return QSize(288, self._legend_top() + self._line * len(DETECTOR_STAGES))

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(216, self.sizeHint().height())

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over another font."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self._measure_font()
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the verdict, the bars, the frame's time and the legend."""
        painter = QPainter(self)
        painter.setFont(self._small)
        colors = theme.colors()
        room = QRectF(0, 0, self.width(), self._line)
        painter.setPen(QColor(colors.text if self.keeps_up else colors.bad))
        self._write(painter, room, self.verdict)
        bars = self._bar_room()
        scale = bars.width() / self._limit()
        for number, (name, stages) in enumerate(self._lanes):
            self._draw_lane(painter, bars, number, name, stages, scale)
        self._draw_budget(painter, bars, scale)
        self._draw_legend(painter)

    def _draw_lane(
        self,
        painter: QPainter,
        bars: QRectF,
        number: int,
        name: str,
        stages: Sequence[str],
        scale: float,
    ) -> None:
        colors = theme.colors()
        line = self._line
        row = QRectF(0, bars.top() + number * line, self.width(), line)
        painter.setPen(QColor(colors.muted))
        label = QRectF(row.left(), row.top(), bars.left() - theme.UNIT, line)
        self._write(painter, label, name)
        known = [stage for stage in stages if stage in self._times]
        total = sum(self._times[stage] for stage in known) if known else None
        painter.setPen(QColor(colors.text))
        self._write_number(painter, row, total)

        top = row.center().y() - _BAR / 2
        track = QRectF(bars.left(), top, bars.width(), _BAR)
        painter.fillRect(track, QColor(colors.hover))
        left = bars.left()
        for stage in known:
            width = self._times[stage] * scale
            part = QRectF(left, top, max(1.0, width - _GAP), _BAR).intersected(track)
            if stage == "read_ms" and self._playback.source.live:
                # Mostly waiting, which is no work: only framed.
                painter.setPen(QPen(self._color(stage), 1, Qt.PenStyle.DotLine))
                painter.drawRect(part.adjusted(0.5, 0.5, -0.5, -0.5))
            else:
                painter.fillRect(part, self._color(stage))
            left += width

    def _draw_budget(self, painter: QPainter, bars: QRectF, scale: float) -> None:
        colors = theme.colors()
        painter.setPen(QColor(colors.muted))
        below = QRectF(bars.left(), bars.bottom(), bars.width(), self._line)
        if self._budget is None:
            return
        x = round(bars.left() + self._budget * scale)
        painter.fillRect(QRectF(x - 1, bars.top(), 2, bars.height() + 3), QColor(colors.text))
        label = f"{self._budget:.1f} ms per frame"
        width = self._metrics.horizontalAdvance(label)
        left = min(max(below.left(), x - width / 2), self.width() - width)
        painter.drawText(
            QRectF(left, below.top(), width + 1, below.height()),
            Qt.AlignmentFlag.AlignVCenter,
            label,
        )

    def _draw_legend(self, painter: QPainter) -> None:
        colors = theme.colors()
        line = self._line
        for number, stage in enumerate(DETECTOR_STAGES):
            row = QRectF(0, self._legend_top() + number * line, self.width(), line)
            mark = QRectF(0, 0, _BAR, _BAR)
            mark.moveCenter(QPointF(_BAR / 2, row.center().y()))
            painter.fillRect(mark, self._color(stage))
            painter.setPen(QColor(colors.muted))
            name = row.adjusted(_BAR + theme.UNIT, 0, -self._number_width, 0)
            self._write(painter, name, self._names[stage])
            painter.setPen(QColor(colors.text))
            self._write_number(painter, row, self._times.get(stage))

    def _describe(self) -> None:
        parts = [
            f"{self._names[stage]} {self._milliseconds(self._times[stage])}"
            for stage in STAGES
            if stage in self._times
        ]
        self.setAccessibleDescription(". ".join(part for part in (self.verdict, *parts) if part))

    def _slowest(self) -> tuple[str, float]:
        sums = [
            (name, sum(self._times.get(stage, 0.0) for stage in stages))
            for name, stages in self._lanes
            if stages != ("read_ms",) or not self._playback.source.live
        ]
        return max(sums, key=lambda entry: entry[1])

    def _limit(self) -> float:
        """Milliseconds at the right end, of few kinds so that the bars do not jump."""
        longest = max(
            (sum(self._times.get(stage, 0.0) for stage in stages) for _, stages in self._lanes),
            default=0.0,
        )
        return round_up(max(longest, 1.25 * (self._budget or 0.0), 1.0))

    def _bar_room(self) -> QRectF:
        left = min(self._name_width + theme.UNIT, self.width() // 3)
        width = self.width() - left - self._number_width - theme.UNIT
        return QRectF(left, self._line + theme.UNIT / 2, max(1, width), 3 * self._line)

    def _legend_top(self) -> int:
        # The verdict, three bars and the name of the mark.
        return 5 * self._line + theme.UNIT

    def _measure_font(self) -> None:
        self._small = theme.tabular(theme.scaled(self.font(), 0.9))
        self._metrics = QFontMetrics(self._small)
        self._line = self._metrics.height() + 2
        self._name_width = 2 + max(self._metrics.horizontalAdvance(name) for name, _ in self._lanes)
        self._number_width = self._metrics.horizontalAdvance(_DIGITS)

    def _color(self, stage: str) -> QColor:
        return QColor(theme.series_colors()[STAGES.index(stage)])

    def _milliseconds(self, value: float | None) -> str:
        if value is None:
            return text.UNKNOWN
        return f"{text.number(value, 1)} ms"

    def _write(self, painter: QPainter, room: QRectF, words: str) -> None:
        shown = self._metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)

    def _write_number(self, painter: QPainter, room: QRectF, value: float | None) -> None:
        # There is room for any, and to shorten takes as long as to draw.
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, align, self._milliseconds(value))


def round_up(value: float) -> float:
    """Return the next 1, 2, 3, 5 or 7 times a power of ten."""
    power = 10.0 ** (ceil(log10(value)) - 1)
    return next(step * power for step in (1, 2, 3, 5, 7, 10) if step * power >= value - 1e-9)
