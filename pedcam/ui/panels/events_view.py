"""A list that follows its newest entry."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QListView,
    QPushButton,
    QScrollBar,
    QWidget,
)

from pedcam.ui import theme
from pedcam.ui.panels.events_delegate import EventsDelegate
from pedcam.ui.panels.events_model import EventsModel
from pedcam.ui.state.events import Entry, EventList


class EventsView(QListView):
    """Follows the newest event as long as it is in sight; whoever scrolls up can read in peace."""

    chosen = pyqtSignal(object)
    """The user wants to see the moment of this :class:`~pedcam.ui.state.events.Entry`."""

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
        self.setAccessibleName(self.tr("Events"))
        self.setAccessibleDescription(self.tr("Enter shows the moment of the selected event."))
        self.empty = QLabel(self)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("muted", True)
        self.empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.newest = QPushButton(self)
        self.newest.setToolTip(self.tr("Go to the newest event (End)"))
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
        text = self.tr(
            "Nothing has happened yet. Whoever appears, leaves, crosses a line or enters a zone "
            "is listed here."
        )
        if self._events.entries:
            text = self.tr("The events there are, are of kinds that are hidden.")
        self.empty.setText(text)
        self.empty.setVisible(not shown)
        new = self.tr("{count} new ↓") if self._unseen != 1 else self.tr("1 new ↓")
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
