"""The chart of all presets, which is also the switch between them.

Painted by hand: pyqtgraph's import alone would take a quarter of a second of the start, and most of
a plot that is a switch (rings, crosses, key hints, keyboard, labels that keep apart) would still be
ours.
"""

from __future__ import annotations

import html

from PyQt6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import (
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from pedcam.ui.base import theme
from pedcam.ui.presets import points
from pedcam.ui.presets.chart_layout import GAP, Label, Layout, Spot, lay_out, place_labels
from pedcam.ui.presets.chart_painter import Picture, draw, unknown_quality
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.points import Point, Tradeoff, tradeoff
from pedcam.ui.presets.selection import PresetSelection

REACH = 14.0  # pixels from a point's border at which a click still means it
LONGEST_LABEL = 120.0  # pixels
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Down: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: 1,
}
_NONE = Qt.KeyboardModifier.NoModifier


class TradeoffChart(QWidget):
    """Every preset as a point: time on this machine to the right, people missed upwards."""

    chosen = pyqtSignal(str)
    """The user picked the preset of that name."""

    explored = pyqtSignal(object)
    """The name of the preset under the pointer changed, ``None`` for none."""

    def __init__(
        self, presets: PresetSelection, measurements: Measurements, parent: QWidget | None = None
    ) -> None:
        """Show ``presets`` with their ``measurements`` and follow both."""
        super().__init__(parent)
        self._presets = presets
        self._measurements = measurements
        self.tradeoff = Tradeoff()
        self._hovered: str | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Presets by speed and people missed")
        self._refresh()
        presets.subscribe(self._refresh)
        measurements.subscribe(self._refresh)

    @property
    def hovered(self) -> Point | None:
        """The preset under the pointer."""
        return self.tradeoff.find(self._hovered)

    @property
    def spots(self) -> tuple[Spot, ...]:
        """Where the points are, in the order of the presets."""
        return self._layout.spots

    @property
    def labels(self) -> list[Label]:
        """Where their labels are."""
        return list(self._labels)

    def sizeHint(self) -> QSize:
        """Return a size in which a handful of presets keep apart."""
        return QSize(320, 248)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest that can be read."""
        return QSize(240, 184)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Place everything anew."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent | None) -> None:
        """Take over a new font or new colours."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self._arrange()
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the chart."""
        painter = QPainter(self)
        picture = Picture(
            self.tradeoff,
            self._layout,
            self._labels,
            self._note,
            self._hovered,
            self.hasFocus(),
            self._words_font(),
            QRectF(self.rect()),
        )
        draw(painter, picture)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """Switch to the preset that is meant."""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        spot = self.spot_at(event.position())
        if spot is not None and spot.point.usable:
            self.chosen.emit(spot.point.name)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """Explain the preset under the pointer."""
        if event is not None:
            self._hover(self.spot_at(event.position()))

    def leaveEvent(self, event: QEvent | None) -> None:
        """Explain none any more."""
        self._hover(None)
        super().leaveEvent(event)

    def event(self, event: QEvent | None) -> bool:
        """Show the tooltip of a point, and keep the keys that move along the points."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            # Elsewhere in the window they may be shortcuts, such as for seeking.
            mine = event.key() in (*_STEPS, Qt.Key.Key_Home, Qt.Key.Key_End)
            if mine and event.modifiers() in (_NONE, Qt.KeyboardModifier.KeypadModifier):
                event.accept()
                return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            spot = self.spot_at(QPointF(event.pos()))
            if spot is None:
                QToolTip.hideText()
                event.ignore()
            else:
                QToolTip.showText(event.globalPos(), self.explanation(spot.point), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Move along the points, from the fastest on the left to the slowest."""
        if event is None:
            return
        usable = [spot for spot in self.spots if spot.point.usable]
        usable.sort(key=lambda spot: (spot.center.x(), -spot.point.preset.info.depth))
        places = [number for number, spot in enumerate(usable) if spot.point.selected]
        here = places[0] if places else 0
        key = Qt.Key(event.key())
        if key in _STEPS:
            there = min(max(here + _STEPS[key], 0), len(usable) - 1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            there = 0 if key == Qt.Key.Key_Home else len(usable) - 1
        else:
            super().keyPressEvent(event)
            return
        if usable and there != here:
            self.chosen.emit(usable[there].point.name)

    def spot_at(self, place: QPointF) -> Spot | None:
        """Return the point that a place in the chart means, if any."""
        for label in self._labels:
            if label.rect.contains(place):
                return label.spot

        def away(spot: Spot) -> float:
            return QLineF(place, spot.center).length()

        near = [spot for spot in self.spots if away(spot) <= spot.radius + REACH]
        if not near:
            return None
        nearest = min(map(away, near))
        # Of some on top of each other, each click means the next.
        same = [spot for spot in near if away(spot) < nearest + 1]
        places = [number for number, spot in enumerate(same) if spot.point.selected]
        return same[(places[0] + 1) % len(same)] if places else same[0]

    def explanation(self, point: Point) -> str:
        """Return all there is to say about a point, as rich text."""
        title, *lines = map(html.escape, points.explain(point, self.tradeoff.yardstick))
        return "<br>".join([f"<b>{title}</b>", *lines])

    def _hover(self, spot: Spot | None) -> None:
        name = spot.point.name if spot is not None else None
        clickable = spot is not None and spot.point.usable
        self.setCursor(
            Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor
        )
        if name != self._hovered:
            self._hovered = name
            self.explored.emit(name)
            self.update()

    def _refresh(self) -> None:
        shown = tradeoff(self._presets, self._measurements)
        if shown == self.tradeoff and shown.points:
            return
        self.tradeoff = shown
        if shown.find(self._hovered) is None and self._hovered is not None:
            self._hover(None)
        current = shown.current
        self.setAccessibleDescription(
            ". ".join(points.explain(current, shown.yardstick))
            if current is not None
            else "There are no presets."
        )
        self._arrange()

    def _arrange(self) -> None:
        self._layout: Layout = lay_out(self.tradeoff, self.width(), self.height())
        metrics = QFontMetricsF(self._words_font())
        height = metrics.height() + 2
        self._note = self._note_rect(metrics)
        self._labels = place_labels(
            self._layout,
            lambda point: (
                min(metrics.horizontalAdvance(point.label) + 2, LONGEST_LABEL)
                + (height + 2 if point.key else 0)
            ),
            height - 2,
            height,
            reserved=[] if self._note.isEmpty() else [self._note],
        )
        self.update()

    def _note_rect(self, metrics: QFontMetricsF) -> QRectF:
        """Where the words about an unknown accuracy disturb no point."""
        strip = self._layout.strip
        if not self.tradeoff.points or strip.height() <= 0:
            return QRectF()
        width = metrics.horizontalAdvance(unknown_quality()) + GAP
        for left in (strip.right() - width - 2, strip.left() + 2):
            rect = QRectF(left, strip.top() + 2, width, metrics.height())
            if not any(spot.circle.adjusted(-4, -4, 4, 4).intersects(rect) for spot in self.spots):
                return rect
        return QRectF()

    def _words_font(self) -> QFont:
        return theme.tabular(theme.scaled(self.font(), 0.85))
