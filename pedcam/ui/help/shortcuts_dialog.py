"""The table of keys and mouse gestures, made from the menus."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PyQt6.QtCore import QSize
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme

Row = tuple[str, str]
"""What is done, and the keys or the gesture that do it."""


class ShortcutsDialog(QDialog):
    """Shows every action that has a key, as they are grouped in the menus."""

    def __init__(
        self,
        menus: Sequence[QMenu],
        parent: QWidget | None = None,
        mouse: Sequence[Row] = (),
    ) -> None:
        """List the actions of ``menus``, and what the ``mouse`` does, which is in no menu."""
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search for an action or a key")
        self.search.setAccessibleName("Search")
        self.search.setToolTip("Show only the actions and keys with these words")
        self.search.setClearButtonEnabled(True)
        self.table = QTableWidget(0, 2)
        self.table.setHorizontalHeaderLabels(["Action", "Shortcut"])
        self.table.setAccessibleName("Shortcuts")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        across, down = self.table.horizontalHeader(), self.table.verticalHeader()
        assert across is not None
        assert down is not None
        across.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        across.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        down.hide()
        self._sections: list[tuple[int, str, list[int]]] = []
        for menu in menus:
            self._add(menu.title().replace("&", ""), list(_rows(menu)))
        self._add("Mouse", mouse)
        self.nothing = QLabel("Nothing of that name has a key.")
        self.nothing.setProperty("muted", True)
        self.nothing.hide()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.search.textChanged.connect(self._search)

        unit = theme.UNIT
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(2 * unit)
        layout.addWidget(self.search)
        layout.addWidget(self.nothing)
        layout.addWidget(self.table, 1)
        layout.addWidget(buttons)
        size = QSize(560, 720)
        if parent is not None and (around := parent.window()) is not None:
            size = size.boundedTo(around.size() - QSize(6, 8) * unit)
        self.resize(size.expandedTo(QSize(360, 320)))

    def _add(self, title: str, rows: Sequence[Row]) -> None:
        if not rows:
            return
        heading = self._add_row(title, "")
        self.table.setSpan(heading, 0, 1, 2)
        item = self.table.item(heading, 0)
        if item is not None:
            item.setFont(theme.scaled(item.font(), 1.1, bold=True))
        self._sections.append((heading, title, [self._add_row(*row) for row in rows]))

    def _add_row(self, *texts: str) -> int:
        number = self.table.rowCount()
        self.table.insertRow(number)
        for column, text in enumerate(texts):
            self.table.setItem(number, column, QTableWidgetItem(text))
        return number

    def _search(self, text: str) -> None:
        words = text.casefold().split()
        found = False
        for heading, title, rows in self._sections:
            matches = [
                row
                for row in rows
                if all(word in f"{title} {self._text(row)}".casefold() for word in words)
            ]
            for row in rows:
                self.table.setRowHidden(row, row not in matches)
            self.table.setRowHidden(heading, not matches)
            found = found or bool(matches)
        self.nothing.setVisible(not found)

    def _text(self, row: int) -> str:
        items = (self.table.item(row, 0), self.table.item(row, 1))
        return " ".join(item.text() for item in items if item is not None)


def _rows(menu: QMenu) -> Iterator[Row]:
    """Yield the actions with keys of a menu and of the menus in it."""
    for action in menu.actions():
        inner = action.menu()
        if inner is not None:
            yield from _rows(inner)
        elif action.shortcuts():
            keys = [
                key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()
            ]
            yield action.iconText().rstrip(".…"), ", ".join(keys)
