"""The preset manager: what is installed, and importing and removing presets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QSignalBlocker, QSize, Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices, QShowEvent
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pedcam.detect.library import Origin, origin
from pedcam.detect.presets import Preset
from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import fit_height
from pedcam.ui.base.message_bar import MessageBar
from pedcam.ui.base.messages import Messages
from pedcam.ui.base.watching import watch
from pedcam.ui.presets.details import PresetDetails
from pedcam.ui.presets.selection import PresetSelection

_LIST_WIDTH = 232


class PresetDialog(QDialog):
    """Lists the presets with everything known of them."""

    import_wanted = pyqtSignal(object)
    """The user wants these files, a list of paths, among the presets."""

    remove_wanted = pyqtSignal(object)
    """The user wants this preset's file moved to the trash."""

    def __init__(
        self,
        presets: PresetSelection,
        parent: QWidget | None = None,
        messages: Messages | None = None,
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
    ) -> None:
        """Show ``presets`` and follow them.

        What goes wrong with imports and removals is shown from ``messages``; ``open_url`` shows a
        folder in the system's file manager.
        """
        super().__init__(parent)
        self.setWindowTitle("Presets")
        self._presets = presets
        self.list = QListWidget()
        self.list.setAccessibleName("Presets")
        self.list.setFixedWidth(_LIST_WIDTH)
        self.details = PresetDetails(open_url)
        self.import_ = QPushButton("Import…")
        self.import_.setToolTip(
            "Copy preset files (.onnx) into your presets; they can also be dropped"
        )
        self.remove = QPushButton("Remove…")
        for button in (self.import_, self.remove):
            button.setAutoDefault(False)
        self.train = QLabel(
            "Train your own: “python training/train.py” in pedcam's source makes presets from "
            "rendered scenes in some minutes and adds them here; “--data FOLDER” takes your "
            "photographs. The tutorial is training/README.md."
        )
        self.train.setWordWrap(True)
        self.train.setProperty("muted", True)
        self.train.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        unit = theme.UNIT
        left = QVBoxLayout()
        left.setSpacing(unit)
        left.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.addWidget(self.import_)
        row.addWidget(self.remove)
        left.addLayout(row)
        body = QHBoxLayout()
        body.setSpacing(3 * unit)
        body.addLayout(left)
        body.addWidget(self.details, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * unit, 2 * unit, 3 * unit, 2 * unit)
        column.setSpacing(2 * unit)
        column.addLayout(body, 1)
        if messages is not None:
            bar = MessageBar(messages)
            bar.dismissed.connect(messages.dismiss)
            column.addWidget(bar)
        column.addWidget(self.train)
        column.addWidget(buttons)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        if close is not None:
            # Otherwise Return presses the first button of the messages.
            close.setDefault(True)
        self.list.currentRowChanged.connect(self._show)
        self.import_.clicked.connect(self._ask_import)
        self.remove.clicked.connect(self._ask_remove)
        watch(presets, self._refresh)
        self._refresh()

    @property
    def current(self) -> Preset | None:
        """The preset that is shown."""
        row = self.list.currentRow()
        presets = self._presets.presets
        return presets[row] if 0 <= row < len(presets) else None

    def sizeHint(self) -> QSize:
        return QSize(860, 620)

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        fit_height(self)

    def _refresh(self) -> None:
        shown = self.list.currentItem()
        selected = self._presets.find(self._presets.selected)
        chosen = selected.base_name if selected is not None else None
        if shown is not None:
            chosen = shown.data(Qt.ItemDataRole.UserRole)
        with QSignalBlocker(self.list):
            self.list.clear()
            for row, preset in enumerate(self._presets.presets):
                item = QListWidgetItem(f"{preset.info.title}\n{text.file_size(preset.file_bytes)}")
                item.setData(Qt.ItemDataRole.UserRole, preset.name)
                error = self._presets.error(preset.name)
                item.setToolTip(text.plain(error) or text.depth(preset))
                self.list.addItem(item)
                if preset.name == chosen:
                    self.list.setCurrentRow(row)
            if self.list.currentRow() < 0 and self.list.count():
                self.list.setCurrentRow(0)
        self._show()

    def _show(self) -> None:
        preset = self.current
        self.details.show_preset(preset)
        own = preset is not None and origin(preset) is Origin.USER
        self.remove.setEnabled(own)
        self.remove.setToolTip(
            "Move the file to the trash"
            if own
            else "Only presets in your own folder can be removed here"
        )

    def _ask_import(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(
            self, "Import presets", "", "Presets (*.onnx *.ONNX)"
        )
        if paths:
            self.import_wanted.emit([Path(path) for path in paths])

    def _ask_remove(self) -> None:
        preset = self.current
        if preset is None:
            return
        answer = QMessageBox.question(
            self,
            "Remove preset?",
            text.plain(f"“{preset.info.title}” will be moved to the trash:\n{preset.path}"),
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.Cancel,
            QMessageBox.StandardButton.Cancel,
        )
        if answer == QMessageBox.StandardButton.Yes:
            self.remove_wanted.emit(preset)
