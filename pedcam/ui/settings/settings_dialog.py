"""Everything that can be set, made from the typed settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QSize, Qt, QUrl
from PyQt6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pedcam.detect.detector import Provider, available_providers
from pedcam.ui.base import theme
from pedcam.ui.presets.selection import PresetSelection
from pedcam.ui.settings.device_note import DeviceNote
from pedcam.ui.settings.settings import DETECTION, GENERAL, HISTORY, PAGES, RECORDING
from pedcam.ui.settings.settings_page import PlacesPage, SettingsPage
from pedcam.ui.settings.settings_state import SettingsState

_FILES = "files"
_LIST_WIDTH = 184


class SettingsDialog(QDialog):
    """Pages of settings that count as soon as they are changed.

    Attributes:
        pages: The pages of settings by name.
    """

    def __init__(
        self,
        settings: SettingsState,
        presets: PresetSelection,
        places: Sequence[tuple[str, Path]] = (),
        parent: QWidget | None = None,
        providers: Sequence[Provider] | None = None,
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
    ) -> None:
        """Show ``settings``.

        Args:
            settings: The settings, which are changed.
            presets: What runs, to say what it computes on.
            places: What pedcam keeps, and where, for the last page.
            parent: Owner.
            providers: What ONNX Runtime was built for; asked by default.
            open_url: Shows a folder in the system's file manager.
        """
        super().__init__(parent)
        self.setWindowTitle("Settings")
        providers = available_providers() if providers is None else providers
        titles = self._titles()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search the settings")
        self.search.setToolTip("Show only the settings with these words (Ctrl+F)")
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName("Pages")
        # Its style makes entries higher; they are measured when the first is added.
        self.list.ensurePolished()
        self._stack = QStackedWidget()
        keep_room = self._stack.sizePolicy()
        keep_room.setRetainSizeWhenHidden(True)
        self._stack.setSizePolicy(keep_room)
        self.pages: dict[str, SettingsPage] = {}
        for page in PAGES:
            made = self.pages[page] = SettingsPage(titles[page], page, settings)
            self._add(page, titles[page], made)
        self.device = DeviceNote(presets, settings, providers)
        self.pages[DETECTION].insert_below("provider", self.device)
        usable = "cuda" in providers or settings.values.provider == "cuda"
        self.pages[DETECTION].rows["provider"].allow("cuda", usable)
        self.places = PlacesPage(places, open_url)
        self._add(_FILES, titles[_FILES], self._framed(titles[_FILES], self.places))
        self.nothing = QLabel("No setting has these words.")
        self.nothing.setProperty("muted", True)
        self.nothing.setWordWrap(True)
        self.nothing.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = self.buttons.button(QDialogButtonBox.StandardButton.Close)
        if close is not None:
            # Enter takes what was typed into a field.
            close.setAutoDefault(False)
        self._lay_out()
        self._connect()
        self.list.setCurrentRow(0)

    def show_page(self, page: str) -> None:
        """Turn to a page, one of :data:`pedcam.ui.settings.settings.PAGES`."""
        for row in range(self.list.count()):
            if self._item(row).data(Qt.ItemDataRole.UserRole) == page:
                self.list.setCurrentRow(row)

    def _titles(self) -> dict[str, str]:
        return {
            GENERAL: "General",
            RECORDING: "Recording",
            DETECTION: "Detection",
            HISTORY: "History and privacy",
            _FILES: "Where files are",
        }

    def _add(self, page: str, title: str, widget: QWidget) -> None:
        item = QListWidgetItem(title)
        item.setData(Qt.ItemDataRole.UserRole, page)
        self.list.addItem(item)
        self._stack.addWidget(widget)

    def _framed(self, title: str, widget: QWidget) -> QWidget:
        unit = theme.UNIT
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(unit // 2, 0, 2 * unit, 0)
        column.setSpacing(2 * unit + unit // 2)
        heading = QLabel(title)
        heading.setFont(theme.scaled(heading.font(), 1.4, bold=True))
        column.addWidget(heading)
        column.addWidget(widget)
        column.addStretch()
        return frame

    def _lay_out(self) -> None:
        unit = theme.UNIT
        left = QWidget()
        left.setFixedWidth(max(_LIST_WIDTH, self.list.sizeHintForColumn(0) + 4 * unit))
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(unit)
        column.addWidget(self.search)
        column.addWidget(self.nothing)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.setSpacing(2 * unit)
        row.addWidget(left)
        row.addWidget(self._stack, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
        layout.setSpacing(2 * unit)
        layout.addLayout(row, 1)
        layout.addWidget(self.buttons)
        self.setMinimumSize(640, 400)
        size, around = QSize(760, 600), self.parentWidget()
        if around is not None:
            size = size.boundedTo(around.window().size() - QSize(6, 8) * unit)  # type: ignore[union-attr]
        self.resize(size.expandedTo(self.minimumSize()))

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.search.textChanged.connect(self._search)
        QShortcut(QKeySequence.StandardKey.Find, self, self.search.setFocus)
        self.buttons.rejected.connect(self.reject)

    def _search(self, words: str) -> None:
        wanted = words.casefold().split()
        first = None
        for number in range(self.list.count()):
            item = self._item(number)
            page = self.pages.get(item.data(Qt.ItemDataRole.UserRole))
            title = item.text().casefold()
            titled = all(word in title for word in wanted)
            # A page found by its title is shown whole.
            found = titled if page is None else page.search([] if titled else wanted) > 0
            item.setHidden(not found)
            if found and first is None:
                first = number
        self.nothing.setVisible(first is None)
        self._stack.setVisible(first is not None)
        current = self.list.currentItem()
        if first is not None and (current is None or current.isHidden()):
            self.list.setCurrentRow(first)

    def _item(self, row: int) -> QListWidgetItem:
        item = self.list.item(row)
        assert item is not None
        return item
