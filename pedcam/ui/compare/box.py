"""Which preset is compared with the running one."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QStandardItemModel
from PyQt6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from pedcam.detect.presets import Preset
from pedcam.ui.base import text, theme
from pedcam.ui.base.own_keys import OwnKeys
from pedcam.ui.compare.state import ComparisonState, Layout
from pedcam.ui.presets.selection import PresetSelection


def other_preset(presets: PresetSelection, before: str | None = None) -> str | None:
    """Return what to compare with: what was asked for before, else the one farthest in depth.

    That is at the same input size where there is one.
    """
    running = presets.find(presets.selected)
    others = [preset for preset in presets.usable if preset is not running]
    if running is None or not others:
        return None
    if before in [preset.name for preset in others]:
        return before
    size = running.info.input_size
    return max(
        others,
        key=lambda one: (abs(one.info.depth - running.info.depth), one.info.input_size == size),
    ).name


class CompareBox(QWidget):
    """Switches the comparison on, and chooses the other preset and the layout."""

    compare_wanted = pyqtSignal(object)
    """The name of the other preset, or ``None`` to stop."""

    def __init__(
        self, presets: PresetSelection, state: ComparisonState, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._presets, self._state = presets, state
        self._before: str | None = None
        self._listed: tuple[Preset, ...] | None = None
        heading = QLabel("Compare")
        heading.setFont(theme.scaled(heading.font(), 1.0, bold=True))
        self.other = QComboBox()
        self.other.setAccessibleName("Preset to compare with")
        self.other.setToolTip("The preset beside the running one (C switches it on)")
        self.other.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.other.setMinimumContentsLength(8)
        OwnKeys(self.other, [Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Down])
        self.divider = QCheckBox("One picture with a divider")
        self.divider.setToolTip("Instead of two pictures side by side (V)")
        OwnKeys(self.divider, [Qt.Key.Key_Space])
        self.legend = QLabel(
            "Dashed orange boxes: found on that side only. Both share the processor."
        )
        self.legend.setWordWrap(True)
        self.legend.setProperty("muted", True)
        unit = theme.UNIT
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(unit)
        row = QHBoxLayout()
        row.addWidget(heading)
        row.addWidget(self.other, 1)
        column.addLayout(row)
        column.addWidget(self.divider)
        column.addWidget(self.legend)
        self.other.activated.connect(lambda row: self.compare_wanted.emit(self.other.itemData(row)))
        self.divider.toggled.connect(
            lambda on: state.set_layout(Layout.DIVIDER if on else Layout.SIDE_BY_SIDE)
        )
        presets.subscribe(self._refresh)
        state.subscribe(self._refresh)
        self._refresh()

    def toggle(self) -> None:
        """Begin to compare, or stop."""
        other = None if self._state.active else other_preset(self._presets, self._before)
        self.compare_wanted.emit(other)

    def _refresh(self) -> None:
        active = self._state.active
        self._before = self._state.other or self._before
        with QSignalBlocker(self.other):
            if self._listed != self._presets.all_sizes:
                self._listed = self._presets.all_sizes
                self.other.clear()
                self.other.addItem("Nothing")
                for preset in self._listed:
                    self.other.addItem(text.title(preset), preset.name)
            model = self.other.model()
            assert isinstance(model, QStandardItemModel)
            for row, preset in enumerate(self._listed, start=1):
                if (item := model.item(row)) is not None:
                    # Nobody compares a preset with itself.
                    item.setEnabled(preset.name != self._presets.selected)
            self.other.setCurrentIndex(max(self.other.findData(self._state.other), 0))
        with QSignalBlocker(self.divider):
            self.divider.setChecked(self._state.layout is Layout.DIVIDER)
        self.divider.setVisible(active)
        self.legend.setVisible(active)
