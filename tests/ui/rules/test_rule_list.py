from dataclasses import replace
from datetime import time

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from pedcam.history.values import HistorySource, PastEvent
from pedcam.ui.rules.firings import Firings
from pedcam.ui.rules.rule_list import RuleList
from pedcam.ui.rules.timing_sentence import NIGHT
from pedcam.ui.zones.state import Zones
from pedcam.video.people.counts import Event, EventKind
from pedcam.video.people.rules import Action, Crosses, Crowd, Enters, Hours, Rule, Stays

LEFT = Qt.MouseButton.LeftButton
SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
NOTIFY = frozenset({Action.NOTIFY})


@pytest.fixture
def zones() -> Zones:
    """A line, a zone, and one rule about the zone."""
    made = Zones()
    made.begin()
    made.add_line((0.1, 0.5), (0.9, 0.5))
    made.add_zone(SQUARE)
    made.add_rule(Rule("Loitering", Stays(30.0), zone="Zone 1"))
    return made


@pytest.fixture
def firings() -> Firings:
    return Firings()


@pytest.fixture
def rules(qtbot: QtBot, zones: Zones, firings: Firings) -> RuleList:
    """Those of the zone."""
    made = RuleList(zones, firings)
    qtbot.addWidget(made)
    made.resize(300, 500)
    zones.subscribe(lambda: made.show_zone("Zone 1"))
    made.show_zone("Zone 1")
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def alert(rule: str, at: float, *, live: bool = False) -> PastEvent:
    event = Event(EventKind.ALERT, 1, 0, 5.5, rule=rule)
    return PastEvent(event, at, HistorySource("a", "camera", "0"), live)


def names(rules: RuleList) -> list[str]:
    return [row.name.text() for row in rules.rows]


@pytest.mark.parametrize(
    ("zone", "conditions"),
    [
        ("Line 1", [Crosses("in")]),
        ("Zone 1", [Stays(30.0), Crowd(5, 10.0), Enters()]),
        ("", [Stays(30.0), Crowd(5, 10.0), Enters()]),
    ],
)
def test_what_fits_is_offered(
    qtbot: QtBot, zones: Zones, firings: Firings, zone: str, conditions: list[object]
) -> None:
    zones.remove_rule("Loitering")
    rules = RuleList(zones, firings)
    qtbot.addWidget(rules)
    rules.show_zone(zone)
    for action in rules.choices.values():
        action.trigger()
    assert [rule.when for rule in zones.rules_of(zone)] == conditions
    assert all(rule.then == NOTIFY for rule in zones.rules)


def test_a_line_has_one_kind_of_rule_which_a_click_adds(
    qtbot: QtBot, zones: Zones, firings: Firings
) -> None:
    rules = RuleList(zones, firings)
    qtbot.addWidget(rules)
    rules.show_zone("Line 1")
    qtbot.mouseClick(rules.add, LEFT)
    assert [rule.name for rule in zones.rules_of("Line 1")] == ["Crossing"]


def test_a_new_rule_is_ready_to_be_named(qtbot: QtBot, rules: RuleList, zones: Zones) -> None:
    rules.choices["Long stay"].trigger()
    assert names(rules) == ["Loitering", "Long stay"]
    assert rules.rows[1].name.hasFocus()
    qtbot.keyClicks(rules.rows[1].name, "Door")
    qtbot.keyClick(rules.rows[1].name, Qt.Key.Key_Return)
    assert [rule.name for rule in zones.rules] == ["Loitering", "Door"]


def test_an_edit_changes_the_rule_and_is_undone(rules: RuleList, zones: Zones) -> None:
    row = rules.rows[0]
    row.condition.edited.emit(Stays(45.0))
    assert zones.rules[0].when == Stays(45.0)
    assert row.condition.seconds.value() == 45.0
    zones.undo()
    assert row.condition.seconds.value() == 30.0
    zones.redo()
    assert row.condition.seconds.value() == 45.0


def test_a_name_that_is_taken_stays_to_be_corrected(
    qtbot: QtBot, rules: RuleList, zones: Zones
) -> None:
    zones.add_rule(Rule("Night", Stays(30.0), zone="Zone 1"))
    row = rules.rows[1]
    row.name.setFocus()
    row.name.setText("Loitering")
    qtbot.keyClick(row.name, Qt.Key.Key_Return)
    assert "already" in row.problem.text()
    assert row.name.text() == "Loitering"
    assert zones.rules[1].name == "Night"
    qtbot.keyClick(row.name, Qt.Key.Key_Escape)
    assert row.name.text() == "Night"
    assert row.problem.text() == ""


def test_deleting_keeps_the_focus_in_the_list(qtbot: QtBot, rules: RuleList, zones: Zones) -> None:
    zones.add_rule(Rule("Crowd", Crowd(5), zone="Zone 1"))
    rules.rows[1].remove.setFocus()
    qtbot.mouseClick(rules.rows[1].remove, LEFT)
    assert names(rules) == ["Loitering"]
    assert rules.rows[0].name.hasFocus()
    qtbot.mouseClick(rules.rows[0].remove, LEFT)
    assert rules.rows == []
    assert rules.add.hasFocus()


def test_a_rule_that_goes_takes_no_focus_from_elsewhere(
    qtbot: QtBot, zones: Zones, firings: Firings
) -> None:
    window, rules, elsewhere = QWidget(), RuleList(zones, firings), QLineEdit()
    qtbot.addWidget(window)
    zones.subscribe(lambda: rules.show_zone("Zone 1"))
    rules.show_zone("Zone 1")
    layout = QVBoxLayout(window)
    layout.addWidget(rules)
    layout.addWidget(elsewhere)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    rules.rows[0].name.setFocus()
    elsewhere.setFocus()
    zones.remove_rule("Loitering")
    assert rules.rows == []
    assert elsewhere.hasFocus()


def test_the_hours_of_one_place_are_not_offered_at_another(
    qtbot: QtBot, zones: Zones, firings: Firings
) -> None:
    office = Hours(time(8), time(18))
    zones.change_rule("Loitering", replace(zones.rules[0], hours=office))
    zones.add_rule(Rule("All", Stays(30.0)))
    rules = RuleList(zones, firings)
    qtbot.addWidget(rules)
    rules.show_zone("Zone 1")
    rules.show_zone("")
    rules.rows[0].timing.choice.chosen.emit("hours")
    assert [rule.hours for rule in zones.rules] == [office, NIGHT]


def test_rows_follow_when_a_rule_of_another_kind_goes(rules: RuleList, zones: Zones) -> None:
    zones.add_rule(Rule("Crowd", Crowd(7), zone="Zone 1"))
    zones.remove_rule("Loitering")
    assert names(rules) == ["Crowd"]
    assert rules.rows[0].condition.people.value() == 7
    zones.undo()
    assert names(rules) == ["Loitering", "Crowd"]


def test_what_is_typed_survives_the_next_result(
    qtbot: QtBot, rules: RuleList, zones: Zones
) -> None:
    seconds = rules.rows[0].condition.seconds
    seconds.setFocus()
    seconds.selectAll()
    qtbot.keyClicks(seconds, "4")
    rules.show_zone("Zone 1")
    assert seconds.text() == "4"


def test_a_rule_that_fires_is_counted_and_stands_out(rules: RuleList, firings: Firings) -> None:
    row = rules.rows[0]
    firings.add([alert("Loitering", 0.0)])
    assert row.fired.text() == "Once, at 0:05.5"
    assert row.flashing
    firings.add([alert("Another", 0.0)])
    firings.add([alert("Loitering", 0.0), alert("Loitering", 0.0)])
    assert row.fired.text() == "3 times, last at 0:05.5"
    firings.clear()
    assert row.fired.text() == ""


def test_what_fired_before_does_not_stand_out(qtbot: QtBot, zones: Zones, firings: Firings) -> None:
    firings.add([alert("Loitering", 0.0)])
    rules = RuleList(zones, firings)
    qtbot.addWidget(rules)
    rules.show_zone("Zone 1")
    assert rules.rows[0].fired.text() == "Once, at 0:05.5"
    assert not rules.rows[0].flashing


def test_all_rows_know_whether_there_is_an_address(
    qtbot: QtBot, rules: RuleList, zones: Zones
) -> None:
    rules.set_can_send(False)
    zones.add_rule(Rule("Tell me", Enters(), zone="Zone 1", then=frozenset({Action.SEND})))
    qtbot.waitUntil(rules.rows[1].addresses.isVisible)
    rules.set_can_send(True)
    assert not rules.rows[1].addresses.isVisible()


def test_tab_goes_through_the_rules_and_on(qtbot: QtBot, rules: RuleList) -> None:
    row = rules.rows[0]
    rules.follow(row.switch)
    row.remove.setFocus()
    rules.focusNextChild()
    assert rules.add.hasFocus()
