from dataclasses import replace
from datetime import time

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from PyQt6.QtTest import QSignalSpy
from PyQt6.QtWidgets import QAbstractButton, QAbstractSpinBox, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.rules.row import RuleRow
from pedcam.video.people.rules import Action, Crowd, Enters, Hours, Rule, Stays

LEFT = Qt.MouseButton.LeftButton
RULE = Rule("Loitering", Stays(30.0), zone="Door", then=frozenset({Action.NOTIFY}))


@pytest.fixture
def row(qtbot: QtBot) -> RuleRow:
    made = RuleRow(RULE)
    qtbot.addWidget(made)
    made.resize(280, made.heightForWidth(280))
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def changes(row: RuleRow) -> QSignalSpy:
    return QSignalSpy(row.changed)


def test_it_shows_a_rule(row: RuleRow, changes: QSignalSpy) -> None:
    rule = replace(RULE, name="Night", cooldown=90.0, hours=Hours(time(22), time(6)), enabled=False)
    row.show_rule(rule)
    assert row.name.text() == "Night"
    assert row.condition.seconds.text() == "30 s"
    assert row.timing.cooldown.text() == "90 s"
    assert row.timing.start.text() == "22:00"
    assert row.actions_.chips[Action.NOTIFY].isChecked()
    assert not row.switch.isChecked()
    assert len(changes) == 0
    assert row.accessibleName() == "Rule Night: someone stays longer than 30 s"


def test_each_part_is_edited_alone(qtbot: QtBot, row: RuleRow, changes: QSignalSpy) -> None:
    row.condition.edited.emit(Stays(45.0))
    row.actions_.edited.emit(frozenset({Action.CLIP}))
    row.timing.cooldown_edited.emit(5.0)
    row.timing.hours_edited.emit(Hours(time(8), time(9)))
    qtbot.mouseClick(row.switch, LEFT, pos=row.switch.rect().center())
    assert [change[0] for change in changes] == [
        replace(RULE, when=Stays(45.0)),
        replace(RULE, then=frozenset({Action.CLIP})),
        replace(RULE, cooldown=5.0),
        replace(RULE, hours=Hours(time(8), time(9))),
        replace(RULE, enabled=False),
    ]


def test_space_switches_although_it_pauses_elsewhere(
    qtbot: QtBot, row: RuleRow, changes: QSignalSpy
) -> None:
    pause = QAction(row)
    pause.setShortcut("Space")
    row.addAction(pause)
    paused = QSignalSpy(pause.triggered)
    row.switch.setFocus()
    qtbot.keyClick(row.switch, Qt.Key.Key_Space)
    assert changes[0] == [replace(RULE, enabled=False)]
    assert len(paused) == 0


def test_the_name_is_edited(qtbot: QtBot, row: RuleRow, changes: QSignalSpy) -> None:
    row.name.selectAll()
    qtbot.keyClicks(row.name, " Too long ")
    qtbot.keyClick(row.name, Qt.Key.Key_Return)
    assert changes[0] == [replace(RULE, name="Too long")]


def test_escape_keeps_the_old_name(qtbot: QtBot, row: RuleRow, changes: QSignalSpy) -> None:
    qtbot.keyClicks(row.name, "x")
    qtbot.keyClick(row.name, Qt.Key.Key_Escape)
    assert row.name.text() == "Loitering"
    assert len(changes) == 0


def test_a_rule_needs_a_name(qtbot: QtBot, row: RuleRow, changes: QSignalSpy) -> None:
    row.name.setFocus()
    row.name.clear()
    qtbot.keyClick(row.name, Qt.Key.Key_Return)
    assert "needs a name" in row.problem.text()
    assert row.problem.isVisible()
    row.switch.setFocus()
    assert row.name.text() == "Loitering"
    assert not row.problem.isVisible()
    assert len(changes) == 0


def test_impossible_hours_are_explained(row: RuleRow) -> None:
    row.timing.problem_found.emit("Both times are the same.")
    assert row.problem.text() == "Both times are the same."
    row.timing.cooldown_edited.emit(5.0)
    assert row.problem.text() == ""


def test_deleting(qtbot: QtBot, row: RuleRow) -> None:
    assert row.remove.accessibleName() == "Delete rule Loitering"
    with qtbot.waitSignal(row.removed):
        qtbot.mouseClick(row.remove, LEFT)


def test_sending_without_an_address_leads_to_the_settings(qtbot: QtBot, row: RuleRow) -> None:
    row.set_can_send(False)
    assert not row.addresses.isVisible()
    row.show_rule(replace(RULE, then=frozenset({Action.SEND})))
    assert row.addresses.isVisible()
    with qtbot.waitSignal(row.addresses_wanted):
        qtbot.mouseClick(row.addresses, LEFT)
    row.set_can_send(True)
    assert not row.addresses.isVisible()


def test_a_rule_that_fires_stands_out_for_a_moment(qtbot: QtBot, row: RuleRow) -> None:
    plain = row.grab().toImage()
    row.flash()
    assert row.flashing
    assert row.grab().toImage() != plain
    qtbot.waitUntil(lambda: not row.flashing)
    assert row.grab().toImage() == plain


def test_it_says_how_often_it_fired(row: RuleRow) -> None:
    assert not row.fired.isVisible()
    row.show_fired("3 times, last at 17:42:05")
    assert row.fired.isVisible()
    row.show_fired("")
    assert not row.fired.isVisible()


def tab_stops(row: RuleRow) -> list[QWidget]:
    """What the Tab key comes by, from the switch on."""
    row.switch.setFocus()
    stops: list[QWidget] = []
    while (focus := row.focusWidget()) is not None and focus not in stops:
        stops.append(focus)
        row.focusNextChild()
    return stops


def test_everything_is_reached_by_keys_in_order_and_has_a_name(row: RuleRow) -> None:
    stops = tab_stops(row)
    assert stops == [
        row.switch,
        row.name,
        row.condition.seconds,
        *row.actions_.chips.values(),
        row.timing.cooldown,
        row.timing.choice,
        row.remove,
    ]
    for widget in stops:
        assert widget.accessibleName()


@pytest.mark.parametrize("when", [Stays(30.0), Crowd(100, 7200.0), Enters()])
def test_it_fits_into_a_slim_panel(qtbot: QtBot, when: Stays | Crowd | Enters) -> None:
    hours = Hours(time(22), time(6))
    row = RuleRow(Rule("W" * 60, when, hours=hours, then=frozenset(Action)))
    qtbot.addWidget(row)
    row.set_can_send(False)
    assert row.minimumSizeHint().width() <= 240
    row.resize(240, row.heightForWidth(240))
    row.show()
    for child in row.findChildren(QWidget):
        if child.isVisible() and isinstance(child, QAbstractButton | QAbstractSpinBox):
            right = child.mapTo(row, child.rect().topRight()).x()
            assert right < row.width()
