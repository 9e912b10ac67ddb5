import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QAbstractSpinBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.rules.condition_sentence import ConditionSentence
from pedcam.video.people.rules import Condition, Crosses, Crowd, Enters, Stays


def words(sentence: QWidget) -> str:
    """The sentence as it is read, what can be edited in brackets."""
    layout = sentence.layout()
    assert layout is not None
    parts = []
    for index in range(layout.count()):
        item = layout.itemAt(index)
        widget = item.widget() if item is not None else None
        if isinstance(widget, QLabel):
            parts.append(widget.text())
        elif isinstance(widget, QAbstractSpinBox | QPushButton):
            parts.append(f"[{widget.text()}]")
    return " ".join(parts)


def make(qtbot: QtBot, when: Condition) -> ConditionSentence:
    made = ConditionSentence(when)
    qtbot.addWidget(made)
    made.resize(280, 60)
    made.show()
    return made


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (Stays(30.0), "When someone stays longer than [30 s]"),
        (Crowd(5, 10.0), "When more than [5] people are there for [10 s]"),
        (Crowd(1, 0.0), "When more than [1] person is there for [a moment]"),
        (Enters(), "When someone enters"),
        (Crosses("in"), "When someone crosses [inwards]"),
        (Crosses("either"), "When someone crosses [either way]"),
    ],
)
def test_a_condition_is_a_sentence(qtbot: QtBot, when: Condition, text: str) -> None:
    sentence = make(qtbot, when)
    assert words(sentence) == text
    assert sentence.when == when


def test_in_the_whole_picture_people_appear(qtbot: QtBot) -> None:
    sentence = ConditionSentence(Enters(), whole_picture=True)
    qtbot.addWidget(sentence)
    assert words(sentence) == "When someone appears"


def test_seconds_are_edited(qtbot: QtBot) -> None:
    sentence = make(qtbot, Stays(30.0))
    with qtbot.waitSignal(sentence.edited) as edited:
        sentence.seconds.selectAll()
        qtbot.keyClicks(sentence.seconds, "2 min")
        qtbot.keyClick(sentence.seconds, Qt.Key.Key_Return)
    assert edited.args == [Stays(120.0)]


def test_seconds_that_stay_the_same_are_no_edit(qtbot: QtBot) -> None:
    sentence = make(qtbot, Stays(30.0))
    spy = QSignalSpy(sentence.edited)
    qtbot.keyClick(sentence.seconds, Qt.Key.Key_Return)
    sentence.show_condition(Stays(40.0))
    assert len(spy) == 0
    assert sentence.seconds.value() == 40.0


def test_a_duration_from_a_file_is_not_rounded(qtbot: QtBot) -> None:
    sentence = make(qtbot, Stays(2.0625))
    spy = QSignalSpy(sentence.edited)
    qtbot.keyClick(sentence.seconds, Qt.Key.Key_Return)
    assert len(spy) == 0


def test_the_size_of_a_crowd_is_edited(qtbot: QtBot) -> None:
    sentence = make(qtbot, Crowd(5, 10.0))
    with qtbot.waitSignal(sentence.edited) as edited:
        sentence.people.selectAll()
        qtbot.keyClicks(sentence.people, "1")
        qtbot.keyClick(sentence.people, Qt.Key.Key_Return)
    assert edited.args == [Crowd(1, 10.0)]
    sentence.show_condition(Crowd(1, 10.0))
    assert words(sentence) == "When more than [1] person is there for [10 s]"


def test_the_direction_is_chosen(qtbot: QtBot) -> None:
    sentence = make(qtbot, Crosses("in"))
    with qtbot.waitSignal(sentence.edited) as edited:
        sentence.direction.choices["out"].trigger()
    assert edited.args == [Crosses("out")]


def test_escape_brings_the_value_back(qtbot: QtBot) -> None:
    sentence = make(qtbot, Crowd(5, 10.0))
    sentence.people.selectAll()
    qtbot.keyClicks(sentence.people, "70")
    qtbot.keyClick(sentence.people, Qt.Key.Key_Escape)
    assert sentence.people.text() == "5"


def test_it_wraps_where_the_panel_is_narrow(qtbot: QtBot) -> None:
    sentence = make(qtbot, Crowd(5, 10.0))
    assert sentence.minimumSizeHint().width() <= 100
    assert sentence.heightForWidth(140) > sentence.heightForWidth(400)
