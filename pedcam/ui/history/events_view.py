"""Events in tables, and the list of this session's, which follows its newest entry."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, QPoint, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.history.events import ICON, EventList, EventsTable


class RowsView(QTableView):
    """A table without a grid, whose rows all have the same height: thousands cost nothing.

    Attributes:
        header: The captions of the columns.
    """

    def __init__(self, rows: EventsTable, parent: QWidget | None = None, icon: int = 0) -> None:
        """Show ``rows``, with icons of that many pixels."""
        super().__init__(parent)
        self.setIconSize(QSize(icon, icon))
        self.setModel(rows)
        self.setProperty("card", True)
        self.setFont(theme.tabular(self.font()))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header, vertical = self.horizontalHeader(), self.verticalHeader()
        assert header is not None
        assert vertical is not None
        self.header = header
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setDefaultSectionSize(max(self.fontMetrics().height(), icon) + theme.UNIT)

    def fit_column(self, column: int, widest: str, margin: int = 2 * theme.UNIT) -> None:
        """Give a column the width of such a text, or of its caption."""
        model = self.model()
        assert model is not None
        caption = str(model.headerData(column, Qt.Orientation.Horizontal))
        width = max(map(self.fontMetrics().horizontalAdvance, (widest, caption)))
        self.header.resizeSection(column, width + margin)


class EventsView(RowsView):
    """Follows the newest event as long as it is in sight; whoever scrolls up can read in peace."""

    chosen = pyqtSignal(object)
    """The user wants to see the moment of this :class:`~pedcam.history.values.PastEvent`."""

    def __init__(self, events: EventList, parent: QWidget | None = None) -> None:
        super().__init__(events, parent, ICON)
        self._events = events
        self._follows = True
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Events")
        self.setAccessibleDescription("Enter shows the moment of the selected event.")
        self.header.hide()
        self.header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.fit_column(1, "0:00:00.0", theme.UNIT)
        self.empty = QLabel(self)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("muted", True)
        self.empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        over = QVBoxLayout(self)
        over.addWidget(self.empty)

        bar = self.verticalScrollBar()
        assert bar is not None
        self._bar = bar
        self.clicked.connect(self._choose)
        self._bar.valueChanged.connect(self._scrolled)
        self._bar.rangeChanged.connect(self._keep_newest)
        events.rowsAboutToBeRemoved.connect(self._keep_place)
        events.modelReset.connect(self.follow)
        events.changed.connect(self._refresh)
        self._refresh()

    def follow(self) -> None:
        """Show the newest event, and those that come."""
        self._follows = True
        self.scrollToBottom()

    def current_place(self) -> QPoint:
        """Return where the selected event is, in coordinates of the screen."""
        return self.mapToGlobal(self.visualRect(self.currentIndex()).topLeft())

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        if action in (self.CursorAction.MoveHome, self.CursorAction.MoveEnd):
            last = self._events.rowCount() - 1
            return self._events.index(0 if action is self.CursorAction.MoveHome else last, 0)
        return super().moveCursor(action, modifiers)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.currentIndex())
            return
        super().keyPressEvent(event)
        if event is not None and event.key() == Qt.Key.Key_End:
            self.follow()

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self._events.events[index.row()])

    def _scrolled(self, value: int) -> None:
        self._follows = value >= self._bar.maximum()

    def _keep_newest(self) -> None:
        if self._follows:
            self._bar.setValue(self._bar.maximum())

    def _keep_place(self, parent: QModelIndex, first: int, last: int) -> None:
        """What the user reads must not move when the oldest events go."""
        if not self._follows:
            self._bar.setValue(self._bar.value() - (last - first + 1) * self.rowHeight(0))

    def _refresh(self) -> None:
        text = (
            "Nothing has happened yet. Whoever appears, leaves, crosses a line or enters a zone "
            "is listed here."
        )
        if self._events.entries:
            text = "All events so far are of kinds that are hidden."
        self.empty.setText(text)
        self.empty.setVisible(not self._events.rowCount())
