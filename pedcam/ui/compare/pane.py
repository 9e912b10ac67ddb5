"""One picture of a comparison: what one preset found, or both with a divider between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen
from PyQt6.QtWidgets import QWidget

from pedcam.ui.base.theme import UNIT, scaled, tabular
from pedcam.ui.picture.boxes import box_rects, draw_boxes
from pedcam.ui.picture.colors import BRIGHT, DARK, draw_plate
from pedcam.ui.picture.picture_view import PictureView
from pedcam.ui.picture.tool import PictureTool
from pedcam.ui.picture.view_options import ViewOptions
from pedcam.ui.picture.viewport import Point, Viewport
from pedcam.video.stream.results import Result

ONLY_HERE = QColor("#ff9e3d")
"""Colour of people whom only one side found; they also have dashed boxes."""

SEPARATOR = " · "
"""Stands between the parts of a side's title."""

_GRIP = 10.0  # widget coordinates to either side of the divider
_KEY_STEP = 0.02


@dataclass(frozen=True)
class Side:
    """What one preset found.

    Attributes:
        people: The people.
        only: Whom the other side missed, bool ``[people]``.
        title: Words above the picture.
    """

    people: sv.Detections
    only: NDArray[np.bool_]
    title: str


class ComparePane(PictureView):
    """Shows a frame with one or two sides; two share it at a divider that can be dragged."""

    def __init__(self, options: ViewOptions, parent: QWidget | None = None) -> None:
        super().__init__(options, parent)
        self.setMinimumSize(160, 120)
        self._sides: tuple[Side, ...] = ()
        self.divider = 0.5

    def show_sides(
        self,
        result: Result | None,
        sides: tuple[Side, ...],
        others: NDArray[np.generic] | None = None,
    ) -> None:
        """Show a frame with what one or two presets found in it, or nothing.

        Args:
            result: The frame, and what the stream's own preset found.
            sides: What is marked.
            others: N x 4 corners in pixels of whom the other preset found; the privacy blur hides
                them on both sides.
        """
        self._sides = sides
        self.set_result(result, others)
        if result is None:
            self.set_tool(None)
        elif len(sides) == 2 and self.tool is None:
            self.set_tool(_DividerTool(self))
        self.setAccessibleDescription("; ".join(side.title for side in sides))

    def sizeHint(self) -> QSize:
        return QSize(480, 270)

    def divider_x(self, viewport: Viewport) -> float:
        """Return where the divider stands, in widget coordinates."""
        x, _, width, _ = viewport.visible_rect
        return x + self.divider * width

    def paint_over(self, painter: QPainter, viewport: Viewport | None) -> None:
        if viewport is None:
            return
        for side, area in zip(self._sides, self._areas(viewport), strict=True):
            if self.options.boxes:
                _draw_side(painter, viewport, side, area, scores=self.options.scores)
            _draw_title(painter, area, side.title)
        if len(self._sides) == 2:
            _draw_divider(painter, viewport, self.divider_x(viewport))

    def _areas(self, viewport: Viewport) -> list[QRectF]:
        visible = QRectF(*viewport.visible_rect)
        if len(self._sides) < 2:
            return [visible]
        left, right = QRectF(visible), QRectF(visible)
        left.setRight(self.divider_x(viewport))
        right.setLeft(self.divider_x(viewport))
        return [left, right]


class _DividerTool(PictureTool):
    """Drags the divider of a pane; Ctrl+arrows move it too."""

    def __init__(self, pane: ComparePane) -> None:
        self._pane = pane

    def press(self, pos: Point, viewport: Viewport) -> bool:
        return self._holds(pos, viewport)

    def move(self, pos: Point, viewport: Viewport, pressed: bool) -> None:
        if pressed:
            x, _, width, _ = viewport.visible_rect
            self._set((pos[0] - x) / max(width, 1.0))

    def double_click(self, pos: Point, viewport: Viewport) -> bool:
        if self._holds(pos, viewport):
            self._set(0.5)
            return True
        return False

    def key(self, event: QKeyEvent) -> bool:
        steps = {Qt.Key.Key_Left: -_KEY_STEP, Qt.Key.Key_Right: _KEY_STEP}
        step = steps.get(Qt.Key(event.key()))
        if step is None or event.modifiers() != Qt.KeyboardModifier.ControlModifier:
            return False
        self._set(self._pane.divider + step)
        return True

    def cursor(self, pos: Point, viewport: Viewport) -> Qt.CursorShape | None:
        return Qt.CursorShape.SplitHCursor if self._holds(pos, viewport) else None

    def _holds(self, pos: Point, viewport: Viewport) -> bool:
        return abs(pos[0] - self._pane.divider_x(viewport)) <= _GRIP

    def _set(self, divider: float) -> None:
        self._pane.divider = min(max(divider, 0.0), 1.0)
        self._pane.update()


def _draw_side(
    painter: QPainter, viewport: Viewport, side: Side, area: QRectF, *, scores: bool
) -> None:
    target = QRectF(*viewport.rect)
    common, own = side.people[~side.only], side.people[side.only]
    assert isinstance(common, sv.Detections)
    assert isinstance(own, sv.Detections)
    draw_boxes(
        painter, target, viewport.picture, common, scores=scores, identities=False, visible=area
    )
    painter.save()
    painter.setClipRect(area)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for box in box_rects(target, viewport.picture, own):
        painter.setPen(QPen(DARK, 5.0))
        painter.drawRect(box)
        pen = QPen(ONLY_HERE, 3.0, Qt.PenStyle.DashLine)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawRect(box)
    painter.restore()


def _draw_title(painter: QPainter, area: QRectF, title: str) -> None:
    room = area.width() - 4 * UNIT
    if not title or room <= 2 * UNIT:
        return
    painter.save()
    painter.setClipRect(area)
    painter.setFont(tabular(scaled(painter.font(), 1.0, bold=True)))
    metrics = QFontMetricsF(painter.font())
    lines = [title]
    if metrics.horizontalAdvance(title) > room and SEPARATOR in title:
        # The name stands alone, the figures below it.
        lines = title.split(SEPARATOR, 1)
    lines = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines]
    width = max(metrics.horizontalAdvance(line) for line in lines)
    plate = QRectF(0, 0, width + 2 * UNIT, len(lines) * metrics.lineSpacing() + UNIT)
    plate.moveCenter(QPointF(area.center().x(), area.top() + UNIT + plate.height() / 2))
    draw_plate(painter, plate)
    painter.setPen(BRIGHT)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))
    painter.restore()


def _draw_divider(painter: QPainter, viewport: Viewport, x: float) -> None:
    _, top, _, height = viewport.visible_rect
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, width in ((DARK, 5.0), (BRIGHT, 2.0)):
        painter.setPen(QPen(color, width))
        painter.drawLine(QPointF(x, top), QPointF(x, top + height))
    grip = QRectF(0, 0, 2 * UNIT, 4 * UNIT)
    grip.moveCenter(QPointF(x, top + height / 2))
    painter.setPen(QPen(DARK, 1.5))
    painter.setBrush(BRIGHT)
    painter.drawRoundedRect(grip, UNIT / 2, UNIT / 2)
    painter.restore()
