"""The zones and rules of the present source from a file, and to one."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, QStandardPaths, Qt, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QWidget

from pedcam.errors import UserError
from pedcam.rules.rules_file import RuleSet, read_rules, write_rules
from pedcam.ui.base import text
from pedcam.ui.base.background import Worker
from pedcam.ui.history.control import ask_file
from pedcam.ui.zones.shape import ZoneError
from pedcam.ui.zones.state import Zones

_KIND = "Zones and rules"


class RuleFiles(QObject):
    """Lets the user choose the files; the disk is read and written in another thread."""

    saved = pyqtSignal(object)
    """The :class:`~pathlib.Path` of a file that is complete."""

    failed = pyqtSignal(str)
    """Why a file could not be read or written, to be shown."""

    def __init__(self, zones: Zones, parent: QObject | None = None) -> None:
        """Read into ``zones`` and write from them."""
        super().__init__(parent)
        self._zones = zones
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        self._folder = QStandardPaths.writableLocation(documents)
        self._worker = Worker("pedcam-rule-files", self)

    def ask_import(self, parent: QWidget) -> None:
        """Let the user choose a file to import."""
        dialog = QFileDialog(parent, "Import zones and rules", self._folder)
        dialog.setNameFilters([f"{_KIND} (*.yaml *.yml)", "All files (*)"])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.read(Path(path), parent))
        dialog.open()

    def ask_export(self, parent: QWidget) -> None:
        """Let the user choose where to export to."""
        title = "Export zones and rules"
        ask_file(parent, title, _KIND, "rules.yaml", self.write, self._folder)

    def read(self, path: Path, parent: QWidget) -> None:
        """Put what is in a file in the place of all that there is, which is asked over ``parent``.

        One undo brings it back.
        """
        self._folder = str(path.parent)
        self._worker.submit(
            lambda: read_rules(path), lambda read: self._take(path, read, parent), self._report
        )

    def write(self, path: Path) -> None:
        """Write all lines, zones and rules of the source to a file; ``saved`` says when."""
        self._folder = str(path.parent)
        zones = self._zones
        rule_set = RuleSet(zones.lines, zones.zones, zones.ignored, zones.rules)
        self._worker.submit(
            lambda: write_rules(path, rule_set), lambda _: self.saved.emit(path), self._report
        )

    def close(self, timeout: float = 1.0) -> bool:
        """Stop; return whether ``timeout`` seconds were enough to write what is to be written."""
        return self._worker.finish(timeout)

    def _take(self, path: Path, read: RuleSet, parent: QWidget) -> None:
        zones = self._zones
        if zones.all.shapes or zones.rules:
            answer = QMessageBox.question(
                parent,
                "Import zones and rules?",
                text.plain(
                    f"{_amount(len(zones.shapes), len(zones.rules))} of this source are replaced "
                    f"by those of {path.name}. Undo brings them back."
                ),
                QMessageBox.StandardButton.Ok | QMessageBox.StandardButton.Cancel,
                QMessageBox.StandardButton.Ok,
            )
            if answer != QMessageBox.StandardButton.Ok:
                return
        if not zones.available:
            self.failed.emit("Zones and rules belong to a source. Open one, and import again.")
            return
        try:
            zones.replace_all([*read.lines, *read.zones, *read.ignored], read.rules)
        except ZoneError as error:
            self.failed.emit(f"{path} cannot be imported: {error}")

    def _report(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            # The application's handler logs it and says so.
            raise error
        self.failed.emit(str(error))


def _amount(zones: int, rules: int) -> str:
    parts = [(zones, "line or zone", "lines and zones"), (rules, "rule", "rules")]
    words = [f"{number} {one if number == 1 else many}" for number, one, many in parts if number]
    return f"The {' and '.join(words)}"
