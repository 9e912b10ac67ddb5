"""What a search of the history found, and its table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from pedcam.history.store import History
from pedcam.history.values import HistoryQuery, HistorySource, HistorySummary, Order, PastEvent
from pedcam.ui.history import event_text

PAGE = 500  # events
ORDERS = (Order.TIME, Order.SOURCE, Order.PERSON, Order.KIND, Order.PLACE, Order.POSITION)
"""What each column is sorted by."""


class HistoryTable(QAbstractTableModel):
    """Pages of events; more of them come at the end."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start empty."""
        super().__init__(parent)
        self.events: list[PastEvent] = []
        self._captions = (
            "Time",
            "Source",
            "Person",
            "Event",
            "Place",
            "Position",
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
                return "Click to sort by this"
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
            return event_text.deed(event)
        if column == 4:
            return event.place
        return "" if found.live else event_text.position(event.time)


@dataclass(frozen=True)
class Sorting:
    """What results are sorted by, and which way."""

    order: Order = Order.TIME
    descending: bool = True


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        query: What was searched for.
        events: The first page.
        summary: What all pages add up to.
        newest: The highest number at the time of the search, for the next pages.
        sources: All sources that can be chosen from.
        places: All places that can be chosen from.
        size: Bytes on the disk.
        note: What people should know; mostly empty.
    """

    query: HistoryQuery
    events: list[PastEvent]
    summary: HistorySummary
    newest: int = 0
    sources: tuple[HistorySource, ...] = ()
    places: tuple[str, ...] = ()
    size: int = 0
    note: str = ""


def search(history: History, query: HistoryQuery, sorting: Sorting) -> Found:
    """Return the first page of what matches, and what there is to know about all of it."""
    newest = history.newest()
    return Found(
        query,
        list(page(history, query, sorting, newest)),
        history.summary(query, newest),
        newest,
        tuple(history.sources()),
        tuple(history.places()),
        history.size,
        history.note,
    )


def page(
    history: History, query: HistoryQuery, sorting: Sorting, newest: int, offset: int = 0
) -> Iterator[PastEvent]:
    """Return the events of a page."""
    return history.find(
        query,
        order=sorting.order,
        descending=sorting.descending,
        offset=offset,
        limit=PAGE,
        newest=newest,
    )
