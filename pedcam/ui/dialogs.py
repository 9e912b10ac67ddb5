"""The dialogs of the main window: what they are given, and what becomes of the answers."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QDir, QFile, QObject, QStandardPaths, Qt, pyqtSignal
from PyQt6.QtWidgets import QDialog, QFileDialog, QMainWindow, QMenu

from pedcam.detect.library import import_preset
from pedcam.detect.pool import user_models_folder
from pedcam.detect.presets import Preset
from pedcam.errors import UserError
from pedcam.ui.base.background import Worker
from pedcam.ui.base.error_log import log_file
from pedcam.ui.base.watching import watch
from pedcam.ui.figures.series import write_series
from pedcam.ui.help.about_dialog import AboutDialog
from pedcam.ui.help.shortcuts_dialog import ShortcutsDialog
from pedcam.ui.player.player import Player
from pedcam.ui.recording.export import ExportOptions
from pedcam.ui.services import Services
from pedcam.ui.settings.settings import GENERAL
from pedcam.ui.start.camera_dialog import CameraDialog
from pedcam.ui.start.url_dialog import UrlDialog
from pedcam.ui.zones.zone_set import ZoneSet
from pedcam.video.sources.spec import SourceSpec

VIDEO_FILES = "*.mp4 *.mkv *.avi *.mov *.webm *.m4v *.mpg *.mpeg *.ts *.wmv *.flv *.ogv *.3gp"
EXPORTABLE = ("file", "folder", "demo")


class Dialogs(QObject):
    """Opens dialogs over the window; those that are rarely used are imported when they are."""

    saved = pyqtSignal(object)
    """A file was written to this path."""

    def __init__(self, window: QMainWindow, player: Player, services: Services) -> None:
        super().__init__(window)
        self._window, self._player, self._services = window, player, services
        self._worker = Worker("pedcam-files", self)
        self._export: QObject | None = None
        self._exported: SourceSpec | None = None  # what the export dialog names
        self._counted = ZoneSet()  # where, in that
        watch(services.zones, self._follow_zones)
        self._folder = ""

    def ask_file(self) -> None:
        dialog = QFileDialog(self._window, "Open video", self._first_folder())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([f"Video files ({VIDEO_FILES})", "All files (*)"])
        dialog.fileSelected.connect(self.open_file)
        self._show(dialog)

    def ask_folder(self) -> None:
        dialog = QFileDialog(self._window, "Open folder", self._first_folder())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self._player.open(Path(path)))
        self._show(dialog)

    def ask_camera(self) -> None:
        dialog = CameraDialog(self._services.cameras, self._window)
        dialog.chosen.connect(self._player.open)
        self._show(dialog)

    def ask_screen(self) -> None:
        from pedcam.ui.start.screen_dialog import ScreenDialog

        dialog = ScreenDialog(parent=self._window)
        dialog.chosen.connect(self._player.open)
        self._show(dialog)

    def ask_url(self) -> None:
        dialog = UrlDialog(self._services.recents, self._window)
        dialog.chosen.connect(self._player.open)
        dialog.search_wanted.connect(self.find_cameras)
        self._show(dialog)

    def find_cameras(self) -> None:
        from pedcam.ui.start.network_cameras import NetworkCameras
        from pedcam.ui.start.network_dialog import NetworkDialog

        dialog = NetworkDialog(NetworkCameras(), self._window)
        dialog.chosen.connect(self._player.open)
        self._show(dialog)

    def open_file(self, path: str) -> None:
        """Play a file, or add a preset."""
        if path.lower().endswith(".onnx"):
            self.add_presets([Path(path)])
            return
        self._folder = str(Path(path).parent)
        self._player.open(SourceSpec("file", Path(path).name, path))

    def open_dropped(self, source: str) -> None:
        """Play what was dropped: an address or a path."""
        self._player.open(source if "://" in source else Path(source))

    def add_presets(self, paths: Sequence[Path]) -> None:
        """Copy presets into the user's folder and offer them at once."""
        names = frozenset(preset.name for preset in self._player.presets.presets)
        for path in paths:
            self._worker.submit(
                functools.partial(import_preset, path, taken=names),
                self._add,
                self._failed,
            )

    def close(self) -> None:
        """Begin nothing any more; does not wait."""
        self._worker.stop()

    def export(self) -> None:
        """Write the whole source as files."""
        from pedcam.ui.recording.export_dialog import ExportDialog

        services, player = self._services, self._player
        if not isinstance(self._export, ExportDialog):
            made = self._export = ExportDialog(
                services.export_control.export,
                player.presets,
                services.settings.values.recordings,
                self._window,
            )
            made.start_wanted.connect(self._start_export)
            made.cancel_wanted.connect(services.export_control.cancel)
        dialog, values = self._export, services.settings.values
        # Of the source as it is now, whatever plays by the time that the export begins.
        source = self._exported = player.source
        self._counted = services.zones.all
        dialog.set_source(
            player.playback.source.title,
            exportable=source is not None and source.kind in EXPORTABLE,
        )
        if not services.export_control.export.running:
            dialog.set_folder(values.recordings)
            dialog.container.setCurrentIndex(dialog.container.findData(values.container))
            # Privacy that is wanted on the screen is not to be forgotten in a file.
            dialog.blurred.setChecked(services.options.blur or values.recording_blurred)
        dialog.show()

    def settings(self, page: str = GENERAL) -> None:
        """Show the settings, beginning with that page."""
        from pedcam.ui.alerts.address_panel import AddressPanel
        from pedcam.ui.settings.settings_dialog import SettingsDialog

        files = self._services.files
        folders = [
            ("Settings", files.settings),
            ("Presets", user_models_folder()),
            ("History", files.history),
            ("Zones and rules", files.zones),
            ("Recent sources", files.recents),
            ("Log", log_file()),
        ]
        dialog = SettingsDialog(
            self._services.settings,
            self._player.presets,
            folders,
            self._window,
            addresses=AddressPanel(self._services.sending),
        )
        dialog.tabs.setCurrentWidget(dialog.pages[page])
        self._show(dialog)

    def manage(self) -> None:
        from pedcam.ui.presets.manager import PresetDialog

        dialog = PresetDialog(self._player.presets, self._window, self._player.messages)
        dialog.import_wanted.connect(self.add_presets)
        dialog.remove_wanted.connect(self._remove)
        self._show(dialog)

    def history(self) -> None:
        from pedcam.ui.history.dialog import HistoryDialog

        dialog = HistoryDialog(self._services.history.path, self._window)
        dialog.open_requested.connect(self._open_at)
        # It would stand before what it opened.
        dialog.open_requested.connect(dialog.accept)
        self._show(dialog)

    def export_counts(self) -> None:
        rows = self._services.series.to_rows()
        path, _ = QFileDialog.getSaveFileName(
            self._window,
            "Export counts",
            str(self._services.settings.values.recordings.parent / "counts.csv"),
            "Tables (*.csv)",
        )
        if path:
            self._worker.submit(
                lambda: write_series(Path(path), rows),
                lambda _: self.saved.emit(Path(path)),
                self._failed,
            )

    def export_events(self) -> None:
        self._services.history.ask_export(self._window)

    def about(self) -> None:
        self._show(AboutDialog(self._window))

    def shortcuts(self, menus: Sequence[QMenu]) -> None:
        mouse = [
            ("Zoom about the pointer", "Wheel"),
            ("Move the zoomed picture", "Drag"),
            ("Full screen", "Double click"),
            ("Switch presets", "Click on the chart"),
        ]
        self._show(ShortcutsDialog(menus, self._window, mouse))

    def _first_folder(self) -> str:
        movies = QStandardPaths.StandardLocation.MoviesLocation
        return self._folder or QStandardPaths.writableLocation(movies) or QDir.homePath()

    def _add(self, preset: Preset) -> None:
        try:
            self._player.preset_control.add(preset)
        except ValueError:
            self._player.messages.post(
                f"There is a preset named “{preset.name}” already; it was not added a second time."
            )

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, UserError):
            # The application's handler logs it and says so.
            raise error
        self._player.messages.post(str(error))

    def _remove(self, preset: Preset) -> None:
        def job() -> bool:
            moved, _ = QFile.moveToTrash(str(preset.path))
            return bool(moved)

        def done(moved: bool) -> None:
            if moved:
                self._player.preset_control.remove(preset.name)
            else:
                self._player.messages.post(
                    f"{preset.path} cannot be moved to the trash; remove it with your file manager."
                )

        self._worker.submit(job, done)

    def _start_export(self, options: ExportOptions) -> None:
        player, services, source = self._player, self._services, self._exported
        if source is not None and source.kind in EXPORTABLE:
            services.export_control.start(
                source,
                replace(
                    options,
                    score_threshold=player.threshold.override,
                    detail=player.presets.detail,
                ),
                self._counted,
            )

    def _follow_zones(self) -> None:
        # Those of another source mean nothing in this one.
        zones = self._services.zones
        if zones.available and self._player.source == self._exported:
            self._counted = zones.all

    def _open_at(self, source: str, seconds: float) -> None:
        self._player.open(source, at=seconds)

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
