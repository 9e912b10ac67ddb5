"""The list of keys, made from the menus."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui import theme


class ShortcutsDialog(QDialog):
    """Shows every action that has a key."""

    def __init__(self, menus: list[QMenu], parent: QWidget | None = None) -> None:
        """List the actions of ``menus``."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        grid = QGridLayout()
        unit = theme.UNIT
        grid.setHorizontalSpacing(4 * unit)
        grid.setVerticalSpacing(unit // 2)
        columns = QGridLayout()
        columns.setHorizontalSpacing(6 * unit)
        for position, menu in enumerate(menus):
            columns.addLayout(_section(menu), position // 2, position % 2)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * unit, 2 * unit, 3 * unit, 2 * unit)
        layout.setSpacing(2 * unit)
        layout.addLayout(columns)
        layout.addWidget(buttons)


def _section(menu: QMenu) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * theme.UNIT)
    grid.setVerticalSpacing(theme.UNIT // 2)
    heading = QLabel(menu.title().replace("&", ""))
    heading.setFont(theme.scaled(heading.font(), 1.0, bold=True))
    grid.addWidget(heading, 0, 0, 1, 2)
    row = 1
    for action in menu.actions():
        keys = action.shortcuts()
        if not keys:
            continue
        name = QLabel(action.iconText().rstrip("."))
        shortcut = QLabel(
            ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys)
        )
        shortcut.setProperty("muted", True)
        grid.addWidget(name, row, 0)
        grid.addWidget(shortcut, row, 1, Qt.AlignmentFlag.AlignRight)
        row += 1
    grid.setRowStretch(row, 1)
    grid.setColumnStretch(0, 1)
    return grid
