"""The events for Qt's lists, changed only where they changed."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from pedcam.ui import event_text
from pedcam.ui.state.events import Entry, EventList

ENTRY = Qt.ItemDataRole.UserRole
TIME = Qt.ItemDataRole.UserRole + 1


class EventsModel(QAbstractListModel):
    """Rows come at the end and go at the beginning, so that a list keeps its place."""

    def __init__(self, events: EventList, parent: QObject | None = None) -> None:
        """Show ``events`` and follow them."""
        super().__init__(parent)
        self._events = events
        self._rows: list[Entry] = list(events.shown)
        self._version = events.version
        events.subscribe(self._refresh)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """Return the number of events shown."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a text, the entry or its time."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        entry = self._rows[index.row()]
        event = entry.logged.event
        if role == Qt.ItemDataRole.DisplayRole:
            return event_text.event_text(event)
        if role == ENTRY:
            return entry
        if role == TIME:
            return self._time(entry)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            if role == Qt.ItemDataRole.ToolTipRole:
                when = event_text.moment(entry.logged.at)
                place = event_text.position(event.time)
                when = when if self._events.live else f"{place} · {when}"
                return f"{event_text.event_text(event)}\n{when}"
            return self.tr("{time}: {event}").format(
                time=self._time(entry), event=event_text.event_text(event)
            )
        return None

    def entry(self, row: int) -> Entry:
        """Return the entry of a row."""
        return self._rows[row]

    def row_of(self, entry: Entry) -> int:
        """Return the row of an entry, -1 if it is not shown."""
        return next((row for row, other in enumerate(self._rows) if other is entry), -1)

    def _time(self, entry: Entry) -> str:
        if self._events.live:
            return event_text.clock_time(entry.logged.at)
        return event_text.position(entry.logged.event.time)

    def _refresh(self) -> None:
        shown = self._events.shown
        if self._version != self._events.version:
            self._version = self._events.version
            self.beginResetModel()
            self._rows = list(shown)
            self.endResetModel()
            return
        first = shown[0].number if shown else None
        gone = sum(1 for entry in self._rows if first is None or entry.number < first)
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            del self._rows[:gone]
            self.endRemoveRows()
        last = self._rows[-1].number if self._rows else 0
        new = [entry for entry in shown if entry.number > last]
        if new:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(new) - 1)
            self._rows += new
            self.endInsertRows()
