"""One page of settings."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.watching import watch
from pedcam.ui.settings.setting_row import SettingRow
from pedcam.ui.settings.settings import Settings, SettingsState, setting_info, setting_names


class SettingsPage(QScrollArea):
    """The settings of a page below each other, which apply as soon as they are changed.

    Attributes:
        rows: Each setting's row by its name.
    """

    def __init__(self, page: str, settings: SettingsState) -> None:
        """Show the settings of ``page``, one of :data:`pedcam.ui.settings.settings.PAGES`."""
        super().__init__()
        self._page, self._settings = page, settings
        self._undo: Settings | None = None
        self.rows = {name: SettingRow(setting_info(name)) for name in setting_names(page)}
        self.reset = QPushButton()
        self.reset.setAutoDefault(False)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

        unit = theme.UNIT
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(unit // 2, 2 * unit, 2 * unit, unit)
        self._column.setSpacing(2 * unit + unit // 2)
        for name, row in self.rows.items():
            row.changed.connect(lambda value, name=name: settings.set(name, value))
            self._column.addWidget(row)
        below = QHBoxLayout()
        below.addWidget(self.reset)
        below.addStretch()
        self._column.addLayout(below)
        self._column.addStretch()
        self.setWidget(inside)
        inside.setAutoFillBackground(False)
        viewport, bar = self.viewport(), self.verticalScrollBar()
        assert viewport is not None
        assert bar is not None
        viewport.setAutoFillBackground(False)
        self.reset.clicked.connect(self._reset)
        watch(settings, self._refresh)
        self._refresh()
        # Nothing is scrolled sideways, so nothing may need more width than there is.
        self.setMinimumWidth(inside.minimumSizeHint().width() + bar.sizeHint().width())

    def insert_below(self, name: str, widget: QWidget) -> None:
        self._column.insertWidget(self._column.indexOf(self.rows[name]) + 1, widget)

    def _reset(self) -> None:
        before, undo = self._settings.values, self._undo
        if undo is not None:
            self._settings.replace(undo)
        else:
            self._settings.reset(self._page)
            self._undo = before
            self._refresh_reset()

    def _refresh(self) -> None:
        for name, row in self.rows.items():
            row.show_value(getattr(self._settings.values, name))
        # Undoing the reset now would undo this change as well.
        self._undo = None
        self._refresh_reset()

    def _refresh_reset(self) -> None:
        undoes = self._undo is not None
        self.reset.setText("&Undo" if undoes else "&Reset to defaults")
        self.reset.setToolTip(
            "Restore what was set before" if undoes else "Reset the settings of this page"
        )
        self.reset.setEnabled(undoes or not self._settings.at_defaults(self._page))
