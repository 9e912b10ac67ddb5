"""Events as the rows of a table: those that a search found, and those of the present source."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QIcon

from pedcam.history.values import PastEvent
from pedcam.ui.base import icons, theme
from pedcam.ui.history import event_text
from pedcam.video.people.counts import Event, EventKind

MOST = 1000  # events
ICON = 18  # pixels
Role = Qt.ItemDataRole


class EventsTable(QAbstractTableModel):
    """Rows come at the end and go at the beginning, so that a list keeps its place.

    The column called Event has icons, which say what has a clip; alerts stand out.

    Attributes:
        events: The event of each row.
    """

    def __init__(
        self, columns: Mapping[str, Callable[[PastEvent], str]], parent: QObject | None = None
    ) -> None:
        """Start empty; ``columns`` are, by caption, what each says of an event."""
        super().__init__(parent)
        self.events: list[PastEvent] = []
        self._captions, self._texts = list(columns), list(columns.values())
        self._icons: dict[tuple[str, str], QIcon] = {}

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.events)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._texts)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return self._captions[section]
        return None

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:
        if index.isValid() and role in (Role.DisplayRole, Role.ToolTipRole):
            return self._texts[index.column()](self.events[index.row()])
        if index.isValid() and self._captions[index.column()] == "Event":
            past = self.events[index.row()]
            if role == Role.DecorationRole:
                return self._icon(past)
            if role == Role.FontRole and past.event.kind is EventKind.ALERT:
                bold = QFont()
                bold.setBold(True)
                return bold
        return None

    def set_events(self, events: Iterable[PastEvent]) -> None:
        self.beginResetModel()
        self.events = list(events)
        self.endResetModel()

    def add_events(self, events: Sequence[PastEvent], most: int) -> None:
        """Show more events; of more than ``most`` together the first ones go."""
        gone = min(len(self.events), max(0, len(self.events) + len(events) - most))
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            del self.events[:gone]
            self.endRemoveRows()
        new = events[max(0, len(events) - most) :]
        if new:
            first = len(self.events)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self.events += new
            self.endInsertRows()

    def _icon(self, past: PastEvent) -> QIcon:
        alert = past.event.kind is EventKind.ALERT
        look = (
            "file" if past.clip is not None else past.event.kind.value,
            theme.colors().bad if alert else theme.colors().muted,
        )
        if look not in self._icons:
            self._icons[look] = icons.icon(*look, ICON)
        return self._icons[look]


class EventList(EventsTable):
    """The newest events of the present source, the oldest first, without the hidden kinds.

    Attributes:
        most: How many are remembered.
        entries: All that is remembered, also of kinds that are not shown.
        hidden: The kinds that are not shown.
    """

    changed = pyqtSignal()
    """There are other events, or other kinds are shown; once for all that came together."""

    begun = pyqtSignal()
    """Another source begins."""

    happened = pyqtSignal(object)
    """The list of events that were just added, also those of kinds that are not shown."""

    def __init__(self, most: int = MOST, parent: QObject | None = None) -> None:
        """Start empty; at ``most`` events the oldest ones go."""
        super().__init__(
            {
                "Event": lambda past: event_text.short_sentence(past.event),
                "Time": event_text.short_time,
            },
            parent,
        )
        self.most = most
        self.entries: deque[PastEvent] = deque(maxlen=most)
        self.hidden: frozenset[EventKind] = frozenset()

    @property
    def numbers(self) -> Counter[EventKind]:
        """How many of each kind are remembered."""
        return Counter(past.event.kind for past in self.entries)

    def begin(self) -> None:
        """Another source begins."""
        self.entries.clear()
        self._show()
        self.begun.emit()

    def extend(self, events: Sequence[PastEvent]) -> None:
        """Add what happened; several at a time, as each call is shown."""
        self.entries.extend(events)
        self.add_events(self._shown(events), most=len(self._shown(self.entries)))
        self.changed.emit()
        self.happened.emit(events)

    def attach_clip(self, event: Event, clip: Path) -> None:
        """Show that the last such event has a clip."""
        for entry in reversed(self.entries):
            if entry.event == event:
                having = replace(entry, clip=clip)
                self.entries[self.entries.index(entry)] = having
                if entry in self.events:
                    row = self.events.index(entry)
                    self.events[row] = having
                    self.dataChanged.emit(self.index(row, 0), self.index(row, 0))
                return

    def show_kind(self, kind: EventKind, shown: bool) -> None:
        """Show the events of a kind, or leave them out."""
        hidden = self.hidden - {kind} if shown else self.hidden | {kind}
        if hidden != self.hidden:
            self.hidden = hidden
            self._show()

    def picture(self, past: PastEvent) -> tuple[bytes, float] | None:
        """Return the picture of a moment, or of a person the last one before it.

        Returns:
            A JPEG and when it was taken, in seconds since 1970; ``None`` where there is none.
        """
        until = list(self.entries)[: self.entries.index(past) + 1]
        for each in reversed(until):
            same = each.event.track == past.event.track and (
                each.event.track or each.event.frame == past.event.frame
            )
            if same and each.snapshot is not None:
                return each.snapshot, each.at
        return None

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:
        if role == Role.DisplayRole or not index.isValid():
            return super().data(index, role)
        past, what = self.events[index.row()], index.column() == 0
        if role == Role.ToolTipRole:
            place = [] if past.live else [event_text.position(past.event.time)]
            when = " · ".join([*place, event_text.moment(past.at)])
            more = "" if past.clip is None else "\nClick to play its clip."
            return f"{event_text.sentence(past.event)}\n{when}{more}"
        if role == Role.AccessibleTextRole:
            return f"{event_text.short_time(past)}: {event_text.sentence(past.event)}"
        if role == Role.ForegroundRole and not what:
            return QColor(theme.colors().muted)
        if role == Role.TextAlignmentRole and not what:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return super().data(index, role)

    def _show(self) -> None:
        self.set_events(self._shown(self.entries))
        self.changed.emit()

    def _shown(self, events: Iterable[PastEvent]) -> list[PastEvent]:
        return [past for past in events if past.event.kind not in self.hidden]
