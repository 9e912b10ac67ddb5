"""Draws the trade-off chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from pedcam.ui.base import theme
from pedcam.ui.presets.chart_layout import Label, Layout, Spot

UNKNOWN_ACCURACY = "accuracy not measured"
_RING = 4.0  # pixels between a point and the ring around it
_LEGEND = "\N{BLACK CIRCLE} area: file size"
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Drawing:
    """Everything to draw.

    Attributes:
        layout: Where the presets lie.
        labels: Where their labels lie.
        note: Where the words about presets without an accuracy lie; empty for none.
        hovered: Name of the preset under the pointer, if any.
        focused: Whether the keyboard moves along the points.
        font: Of the words.
        size: The chart, in pixels.
    """

    layout: Layout
    labels: Sequence[Label]
    note: QRectF
    hovered: str | None
    focused: bool
    font: QFont
    size: QRectF


def draw(painter: QPainter, drawing: Drawing) -> None:
    """Draw the chart."""
    colors = theme.colors()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(drawing.font)
    width = 2 if drawing.focused else 1
    painter.setPen(QPen(QColor(colors.accent if drawing.focused else colors.line), width))
    painter.setBrush(QColor(colors.raised))
    painter.drawRoundedRect(drawing.size.adjusted(1, 1, -1, -1), 8, 8)
    _draw_axes(painter, drawing)
    _draw_titles(painter, drawing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_faint(colors.muted, 120), 1.5))
    painter.drawPolyline(QPolygonF(drawing.layout.curve))
    # The small ones last, so that none is hidden; the one that runs above all.
    for spot in sorted(drawing.layout.spots, key=lambda one: (one.point.running, -one.radius)):
        _draw_spot(painter, spot, spot.point.name == drawing.hovered)
    for label in drawing.labels:
        _draw_label(painter, label)


def _draw_axes(painter: QPainter, drawing: Drawing) -> None:
    layout, plot = drawing.layout, drawing.layout.plot
    line, muted = QColor(theme.colors().line), QColor(theme.colors().muted)
    height = QFontMetricsF(drawing.font).height()
    if layout.up is not None:
        for tick in layout.up.ticks:
            y = layout.up.at(tick)
            painter.setPen(line)
            painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
            painter.setPen(muted)
            place = QRectF(0, y - height / 2, plot.left() - 5, height)
            painter.drawText(place, _RIGHT, f"{_tick(tick)} %")
        if layout.strip.height() > 0:
            painter.setPen(line)
            painter.setBrush(_faint(theme.colors().muted, 20))
            painter.drawRoundedRect(layout.strip.adjusted(0, 0, 0, -4), 4, 4)
    painter.setPen(muted)
    painter.drawText(drawing.note, Qt.AlignmentFlag.AlignCenter, UNKNOWN_ACCURACY)
    painter.setPen(line)
    painter.drawLine(QLineF(plot.bottomLeft(), plot.bottomRight()))
    if layout.across is None:
        return
    for tick in layout.across.ticks:
        x = layout.across.at(tick)
        painter.setPen(line)
        painter.drawLine(QLineF(x, plot.bottom(), x, plot.bottom() + 4))
        painter.setPen(muted)
        place = QRectF(x - 24, plot.bottom() + 4, 48, height)
        painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, _tick(tick))


def _draw_titles(painter: QPainter, drawing: Drawing) -> None:
    text, muted = QColor(theme.colors().text), QColor(theme.colors().muted)
    bold = theme.scaled(drawing.font, 1.0, bold=True)
    metrics = QFontMetricsF(drawing.font)
    plot, size = drawing.layout.plot, drawing.size
    top = QRectF(12, 8, size.width() - 24, metrics.height())
    bottom = QRectF(top)
    bottom.moveBottom(size.bottom() - 6)
    bottom.setLeft(plot.left())
    title, better = "People missed", "lower is better"
    if drawing.layout.up is None:
        title, better = "Speed", ""
    after = top.adjusted(QFontMetricsF(bold).horizontalAdvance(title) + 6, 0, 0, 0)
    painter.setPen(muted)
    painter.drawText(top, _RIGHT, _LEGEND)
    if metrics.horizontalAdvance(f"{better}  {_LEGEND}") <= after.width():
        painter.drawText(after, _LEFT, better)
    unit = "ms per picture" if drawing.layout.across is not None else "speed not measured yet"
    painter.drawText(bottom, _RIGHT, unit)
    painter.setPen(text)
    painter.setFont(bold)
    painter.drawText(top, _LEFT, title)
    painter.drawText(bottom, _LEFT, "\N{LEFTWARDS ARROW} faster")
    painter.setFont(drawing.font)


def _draw_spot(painter: QPainter, spot: Spot, hovered: bool) -> None:
    colors, point = theme.colors(), spot.point
    center, radius = spot.center, spot.radius
    color = QColor(colors.accent if point.running else colors.muted)
    # What lies below does not shine through.
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colors.raised))
    painter.drawEllipse(center, radius + 1, radius + 1)
    painter.setPen(QPen(color, 1.5))
    if point.usable and point.detect_ms is not None:
        painter.setBrush(color if point.running else _faint(colors.muted, 110))
    painter.drawEllipse(center, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not point.usable:
        painter.setPen(QPen(QColor(colors.bad), 2))
        arm = radius + 2
        for sign in (1, -1):
            painter.drawLine(center + QPointF(-arm, -sign * arm), center + QPointF(arm, sign * arm))
    elif point.running or point.selected:
        style = Qt.PenStyle.SolidLine if point.running else Qt.PenStyle.DashLine
        painter.setPen(QPen(QColor(colors.accent), 2, style))
        painter.drawEllipse(center, radius + _RING, radius + _RING)
    if hovered and not point.running:
        painter.setPen(QPen(QColor(colors.text), 1.5))
        painter.drawEllipse(center, radius + 2, radius + 2)


def _draw_label(painter: QPainter, label: Label) -> None:
    colors, point = theme.colors(), label.spot.point
    rect = QRectF(label.rect)
    # The grid's lines through words would make them hard to read.
    painter.fillRect(rect, QColor(colors.raised))
    if point.key:
        badge = QRectF(rect.left(), rect.top() + 1, rect.height() - 2, rect.height() - 2)
        painter.setPen(QColor(colors.accent if point.running else colors.line))
        painter.setBrush(QColor(colors.accent if point.running else colors.raised))
        painter.drawRoundedRect(badge, 3, 3)
        painter.setPen(QColor(colors.on_accent if point.running else colors.text))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, point.key)
        rect.setLeft(badge.right() + 4)
    if label.full:
        painter.setPen(QColor(colors.text if point.running else colors.muted))
        metrics = QFontMetricsF(painter.font())
        room = rect.width() + 0.5
        shown = metrics.elidedText(point.label, Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect, _LEFT, shown)


def _faint(color: str, alpha: int) -> QColor:
    result = QColor(color)
    result.setAlpha(alpha)
    return result


def _tick(value: float) -> str:
    # Three digits, but no exponent where a slow machine takes seconds.
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
