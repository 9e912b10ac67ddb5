"""Draws the trade-off chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
    QPolygonF,
    QRadialGradient,
    QRegion,
)

from pedcam.ui.base import theme
from pedcam.ui.presets.chart_layout import Label, Layout, Scale, Spot, better_is_low
from pedcam.ui.presets.points import Quality, Tradeoff

_RING = 4.0  # pixels between a point and the ring around it
_ARROW_LEFT, _DOT = "\N{LEFTWARDS ARROW}", "\N{BLACK CIRCLE}"
_ROUND = 8.0


@dataclass(frozen=True)
class Picture:
    """Everything to draw.

    Attributes:
        tradeoff: The presets.
        layout: Where they lie.
        labels: Where their labels lie.
        note: Where the words about presets without an accuracy lie; empty for none.
        hovered: Name of the preset under the pointer, if any.
        focused: Whether the keyboard moves along the points.
        font: Of the words.
        size: The chart, in pixels.
    """

    tradeoff: Tradeoff
    layout: Layout
    labels: Sequence[Label]
    note: QRectF
    hovered: str | None
    focused: bool
    font: QFont
    size: QRectF


def unknown_quality() -> str:
    """Return the words about presets without a known accuracy."""
    return "accuracy not measured"


def draw(painter: QPainter, picture: Picture) -> None:
    """Draw the chart."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(picture.font)
    _card(painter, picture)
    _glow(painter, picture)
    _grid(painter, picture)
    _titles(painter, picture)
    _curve(painter, picture)
    # The small ones last, so that none is hidden; the one that runs above all.
    spots = sorted(picture.layout.spots, key=lambda spot: (spot.point.running, -spot.radius))
    for spot in spots:
        _spot(painter, spot, spot.point.name == picture.hovered)
    _live(painter, picture)
    for label in picture.labels:
        _label(painter, label, picture)


def _card(painter: QPainter, picture: Picture) -> None:
    colors = theme.colors()
    width = 2 if picture.focused else 1
    painter.setPen(QPen(QColor(colors.accent if picture.focused else colors.line), width))
    painter.setBrush(QColor(colors.raised))
    inset = width / 2
    painter.drawRoundedRect(picture.size.adjusted(inset, inset, -inset, -inset), _ROUND, _ROUND)


def _glow(painter: QPainter, picture: Picture) -> None:
    """A shine from the corner where the best presets would be."""
    plot = picture.layout.plot
    corner = plot.bottomLeft() if better_is_low(picture.tradeoff) else plot.topLeft()
    if picture.layout.up is None:
        corner = QPointF(plot.left(), plot.center().y())
    gradient = QRadialGradient(corner, 0.8 * max(plot.width(), plot.height()))
    gradient.setColorAt(0, _faint(theme.colors().accent, 46))
    gradient.setColorAt(1, _faint(theme.colors().accent, 0))
    painter.fillRect(plot, gradient)


def _grid(painter: QPainter, picture: Picture) -> None:
    colors, layout = theme.colors(), picture.layout
    plot = layout.plot
    metrics = QFontMetricsF(picture.font)
    up, across = layout.up, layout.across
    if up is not None:
        _lines(painter, picture, up)
        for tick in up.ticks:
            y = up.at(tick)
            painter.setPen(QColor(colors.muted))
            label = f"{_tick(tick)} %"
            place = QRectF(0, y - metrics.height() / 2, plot.left() - 5, metrics.height())
            painter.drawText(place, _RIGHT, label)
        if layout.strip.height() > 0:
            painter.setPen(QPen(QColor(colors.line), 1))
            painter.setBrush(_faint(colors.muted, 20))
            painter.drawRoundedRect(layout.strip.adjusted(0, 0, 0, -4), 4, 4)
            painter.setPen(QColor(colors.muted))
            place = layout.strip.adjusted(-plot.left(), 0, -plot.width() - 5, -4)
            painter.drawText(place, _RIGHT, "?")
    painter.setPen(QColor(colors.muted))
    painter.drawText(picture.note, Qt.AlignmentFlag.AlignCenter, unknown_quality())
    painter.setPen(QPen(QColor(colors.line), 1))
    painter.drawLine(QLineF(plot.bottomLeft(), plot.bottomRight()))
    if across is not None:
        _times(painter, across, plot, metrics)


def _lines(painter: QPainter, picture: Picture, up: Scale) -> None:
    plot = picture.layout.plot
    free = QRegion(plot.adjusted(0, -1, 0, 1).toAlignedRect())
    for label in picture.labels:
        # Through words they would make them hard to read.
        free -= QRegion(label.rect.toAlignedRect())
    painter.save()
    painter.setClipRegion(free)
    painter.setPen(QPen(QColor(theme.colors().line), 1))
    for tick in up.ticks:
        painter.drawLine(QLineF(plot.left(), up.at(tick), plot.right(), up.at(tick)))
    painter.restore()


def _times(painter: QPainter, across: Scale, plot: QRectF, metrics: QFontMetricsF) -> None:
    colors = theme.colors()
    for tick in across.ticks:
        x = across.at(tick)
        painter.setPen(QPen(QColor(colors.line), 1))
        painter.drawLine(QLineF(x, plot.bottom(), x, plot.bottom() + 4))
        painter.setPen(QColor(colors.muted))
        place = QRectF(x - 24, plot.bottom() + 4, 48, metrics.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, _tick(tick))


def _titles(painter: QPainter, picture: Picture) -> None:
    colors, layout = theme.colors(), picture.layout
    metrics = QFontMetricsF(picture.font)
    height = metrics.height()
    line = QRectF(12, 8, picture.size.width() - 24, height)
    legend = f"{_DOT} area: file size"
    painter.setPen(QColor(colors.muted))
    painter.drawText(line, _RIGHT, legend)
    room = line.width() - metrics.horizontalAdvance(legend) - 12
    name, better = _quality_title(picture.tradeoff)
    bold = theme.scaled(picture.font, 1.0, bold=True)
    painter.setFont(bold)
    painter.setPen(QColor(colors.text))
    painter.drawText(line, _LEFT, name)
    taken = QFontMetricsF(bold).horizontalAdvance(name) + 6
    painter.setFont(picture.font)
    painter.setPen(QColor(colors.muted))
    if taken + metrics.horizontalAdvance(better) <= room:
        painter.drawText(line.adjusted(taken, 0, 0, 0), _LEFT, better)
    bottom = QRectF(layout.plot.left(), picture.size.bottom() - height - 6, 0, height)
    bottom.setRight(picture.size.right() - 12)
    unit = "ms per picture"
    if layout.across is None:
        unit = "speed not measured yet"
    painter.drawText(bottom, _RIGHT, unit)
    painter.setFont(bold)
    painter.setPen(QColor(colors.text))
    painter.drawText(bottom, _LEFT, f"{_ARROW_LEFT} faster")
    painter.setFont(picture.font)


def _quality_title(tradeoff: Tradeoff) -> tuple[str, str]:
    if tradeoff.yardstick is None:
        return "Speed", ""
    if tradeoff.yardstick.quality is Quality.MISS_RATE:
        return "People missed", "lower is better"
    return "Precision (AP50)", "higher is better"


def _curve(painter: QPainter, picture: Picture) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(_faint(theme.colors().muted, 120), 1.5))
    painter.drawPolyline(QPolygonF(picture.layout.curve))


def _spot(painter: QPainter, spot: Spot, hovered: bool) -> None:
    colors, point = theme.colors(), spot.point
    accent = QColor(colors.accent)
    center, radius = spot.center, spot.radius
    if point.running:
        glow = QRadialGradient(center, radius + 4 * _RING)
        glow.setColorAt(0, _faint(colors.accent, 120))
        glow.setColorAt(1, _faint(colors.accent, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(glow)
        painter.drawEllipse(center, radius + 4 * _RING, radius + 4 * _RING)
    # What lies below does not shine through.
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colors.raised))
    painter.drawEllipse(center, radius + 1, radius + 1)
    color = accent if point.running else QColor(colors.muted)
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not spot.guessed and point.usable:
        painter.setBrush(color if point.running else _faint(colors.muted, 110))
    painter.drawEllipse(center, radius, radius)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if not point.usable:
        painter.setPen(QPen(QColor(colors.bad), 2))
        arm = radius + 2
        for sign in (1, -1):
            painter.drawLine(center + QPointF(-arm, -sign * arm), center + QPointF(arm, sign * arm))
    elif point.running:
        painter.setPen(QPen(accent, 2))
        painter.drawEllipse(center, radius + _RING, radius + _RING)
    elif point.selected:
        painter.setPen(QPen(accent, 2, Qt.PenStyle.DashLine))
        painter.drawEllipse(center, radius + _RING, radius + _RING)
    if hovered and not point.running:
        painter.setPen(QPen(QColor(colors.text), 1.5))
        painter.drawEllipse(center, radius + 2, radius + 2)


def _label(painter: QPainter, label: Label, picture: Picture) -> None:
    colors, point = theme.colors(), label.spot.point
    rect = label.rect
    left = rect.left()
    if point.key:
        badge = QRectF(left, rect.top() + 1, rect.height() - 2, rect.height() - 2)
        painter.setPen(QPen(QColor(colors.accent if point.running else colors.line), 1))
        painter.setBrush(QColor(colors.accent if point.running else colors.raised))
        painter.drawRoundedRect(badge, 3, 3)
        painter.setPen(QColor(colors.on_accent if point.running else colors.text))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, point.key)
        left = badge.right() + 4
    if label.full:
        words = QRectF(left, rect.top(), rect.right() - left, rect.height())
        painter.setPen(QColor(colors.text if point.running else colors.muted))
        shown = QFontMetricsF(picture.font).elidedText(
            point.label, Qt.TextElideMode.ElideRight, words.width() + 0.5
        )
        painter.drawText(words, _LEFT, shown)


def _live(painter: QPainter, picture: Picture) -> None:
    """Mark how long the running preset takes just now, beside what was measured."""
    accent, layout = QColor(theme.colors().accent), picture.layout
    metrics, now = QFontMetricsF(picture.font), "now"
    for spot in layout.spots:
        live = spot.point.live_ms
        if layout.across is None or live is None or spot.point.detect_ms is None:
            continue
        place = QPointF(layout.across.at(live), spot.center.y())
        away = place.x() - spot.center.x()
        reach = spot.radius + _RING
        if abs(away) <= reach + 4:
            continue
        start = spot.center.x() + (reach if away > 0 else -reach)
        painter.setPen(QPen(accent, 1.5, Qt.PenStyle.DotLine))
        painter.drawLine(QLineF(start, place.y(), place.x(), place.y()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        painter.drawPolygon(
            QPolygonF([place + QPointF(x, y) for x, y in ((-4, 0), (0, -4), (4, 0), (0, 4))])
        )
        width, height = metrics.horizontalAdvance(now), metrics.height()
        words = QRectF(place.x() - width / 2, place.y() - 5 - height, width, height)
        covered = [label.rect for label in picture.labels]
        covered += [other.circle for other in layout.spots]
        if not any(words.intersects(other) for other in covered):
            painter.setPen(accent)
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, now)


def _faint(color: str, alpha: int) -> QColor:
    result = QColor(color)
    result.setAlpha(alpha)
    return result


def _tick(value: float) -> str:
    # Three digits, but no exponent where a slow machine takes seconds.
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
