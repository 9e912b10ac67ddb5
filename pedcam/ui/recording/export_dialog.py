"""Writing down what is found in a whole file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from PyQt6.QtCore import Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import text, theme
from pedcam.ui.base.elided_label import ElidedLabel, fit_height
from pedcam.ui.presets.selection import PresetSelection
from pedcam.ui.recording.export import Export, ExportOptions, ExportPhase
from pedcam.ui.recording.recording import Container

_PARTS = 1000  # of the progress bar
_BREAK = "\u200b"  # where a long path may go on in the next line


class ExportDialog(QDialog):
    """Asks what to write of a whole file, shows how far that is and where it went.

    It is made once and shown again and again: an export goes on while it is closed.
    """

    start_wanted = pyqtSignal(object)
    """An :class:`~pedcam.ui.recording.export.ExportOptions` to export with."""

    cancel_wanted = pyqtSignal()
    """The export that runs is to end."""

    def __init__(
        self,
        export: Export,
        presets: PresetSelection,
        folder: Path,
        parent: QWidget | None = None,
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
    ) -> None:
        """Show ``export`` and follow it.

        Args:
            export: The export that runs, or the last one.
            presets: Those to choose from.
            folder: Where files go if nothing else is chosen.
            parent: The window.
            open_url: Shows a folder in the system's file manager.
        """
        super().__init__(parent)
        self.setWindowTitle("Export")
        self.setMinimumWidth(480)
        self._export, self._presets = export, presets
        self._open_url = open_url
        self._exportable = False
        self.folder = folder

        self.source = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.source.setFont(theme.scaled(self.source.font(), 1.1, bold=True))
        self.explanation = QLabel()
        self.explanation.setWordWrap(True)
        self.explanation.setProperty("muted", True)
        self.video = QCheckBox("&Video with the people marked")
        self.video.setChecked(True)
        self.container = QComboBox()
        self.container.setAccessibleName("Format of the video")
        for container in get_args(Container):
            self.container.addItem(container.upper(), container)
        self.blurred = QCheckBox("Make people &unrecognizable in it")
        self.table = QCheckBox("&Table of the people (CSV)")
        self.jsonlines = QCheckBox("People and counted &events (JSON lines)")
        self.coco = QCheckBox("&Annotations for training (COCO)")
        self.preset = QComboBox()
        self.folder_label = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.choose_folder = QPushButton("C&hoose…")
        self.choose_folder.setToolTip("Choose the folder to write to")
        self.choose_folder.setAutoDefault(False)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the export")
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.show_folder = QPushButton("&Show in folder")
        self.show_folder.setAutoDefault(False)
        self.start = QPushButton("&Export")
        self.start.setDefault(True)
        self.cancel = QPushButton("Ca&ncel export")
        self.cancel.setToolTip("End the export; nothing of it is kept")
        self.cancel.setAutoDefault(False)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.buttons.addButton(self.start, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.DestructiveRole)
        self.form = self._build_form()
        self._lay_out()

        for box in (self.video, self.table, self.jsonlines, self.coco):
            box.toggled.connect(self._refresh)
        self.choose_folder.clicked.connect(self._ask_folder)
        self.show_folder.clicked.connect(self._show_folder)
        self.start.clicked.connect(lambda: self.start_wanted.emit(self.options()))
        self.cancel.clicked.connect(self.cancel_wanted)
        self.buttons.rejected.connect(self.reject)
        export.subscribe(self._refresh)
        presets.subscribe(self._list_presets)
        self.set_source("", exportable=False)
        self._list_presets()

    def set_source(self, title: str, *, exportable: bool) -> None:
        """Say what would be exported.

        Args:
            title: The source's name, safe to show.
            exportable: Whether it has an end.
        """
        self._exportable = exportable
        self.source.show_text(title or "No video is open")
        self.explanation.setText(
            "Every picture of it is looked at, from the first to the last."
            if exportable
            else "Only a video file can be exported. Record a camera or a stream while it plays."
        )
        self._refresh()

    def set_folder(self, folder: Path) -> None:
        """Write to another folder from now on."""
        self.folder = folder
        self._refresh()

    def options(self) -> ExportOptions:
        """Return what is chosen."""
        return ExportOptions(
            folder=self.folder,
            preset=self.preset.currentData() or "",
            video=self.video.isChecked(),
            table=self.table.isChecked(),
            jsonlines=self.jsonlines.isChecked(),
            coco=self.coco.isChecked(),
            container=self.container.currentData(),
            blurred=self.blurred.isChecked(),
        )

    def _build_form(self) -> QWidget:
        unit = theme.UNIT
        form = QWidget()
        rows = QGridLayout(form)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setHorizontalSpacing(2 * unit)
        rows.setVerticalSpacing(unit)
        rows.setColumnStretch(1, 1)
        video = QHBoxLayout()
        video.addWidget(self.video, 1)
        video.addWidget(self.container)
        indented = QHBoxLayout()
        indented.setContentsMargins(3 * unit, 0, 0, 0)
        indented.addWidget(self.blurred)
        folder = QHBoxLayout()
        folder.setSpacing(unit)
        folder.addWidget(self.folder_label, 1)
        folder.addWidget(self.choose_folder)
        preset = QLabel("&Preset")
        preset.setBuddy(self.preset)
        rows.addWidget(QLabel("Write"), 0, 0)
        rows.addLayout(video, 0, 1)
        rows.addLayout(indented, 1, 1)
        for row, box in enumerate((self.table, self.jsonlines, self.coco), start=2):
            rows.addWidget(box, row, 1)
        rows.addWidget(preset, 5, 0)
        rows.addWidget(self.preset, 5, 1, Qt.AlignmentFlag.AlignLeft)
        rows.addWidget(QLabel("Folder"), 6, 0)
        rows.addLayout(folder, 6, 1)
        return form

    def _lay_out(self) -> None:
        unit = theme.UNIT
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        column.setSpacing(unit)
        column.addWidget(self.source)
        column.addWidget(self.explanation)
        column.addSpacing(unit)
        column.addWidget(self.form)
        column.addSpacing(unit)
        column.addWidget(self.progress)
        result = QHBoxLayout()
        result.addWidget(self.note, 1)
        result.addWidget(self.show_folder)
        column.addLayout(result)
        column.addStretch()
        column.addWidget(self.buttons)

    def _list_presets(self) -> None:
        usable = self._presets.usable
        names = [preset.name for preset in usable]
        if names != [self.preset.itemData(number) for number in range(self.preset.count())]:
            wanted = self.preset.currentData() or self._presets.selected
            self.preset.clear()
            for preset in usable:
                self.preset.addItem(text.title(preset), preset.name)
            self.preset.setCurrentIndex(max(0, self.preset.findData(wanted)))
        self._refresh()

    def _refresh(self) -> None:
        export, options = self._export, self.options()
        running = export.running
        self.form.setEnabled(not running and self._exportable)
        self.container.setEnabled(options.video)
        self.blurred.setEnabled(options.video)
        self.folder_label.show_text(str(self.folder))
        self.start.setVisible(not running)
        self.start.setEnabled(self._exportable and options.anything and bool(options.preset))
        self.cancel.setVisible(running)
        self.cancel.setEnabled(export.phase is ExportPhase.RUNNING)
        self.progress.setVisible(running)
        part = export.progress
        # A range of nothing is drawn as a bar that is busy.
        self.progress.setRange(0, 0 if running and part is None else _PARTS)
        self.progress.setValue(round(_PARTS * (part or 0.0)))
        note = self._note()
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.show_folder.setVisible(not running and bool(export.paths))
        if self.isVisible():
            fit_height(self)

    def _note(self) -> str:
        export = self._export
        if export.phase is ExportPhase.RUNNING:
            return self._progress_text()
        if export.phase is ExportPhase.CANCELLING:
            return "Ending…"
        if export.phase is ExportPhase.CANCELLED:
            return "Cancelled. Nothing was kept."
        names = ", ".join(path.name for path in export.paths)
        folder = _breakable(str(export.paths[0].parent)) if export.paths else ""
        if export.phase is ExportPhase.FAILED:
            kept = f"What was found until then is in {names}."
            return _breakable(export.error) + (f"\n{kept}" if names else "")
        if export.phase is ExportPhase.DONE:
            saved = f"Saved {names} to {folder}"
            return "\n".join(filter(None, [saved, export.message]))
        return ""

    def _progress_text(self) -> str:
        export = self._export
        if not export.frames:
            return "Starting…"
        parts = [
            f"{export.frames:,} of {export.total:,} frames"
            if export.total is not None
            else f"{export.frames:,} frames"
        ]
        if export.seconds_left is not None:
            parts.append(f"{text.clock(export.seconds_left)} left")
        parts.append("goes on when this is closed")
        return " · ".join(parts)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, "Folder to write to", str(self.folder))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda chosen: self.set_folder(Path(chosen)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _show_folder(self) -> None:
        if self._export.paths:
            self._open_url(QUrl.fromLocalFile(str(self._export.paths[0].parent)))


def _breakable(path: str) -> str:
    return path.replace("/", f"/{_BREAK}").replace("\\", f"\\{_BREAK}")
