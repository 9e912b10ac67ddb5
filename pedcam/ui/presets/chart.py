"""The chart of all presets, which is also the switch between them.

Painted by hand, as importing pyqtgraph alone takes a quarter of a second of the start.
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
from pedcam.ui.base.own_keys import ARROWS, OwnKeys
from pedcam.ui.presets import points
from pedcam.ui.presets.chart_layout import GAP, Label, Layout, Spot, lay_out, place_labels
from pedcam.ui.presets.chart_painter import UNKNOWN_ACCURACY, Drawing, draw
from pedcam.ui.presets.measurements import Measurements
from pedcam.ui.presets.points import Point, Tradeoff, tradeoff
from pedcam.ui.presets.selection import PresetSelection

REACH = 14.0  # pixels from a point's border at which a click still means it
LONGEST_LABEL = 120.0  # pixels
_STEPS = dict(zip(ARROWS, (-1, 1, 1, -1), strict=True))
_ENDS = (Qt.Key.Key_Home, Qt.Key.Key_End)


class TradeoffChart(QWidget):
    """Every preset as a point: time on this machine to the right, people missed upwards."""

    chosen = pyqtSignal(str)
    """The user picked the preset of that name."""

    explored = pyqtSignal(object)
    """The name of the preset under the pointer changed, ``None`` for none."""

    def __init__(
        self, presets: PresetSelection, measurements: Measurements, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._presets = presets
        self._measurements = measurements
        self.tradeoff = Tradeoff()
        self._hovered: str | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName("Presets by speed and people missed")
        OwnKeys(self, (*ARROWS, *_ENDS))
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

    def sizeHint(self) -> QSize:
        return QSize(320, 248)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 184)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        drawing = Drawing(
            self._layout,
            self.labels,
            self._note,
            self._hovered,
            self.hasFocus(),
            self._label_font(),
            QRectF(self.rect()),
        )
        draw(QPainter(self), drawing)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        spot = self.spot_at(event.position())
        if spot is not None and spot.point.usable:
            self.chosen.emit(spot.point.name)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            self._hover(self.spot_at(event.position()))

    def leaveEvent(self, event: QEvent | None) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def event(self, event: QEvent | None) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            spot = self.spot_at(QPointF(event.pos()))
            if spot is None:
                QToolTip.hideText()
                event.ignore()
            else:
                title, *lines = map(html.escape, points.explain(spot.point, self.tradeoff.data))
                words = "<br>".join([f"<b>{title}</b>", *lines])
                QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        usable = [spot for spot in self.spots if spot.point.usable]
        usable.sort(key=lambda spot: (spot.center.x(), -spot.point.preset.info.depth))
        places = [number for number, spot in enumerate(usable) if spot.point.selected]
        here = places[0] if places else 0
        key = Qt.Key(event.key())
        if key in _STEPS:
            there = min(max(here + _STEPS[key], 0), len(usable) - 1)
        elif key in _ENDS:
            there = 0 if key == Qt.Key.Key_Home else len(usable) - 1
        else:
            super().keyPressEvent(event)
            return
        if usable and there != here:
            self.chosen.emit(usable[there].point.name)

    def spot_at(self, place: QPointF) -> Spot | None:
        """Return the point that a place in the chart means, if any."""
        for label in self.labels:
            if label.rect.contains(place):
                return label.spot

        def away(spot: Spot) -> float:
            return QLineF(place, spot.center).length() - spot.radius

        near = [spot for spot in self.spots if away(spot) <= REACH]
        return min(near, key=away, default=None)

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
        self.tradeoff = tradeoff(self._presets, self._measurements)
        if self.hovered is None:
            self._hover(None)
        current = self.tradeoff.current
        self.setAccessibleDescription(
            ". ".join(points.explain(current, self.tradeoff.data))
            if current is not None
            else "There are no presets."
        )
        self._arrange()

    def _arrange(self) -> None:
        self._layout: Layout = lay_out(self.tradeoff, self.width(), self.height())
        metrics = QFontMetricsF(self._label_font())
        height = metrics.height() + 2
        strip = self._layout.strip
        self._note = QRectF()
        if self.tradeoff.points and strip.height() > 0:
            self._note.setSize(metrics.size(0, UNKNOWN_ACCURACY))
            self._note.moveTopRight(strip.topRight() + QPointF(-GAP, 2))
        self.labels: list[Label] = place_labels(
            self._layout,
            lambda point: (
                min(metrics.horizontalAdvance(point.label) + 2, LONGEST_LABEL)
                + (height + 2 if point.key else 0)
            ),
            height - 2,
            height,
            reserved=[self._note],
        )
        self.update()

    def _label_font(self) -> QFont:
        return theme.tabular(theme.scaled(self.font(), 0.85))
