"""What the history dialog wants to know, for its worker threads, and the table of events found."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from pedcam.history.csv_export import write_events
from pedcam.history.schema import file_identity
from pedcam.history.search import PAGE, HistorySearch
from pedcam.history.values import HistoryQuery, HistorySource, HistorySummary, Order, PastEvent
from pedcam.ui.history import event_text

NOTHING = HistorySummary(0, 0, None, None, None, {})
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
            return event_text.deed_alone(event)
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


class HistoryLookup:
    """Opens the file when it is first needed, and does not create one; for one thread.

    All methods raise :class:`~pedcam.history.schema.HistoryError` if the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        """Prepare; nothing is opened."""
        self.path = path
        self._lock = threading.Lock()
        self._search: HistorySearch | None = None
        self._identity: tuple[int, int] | None = None

    def find(self, query: HistoryQuery, sorting: Sorting) -> Found:
        """Return the first page of what matches, and what there is to know about all of it."""
        search = self._open()
        if search is None:
            return Found(query, [], NOTHING)
        newest = search.newest()
        return Found(
            query,
            search.find(query, order=sorting.order, descending=sorting.descending, newest=newest),
            search.summary(query, newest),
            newest,
            tuple(search.sources()),
            tuple(search.places()),
            search.size,
            search.note,
        )

    def more(self, found: Found, sorting: Sorting, offset: int) -> list[PastEvent]:
        """Return the next page."""
        search = self._open()
        if search is None:
            return []
        return search.find(
            found.query,
            order=sorting.order,
            descending=sorting.descending,
            offset=offset,
            limit=PAGE,
            newest=found.newest,
        )

    def picture(self, event: PastEvent) -> tuple[bytes, float] | None:
        """Return the picture of a moment and when it was taken, if there is one."""
        search = self._open()
        return search.snapshot(event) if search is not None else None

    def export(self, query: HistoryQuery, path: Path) -> int:
        """Write everything that matches into a table, and return how many events there are.

        Raises:
            OutputError: It cannot be written.
        """
        search = self._open()
        found = search.all(query) if search is not None else iter(())
        return write_events(path, ((event.source.title, event.at, event.event) for event in found))

    def delete(self, what: HistoryQuery | list[int]) -> None:
        """Delete everything that matches, or the events of these numbers."""
        search = self._open()
        if search is None:
            return
        if isinstance(what, HistoryQuery):
            search.delete(what)
        else:
            search.delete_events(what)

    def interrupt(self) -> None:
        """Give up the search that is going on; may be called from any thread."""
        with self._lock:
            if self._search is not None:
                self._search.interrupt()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            search, self._search = self._search, None
        if search is not None:
            search.close()

    def _open(self) -> HistorySearch | None:
        # A damaged file may have been set aside, and a new one begun in its place.
        if self._search is not None and file_identity(self.path) != self._identity:
            self.close()
        if self._search is None and self.path.exists():
            search = HistorySearch(self.path)
            self._identity = file_identity(self.path)
            with self._lock:
                self._search = search
        return self._search
