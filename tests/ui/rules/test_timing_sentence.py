from datetime import time

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from pedcam.ui.rules.timing_sentence import TimingSentence
from pedcam.video.people.rules import Hours

NIGHT = Hours(time(22), time(6))


@pytest.fixture
def timing(qtbot: QtBot) -> TimingSentence:
    made = TimingSentence()
    qtbot.addWidget(made)
    made.resize(280, 60)
    made.show()
    return made


def test_without_hours_it_holds_at_any_time(timing: TimingSentence) -> None:
    timing.show_timing(90.0, None)
    assert timing.cooldown.text() == "90 s"
    assert timing.choice.text() == "at any time"
    assert not timing.start.isVisible()
    assert not timing.end.isVisible()


def test_with_hours_it_says_which(timing: TimingSentence) -> None:
    timing.show_timing(60.0, Hours(time(9, 30), time(17)))
    assert timing.choice.text() == "only between"
    assert (timing.start.text(), timing.end.text()) == ("09:30", "17:00")
    assert timing.start.isVisible()


def test_showing_is_no_edit(timing: TimingSentence) -> None:
    spies = [QSignalSpy(timing.cooldown_edited), QSignalSpy(timing.hours_edited)]
    timing.show_timing(90.0, NIGHT)
    timing.show_timing(60.0, None)
    assert [len(spy) for spy in spies] == [0, 0]


def test_the_night_is_offered_first(qtbot: QtBot, timing: TimingSentence) -> None:
    timing.show_timing(60.0, None)
    with qtbot.waitSignal(timing.hours_edited) as edited:
        timing.choice.choices["hours"].trigger()
    assert edited.args == [NIGHT]


def test_any_time_can_be_chosen_again(qtbot: QtBot, timing: TimingSentence) -> None:
    timing.show_timing(60.0, NIGHT)
    with qtbot.waitSignal(timing.hours_edited) as edited:
        timing.choice.choices["always"].trigger()
    assert edited.args == [None]


def test_the_cooldown_is_edited(qtbot: QtBot, timing: TimingSentence) -> None:
    timing.show_timing(60.0, None)
    with qtbot.waitSignal(timing.cooldown_edited) as edited:
        timing.cooldown.selectAll()
        qtbot.keyClicks(timing.cooldown, "5 min")
        qtbot.keyClick(timing.cooldown, Qt.Key.Key_Return)
    assert edited.args == [300.0]


def test_a_time_is_edited(qtbot: QtBot, timing: TimingSentence) -> None:
    timing.show_timing(60.0, NIGHT)
    timing.start.setFocus()
    with qtbot.waitSignal(timing.hours_edited) as edited:
        timing.start.setTime(timing.start.time().addSecs(-1800))
        qtbot.keyClick(timing.start, Qt.Key.Key_Return)
    assert edited.args == [Hours(time(21, 30), time(6))]


def test_two_equal_times_are_refused(qtbot: QtBot, timing: TimingSentence) -> None:
    timing.show_timing(60.0, NIGHT)
    spy = QSignalSpy(timing.hours_edited)
    with qtbot.waitSignal(timing.problem_found) as found:
        timing.end.setTime(timing.start.time())
        qtbot.keyClick(timing.end, Qt.Key.Key_Return)
    assert "same" in found.args[0]
    assert timing.end.text() == "06:00"
    assert len(spy) == 0
