"""A folder, typed or picked, that is taken only when files can be written there."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.base.background import Worker
from pedcam.ui.settings.setting_kinds import Folder


class FolderState(Enum):
    """What can be done with a folder."""

    READY = "ready"
    TO_BE_CREATED = "to be created"
    MISSING = "missing"
    NO_FOLDER = "no folder"
    NOT_WRITABLE = "not writable"


_USABLE = (FolderState.READY, FolderState.TO_BE_CREATED)


def check_folder(path: Path) -> FolderState:
    """Tell whether files can be written there; may wait for a disk.

    Permissions alone do not tell, on shared disks least of all: a file without a name is written.

    Args:
        path: The whole path. Its last part may be missing, and is then created when needed.
    """
    try:
        if path.is_dir():
            _write(path)
            return FolderState.READY
        if path.exists():
            return FolderState.NO_FOLDER
        if not path.parent.is_dir():
            return FolderState.MISSING
        _write(path.parent)
    except (OSError, ValueError):
        return FolderState.NOT_WRITABLE
    return FolderState.TO_BE_CREATED


def _write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"pedcam")


class FolderField(QWidget):
    """A line with a path, a button to look for one, and below what is wrong with it."""

    chosen = pyqtSignal(object)
    """Another folder, as a :class:`~pathlib.Path`, where files can be written."""

    def __init__(
        self,
        title: str,
        check: Callable[[Path], FolderState] = check_folder,
        parent: QWidget | None = None,
    ) -> None:
        """Start empty.

        Args:
            title: What the folder is for.
            check: Looks at a folder, on another thread.
            parent: Owner.
        """
        super().__init__(parent)
        self._title, self._check = title, check
        self._folder: Path | None = None
        self._checks = 0
        self.line = QLineEdit()
        self.line.setAccessibleName(title)
        self.line.setToolTip("The whole path of a folder; Enter takes it")
        self.browse = QPushButton("Choose…")
        self.browse.setToolTip("Look for a folder")
        self.browse.setAccessibleName(f"Choose: {title}")
        self.browse.setAutoDefault(False)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setProperty("muted", True)
        self.note.hide()
        row = QHBoxLayout()
        row.setSpacing(theme.UNIT)
        row.addWidget(self.line, 1)
        row.addWidget(self.browse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        column.addLayout(row)
        column.addWidget(self.note)
        self.setFocusProxy(self.line)
        self.line.editingFinished.connect(self._take_typed)
        self.browse.clicked.connect(self._pick)

    def show_folder(self, folder: Path) -> None:
        """Show the folder in use, and check whether it can still be used."""
        if folder == self._folder:
            return
        self._folder = folder
        self.line.setText(str(folder))
        self._look(folder)

    def _take_typed(self) -> None:
        text = self.line.text().strip()
        if not text and self._folder is not None:
            self.line.setText(str(self._folder))
            self._look(self._folder)
            return
        self._try(text)

    def _try(self, text: str) -> None:
        try:
            folder = Folder().check(str(Path(text).expanduser()))
        except (ValueError, RuntimeError):
            self._checks += 1
            self._say("That is not the whole path of a folder. It is not used.", problem=True)
            return
        self._look(folder)

    def _pick(self) -> None:
        dialog = QFileDialog(self, self._title, str(self._folder or Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take_picked)
        dialog.open()

    def _take_picked(self, path: str) -> None:
        self.line.setText(path)
        self._try(path)

    def _look(self, folder: Path) -> None:
        self._checks += 1
        number = self._checks
        # A thread for each: one disk that hangs must not hold up the check of another.
        worker = Worker("pedcam-folder", self)
        worker.submit(
            lambda: self._check(folder), lambda state: self._looked(number, folder, state)
        )
        worker.stop()
        if folder != self._folder:
            self._say("Looking at the folder…")

    def _looked(self, number: int, folder: Path, state: FolderState) -> None:
        if number != self._checks:
            return
        other = folder != self._folder
        note = {
            FolderState.READY: "",
            FolderState.TO_BE_CREATED: "It does not exist yet and is created when needed.",
            FolderState.MISSING: "There is no such folder. Is its disk connected?",
            FolderState.NO_FOLDER: "That is a file and not a folder.",
            FolderState.NOT_WRITABLE: "Nothing can be written there.",
        }[state]
        if state not in _USABLE and other:
            note = f"{note} It is not used; before it was {self._folder}."
        self._say(note, problem=state not in _USABLE)
        if state in _USABLE and other:
            self._folder = folder
            self.line.setText(str(folder))
            self.chosen.emit(folder)

    def _say(self, note: str, *, problem: bool = False) -> None:
        self.note.setProperty("problem", problem)
        style = self.note.style()
        if style is not None:
            # Its look depends on the property.
            style.unpolish(self.note)
            style.polish(self.note)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.line.setAccessibleDescription(note)
