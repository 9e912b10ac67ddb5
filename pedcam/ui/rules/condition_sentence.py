"""What a rule watches for, as a sentence."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QSignalBlocker, pyqtSignal
from PyQt6.QtWidgets import QSpinBox

from pedcam.ui.rules.choice_blank import ChoiceBlank
from pedcam.ui.rules.duration_box import DurationBox
from pedcam.ui.rules.sentence import Sentence
from pedcam.video.people.rules import MAX_PEOPLE, Condition, Crosses, Crowd, Enters, Stays

DIRECTIONS = {"in": "inwards", "out": "outwards", "either": "either way"}


class ConditionSentence(Sentence):
    """``When someone stays longer than [30 s]``; what stands in brackets can be edited.

    Attributes:
        when: The condition as it is.
    """

    edited = pyqtSignal(object)
    """The user wants this :data:`~pedcam.video.people.rules.Condition`, of the same kind."""

    def __init__(self, when: Condition, *, whole_picture: bool = False) -> None:
        """Show a condition of a line or zone, or of the ``whole_picture``."""
        super().__init__()
        self.when = when
        match when:
            case Stays():
                self._show = self._build_stays()
            case Crowd():
                self._show = self._build_crowd()
            case Crosses():
                self._show = self._build_crosses()
            case Enters():
                deed = "appears" if whole_picture else "enters"
                self.add_words(f"When someone {deed}")
                self._show = lambda when: None
        self.show_condition(when)

    def show_condition(self, when: Condition) -> None:
        """Show another condition of the same kind without emitting :attr:`edited`."""
        self.when = when
        self._show(when)

    def _build_stays(self) -> Callable[[Condition], None]:
        self.add_words("When someone stays longer than")
        self.seconds = DurationBox(least=1.0)
        blank = self.add_box(self.seconds, "Longer than")
        self.seconds.valueChanged.connect(blank.stepped)
        blank.settled.connect(lambda: self._edit(Stays(self.seconds.value())))
        blank.given_up.connect(lambda: self.show_condition(self.when))

        def show(when: Condition) -> None:
            assert isinstance(when, Stays)
            with QSignalBlocker(self.seconds):
                self.seconds.setValue(when.seconds)
            blank.show_value()

        return show

    def _build_crowd(self) -> Callable[[Condition], None]:
        self.add_words("When more than")
        self.people = QSpinBox()
        self.people.setRange(0, MAX_PEOPLE)
        people = self.add_box(self.people, "More than how many people")
        noun, verb, *_ = self.add_words("people are there for")
        self.seconds = DurationBox()
        self.seconds.setSpecialValueText("a moment")
        seconds = self.add_box(self.seconds, "For how long")
        for box, blank in ((self.people, people), (self.seconds, seconds)):
            box.valueChanged.connect(blank.stepped)
            blank.settled.connect(
                lambda: self._edit(Crowd(self.people.value(), self.seconds.value()))
            )
            blank.given_up.connect(lambda: self.show_condition(self.when))

        def show(when: Condition) -> None:
            assert isinstance(when, Crowd)
            with QSignalBlocker(self.people), QSignalBlocker(self.seconds):
                self.people.setValue(when.people)
                self.seconds.setValue(when.seconds)
            for blank in (people, seconds):
                blank.show_value()
            noun.setText("person" if when.people == 1 else "people")
            verb.setText("is" if when.people == 1 else "are")

        return show

    def _build_crosses(self) -> Callable[[Condition], None]:
        self.add_words("When someone crosses")
        self.direction = ChoiceBlank("Direction", DIRECTIONS)
        self.add_widget(self.direction)
        self.direction.chosen.connect(lambda direction: self._edit(Crosses(direction)))

        def show(when: Condition) -> None:
            assert isinstance(when, Crosses)
            self.direction.show_choice(when.direction)

        return show

    def _edit(self, when: Condition) -> None:
        if when != self.when:
            self.edited.emit(when)
