"""Lines and zones painted over the picture."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PyQt6.QtWidgets import QApplication

from pedcam.ui.base.theme import scaled, tabular
from pedcam.ui.picture.colors import DARK, draw_plate
from pedcam.ui.picture.viewport import Box, Viewport
from pedcam.ui.zones.geometry import inward, on_widget
from pedcam.ui.zones.shape import COLORS, Shape
from pedcam.ui.zones.state import Zones
from pedcam.video.people.counters import IgnoredZone, Point
from pedcam.video.people.counts import LineCount, ZoneCount

ZONE_COLORS = (
    "#ffd84d",
    "#5ecbff",
    "#ff8fb8",
    "#b8a1ff",
    "#ffa04d",
    "#5fe3b4",
    "#ff7a6b",
    "#e6e9ef",
)
"""Colours of lines and zones in turn; all can be read on the dark plate of a label."""
assert len(ZONE_COLORS) == COLORS
_GRAY = "#c9ced6"  # of ignored zones

_LINE = 2.5
_OUTLINE = 5.0
_ARROW = 26.0
_HEAD = 8.0
_HANDLE = 5.5
_PADDING = 5.0
_LONGEST_NAME = 200.0
_FILL = 34
_FILL_SELECTED = 58
_HATCH = 9.0  # between two lines
_SHADE = 70
_SHADE_BLACK = 170


def zone_color(shape: Shape) -> QColor:
    """Return the colour of a line or zone."""
    return QColor(_GRAY if shape.is_ignored else ZONE_COLORS[shape.color % COLORS])


def counts_text(count: LineCount | ZoneCount | None, shape: Shape) -> str:
    """Return what was counted at a line or in a zone in a few words; none in an ignored zone."""
    if shape.is_ignored:
        return ""
    if shape.is_line:
        into, out = (count.into, count.out) if isinstance(count, LineCount) else (0, 0)
        return f"{into} in · {out} out"
    now, total = (count.now, count.total) if isinstance(count, ZoneCount) else (0, 0)
    return f"{now} now · {total} total"


def paint_zones(
    painter: QPainter,
    viewport: Viewport,
    zones: Zones,
    shapes: Sequence[Shape],
    point: int | None = None,
) -> dict[str, Box]:
    """Paint lines and zones with their names and counts.

    Args:
        painter: Paints on the widget, in its coordinates.
        viewport: Where the picture lies in the widget.
        zones: The counts and which one is selected.
        shapes: All of them, where they are now.
        point: The end or corner of the selected one that keys move.

    Returns:
        Where each label lies in the widget, by name.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # Zones lie under lines, and what is selected on top.
    order = sorted(shapes, key=lambda shape: (shape.name == zones.selected, shape.is_line))
    for shape in order:
        _paint_shape(painter, viewport, shape, shape.name == zones.selected)
    labels = {}
    for shape in order:
        box = _paint_label(painter, viewport, zones, shape)
        if box is not None:
            labels[shape.name] = box
    if order and order[-1].name == zones.selected:
        for number, pos in enumerate(on_widget(order[-1].points, viewport)):
            paint_handle(painter, pos, zone_color(order[-1]), active=number == point)
    painter.restore()
    return labels


def paint_line(
    painter: QPainter, start: Point, end: Point, color: QColor, *, explain: bool
) -> None:
    """Paint a line and the arrow that shows which way is in, with the word on demand."""
    stroke(painter, [start, end], color)
    aside = inward(start, end)
    foot = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    tip = foot[0] + _ARROW * aside[0], foot[1] + _ARROW * aside[1]
    neck = tip[0] - _HEAD * aside[0], tip[1] - _HEAD * aside[1]
    stroke(painter, [foot, neck], color)
    wing = -_HEAD * 0.7 * aside[1], _HEAD * 0.7 * aside[0]
    painter.setPen(QPen(DARK, (_OUTLINE - _LINE) / 2))
    painter.setBrush(color)
    wings = [(neck[0] + side * wing[0], neck[1] + side * wing[1]) for side in (1, -1)]
    painter.drawPolygon(_polygon([tip, *wings]))
    if explain:
        box = _plate_size("in", "")
        box.moveCenter(QPointF(*tip) + _beside(box, aside, 4))
        _paint_plate(painter, box, "in", "", color)


def stroke(
    painter: QPainter, points: Sequence[Point], color: QColor, *, dashed: bool = False
) -> None:
    """Paint a bright path inside a dark one, which can be seen on any background."""
    path = _polygon(points)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen_color, width in ((DARK, _OUTLINE), (color, _LINE)):
        pen = QPen(pen_color, width, cap=Qt.PenCapStyle.RoundCap, join=Qt.PenJoinStyle.RoundJoin)
        if dashed and width == _LINE:
            pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawPolyline(path)


def hatch(
    painter: QPainter, area: QPolygonF, color: QColor, *, black: bool, gap: float = _HATCH
) -> None:
    """Shade an area and paint diagonal lines in it; it is darker where it is ``black`` in files."""
    path = QPainterPath()
    path.addPolygon(area)
    path.closeSubpath()
    shade = QColor(DARK)
    shade.setAlpha(_SHADE_BLACK if black else _SHADE)
    painter.fillPath(path, shade)
    painter.save()
    painter.setClipPath(path, Qt.ClipOperation.IntersectClip)
    line = QColor(color)
    line.setAlpha(150)
    painter.setPen(QPen(line, 1.2))
    box = area.boundingRect()
    for step in range(int((box.width() + box.height()) / gap) + 1):
        left = box.left() - box.height() + step * gap
        painter.drawLine(QPointF(left, box.bottom()), QPointF(left + box.height(), box.top()))
    painter.restore()


def paint_handle(painter: QPainter, pos: Point, color: QColor, *, active: bool) -> None:
    """Paint what an end or corner is dragged by."""
    painter.setPen(QPen(DARK, 1.5))
    painter.setBrush(QColor("white"))
    radius = _HANDLE + 2 if active else _HANDLE
    painter.drawEllipse(QPointF(*pos), radius, radius)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color if active else DARK)
    painter.drawEllipse(QPointF(*pos), radius - 3, radius - 3)


def paint_hint(painter: QPainter, viewport: Viewport, words: str) -> None:
    """Say what to do now, at the upper edge of what is seen of the picture."""
    left, top, width, _ = viewport.visible_rect
    room = QRectF(left, top, width, 1000).adjusted(12, 12, -12, 0)
    flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    painter.save()
    painter.setFont(scaled(painter.font(), 1.0, bold=True))
    words_box = painter.boundingRect(room.adjusted(12, 8, -12, 0), int(flags), words)
    draw_plate(painter, words_box.adjusted(-12, -8, 12, 8))
    painter.setPen(QColor("white"))
    painter.drawText(words_box, int(flags), words)
    painter.restore()


def _paint_shape(painter: QPainter, viewport: Viewport, shape: Shape, selected: bool) -> None:
    color = zone_color(shape)
    points = on_widget(shape.points, viewport)
    if shape.is_line:
        paint_line(painter, points[0], points[1], color, explain=selected)
        return
    if isinstance(shape.zone, IgnoredZone):
        hatch(painter, _polygon(points), color, black=shape.zone.blacked_out)
    else:
        fill = QColor(color)
        fill.setAlpha(_FILL_SELECTED if selected else _FILL)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(_polygon(points))
    stroke(painter, [*points, points[0]], color)


def _paint_label(painter: QPainter, viewport: Viewport, zones: Zones, shape: Shape) -> Box | None:
    points = on_widget(shape.points, viewport)
    seen = QRectF(*viewport.visible_rect)
    bounds = _polygon(points).boundingRect()
    # A rectangle without width meets nothing in Qt's eyes.
    if not bounds.adjusted(-1, -1, 1, 1).intersects(seen):
        return None
    metrics = QFontMetricsF(_label_font(bold=True))
    title = metrics.elidedText(shape.name, Qt.TextElideMode.ElideRight, _LONGEST_NAME)
    rest = counts_text(zones.count(shape.name), shape)
    box = _plate_size(title, rest)
    if shape.is_line:
        # On the side that the arrow does not point to.
        box.moveCenter(bounds.center() - _beside(box, inward(*points), 8))
    else:
        left, top = min(points, key=lambda point: (point[1], point[0]))
        box.moveBottomLeft(QPointF(left, top - 8))
    inside = seen.adjusted(2, 2, -2, -2)
    box.moveRight(min(box.right(), inside.right()))
    box.moveBottom(min(box.bottom(), inside.bottom()))
    box.moveLeft(max(box.left(), inside.left()))
    box.moveTop(max(box.top(), inside.top()))
    selected = shape.name == zones.selected
    _paint_plate(painter, box, title, rest, zone_color(shape), framed=selected)
    return box.x(), box.y(), box.width(), box.height()


def _paint_plate(
    painter: QPainter, box: QRectF, title: str, rest: str, color: QColor, *, framed: bool = False
) -> None:
    """Paint a title in the colour, and more in white, on a dark plate."""
    painter.setPen(QPen(color, 1.5) if framed else Qt.PenStyle.NoPen)
    painter.setBrush(DARK)
    painter.drawRoundedRect(box, 4, 4)
    painter.setFont(_label_font(bold=True))
    advance = QFontMetricsF(painter.font()).horizontalAdvance(title)
    inner = box.adjusted(_PADDING, 0, -_PADDING, 0)
    painter.setPen(color)
    painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, title)
    painter.setFont(_label_font(bold=False))
    painter.setPen(QColor("white"))
    inner.adjust(advance + _PADDING, 0, _PADDING, 0)
    painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, rest)


def _plate_size(title: str, rest: str) -> QRectF:
    bold = QFontMetricsF(_label_font(bold=True))
    width = bold.horizontalAdvance(title)
    if rest:
        plain = QFontMetricsF(_label_font(bold=False))
        width += _PADDING + plain.horizontalAdvance(rest)
    return QRectF(0, 0, width + 2 * _PADDING + 1, bold.height() + 4)


def _label_font(*, bold: bool) -> QFont:
    font = tabular(QApplication.font())
    font.setPointSizeF(max(8.0, font.pointSizeF() * 0.95))
    font.setBold(bold)
    return font


def _beside(box: QRectF, aside: Point, gap: float) -> QPointF:
    """How far the middle of a box is from a point that it does not touch, in that direction."""
    reach = (abs(aside[0]) * box.width() + abs(aside[1]) * box.height()) / 2 + gap
    return reach * QPointF(*aside)


def _polygon(points: Sequence[Point]) -> QPolygonF:
    return QPolygonF([QPointF(*point) for point in points])
