"""A word of a sentence that is chosen from a menu."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QMenu, QPushButton


class ChoiceBlank(QPushButton):
    """Shows one of several choices; a click or Enter opens a menu with all of them.

    Attributes:
        choices: The entries of the menu, by choice.
    """

    chosen = pyqtSignal(str)
    """The user took this choice."""

    def __init__(self, name: str, words: Mapping[str, str]) -> None:
        """Offer ``words``, by choice; screen readers call it ``name``."""
        super().__init__()
        self._name = name
        self._words = dict(words)
        self.setProperty("blank", True)
        self.setAutoDefault(True)
        menu, group = QMenu(self), QActionGroup(self)
        self.choices: dict[str, QAction] = {}
        for choice, label in words.items():
            action = self.choices[choice] = QAction(label, group)
            action.setCheckable(True)
            action.triggered.connect(lambda _, choice=choice: self.chosen.emit(choice))
        menu.addActions(self.choices.values())
        self.setMenu(menu)

    def show_choice(self, choice: str) -> None:
        """Show a choice without emitting :attr:`chosen`."""
        self.choices[choice].setChecked(True)
        self.setText(self._words[choice])
        self.setAccessibleName(f"{self._name}: {self._words[choice]}")
