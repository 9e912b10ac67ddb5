from collections.abc import Sequence

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.help.shortcuts_dialog import ShortcutsDialog


def fill(menu: QMenu, *actions: tuple[str, Sequence[str]]) -> None:
    for title, keys in actions:
        action = QAction(title, menu)
        action.setShortcuts([QKeySequence(key) for key in keys])
        menu.addAction(action)


@pytest.fixture
def owner(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.resize(1024, 640)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def dialog(qtbot: QtBot, owner: QWidget) -> ShortcutsDialog:
    file, view = QMenu("&File", owner), QMenu("&View", owner)
    fill(file, ("&Open video…", ["Ctrl+O"]), ("Recent", []), ("&Quit", ["Ctrl+Q"]))
    fill(view, ("&Full screen", ["F", "F11"]))
    file.addSeparator()
    inner = view.addMenu("Layers")
    assert inner is not None
    fill(inner, ("Boxes", ["B"]))
    dialog = ShortcutsDialog([file, view], owner, [("Zoom in and out", "Wheel")])
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def shown(dialog: ShortcutsDialog) -> list[str]:
    table = dialog.table
    rows = [row for row in range(table.rowCount()) if not table.isRowHidden(row)]
    items = [table.item(row, column) for row in rows for column in range(2)]
    return [item.text() for item in items if item is not None and item.text()]


def test_actions_with_keys_are_listed_as_in_the_menus(dialog: ShortcutsDialog) -> None:
    assert shown(dialog) == [
        *("File", "Open video", "Ctrl+O", "Quit", "Ctrl+Q"),
        *("View", "Full screen", "F, F11", "Boxes", "B"),
        *("Mouse", "Zoom in and out", "Wheel"),
    ]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("full", ["View", "Full screen", "F, F11"]),
        ("SCREEN full", ["View", "Full screen", "F, F11"]),
        ("wheel", ["Mouse", "Zoom in and out", "Wheel"]),
        ("f11", ["View", "Full screen", "F, F11"]),
        ("view", ["View", "Full screen", "F, F11", "Boxes", "B"]),
        ("  ", ["File", "Open video", "Ctrl+O", "Quit", "Ctrl+Q"]),
        ("coffee", []),
    ],
)
def test_the_search_leaves_the_rest_out(
    dialog: ShortcutsDialog, words: str, rows: list[str]
) -> None:
    dialog.search.setText(words)
    assert shown(dialog)[: len(rows)] == rows
    if words.strip():
        assert len(shown(dialog)) == len(rows)
    assert dialog.nothing.isVisible() is (not rows)


def test_the_dialog_fits_into_the_window(dialog: ShortcutsDialog) -> None:
    assert dialog.width() <= 1024
    assert dialog.height() <= 640
    bar = dialog.table.horizontalScrollBar()
    assert bar is not None
    assert bar.maximum() == 0


def test_escape_closes(qtbot: QtBot, dialog: ShortcutsDialog) -> None:
    qtbot.keyClick(dialog.search, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
