from collections.abc import Sequence

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.help.shortcut_sheet import (
    COLUMN_WIDTH,
    KeyCaps,
    ShortcutRow,
    ShortcutSection,
    ShortcutSheet,
)
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
    mouse = ShortcutSection("Mouse", (ShortcutRow("Zoom in and out", ("Wheel",)),))
    dialog = ShortcutsDialog([file, view], owner, [mouse])
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def shown(dialog: ShortcutsDialog) -> list[str]:
    return [label.text() for label in dialog.sheet.findChildren(QLabel) if label.isVisible()]


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


def test_there_are_as_many_columns_as_fit(qtbot: QtBot) -> None:
    sections = [ShortcutSection(title, (ShortcutRow("Zoom", ("Z",)),)) for title in "ABC"]
    sheet = ShortcutSheet(sections)
    qtbot.addWidget(sheet)
    sheet.show()
    headings = [label for label in sheet.findChildren(QLabel) if label.text() in "ABC"]
    places = {}
    for width, columns in ((COLUMN_WIDTH, 1), (2 * COLUMN_WIDTH + 32, 2), (1200, 4)):
        sheet.resize(width, 400)
        assert sheet.columns() == columns
        spots = [heading.mapTo(sheet, QPoint()) for heading in headings]
        places[columns] = [(spot.x(), spot.y() > 0) for spot in spots]
    assert places == {
        1: [(2, False), (2, True), (2, True)],
        2: [(2, False), (2 + 272 + 32, False), (2, True)],
        # Three share the width: (1200 - 2 * 32) / 3 = 378 whole pixels each.
        4: [(2, False), (2 + 378 + 32, False), (2 + 2 * (378 + 32), False)],
    }


def test_the_dialog_fits_into_the_window(dialog: ShortcutsDialog) -> None:
    assert dialog.width() <= 1024
    assert dialog.height() <= 640
    assert dialog.sheet.columns() == 3


def test_keys_have_room_side_by_side(qtbot: QtBot) -> None:
    one, two = KeyCaps(["F"]), KeyCaps(["F", "F11"])
    for caps in (one, two):
        qtbot.addWidget(caps)
    assert two.sizeHint().width() > one.sizeHint().width() + 20
    assert two.minimumSizeHint() == two.sizeHint()
    assert two.accessibleName() in ("", two.text())


def test_escape_closes(qtbot: QtBot, dialog: ShortcutsDialog) -> None:
    qtbot.keyClick(dialog.search, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
