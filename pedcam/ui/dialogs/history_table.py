"""The events found, for Qt's tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from pedcam.history.values import Order, PastEvent
from pedcam.ui import event_text

ORDERS = (Order.TIME, Order.SOURCE, Order.PERSON, Order.KIND, Order.PLACE, Order.POSITION)
"""What each column is sorted by."""


class HistoryTable(QAbstractTableModel):
    """Pages of events; more of them come at the end."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self.events: list[PastEvent] = []
        self._captions = (
            self.tr("Time"),
            self.tr("Source"),
            self.tr("Person"),
            self.tr("Event"),
            self.tr("Place"),
            self.tr("Position"),
        )

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of events."""
        return 0 if parent is not None and parent.isValid() else len(self.events)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(self._captions)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the caption of a column."""
        if orientation is Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return self._captions[section]
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            if role == Qt.ItemDataRole.ToolTipRole:
                return self.tr("Click to sort by this")
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell."""
        if not index.isValid() or index.row() >= len(self.events):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(self.events[index.row()], index.column())
        return None

    def set_events(self, events: Sequence[PastEvent]) -> None:
        """Show other events."""
        self.beginResetModel()
        self.events = list(events)
        self.endResetModel()

    def add_events(self, events: Sequence[PastEvent]) -> None:
        """Show more events."""
        if events:
            first = len(self.events)
            self.beginInsertRows(QModelIndex(), first, first + len(events) - 1)
            self.events += events
            self.endInsertRows()

    def _text(self, found: PastEvent, column: int) -> str:
        event = found.event
        if column == 0:
            return event_text.moment(found.at)
        if column == 1:
            return found.source.title
        if column == 2:
            return f"#{event.track}"
        if column == 3:
            return event_text.deed_alone(event)
        if column == 4:
            return event.place
        return "" if found.live else event_text.position(event.time)
