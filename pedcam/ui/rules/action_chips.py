"""What is done when a rule fires, a switch each."""

from __future__ import annotations

from collections.abc import Set

from PyQt6.QtCore import pyqtSignal

from pedcam.ui.base import theme
from pedcam.ui.base.icon_button import IconButton
from pedcam.ui.rules.sentence import Sentence
from pedcam.video.people.rules import Action

NAMES = {
    Action.NOTIFY: ("Notify", "Show a notification on the desktop"),
    Action.SOUND: ("Sound", "Play a sound"),
    Action.SNAPSHOT: ("Snapshot", "Save the picture"),
    Action.CLIP: ("Clip", "Save a clip with the seconds before and after"),
    Action.SEND: ("Send", "Send text and picture to the addresses in the settings"),
}


class ActionChips(Sentence):
    """An arrow, and a chip for each action; those that are on say their names.

    Attributes:
        chips: The chip of each action.
    """

    edited = pyqtSignal(object)
    """The user wants this ``frozenset`` of actions."""

    def __init__(self) -> None:
        """Start with none of them on."""
        super().__init__(muted=True)
        self.add_words("→")
        self.chips: dict[Action, IconButton] = {}
        for action, (name, tip) in NAMES.items():
            chip = self.chips[action] = IconButton(action.value, name, tip, size=16)
            chip.setCheckable(True)
            chip.setProperty("chip", True)
            chip.setFont(theme.scaled(chip.font(), 0.92))
            chip.clicked.connect(self._edit)
            self.add_widget(chip)

    def show_actions(self, actions: Set[Action]) -> None:
        """Show which actions are on without emitting :attr:`edited`."""
        for action, chip in self.chips.items():
            on = action in actions
            chip.setChecked(on)
            chip.setText(NAMES[action][0] if on else "")

    def _edit(self) -> None:
        self.edited.emit(
            frozenset(action for action, chip in self.chips.items() if chip.isChecked())
        )
