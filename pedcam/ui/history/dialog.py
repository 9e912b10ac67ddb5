"""Searching the events of earlier days."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PyQt6.QtCore import QItemSelection, QSignalBlocker, QSize, QStandardPaths, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QDialog, QFileDialog, QHeaderView, QMessageBox, QWidget

from pedcam.errors import UserError
from pedcam.history.csv_export import write_events
from pedcam.history.schema import HistoryInterruptedError
from pedcam.history.store import History
from pedcam.history.values import HistoryQuery, PastEvent
from pedcam.ui.base.background import Worker
from pedcam.ui.history import event_text
from pedcam.ui.history.filters import HistoryFilters
from pedcam.ui.history.layout import HistoryWidgets
from pedcam.ui.history.lookup import ORDERS, PAGE, Found, HistoryTable, Sorting, page, search


class HistoryDialog(QDialog):
    """Filters, a chart over the hours, a table, and what is known of the event selected.

    Everything is looked up on a thread of its own; a search that is not wanted any more is given
    up.
    """

    open_requested = pyqtSignal(str, float)
    """The user wants to see this source (as for ``parse_source``) at this second."""

    def __init__(
        self,
        path: Path,
        parent: QWidget | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Search today.

        Args:
            path: The history's file.
            parent: The window.
            clock: Seconds since 1970 (UTC).
        """
        super().__init__(parent)
        self.setWindowTitle("History")
        self._clock = clock
        self._path = path
        self._lookup, self._changes = History(path), History(path)
        # Two, as a long export must not keep searches waiting.
        self._worker = Worker("pedcam-history-search", self)
        self._changer = Worker("pedcam-history-change", self)
        self._found: Found | None = None
        self._searches = self._pending = 0
        self._sorting = Sorting()
        self.filters = HistoryFilters(clock=clock)
        self.rows = HistoryTable(self)
        self.widgets = HistoryWidgets(self, self.filters, self.rows)
        screen = self.screen()
        room = screen.availableSize() - QSize(32, 64) if screen is not None else QSize(1100, 700)
        self.resize(QSize(1100, 700).boundedTo(room))
        self.finished.connect(self._let_go)
        self._connect()
        self.search()

    def search(self) -> None:
        """Search for what the filters say; an earlier search is given up."""
        if self._pending:
            self._lookup.interrupt()
        self._searches += 1
        self._pending += 1
        number, query, sorting = self._searches, self.filters.query(), self._sorting
        self.widgets.say("")
        self.widgets.summary.setText("Searching…")
        self.widgets.more.setEnabled(False)

        def answered(show: Callable[[], None]) -> None:
            self._pending -= 1
            if number == self._searches:
                show()

        def job() -> Found | None:
            # Those that were asked for meanwhile make this one superfluous.
            return search(self._lookup, query, sorting) if number == self._searches else None

        self._worker.submit(
            job,
            lambda found: answered(lambda: self._show(found) if found is not None else None),
            lambda error: answered(lambda: self._search_failed(error)),
        )

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Enter opens the moment of the event selected, instead of closing the dialog."""
        enter = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event is not None and event.key() in enter and self.widgets.table.hasFocus():
            self.widgets.preview.open_moment()
            return
        super().keyPressEvent(event)

    def export(self, path: Path) -> None:
        """Save everything that was found, not only what is listed."""
        if self._found is None:
            return
        query = self._found.query

        def job() -> int:
            found = self._changes.find(query, descending=False)
            return write_events(path, found)

        def done(number: int) -> None:
            saved = "{number} events were saved to {path}."
            self.widgets.say(saved.format(number=number, path=path))

        self.widgets.say("Saving…")
        self._changer.submit(job, done, self._failed)

    def delete(self, what: HistoryQuery | list[int]) -> None:
        """Delete what matches, or the events of these numbers, without asking."""

        def done(_: None) -> None:
            self.search()
            self.widgets.say("Deleted.")

        self.widgets.say("Deleting…")
        self._changer.submit(lambda: self._changes.delete(what), done, self._failed)

    def selected(self) -> list[PastEvent]:
        """Return the events that are selected."""
        model = self.widgets.table.selectionModel()
        rows = model.selectedRows() if model is not None else []
        return [self.rows.events[index.row()] for index in rows]

    def _connect(self) -> None:
        widgets = self.widgets
        self.filters.changed.connect(self.search)
        widgets.more.clicked.connect(self._more)
        widgets.export.clicked.connect(self._ask_export)
        widgets.delete_selected.triggered.connect(self._ask_delete_selected)
        widgets.delete_found.triggered.connect(self._ask_delete_found)
        widgets.delete_all.triggered.connect(self._ask_delete_all)
        widgets.close.clicked.connect(self.accept)
        widgets.preview.open_requested.connect(self.open_requested)
        widgets.table.doubleClicked.connect(lambda _: widgets.preview.open_moment())
        model = widgets.table.selectionModel()
        assert model is not None
        model.selectionChanged.connect(self._selection_changed)
        self.rows.modelReset.connect(self._show_event)
        header = self._header
        header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        header.setSortIndicatorShown(True)
        header.setSectionsClickable(True)
        header.sortIndicatorChanged.connect(self._sort)

    @property
    def _header(self) -> QHeaderView:
        header = self.widgets.table.horizontalHeader()
        assert header is not None
        return header

    def _show(self, found: Found) -> None:
        self._found = found
        selected = {event.id for event in self.selected()}
        self.rows.set_events(found.events)
        with QSignalBlocker(self.filters):
            self.filters.set_choices(found.sources, found.places)
        self.widgets.chart.show_summary(
            found.summary,
            found.query.since,
            found.query.until if found.query.until is not None else self._clock(),
        )
        self.widgets.summary.setText(self._words(found))
        self.widgets.show_file(self._path, found.size)
        if found.note:
            self.widgets.say(found.note)
        self._show_listed()
        rows = [row for row, event in enumerate(found.events) if event.id in selected]
        if rows:
            self.widgets.table.selectRow(rows[0])
        elif found.events:
            self.widgets.table.selectRow(0)

    def _words(self, found: Found) -> str:
        summary = found.summary
        if not summary.events:
            return "Nothing was found. Choose other days or sources above."
        parts = [
            "1 event" if summary.events == 1 else "{events:,} events",
            "1 person appeared" if summary.people == 1 else "{people:,} people",
        ]
        words = " · ".join(parts).format(events=summary.events, people=summary.people)
        if summary.most is not None and summary.most[0]:
            most = "at most {most} at once ({when})"
            when = event_text.moment(summary.most[1]).rsplit(":", 1)[0]
            words += " · " + most.format(most=summary.most[0], when=when)
        return words

    def _show_listed(self) -> None:
        listed, total = len(self.rows.events), self._found.summary.events if self._found else 0
        self.widgets.show_listed(listed, total, PAGE)

    def _search_failed(self, error: Exception) -> None:
        if isinstance(error, HistoryInterruptedError):
            return
        self.widgets.summary.setText("")
        self._failed(error)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, HistoryInterruptedError):
            return
        if not isinstance(error, UserError):
            # The application's handler logs it and says so.
            raise error
        self.widgets.say(str(error))

    def _more(self) -> None:
        found, sorting, number = self._found, self._sorting, self._searches
        if found is None:
            return
        self.widgets.more.setEnabled(False)
        offset = len(self.rows.events)

        def done(events: list[PastEvent]) -> None:
            if number == self._searches:
                self.rows.add_events(events)
                self._show_listed()

        def job() -> list[PastEvent]:
            return list(page(self._lookup, found.query, sorting, found.newest, offset))

        self._worker.submit(job, done, self._failed)

    def _sort(self, column: int, order: Qt.SortOrder) -> None:
        self._sorting = Sorting(ORDERS[column], order is Qt.SortOrder.DescendingOrder)
        self.search()

    def _selection_changed(self, _: QItemSelection, __: QItemSelection) -> None:
        self._show_event()

    def _show_event(self) -> None:
        selected = self.selected()
        event = selected[-1] if selected else None
        self.widgets.show_selected(len(selected))
        if event is self.widgets.preview.shown:
            return
        self.widgets.preview.show_event(event)
        if event is not None and event.live:
            self._worker.submit(
                # Whoever runs through the table wants the picture of the last one only.
                lambda: self._lookup.snapshot(event) if event is self._wanted else None,
                lambda found: self.widgets.preview.show_picture(event, found),
                self._failed,
            )

    @property
    def _wanted(self) -> PastEvent | None:
        return self.widgets.preview.shown

    def _ask_export(self) -> None:
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        dialog = QFileDialog(self, "Export events", QStandardPaths.writableLocation(documents))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Table (*.csv)")
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"history_{datetime.now():%Y-%m-%d_%H-%M-%S}.csv")
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.open()

    def _ask_delete_selected(self) -> None:
        events = self.selected()
        if events:
            question = "Delete the selected events ({number})?"
            self._ask(question.format(number=len(events)), [event.id for event in events])

    def _ask_delete_found(self) -> None:
        if self._found is not None:
            question = "Delete everything that was found ({number} events)?"
            number = self._found.summary.events
            self._ask(question.format(number=number), self._found.query)

    def _ask_delete_all(self) -> None:
        self._ask("Delete the whole history?", HistoryQuery())

    def _ask(self, question: str, what: HistoryQuery | list[int]) -> None:
        box = QMessageBox(QMessageBox.Icon.Question, "Delete history", question)
        box.setParent(self, Qt.WindowType.Dialog)
        box.setInformativeText("Events, counts and pictures of people are gone for good then.")
        delete = box.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if delete is not None:
            delete.clicked.connect(lambda: self.delete(what))
        box.open()

    def _let_go(self) -> None:
        self._lookup.interrupt()
        for worker, lookup in ((self._worker, self._lookup), (self._changer, self._changes)):
            worker.submit(lookup.close, lambda _: None)
            worker.stop()
