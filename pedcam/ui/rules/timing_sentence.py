"""How often and at which hours a rule fires, as a sentence."""

from __future__ import annotations

from datetime import time as TimeOfDay

from PyQt6.QtCore import QSignalBlocker, QTime, pyqtSignal
from PyQt6.QtWidgets import QTimeEdit, QWidget

from pedcam.ui.rules.choice_blank import ChoiceBlank
from pedcam.ui.rules.duration_box import DurationBox
from pedcam.ui.rules.sentence import Sentence
from pedcam.video.people.rules import Hours

NIGHT = Hours(TimeOfDay(22), TimeOfDay(6))
"""The hours that are offered first."""


class TimingSentence(Sentence):
    """``At most once in [60 s] · [only between] [22:00] and [06:00]``."""

    cooldown_edited = pyqtSignal(float)
    """The user wants this many seconds between two alerts."""

    hours_edited = pyqtSignal(object)
    """The user wants these :class:`~pedcam.video.people.rules.Hours`; ``None`` for always."""

    problem_found = pyqtSignal(str)
    """What the user entered is not possible, and why."""

    def __init__(self) -> None:
        super().__init__(muted=True)
        self._cooldown, self._hours = 0.0, NIGHT
        self.add_words("At most once in")
        self.cooldown = DurationBox()
        cooldown = self.add_box(self.cooldown, "At most once in")
        self.add_words("·")
        self.choice = ChoiceBlank("When", {"always": "at any time", "hours": "only between"})
        self.add_widget(self.choice)
        self.start, self.end = QTimeEdit(), QTimeEdit()
        blanks = [cooldown, self.add_box(self.start, "From")]
        (and_,) = self.add_words("and")
        blanks.append(self.add_box(self.end, "Until"))
        self._blanks, self._between = blanks, (self.start, and_, self.end)

        self.cooldown.valueChanged.connect(cooldown.stepped)
        cooldown.settled.connect(self._edit_cooldown)
        for box, blank in ((self.start, blanks[1]), (self.end, blanks[2])):
            box.setDisplayFormat("HH:mm")
            box.setWrapping(True)
            box.timeChanged.connect(blank.stepped)
            blank.settled.connect(self._edit_hours)
        for blank in blanks:
            blank.given_up.connect(self._restore)
        self.choice.chosen.connect(
            lambda choice: self.hours_edited.emit(self._hours if choice == "hours" else None)
        )

    def show_timing(self, cooldown: float, hours: Hours | None) -> None:
        """Show them without emitting a signal."""
        self._cooldown, self._hours = cooldown, hours or self._hours
        self.choice.show_choice("hours" if hours else "always")
        for widget in self._between:
            widget.setVisible(hours is not None)
        self._restore()

    def _restore(self) -> None:
        boxes: tuple[QWidget, ...] = (self.cooldown, self.start, self.end)
        blockers = [QSignalBlocker(box) for box in boxes]
        self.cooldown.setValue(self._cooldown)
        for edit, value in ((self.start, self._hours.start), (self.end, self._hours.end)):
            edit.setTime(QTime(value.hour, value.minute, value.second))
        for blocker in blockers:
            blocker.unblock()
        for blank in self._blanks:
            blank.show_value()

    def _edit_cooldown(self) -> None:
        if self.cooldown.value() != self._cooldown:
            self.cooldown_edited.emit(self.cooldown.value())

    def _edit_hours(self) -> None:
        start, end = (edit.time().toPyTime() for edit in (self.start, self.end))
        if (start, end) == (self._hours.start, self._hours.end):
            return
        try:
            hours = Hours(start, end)
        except ValueError:
            self.problem_found.emit("Both times are the same. Enter another one.")
            self._restore()
        else:
            self.hours_edited.emit(hours)
