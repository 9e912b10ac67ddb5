"""Where a table of events is to be saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QStandardPaths, Qt
from PyQt6.QtWidgets import QFileDialog, QWidget


def ask_table(parent: QWidget, name: str, chosen: Callable[[Path], None], folder: str = "") -> None:
    """Let the user choose a CSV file, and return at once; ``chosen`` is called with it.

    The dialog begins in ``folder``, by default the user's documents, and proposes ``name``.
    """
    documents = QStandardPaths.StandardLocation.DocumentsLocation
    folder = folder or QStandardPaths.writableLocation(documents)
    dialog = QFileDialog(parent, "Export events", folder)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter("Table (*.csv)")
    dialog.setDefaultSuffix("csv")
    dialog.selectFile(f"{name}.csv")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: chosen(Path(path)))
    dialog.open()
