"""The choice of how closely pictures are searched, with its price."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from pedcam.detect.detail import Detail
from pedcam.ui.base import theme
from pedcam.ui.base.own_keys import OwnKeys
from pedcam.ui.presets.selection import PresetSelection

_CHOICES = {
    Detail.WHOLE: ("Whole picture", "Each picture is searched once"),
    Detail.AUTO: (
        "Automatic",
        "In parts where the picture is a panorama, or most people in it are small",
    ),
    Detail.FINER: ("Finer", "Overlapping parts are searched too, in two rows"),
    Detail.FINEST: ("Finest", "Overlapping parts are searched too, in three rows"),
}


class DetailRow(QWidget):
    """A list of choices, and under it what the present one costs."""

    chosen = pyqtSignal(Detail)
    """The user wants this detail."""

    def __init__(self, presets: PresetSelection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._presets = presets
        heading = QLabel("Detail")
        heading.setFont(theme.scaled(self.font(), 1.0, bold=True))
        self.choice = QComboBox()
        for detail, (name, tip) in _CHOICES.items():
            self.choice.addItem(name, detail)
            self.choice.setItemData(self.choice.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.choice.setToolTip(
            "How closely to look: finer finds people farther away, and is slower"
        )
        OwnKeys(self.choice, [Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Down])
        heading.setBuddy(self.choice)
        self.price = QLabel()
        self.price.setProperty("muted", True)
        self.price.setFont(theme.scaled(self.font(), 0.9))
        self.price.setWordWrap(True)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT // 2)
        layout.setColumnStretch(0, 1)
        layout.addWidget(heading, 0, 0)
        layout.addWidget(self.choice, 0, 1)
        layout.addWidget(self.price, 1, 0, 1, 2)
        self.choice.activated.connect(lambda: self.chosen.emit(self.choice.currentData()))
        presets.subscribe(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        presets = self._presets
        self.choice.setCurrentIndex(list(_CHOICES).index(presets.detail))
        preset = presets.find(presets.running or presets.selected)
        looks = 1 if preset is None else presets.looks(preset)
        if looks > 1:
            price = f"{looks} parts of each picture: about {looks} times the time."
        elif presets.panorama and presets.detail is Detail.WHOLE:
            price = "A panorama: Automatic finds more people."
        else:
            price = "Finer finds people farther away, and is slower."
        self.price.setText(price)
