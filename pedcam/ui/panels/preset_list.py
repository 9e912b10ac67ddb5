"""All presets, one card each."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from pedcam.ui import theme
from pedcam.ui.panels.preset_card import PresetCard
from pedcam.ui.state.presets import PresetChoice

NUMBER_KEYS = 9


class PresetList(QWidget):
    """Lets the user switch presets; shows the one that runs."""

    chosen = pyqtSignal(str)
    """The user picked the preset of that name."""

    def __init__(self, presets: PresetChoice, parent: QWidget | None = None) -> None:
        """Show ``presets`` and follow them."""
        super().__init__(parent)
        self._presets = presets
        self._group = QButtonGroup(self)
        self.cards = [
            PresetCard(preset, str(number) if number <= NUMBER_KEYS else "")
            for number, preset in enumerate(presets.presets, start=1)
        ]

        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.UNIT // 2)
        for card in self.cards:
            self._group.addButton(card)
            card.clicked.connect(lambda _, name=card.name: self.chosen.emit(name))
            column.addWidget(card)
        if not self.cards:
            none = QLabel(self.tr("No presets were found."))
            none.setProperty("muted", True)
            column.addWidget(none)
        column.addStretch()

        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.UNIT)
        heading = QLabel(self.tr("Presets"))
        heading.setFont(theme.scaled(heading.font(), 1.0, bold=True))
        layout.addWidget(heading)
        layout.addWidget(self._scroll, 1)

        presets.subscribe(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        for card in self.cards:
            card.set_condition(self._presets.condition(card.name), self._presets.error(card.name))
            card.setChecked(card.name == self._presets.chosen)
            if card.isChecked():
                self._scroll.ensureWidgetVisible(card, 0, theme.UNIT)
