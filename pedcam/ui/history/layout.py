"""The parts of the history dialog, and where they are."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QAction, QFontMetrics, QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QTableView,
    QVBoxLayout,
)

from pedcam.ui.base import text, theme
from pedcam.ui.history.chart import HistoryChart
from pedcam.ui.history.filters import HistoryFilters
from pedcam.ui.history.lookup import HistoryTable
from pedcam.ui.history.preview import EventPreview


class _Elided(QLabel):
    """A path of which the middle is left out where there is no room for it."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setProperty("muted", True)

    def show_text(self, whole: str) -> None:
        self._whole = whole
        self.setToolTip(whole)
        self.setAccessibleName(whole)
        self._elide()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics = QFontMetrics(self.font())
        self.setText(metrics.elidedText(self._whole, Qt.TextElideMode.ElideMiddle, self.width()))


class HistoryWidgets:
    """Builds the dialog; what they do is the dialog's business."""

    def __init__(self, dialog: QDialog, filters: HistoryFilters, rows: HistoryTable) -> None:
        """Lay out the widgets in the dialog."""
        self._dialog = dialog
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        self.summary.setFont(theme.scaled(self.summary.font(), 1.0, bold=True))
        self.chart = HistoryChart()
        self.preview = EventPreview()
        self.table = self._build_table(rows)
        self.listed = QLabel()
        self.listed.setProperty("muted", True)
        self.more = QPushButton("Show &more")
        self.more.setToolTip("List the next events below these")
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.message.hide()
        self.file = _Elided()
        self.export = QPushButton("&Export CSV…")
        self.export.setToolTip("Save everything that was found as a table")
        self.delete = QPushButton("&Delete")
        self.delete.setToolTip("Delete a part of the history, or all of it")
        self._menu = QMenu(dialog)
        self.delete_selected = QAction("&Selected events…", dialog)
        self.delete_found = QAction("Everything &found…", dialog)
        self.delete_all = QAction("The &whole history…", dialog)
        for action in (self.delete_selected, self.delete_found, self.delete_all):
            self._menu.addAction(action)
        self.delete.setMenu(self._menu)
        self.close = QPushButton("&Close")
        self.close.setToolTip("Close this window (Esc)")
        for button in (self.more, self.export, self.delete, self.close):
            button.setAutoDefault(False)
        self._lay_out(filters)
        self.show_listed(0, 0, 0)
        self.show_selected(0)

    def show_listed(self, listed: int, total: int, page: int) -> None:
        """Say how many of the events found are in the table."""
        words = "{listed:,} of {total:,} events are listed."
        self.listed.setText(words.format(listed=listed, total=total) if total else "")
        self.more.setVisible(listed < total)
        self.more.setEnabled(listed < total)
        self.more.setText(f"Show {min(page, total - listed)} &more")
        self.export.setEnabled(total > 0)
        self.delete_found.setEnabled(total > 0)

    def show_selected(self, number: int) -> None:
        """Say how many events are selected."""
        self.delete_selected.setEnabled(number > 0)
        self.delete_selected.setText(f"&Selected events ({number})…")

    def show_file(self, path: Path, size: int) -> None:
        """Say where the history is, and how large."""
        if size:
            words = "{size} in {path}"
            self.file.show_text(words.format(size=text.file_size(size), path=path))
        else:
            self.file.show_text(f"Nothing is kept in {path}.")
        self.delete.setEnabled(size > 0)

    def say(self, message: str) -> None:
        """Tell what was done, or why it was not."""
        self.message.setText(message)
        self.message.setVisible(bool(message))

    def _build_table(self, rows: HistoryTable) -> QTableView:
        table = QTableView()
        table.setModel(rows)
        table.setProperty("card", True)
        table.setFont(theme.tabular(table.font()))
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setAccessibleName("Events found")
        table.setAccessibleDescription(
            "Enter opens the moment of the selected event, if it is of a file."
        )
        metrics = QFontMetrics(table.font())
        vertical, header = table.verticalHeader(), table.horizontalHeader()
        assert vertical is not None
        assert header is not None
        vertical.hide()
        # All rows are the same, so that thousands of them cost nothing.
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setDefaultSectionSize(metrics.height() + theme.UNIT)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(9 * theme.UNIT)
        for column, example in enumerate(
            ("2026-12-28 00:00:00", "", "#0000", "Crossed outwards", "", "00:00:00.0")
        ):
            caption = str(rows.headerData(column, Qt.Orientation.Horizontal))
            width = max(map(metrics.horizontalAdvance, (example, caption))) + 2 * theme.UNIT
            if example:
                header.resizeSection(column, width)
            else:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        table.setMinimumSize(QSize(75 * theme.UNIT, 15 * theme.UNIT))
        return table

    def _lay_out(self, filters: HistoryFilters) -> None:
        unit = theme.UNIT
        below = QHBoxLayout()
        below.addWidget(self.listed, 1)
        below.addWidget(self.more)
        left = QVBoxLayout()
        left.setSpacing(unit // 2)
        left.addWidget(self.table, 1)
        left.addLayout(below)
        middle = QHBoxLayout()
        middle.setSpacing(unit)
        middle.addLayout(left, 1)
        middle.addWidget(self.preview)
        buttons = QHBoxLayout()
        buttons.setSpacing(unit)
        buttons.addWidget(self.file, 1)
        for button in (self.export, self.delete, self.close):
            buttons.addWidget(button)
        column = QVBoxLayout(self._dialog)
        column.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        column.setSpacing(unit)
        column.addWidget(filters)
        column.addWidget(self.summary)
        column.addWidget(self.chart)
        column.addLayout(middle, 1)
        column.addWidget(self.message)
        column.addLayout(buttons)
