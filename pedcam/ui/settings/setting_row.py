"""One setting with its control, made from its description."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QStandardItemModel, QWheelEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.settings.folder_field import FolderField
from pedcam.ui.settings.number_field import NumberField
from pedcam.ui.settings.setting_kinds import Choice, Folder, Number, SettingInfo, Switch

CONTROL_WIDTH = 248  # the same for all, as long as none needs more


class SettingRow(QWidget):
    """The name of a setting, its control and what it does."""

    changed = pyqtSignal(object)
    """Another value, as the setting takes it."""

    def __init__(
        self,
        info: SettingInfo,
        parent: QWidget | None = None,
    ) -> None:
        """Make the control.

        Args:
            info: The setting.
            parent: Owner.

        Raises:
            TypeError: There is no control for that kind of setting.
        """
        super().__init__(parent)
        title, help_ = info.label, info.help
        self.control, self._show = _CONTROLS[type(info.kind)](self, info)
        self.control.setAccessibleDescription(help_)
        if not self.control.toolTip():
            self.control.setToolTip(help_)
        self._words = f"{title} {help_}".casefold()
        self.help = QLabel(help_)
        self.help.setWordWrap(True)
        self.help.setProperty("muted", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        if isinstance(self.control, QCheckBox):
            column.addWidget(self.control)
        else:
            label = QLabel(title)
            label.setWordWrap(True)
            label.setBuddy(self.control)
            if isinstance(self.control, FolderField):
                column.addWidget(label)
                column.addWidget(self.control)
            else:
                row = QHBoxLayout()
                row.setSpacing(2 * theme.UNIT)
                row.addWidget(label, 1)
                self.control.setMinimumWidth(CONTROL_WIDTH)
                row.addWidget(self.control)
                column.addLayout(row)
        column.addWidget(self.help)

    def show_value(self, value: object) -> None:
        """Show a value without telling of it."""
        with QSignalBlocker(self.control):
            self._show(value)

    def allow(self, word: str, allowed: bool) -> None:
        """Let one of the choices be taken, or not."""
        if isinstance(self.control, QComboBox):
            model = self.control.model()
            if isinstance(model, QStandardItemModel):
                item = model.item(self.control.findData(word))
                if item is not None:
                    item.setEnabled(allowed)

    def matches(self, words: Sequence[str]) -> bool:
        """Tell whether all of ``words``, in small letters, are in its name and help."""
        return all(word in self._words for word in words)


class _Combo(QComboBox):
    """Leaves the wheel to the page it is on, unless it was chosen before."""

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if self.hasFocus() or event is None:
            super().wheelEvent(event)
        else:
            event.ignore()


_Made = tuple[QWidget, Callable[[object], None]]


def _switch(row: SettingRow, info: SettingInfo) -> _Made:
    box = QCheckBox(info.label)
    box.toggled.connect(row.changed.emit)
    return box, lambda value: box.setChecked(bool(value))


def _choice(row: SettingRow, info: SettingInfo) -> _Made:
    assert isinstance(info.kind, Choice)
    box = _Combo()
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.setAccessibleName(info.label)
    for word, name in info.kind.options:
        box.addItem(name, word)
    box.currentIndexChanged.connect(lambda place: row.changed.emit(box.itemData(place)))
    return box, lambda value: box.setCurrentIndex(box.findData(value))


def _number(row: SettingRow, info: SettingInfo) -> _Made:
    assert isinstance(info.kind, Number)
    field = NumberField(info.label, info.kind)
    field.changed.connect(row.changed.emit)
    return field, lambda value: field.show_value(value if isinstance(value, int) else 0)


def _folder(row: SettingRow, info: SettingInfo) -> _Made:
    field = FolderField(info.label)
    field.chosen.connect(row.changed.emit)

    def show(value: object) -> None:
        if isinstance(value, Path):
            field.show_folder(value)

    return field, show


_CONTROLS = {
    Switch: _switch,
    Choice: _choice,
    Number: _number,
    Folder: _folder,
}
