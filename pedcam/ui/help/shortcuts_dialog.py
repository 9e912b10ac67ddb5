"""The sheet of keys and mouse gestures, made from the menus."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.help.shortcut_sheet import COLUMN_WIDTH, ShortcutSection, ShortcutSheet, menu_section


class ShortcutsDialog(QDialog):
    """Shows every action that has a key, as they are grouped in the menus."""

    def __init__(
        self,
        menus: Sequence[QMenu],
        parent: QWidget | None = None,
        more: Sequence[ShortcutSection] = (),
    ) -> None:
        """List the actions of ``menus``.

        Args:
            menus: Where the actions are.
            parent: Owner.
            more: What is in no menu, such as what the mouse does.
        """
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search for an action or a key")
        self.search.setAccessibleName("Search")
        self.search.setToolTip("Show only the actions and keys with these words")
        self.search.setClearButtonEnabled(True)
        self.sheet = ShortcutSheet([*map(menu_section, menus), *more])
        self.nothing = QLabel("Nothing of that name has a key.")
        self.nothing.setProperty("muted", True)
        self.nothing.hide()
        scroll = QScrollArea()
        scroll.setWidget(self.sheet)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("Shortcuts")
        # Without it the background of the list is not that of the dialog.
        scroll.viewport().setAutoFillBackground(False)  # type: ignore[union-attr]
        self.sheet.setAutoFillBackground(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.search.textChanged.connect(self._search)

        unit = theme.UNIT
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * unit, 2 * unit, 3 * unit, 2 * unit)
        layout.setSpacing(2 * unit)
        for widget in (self.search, self.nothing):
            layout.addWidget(widget)
        layout.addWidget(scroll, 1)
        layout.addWidget(buttons)
        self.setMinimumSize(COLUMN_WIDTH + 8 * unit, 320)
        self._fit(parent)

    def _search(self, words: str) -> None:
        self.nothing.setVisible(not self.sheet.search(words))

    def _fit(self, parent: QWidget | None) -> None:
        """Take as much of the window behind as is needed for three columns."""
        room = QSize(3 * COLUMN_WIDTH + 16 * theme.UNIT, 720)
        around = parent.window() if parent is not None else None
        if around is not None:
            room = room.boundedTo(around.size() - QSize(6, 8) * theme.UNIT)
        self.resize(room.expandedTo(self.minimumSize()))
