"""How events look in a table: one line each, selected as a whole."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from pedcam.ui.base import theme
from pedcam.ui.history.events import EventsTable


class RowsView(QTableView):
    """A table without a grid, whose rows all have the same height: thousands cost nothing.

    Attributes:
        header: The captions of the columns.
    """

    def __init__(self, rows: EventsTable, parent: QWidget | None = None) -> None:
        """Show ``rows``."""
        super().__init__(parent)
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
        vertical.setDefaultSectionSize(self.fontMetrics().height() + theme.UNIT)

    def fit_column(self, column: int, widest: str) -> None:
        """Give a column the width of such a text, or of its caption."""
        model = self.model()
        assert model is not None
        caption = str(model.headerData(column, Qt.Orientation.Horizontal))
        width = max(map(self.fontMetrics().horizontalAdvance, (widest, caption)))
        self.header.resizeSection(column, width + 2 * theme.UNIT)
