"""The list of this session's events, which follows its newest entry: model, look and view."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PyQt6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    pyqtSignal,
)
from PyQt6.QtGui import QColor, QFontMetrics, QIcon, QKeyEvent, QPainter, QPen, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QPushButton,
    QScrollBar,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from pedcam.ui.base import icons, theme
from pedcam.ui.history import event_text
from pedcam.ui.history.events import Entry, EventList
from pedcam.video.people.counts import Event

ICON = 18  # pixels
_PADDING = theme.UNIT // 2
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
            return f"{self._time(entry)}: {event_text.event_text(event)}"
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


class EventsView(QListView):
    """Follows the newest event as long as it is in sight; whoever scrolls up can read in peace."""

    chosen = pyqtSignal(object)
    """The user wants to see the moment of this :class:`~pedcam.ui.history.events.Entry`."""

    def __init__(self, events: EventList, parent: QWidget | None = None) -> None:
        """Show ``events`` and follow them."""
        super().__init__(parent)
        self._events = events
        self._follows = True
        self._unseen = 0
        self._rows = EventsModel(events, self)
        self.setModel(self._rows)
        self.setItemDelegate(EventsDelegate(self))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setProperty("card", True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName("Events")
        self.setAccessibleDescription("Enter shows the moment of the selected event.")
        self.empty = QLabel(self)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("muted", True)
        self.empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.newest = QPushButton(self)
        self.newest.setToolTip("Go to the newest event (End)")
        self.newest.setProperty("compact", True)
        self.newest.setCursor(Qt.CursorShape.ArrowCursor)
        # By key one gets there with End.
        self.newest.setFocusPolicy(Qt.FocusPolicy.NoFocus)

        self.clicked.connect(self._choose)
        self._bar.valueChanged.connect(self._scrolled)
        self._bar.rangeChanged.connect(self._follow)
        self._rows.rowsAboutToBeRemoved.connect(self._keep_place)
        self._rows.rowsInserted.connect(self._rows_came)
        self._rows.modelReset.connect(self.follow)
        self.newest.clicked.connect(self.follow)
        events.subscribe(self._refresh)
        self._refresh()

    @property
    def follows(self) -> bool:
        """Whether the newest event is kept in sight."""
        return self._follows

    def follow(self) -> None:
        """Show the newest event, and those that come."""
        self._follows = True
        self._unseen = 0
        self.scrollToBottom()
        self._refresh()

    def place_of(self, entry: Entry) -> QRect:
        """Return where an event is, in coordinates of the screen."""
        rect = self.visualRect(self._rows.index(self._rows.row_of(entry)))
        viewport = self.viewport()
        assert viewport is not None
        return QRect(viewport.mapToGlobal(rect.topLeft()), rect.size())

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Enter shows the moment of the event selected, End the newest one."""
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)
        if event is not None and event.key() == Qt.Key.Key_End:
            self.follow()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep what lies over the list in its place."""
        super().resizeEvent(event)
        self._place_overlays()

    def changeEvent(self, event: QEvent | None) -> None:
        """Make room for another font."""
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.FontChange:
            self._place_overlays()

    @property
    def _bar(self) -> QScrollBar:
        bar = self.verticalScrollBar()
        assert bar is not None
        return bar

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self._rows.entry(index.row()))

    def _scrolled(self, value: int) -> None:
        self._follows = value >= self._bar.maximum()
        if self._follows and self._unseen:
            self._unseen = 0
            self._refresh()

    def _follow(self) -> None:
        if self._follows:
            self._bar.setValue(self._bar.maximum())

    def _rows_came(self, parent: QModelIndex, first: int, last: int) -> None:
        if not self._follows:
            self._unseen += last - first + 1

    def _keep_place(self, parent: QModelIndex, first: int, last: int) -> None:
        """What the user reads must not move when the oldest events go."""
        if not self._follows:
            height = self.sizeHintForRow(0)
            self._bar.setValue(max(0, self._bar.value() - (last - first + 1) * height))

    def _refresh(self) -> None:
        shown = bool(self._events.shown)
        text = (
            "Nothing has happened yet. Whoever appears, leaves, crosses a line or enters a zone "
            "is listed here."
        )
        if self._events.entries:
            text = "The events there are, are of kinds that are hidden."
        self.empty.setText(text)
        self.empty.setVisible(not shown)
        new = "{count} new ↓" if self._unseen != 1 else "1 new ↓"
        self.newest.setText(new.format(count=self._unseen))
        self.newest.setVisible(self._unseen > 0)
        self._place_overlays()

    def _place_overlays(self) -> None:
        unit = theme.UNIT
        self.empty.setGeometry(self.rect().adjusted(2 * unit, unit, -2 * unit, -unit))
        self.newest.adjustSize()
        viewport = self.viewport()
        width = viewport.width() if viewport is not None else self.width()
        self.newest.move(
            QPoint((width - self.newest.width()) // 2, self.height() - self.newest.height() - unit)
        )
