"""The input sizes of the chosen preset, as buttons."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import text, theme
from pedcam.ui.base.own_keys import ARROWS, OwnKeys
from pedcam.ui.presets.selection import PresetSelection

_COLUMNS = 3


class SizeRow(QWidget):
    """One button per input size, the smallest first; hidden where no preset has a choice."""

    chosen = pyqtSignal(str)
    """The user picked the preset of that name, which is the present one at another size."""

    def __init__(self, presets: PresetSelection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presets = presets
        self._names: list[str] = []
        self._group = QButtonGroup(self)
        heading = QLabel("Input size")
        heading.setFont(theme.scaled(self.font(), 1.0, bold=True))
        note = QLabel("larger finds smaller people")
        note.setProperty("muted", True)
        note.setFont(theme.scaled(self.font(), 0.9))
        top = QHBoxLayout()
        top.addWidget(heading)
        top.addStretch(1)
        top.addWidget(note)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.UNIT // 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.addLayout(top)
        layout.addLayout(self._grid)
        presets.subscribe(self._refresh)
        self._refresh()

    @property
    def buttons(self) -> list[QPushButton]:
        return self.findChildren(QPushButton, options=Qt.FindChildOption.FindDirectChildrenOnly)

    def _refresh(self) -> None:
        sizes = self._presets.sizes
        if self._names != [preset.name for preset in sizes]:
            self._names = [preset.name for preset in sizes]
            for button in self.buttons:
                self._group.removeButton(button)
                button.setParent(None)
                button.deleteLater()
            for number, preset in enumerate(sizes):
                button = QPushButton(text.size(preset))
                button.setProperty("compact", True)
                button.setCheckable(True)
                button.setAccessibleName(f"Input size {text.size(preset)}")
                OwnKeys(button, [*ARROWS, Qt.Key.Key_Space])
                button.clicked.connect(lambda _, name=preset.name: self.chosen.emit(name))
                self._group.addButton(button)
                self._grid.addWidget(button, *divmod(number, _COLUMNS))
        for name, button in zip(self._names, self.buttons, strict=True):
            with QSignalBlocker(button):
                button.setChecked(name == self._presets.selected)
            button.setEnabled(len(sizes) > 1)
            button.setToolTip(
                "Larger finds smaller people, smaller is faster (< and >)"
                if len(sizes) > 1
                else "This preset is calibrated for one input size only."
            )
        self.setVisible(len(self._presets.all_sizes) > len(self._presets.presets))
