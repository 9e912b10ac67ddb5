"""Searching the events of earlier days."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from PyQt6.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QAction, QShortcut
from PyQt6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pedcam.errors import UserError
from pedcam.history.clips import save_clip
from pedcam.history.csv_export import write_events
from pedcam.history.schema import HistoryInterruptedError
from pedcam.history.store import History
from pedcam.history.values import Found, HistoryQuery, Order, PastEvent
from pedcam.ui.base import text, theme
from pedcam.ui.base.background import Worker
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.history import event_text
from pedcam.ui.history.chart import HistoryChart
from pedcam.ui.history.control import ask_csv, ask_file
from pedcam.ui.history.events import ICON, EventsTable
from pedcam.ui.history.events_view import RowsView
from pedcam.ui.history.filters import HistoryFilters
from pedcam.ui.history.preview import EventPreview
from pedcam.video.output.snapshot import recording_name

LISTED = 5000  # events
_SIZE = QSize(1100, 700)
_COLUMNS: dict[str, Callable[[PastEvent], str]] = {
    "Time": lambda past: event_text.moment(past.at),
    "Source": lambda past: past.source.title,
    "Person": lambda past: event_text.person(past.event),
    "Event": lambda past: event_text.deed(past.event),
    "Line or zone": lambda past: past.event.zone,
    "Position": lambda past: "" if past.live else event_text.position(past.event.time),
}
_ORDERS = (Order.TIME, Order.SOURCE, Order.PERSON, Order.KIND, Order.ZONE, Order.POSITION)
_EXAMPLES = ("2026-12-28 00:00:00", "", "#0000", "Crossed outwards", "", "00:00:00.0")


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
        """Search the file at ``path`` for today; ``clock`` gives seconds since 1970 (UTC)."""
        super().__init__(parent)
        self.setWindowTitle("History")
        self._clock = clock
        # Two of each, as a long export must not keep searches waiting.
        self._history, self._changes = History(path), History(path)
        self._worker = Worker("pedcam-history-search", self)
        self._changer = Worker("pedcam-history-change", self)
        self._found: Found | None = None
        self._searches = 0
        self.filters = HistoryFilters(clock=clock)
        self.summary, self.listed, self.message = QLabel(), QLabel(), QLabel()
        self.chart = HistoryChart()
        self.rows = EventsTable(_COLUMNS, self)
        self.table = RowsView(self.rows, icon=ICON)
        self.preview = EventPreview()
        self.file = ElidedLabel(muted=True, mode=Qt.TextElideMode.ElideMiddle)
        self.export_button = self._button(
            "&Export CSV…", "Save everything that was found as a table", self._ask_export
        )
        self.delete_button = self._button("&Delete", "Delete a part of the history, or all of it")
        menu = QMenu(self)
        self.delete_button.setMenu(menu)
        self.delete_selected = QAction("&Selected events…", self)
        self.delete_found = QAction("Everything &found…", self)
        self.delete_all = QAction("The &whole history…", self)
        menu.triggered.connect(self._ask_delete)
        menu.addActions([self.delete_selected, self.delete_found, self.delete_all])
        self.close_button = self._button("&Close", "Close this window (Esc)", self.accept)
        self._prepare_table()
        self._lay_out()
        self.filters.changed.connect(self.search)
        self.preview.open_requested.connect(self.open_requested)
        self.preview.save_requested.connect(self._ask_save)
        self.finished.connect(self._let_go)
        # Nothing can be done with what was found before something is.
        for each in (self.export_button, self.delete_button, self.delete_found):
            each.setEnabled(False)
        self._show_event()
        self.search()

    def search(self) -> None:
        """Search for what the filters say; an earlier search is given up."""
        self._history.interrupt()
        self._searches += 1
        number, header = self._searches, self.table.header
        query = replace(
            self.filters.query(),
            order=_ORDERS[header.sortIndicatorSection()],
            descending=header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder,
        )
        self.set_status("")
        self.summary.setText("Searching…")

        def job() -> Found | None:
            # Those that were asked for meanwhile make this one superfluous.
            wanted = number == self._searches
            return self._history.search(query, limit=LISTED) if wanted else None

        def show(found: Found | None) -> None:
            if found is not None and number == self._searches:
                self._show(found)

        def failed(error: Exception) -> None:
            if number == self._searches:
                self.summary.clear()
                self._failed(error)

        self._worker.submit(job, show, failed)

    def export(self, path: Path) -> None:
        """Save everything that was found, not only what is listed."""
        if self._found is None:
            return
        query = replace(self._found.query, order=Order.TIME, descending=False)
        self.set_status("Saving…")
        self._changer.submit(
            lambda: write_events(path, self._changes.find(query)),
            lambda number: self.set_status(f"{number} events were saved to {path}."),
            self._failed,
        )

    def save_clip(self, clip: Path, path: Path) -> None:
        """Save a copy of a clip; an existing file is replaced."""
        self.set_status("Saving…")
        self._changer.submit(
            lambda: save_clip(clip, path),
            lambda _: self.set_status(f"The clip was saved to {path}."),
            self._failed,
        )

    def delete(self, what: HistoryQuery | list[int]) -> None:
        """Delete what matches, or the events of these numbers, without asking."""

        def done(_: None) -> None:
            self.search()
            self.set_status("Deleted.")

        self.set_status("Deleting…")
        self._changer.submit(lambda: self._changes.delete(what), done, self._failed)

    def selected(self) -> list[PastEvent]:
        """Return the events that are selected."""
        model = self.table.selectionModel()
        rows = model.selectedRows() if model is not None else []
        return [self.rows.events[index.row()] for index in rows]

    def set_status(self, message: str) -> None:
        """Show what was done, or why it was not."""
        self.message.setText(message)
        self.message.setVisible(bool(message))

    def _show(self, found: Found) -> None:
        self._found = found
        selected = {past.id for past in self.selected()}
        self.rows.set_events(found.events)
        with QSignalBlocker(self.filters):
            self.filters.set_choices(found.sources, found.zones, found.rules)
        since, until = found.query.since, found.query.until
        self.chart.show_events(found.quarters, since, self._clock() if until is None else until)
        self.summary.setText(_summarize(found))
        size = f"{text.file_size(found.size)} in {self._history.path}"
        self.file.show_text(size if found.size else f"Nothing is kept in {self._history.path}.")
        self.delete_button.setEnabled(found.size > 0)
        for widget in (self.export_button, self.delete_found):
            widget.setEnabled(found.total > 0)
        if found.note:
            self.set_status(found.note)
        listed = len(found.events)
        self.listed.setText(f"{listed:,} of {found.total:,} events are listed.")
        self.listed.setVisible(found.total > 0)
        rows = [row for row, past in enumerate(found.events) if past.id in selected]
        if found.events:
            self.table.selectRow(rows[0] if rows else 0)

    def _show_event(self) -> None:
        selected = self.selected()
        past = selected[-1] if selected else None
        self.delete_selected.setEnabled(past is not None)
        self.delete_selected.setText(f"&Selected events ({len(selected)})…")
        if past is self.preview.shown:
            return
        self.preview.show_event(past)
        if past is not None and past.live and past.clip is None:
            self._worker.submit(
                # Whoever runs through the table wants the picture of the last one only.
                lambda: self._history.snapshot(past) if past is self.preview.shown else None,
                lambda found: self.preview.show_picture(past, found),
                self._failed,
            )

    def _failed(self, error: Exception) -> None:
        if isinstance(error, HistoryInterruptedError):
            return
        if not isinstance(error, UserError):
            # The application's handler logs it and says so.
            raise error
        self.set_status(str(error))

    def _ask_export(self) -> None:
        ask_csv(self, f"history_{datetime.now():%Y-%m-%d_%H-%M-%S}", self.export)

    def _ask_save(self, past: PastEvent) -> None:
        clip = past.clip
        assert clip is not None
        name = f"{recording_name(past.event.rule, datetime.fromtimestamp(past.at))}{clip.suffix}"
        ask_file(self, "Save clip", "Video", name, lambda path: self.save_clip(clip, path))

    def _ask_delete(self, action: QAction) -> None:
        what: HistoryQuery | list[int]
        if action is self.delete_all:
            what, question = HistoryQuery(), "Delete the whole history?"
        elif action is self.delete_found and self._found is not None:
            what = self._found.query
            question = f"Delete everything that was found ({self._found.total} events)?"
        else:
            what = [past.id for past in self.selected()]
            question = f"Delete the selected events ({len(what)})?"
        box = QMessageBox(QMessageBox.Icon.Question, "Delete history", question)
        box.setParent(self, Qt.WindowType.Dialog)
        box.setInformativeText("Events, counts, pictures and clips are gone for good then.")
        delete = box.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        assert delete is not None
        delete.clicked.connect(lambda: self.delete(what))
        box.open()

    def _let_go(self) -> None:
        self._history.interrupt()
        for worker, history in ((self._worker, self._history), (self._changer, self._changes)):
            worker.submit(history.close, lambda _: None)
            worker.stop()

    def _button(self, caption: str, tip: str, clicked: Callable[[], object] = bool) -> QPushButton:
        button = QPushButton(caption)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: clicked())
        return button

    def _prepare_table(self) -> None:
        table, header = self.table, self.table.header
        table.setSelectionMode(table.SelectionMode.ExtendedSelection)
        table.setAccessibleName("Events found")
        table.setAccessibleDescription(
            "Enter opens the moment of the selected event, if it is of a file."
        )
        table.setMinimumSize(75 * theme.UNIT, 15 * theme.UNIT)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setToolTip("Click to sort by this")
        header.setHighlightSections(False)
        header.setMinimumSectionSize(9 * theme.UNIT)
        for column, widest in enumerate(_EXAMPLES):
            if widest:
                icon = ICON if _ORDERS[column] is Order.KIND else 0
                table.fit_column(column, widest, icon + 2 * theme.UNIT)
            else:
                header.setSectionResizeMode(column, header.ResizeMode.Stretch)
        header.setSortIndicator(0, Qt.SortOrder.DescendingOrder)
        table.setSortingEnabled(True)
        header.sortIndicatorChanged.connect(self.search)
        table.doubleClicked.connect(self.preview.open_moment)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shortcut = QShortcut(key, table, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(self.preview.open_moment)
        model = table.selectionModel()
        assert model is not None
        model.selectionChanged.connect(self._show_event)
        self.rows.modelReset.connect(self._show_event)

    def _lay_out(self) -> None:
        unit = theme.UNIT
        self.summary.setFont(theme.scaled(self.summary.font(), 1.0, bold=True))
        self.summary.setWordWrap(True)
        self.listed.setProperty("muted", True)
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        middle, bottom = QGridLayout(), QHBoxLayout()
        middle.setHorizontalSpacing(2 * unit)
        middle.setVerticalSpacing(unit // 2)
        middle.addWidget(self.table, 0, 0)
        middle.addWidget(self.listed, 1, 0)
        middle.addWidget(self.preview, 0, 1, 2, 1)
        middle.setColumnStretch(0, 1)
        bottom.setSpacing(unit)
        bottom.addWidget(self.file, 1)
        for button in (self.export_button, self.delete_button, self.close_button):
            bottom.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        column.setSpacing(unit)
        for widget in (self.filters, self.summary, self.chart):
            column.addWidget(widget)
        column.addLayout(middle, 1)
        column.addWidget(self.message)
        column.addLayout(bottom)
        screen = self.screen()
        room = screen.availableSize() - QSize(32, 64) if screen is not None else _SIZE
        self.resize(_SIZE.boundedTo(room))


def _summarize(found: Found) -> str:
    if not found.total:
        return "Nothing was found. Choose other days or sources above."
    parts = ["1 event" if found.total == 1 else f"{found.total:,} events"]
    if found.people:
        # None are known where only other events than their first are looked for.
        parts.append("1 person appeared" if found.people == 1 else f"{found.people:,} people")
    if found.most is not None and found.most[0]:
        most, at = found.most
        parts.append(f"at most {most} at once ({datetime.fromtimestamp(at):%Y-%m-%d %H:%M})")
    return " · ".join(parts)
