"""How one event looks in the list."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import QModelIndex, QObject, QPoint, QRect, QSize, Qt
from PyQt6.QtGui import QColor, QFontMetrics, QIcon, QPainter, QPen
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from pedcam.ui import event_text, icons, theme
from pedcam.ui.panels.events_model import ENTRY, TIME
from pedcam.video.people.counts import Event

ICON = 18  # pixels
_PADDING = theme.UNIT // 2


class EventsDelegate(QStyledItemDelegate):
    """An icon, what happened, and when; all rows have the same height."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start without icons, which are drawn as they are needed."""
        super().__init__(parent)
        self._icons: dict[tuple[str, str], QIcon] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the same height for all."""
        height = max(QFontMetrics(option.font).height(), ICON) + 2 * _PADDING
        return QSize(160, height)

    def paint(
        self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex
    ) -> None:
        """Draw an event."""
        assert painter is not None
        colors = theme.colors()
        area = option.rect
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = area.adjusted(1, 1, -1, -1)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.tint if selected else colors.hover))
            painter.drawRoundedRect(frame, 4, 4)
        if selected and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colors.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame, 4, 4)

        inner = area.adjusted(2 * _PADDING, 0, -2 * _PADDING, 0)
        kind = index.data(ENTRY).logged.event.kind.value
        top = inner.top() + (inner.height() - ICON) // 2
        self._icon(kind, colors.muted).paint(
            painter, QRect(QPoint(inner.left(), top), QSize(ICON, ICON))
        )
        font = theme.tabular(option.font)
        painter.setFont(font)
        metrics = QFontMetrics(font)
        time = str(index.data(TIME))
        painter.setPen(QColor(colors.muted))
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, time)
        words = inner.adjusted(
            ICON + 2 * _PADDING, 0, -metrics.horizontalAdvance(time) - 2 * _PADDING, 0
        )
        painter.setPen(QColor(colors.text))
        text = _fitting(index.data(ENTRY).logged.event, metrics, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    def _icon(self, kind: str, color: str) -> QIcon:
        if (kind, color) not in self._icons:
            self._icons[kind, color] = icons.icon(kind, color, ICON)
        return self._icons[kind, color]


def _fitting(event: Event, metrics: QFontMetrics, width: int) -> str:
    """Return what happened; of a long name as much as there is room for."""
    text = event_text.event_text(event)
    if metrics.horizontalAdvance(text) > width:
        text = event_text.event_text(event, short=True)
    spare = width - metrics.horizontalAdvance(text)
    if spare < 0 and event.place:
        room = metrics.horizontalAdvance(event.place) + spare
        place = metrics.elidedText(event.place, Qt.TextElideMode.ElideMiddle, max(room, 0))
        text = event_text.event_text(replace(event, place=place), short=True)
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
