"""The settings in a dialog, and where pedcam keeps its files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QSize, Qt, QUrl
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from pedcam.detect.providers import AUTO, PROVIDERS, Provider, available
from pedcam.ui.base import theme
from pedcam.ui.base.background import run_once
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.base.watching import watch
from pedcam.ui.presets.selection import PresetSelection
from pedcam.ui.settings.settings import (
    ALERTS,
    DETECTION,
    GENERAL,
    HISTORY,
    RECORDING,
    SettingsState,
)
from pedcam.ui.settings.settings_page import SettingsPage

TITLES = {
    GENERAL: "General",
    RECORDING: "Recording",
    DETECTION: "Detection",
    ALERTS: "Alerts",
    HISTORY: "History and privacy",
}


class SettingsDialog(QDialog):
    """Pages of settings that apply as soon as they are changed.

    Attributes:
        pages: The pages of settings by name.
    """

    def __init__(
        self,
        settings: SettingsState,
        presets: PresetSelection,
        folders: Sequence[tuple[str, Path]] = (),
        parent: QWidget | None = None,
        providers: Sequence[Provider] | None = None,
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
        addresses: QWidget | None = None,
    ) -> None:
        """Show ``settings``.

        Args:
            settings: The settings, which are changed.
            presets: What runs, to say what it computes on.
            folders: What pedcam keeps, and where, for the last page.
            parent: Owner.
            providers: What this machine has to compute on; looked for by default.
            open_url: Shows a folder in the system's file manager.
            addresses: Shows on the page of alerts where they are sent.
        """
        super().__init__(parent)
        self.setWindowTitle("Settings")
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.pages = {page: SettingsPage(page, settings) for page in TITLES}
        for page, title in TITLES.items():
            self.tabs.addTab(self.pages[page], title)
        self.tabs.addTab(FoldersPage(folders, open_url), "Files")
        detection = self.pages[DETECTION]
        note = DeviceNote(presets, settings)
        detection.insert_below("provider", note)

        def offer(found: Sequence[Provider]) -> None:
            note.set_found(found)
            for name in PROVIDERS.keys() - {*found, settings.values.provider}:
                detection.rows["provider"].leave_out(name)

        if providers is None:
            run_once("pedcam-providers", self, available, offer)
        else:
            offer(providers)
        if addresses is not None:
            self.pages[ALERTS].insert_below("alerts_per_hour", addresses)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        assert close is not None
        # Enter takes what was typed into a field.
        close.setAutoDefault(False)
        unit = theme.UNIT
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(2 * unit)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(buttons)
        self.setMinimumSize(560, 400)
        size, window = QSize(640, 640), parent.window() if parent is not None else None
        if window is not None:
            size = size.boundedTo(window.size() - QSize(6, 8) * unit)
        self.resize(size.expandedTo(self.minimumSize()))


class DeviceNote(QLabel):
    """Says what else there could be to compute on and, once a preset is loaded, what is in use."""

    def __init__(self, presets: PresetSelection, settings: SettingsState) -> None:
        super().__init__()
        self._presets, self._settings = presets, settings
        self._found: Sequence[Provider] = tuple(PROVIDERS)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        watch(presets, self._refresh)
        watch(settings, self._refresh)
        self._refresh()

    def set_found(self, providers: Sequence[Provider]) -> None:
        """Say of all others what they take."""
        self._found = providers
        self._refresh()

    def _refresh(self) -> None:
        presets = self._presets
        used = presets.provider(presets.running) or presets.provider(presets.selected)
        wanted = self._settings.values.provider
        title = PROVIDERS[used].title if used in PROVIDERS else used
        if not used:
            lines = ["Once a preset is loaded, it shows here what is in use."]
        elif wanted in (AUTO, used):
            lines = [f"In use now: {title}."]
        else:
            lines = [f"In use now: {title}, although {PROVIDERS[wanted].title} is asked for."]
        lines += [
            f"{info.title}: not found here; it takes {info.needs}."
            for name, info in PROVIDERS.items()
            if sys.platform in info.systems and name not in self._found
        ]
        self.setText("\n".join(lines))


class FoldersPage(QWidget):
    """Lists files and folders, each with a button that opens it in the file manager."""

    def __init__(
        self,
        folders: Sequence[tuple[str, Path]],
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
    ) -> None:
        """List files and folders, which need not exist, by what they hold."""
        super().__init__()
        self._open_url = open_url
        self.buttons: list[QPushButton] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.UNIT // 2, 2 * theme.UNIT, 2 * theme.UNIT, 0)
        grid.setHorizontalSpacing(2 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(0, 1)
        grid.setRowStretch(3 * len(folders), 1)
        for row, (title, path) in zip(range(0, 3 * len(folders), 3), folders, strict=True):
            grid.addWidget(QLabel(title), row, 0)
            where = ElidedLabel(muted=True, mode=Qt.TextElideMode.ElideMiddle)
            where.show_text(str(path))
            grid.addWidget(where, row + 1, 0)
            button = QPushButton("Open folder")
            button.setAutoDefault(False)
            button.setToolTip("Show it in the file manager")
            button.setAccessibleName(f"Open folder: {title}")
            button.clicked.connect(lambda _, path=path: self._open(path))
            self.buttons.append(button)
            grid.addWidget(button, row, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.setRowMinimumHeight(row + 2, theme.UNIT)

    def _open(self, path: Path) -> None:
        run_once(
            "pedcam-open-folder",
            self,
            lambda: _nearest_folder(path),
            lambda folder: self._open_url(QUrl.fromLocalFile(str(folder))),
        )


def _nearest_folder(path: Path) -> Path:
    """Return the folder itself or that of a file; further up where it does not exist yet."""
    return next((each for each in (path, *path.parents) if each.is_dir()), path.parent)
