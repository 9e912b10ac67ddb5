"""A folder that is taken only when files can be written there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.background import run_once
from pedcam.ui.base.status_label import StatusLabel


def folder_problem(path: Path) -> str:
    """Return what keeps files from being written to a folder, empty if nothing does.

    May wait for a disk. The last part of the path may be missing, and is created when needed.
    """
    try:
        existing = path if path.exists() else path.parent
        if not existing.is_dir():
            is_file = existing is path
            return (
                "That is a file." if is_file else "There is no such folder. Is its disk connected?"
            )
        # Permissions alone are not reliable, least of all on shared disks.
        with tempfile.TemporaryFile(dir=existing) as file:
            file.write(b"pedcam")
    except (OSError, ValueError):
        return "Nothing can be written there."
    return ""


class FolderField(QWidget):
    """A path, a button to choose another, and below what is wrong with it."""

    chosen = pyqtSignal(object)
    """Another folder, as a :class:`~pathlib.Path`, where files can be written."""

    def __init__(self, title: str, find_problem: Callable[[Path], str] = folder_problem) -> None:
        """Start empty; ``find_problem`` looks at folders, on other threads."""
        super().__init__()
        self._title, self._find_problem = title, find_problem
        self._folder = self._checked = Path()
        self.line = QLineEdit()
        self.line.setReadOnly(True)
        self.line.setAccessibleName(title)
        self.browse = QPushButton("Choose…")
        self.browse.setToolTip("Choose another folder")
        self.browse.setAccessibleName(f"Choose: {title}")
        self.browse.setAutoDefault(False)
        self.status = StatusLabel()
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.line, 1)
        row.addWidget(self.browse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addLayout(row)
        column.addWidget(self.status)
        self.setFocusProxy(self.browse)
        self.browse.clicked.connect(self._browse)

    def show_folder(self, folder: Path) -> None:
        """Show the folder in use, and check whether it can still be used."""
        if folder != self._folder:
            self._folder = folder
            self.line.setText(str(folder))
            self._check(folder)

    def choose(self, folder: Path) -> None:
        """Use another folder, once it is known that files can be written there."""
        self.status.set_status("Checking the folder…")
        self._check(folder)

    def _browse(self) -> None:
        dialog = QFileDialog(self, self._title, str(self._folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.choose(Path(path)))
        dialog.open()

    def _check(self, folder: Path) -> None:
        self._checked = folder
        # A thread for each: one disk that hangs must not hold up the check of another.
        run_once(
            "pedcam-folder",
            self,
            lambda: self._find_problem(folder),
            lambda problem: self._finish_check(folder, problem),
        )

    def _finish_check(self, folder: Path, problem: str) -> None:
        if folder != self._checked:
            return
        if folder != self._folder:
            if problem:
                problem = f"{problem} The folder is still {self._folder}."
            else:
                self._folder = folder
                self.line.setText(str(folder))
                self.chosen.emit(folder)
        self.status.set_status(problem, error=True)
