"""One setting with its control, made from its description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme
from pedcam.ui.settings.folder_field import FolderField
from pedcam.ui.settings.setting_types import Choice, Folder, Number, SettingInfo, Switch

CONTROL_WIDTH = 248  # the same for all, as long as none needs more


class SettingRow(QWidget):
    """The name of a setting, its control and what it does."""

    changed = pyqtSignal(object)
    """Another value, as the setting takes it."""

    def __init__(self, info: SettingInfo) -> None:
        super().__init__()
        self._show: Callable[[Any], object]
        self.control = self._make_control(info)
        self.control.setAccessibleName(info.label)
        self.control.setAccessibleDescription(info.help)
        self.control.setToolTip(info.help)
        help_ = QLabel(info.help)
        help_.setWordWrap(True)
        help_.setProperty("muted", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        row = QHBoxLayout()
        row.setSpacing(2 * theme.UNIT)
        if not isinstance(self.control, QCheckBox):
            label = QLabel(info.label)
            label.setWordWrap(True)
            label.setBuddy(self.control)
            row.addWidget(label, 1)
        column.addLayout(row)
        if isinstance(self.control, QComboBox | QSpinBox):
            self.control.setMinimumWidth(CONTROL_WIDTH)
            row.addWidget(self.control)
        else:
            column.addWidget(self.control)
        column.addWidget(help_)

    def show_value(self, value: object) -> None:
        """Show a value without emitting :attr:`changed`."""
        with QSignalBlocker(self.control):
            self._show(value)

    def leave_out(self, word: str) -> None:
        """Do not offer one of the choices."""
        assert isinstance(self.control, QComboBox)
        self.control.removeItem(self.control.findData(word))

    def _make_control(self, info: SettingInfo) -> QWidget:
        match info.type:
            case Switch():
                check = QCheckBox(info.label)
                check.toggled.connect(self.changed.emit)
                self._show = check.setChecked
                return check
            case Choice(options):
                combo = _ComboBox()
                for word, name in options.items():
                    combo.addItem(name, word)
                combo.currentIndexChanged.connect(
                    lambda index: self.changed.emit(combo.itemData(index))
                )
                self._show = lambda value: combo.setCurrentIndex(combo.findData(value))
                return combo
            case Number() as number:
                spin = _SpinBox(number)
                spin.valueChanged.connect(self.changed.emit)
                self._show = spin.setValue
                return spin
            case Folder():
                folder = FolderField(info.label)
                folder.chosen.connect(self.changed.emit)
                self._show = folder.show_folder
                return folder


# The wheel scrolls the page, unless the control was chosen before.


class _ComboBox(QComboBox):
    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if self.hasFocus() or event is None:
            super().wheelEvent(event)
        else:
            event.ignore()


class _SpinBox(QSpinBox):
    def __init__(self, number: Number) -> None:
        super().__init__()
        self.setRange(number.low, number.high)
        self.setSingleStep(number.step)
        self.setSuffix(number.suffix)
        self.setSpecialValueText(number.lowest)
        # A number that is still being typed does not apply yet.
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if self.hasFocus() or event is None:
            super().wheelEvent(event)
        else:
            event.ignore()
