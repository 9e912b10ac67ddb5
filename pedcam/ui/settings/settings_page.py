"""One page of settings, and the page of the folders where pedcam keeps its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.base.background import Worker
from pedcam.ui.base.elided_label import ElidedLabel
from pedcam.ui.base.watching import watch
from pedcam.ui.settings.setting_row import SettingRow
from pedcam.ui.settings.settings import Settings, setting_info, setting_names
from pedcam.ui.settings.settings_state import SettingsState


class SettingsPage(QScrollArea):
    """The settings of a page below each other, which count as soon as they are changed.

    Attributes:
        rows: Each setting's row by its name.
    """

    refused = pyqtSignal(str)
    """A value could not be taken."""

    def __init__(
        self,
        title: str,
        page: str,
        settings: SettingsState,
        parent: QWidget | None = None,
    ) -> None:
        """Show the settings of ``page``.

        Args:
            title: Its heading.
            page: One of :data:`pedcam.ui.settings.settings.PAGES`.
            settings: The settings.
            parent: Owner.
        """
        super().__init__(parent)
        self._page, self._settings = page, settings
        self._before_reset: Settings | None = None
        self._after_reset: Settings | None = None
        self.rows = {name: SettingRow(setting_info(name)) for name in setting_names(page)}
        self._notes: dict[str, QWidget] = {}
        self.reset = QPushButton()
        self.reset.setAutoDefault(False)
        self.setAccessibleName(title)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

        unit = theme.UNIT
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(unit // 2, 0, 2 * unit, unit)
        self._column.setSpacing(2 * unit + unit // 2)
        heading = QLabel(title)
        heading.setFont(theme.scaled(heading.font(), 1.4, bold=True))
        self._column.addWidget(heading)
        for name, row in self.rows.items():
            row.changed.connect(lambda value, name=name: self._set(name, value))
            self._column.addWidget(row)
        self._below = QHBoxLayout()
        self._below.addWidget(self.reset)
        self._below.addStretch()
        self._column.addLayout(self._below)
        self._column.addStretch()
        self.setWidget(inside)
        inside.setAutoFillBackground(False)
        viewport = self.viewport()
        if viewport is not None:
            viewport.setAutoFillBackground(False)
        self.reset.clicked.connect(self._reset)
        watch(settings, self._refresh)
        self._refresh()
        bar = self.verticalScrollBar()
        # Nothing is scrolled sideways, so nothing may need more width than there is.
        self.setMinimumWidth(
            inside.minimumSizeHint().width() + (bar.sizeHint().width() if bar is not None else 0)
        )

    def insert_below(self, name: str, widget: QWidget) -> None:
        """Put something below a setting, with which it is shown."""
        self._notes[name] = widget
        self._column.insertWidget(self._column.indexOf(self.rows[name]) + 1, widget)

    def search(self, words: Sequence[str]) -> int:
        """Show only the settings with all of ``words``; return how many there are."""
        found = 0
        for name, row in self.rows.items():
            matches = row.matches(words)
            row.setVisible(matches)
            found += matches
            if name in self._notes:
                self._notes[name].setVisible(matches)
        # It would reset what is left out too.
        self.reset.setVisible(not words)
        return found

    def _set(self, name: str, value: object) -> None:
        try:
            self._settings.set(name, value)
        except ValueError as error:
            self.refused.emit(str(error))
            self._refresh()

    def _reset(self) -> None:
        if self._before_reset is not None:
            before, self._before_reset = self._before_reset, None
            self._settings.replace(before)
            return
        self._before_reset = self._settings.values
        self._after_reset = None
        self._settings.reset(self._page)
        self._after_reset = self._settings.values
        self._refresh()

    def _refresh(self) -> None:
        values = self._settings.values
        for name, row in self.rows.items():
            row.show_value(getattr(values, name))
        if self._after_reset is not None and values != self._after_reset:
            # Something else was changed since, which going back would undo as well.
            self._before_reset = self._after_reset = None
        undoes = self._before_reset is not None
        self.reset.setText("&Undo" if undoes else "&Reset to defaults")
        self.reset.setToolTip(
            "Bring back what was set before"
            if undoes
            else "Return the settings of this page to what they were at first"
        )
        self.reset.setEnabled(undoes or not self._settings.at_defaults(self._page))


class PlacesPage(QWidget):
    """Lists files and folders, each with a button that opens it in the file manager."""

    def __init__(
        self,
        places: Sequence[tuple[str, Path]],
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
        parent: QWidget | None = None,
    ) -> None:
        """List ``places``.

        Args:
            places: What is kept, and where: a file or a folder, which need not exist.
            open_url: Shows a folder in the system's file manager.
            parent: Owner.
        """
        super().__init__(parent)
        self._open_url = open_url
        self.buttons: list[QPushButton] = []
        self._worker = Worker("pedcam-places", self)
        worker = self._worker
        self.destroyed.connect(lambda: worker.stop())
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * theme.UNIT)
        grid.setVerticalSpacing(theme.UNIT // 2)
        grid.setColumnStretch(0, 1)
        for number, (title, path) in enumerate(places):
            row = 3 * number
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
        self._worker.submit(lambda: _nearest_folder(path), self._show)

    def _show(self, folder: Path) -> None:
        self._open_url(QUrl.fromLocalFile(str(folder)))


def _nearest_folder(path: Path) -> Path:
    """Return the folder itself or that of a file; further up where it does not exist yet."""
    return next((each for each in (path, *path.parents) if each.is_dir()), path.parent)
