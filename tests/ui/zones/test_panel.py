import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from pedcam.ui.base import theme
from pedcam.ui.rules.firings import Firings
from pedcam.ui.zones.panel import ZonesPanel
from pedcam.ui.zones.row import ZoneRow
from pedcam.ui.zones.state import Mode, Zones
from pedcam.video.people.counts import LineCount, ZoneCount
from pedcam.video.people.rules import Action, Crosses, Enters, Rule, Stays

LEFT = Qt.MouseButton.LeftButton
SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))


@pytest.fixture
def zones() -> Zones:
    made = Zones()
    made.begin()
    return made


@pytest.fixture
def panel(qtbot: QtBot, zones: Zones) -> ZonesPanel:
    made = ZonesPanel(zones, Firings())
    qtbot.addWidget(made)
    made.resize(280, 400)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def rows(panel: ZonesPanel, zones: Zones) -> list[ZoneRow]:
    """Those of a line and a zone."""
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    zones.add_zone(SQUARE)
    zones.select(None)
    return panel.rows


def test_without_zones_it_says_what_they_are_for(panel: ZonesPanel, zones: Zones) -> None:
    assert "count who crosses" in panel.hint.text()
    assert panel.hint.isVisible()
    zones.add_line((0.1, 0.5), (0.9, 0.5))
    assert not panel.hint.isVisible()


@pytest.mark.parametrize(
    ("name", "mode", "words"),
    [
        ("add_line", Mode.DRAW_LINE, "Drag"),
        ("add_zone", Mode.DRAW_ZONE, "corners"),
        ("add_ignored", Mode.DRAW_IGNORED, "ignored"),
    ],
)
def test_drawing_is_switched_on_and_off(
    qtbot: QtBot, panel: ZonesPanel, zones: Zones, name: str, mode: Mode, words: str
) -> None:
    button = getattr(panel, name)
    with qtbot.waitSignal(panel.picture_wanted):
        qtbot.mouseClick(button, LEFT)
    assert zones.mode is mode
    assert words in panel.hint.text()
    qtbot.mouseClick(button, LEFT)
    assert zones.mode is Mode.NONE
    assert not button.isChecked()


def test_one_is_drawn_at_a_time(qtbot: QtBot, panel: ZonesPanel, zones: Zones) -> None:
    qtbot.mouseClick(panel.add_line, LEFT)
    qtbot.mouseClick(panel.add_zone, LEFT)
    assert (panel.add_line.isChecked(), panel.add_zone.isChecked()) == (False, True)
    zones.add_zone(SQUARE)
    assert not panel.add_zone.isChecked()


def test_nothing_is_drawn_without_a_source(panel: ZonesPanel, zones: Zones) -> None:
    zones.close()
    assert not panel.add_line.isEnabled()
    assert not panel.add_zone.isEnabled()


def test_rows_say_what_was_counted(rows: list[ZoneRow], zones: Zones) -> None:
    zones.set_counts([LineCount("Line 1", 12, 3)], [ZoneCount("Zone 1", 2, 14)])
    assert [row.name.text() for row in rows] == ["Line 1", "Zone 1"]
    assert [row.counts.text() for row in rows] == ["12 in · 3 out", "2 now · 14 total"]
    assert rows[0].accessibleName() == "Line 1"
    assert rows[0].accessibleDescription() == "Line, 12 in · 3 out"
    zones.select("Zone 1")
    assert rows[1].accessibleDescription() == "Zone, 2 now · 14 total, selected"
    assert rows[0].reverse.isVisible()
    assert not rows[1].reverse.isVisible()
    assert rows[1].remove.accessibleName() == "Delete Zone 1"


def test_an_ignored_zone_has_no_counts_and_can_be_blacked_out(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    zones.add_ignored(SQUARE)
    qtbot.waitUntil(lambda: rows[2].isVisible())
    assert [row.black_out.isVisible() for row in rows] == [False, False, True]
    row = rows[2]
    assert not row.counts.isVisible()
    assert row.accessibleDescription() == "Ignored zone, selected"
    assert "recordings" in row.black_out.toolTip()
    qtbot.mouseClick(row.black_out, LEFT, pos=QPoint(8, row.black_out.height() // 2))
    assert zones.ignored[0].blacked_out
    zones.undo()
    assert not row.black_out.isChecked()
    zones.remove("Line 1")
    assert [row.counts.isVisible() for row in rows] == [True, False]


def test_a_click_selects(qtbot: QtBot, rows: list[ZoneRow], zones: Zones) -> None:
    qtbot.mouseClick(rows[1], LEFT)
    assert zones.selected == "Zone 1"
    plain = rows[0].grab().toImage()
    qtbot.mouseClick(rows[0], LEFT)
    assert zones.selected == "Line 1"
    assert rows[0].grab().toImage() != plain


def test_enter_goes_on_in_the_picture(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    with qtbot.waitSignal(panel.picture_wanted):
        qtbot.keyClick(rows[0], Qt.Key.Key_Return)
    assert zones.selected == "Line 1"


@pytest.mark.parametrize("way", ["double click", "F2"])
def test_renaming(qtbot: QtBot, rows: list[ZoneRow], zones: Zones, way: str) -> None:
    row = rows[0]
    if way == "F2":
        qtbot.keyClick(row, Qt.Key.Key_F2)
    else:
        qtbot.mouseDClick(row, LEFT)
    assert row.editing
    assert row.edit.text() == "Line 1"
    assert row.edit.hasFocus()
    qtbot.keyClicks(row.edit, "Door")
    qtbot.keyClick(row.edit, Qt.Key.Key_Return)
    assert not row.editing
    assert row.name.text() == "Door"
    assert row.hasFocus()
    assert [shape.name for shape in zones.shapes] == ["Door", "Zone 1"]


def test_a_name_that_cannot_be_stays_to_be_corrected(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    qtbot.keyClick(rows[0], Qt.Key.Key_F2)
    qtbot.keyClicks(rows[0].edit, "Zone 1")
    qtbot.keyClick(rows[0].edit, Qt.Key.Key_Return)
    assert rows[0].editing
    assert "already" in panel.problem.text()
    assert panel.problem.isVisible()
    qtbot.keyClicks(rows[0].edit, "b")
    qtbot.keyClick(rows[0].edit, Qt.Key.Key_Return)
    assert zones.lines[0].name == "Zone 1b"
    assert not panel.problem.isVisible()


def test_escape_keeps_the_old_name(qtbot: QtBot, rows: list[ZoneRow], zones: Zones) -> None:
    qtbot.keyClick(rows[0], Qt.Key.Key_F2)
    qtbot.keyClicks(rows[0].edit, "Door")
    qtbot.keyClick(rows[0].edit, Qt.Key.Key_Escape)
    assert not rows[0].editing
    assert zones.lines[0].name == "Line 1"


def test_leaving_the_name_takes_it_if_it_can_be(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    qtbot.keyClick(rows[0], Qt.Key.Key_F2)
    qtbot.keyClicks(rows[0].edit, "Door")
    panel.add_line.setFocus()
    assert zones.lines[0].name == "Door"
    qtbot.keyClick(rows[0], Qt.Key.Key_F2)
    qtbot.keyClicks(rows[0].edit, "Zone 1")
    panel.add_line.setFocus()
    assert zones.lines[0].name == "Door"
    assert not rows[0].editing
    assert rows[0].name.isVisible()


def test_reversing_and_deleting(qtbot: QtBot, rows: list[ZoneRow], zones: Zones) -> None:
    qtbot.mouseClick(rows[0].reverse, LEFT)
    assert zones.lines[0].start == (0.9, 0.5)
    qtbot.keyClick(rows[1], Qt.Key.Key_Delete)
    assert zones.zones == ()
    qtbot.mouseClick(rows[0].remove, LEFT)
    assert zones.shapes == ()
    assert rows == []


def test_rows_can_be_walked_by_keys(qtbot: QtBot, rows: list[ZoneRow]) -> None:
    rows[0].setFocus()
    qtbot.keyClick(rows[0], Qt.Key.Key_Down)
    assert rows[1].hasFocus()
    qtbot.keyClick(rows[1], Qt.Key.Key_Down)
    assert rows[1].hasFocus()
    qtbot.keyClick(rows[1], Qt.Key.Key_Up)
    assert rows[0].hasFocus()


def test_the_focus_stays_in_the_list_when_a_row_goes(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow]
) -> None:
    rows[1].setFocus()
    qtbot.keyClick(rows[1], Qt.Key.Key_Delete)
    assert rows[0].hasFocus()
    qtbot.keyClick(rows[0], Qt.Key.Key_Delete)
    assert panel.add_line.hasFocus()


def test_undo_redo_and_delete_all(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    assert not panel.redo.isEnabled()
    qtbot.mouseClick(panel.clear, LEFT)
    assert rows == []
    assert not panel.clear.isEnabled()
    qtbot.mouseClick(panel.undo, LEFT)
    assert len(rows) == 2
    qtbot.mouseClick(panel.redo, LEFT)
    assert rows == []


def test_counts_are_reset_only_where_there_are_some(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    assert not panel.reset.isEnabled()
    zones.set_counts([LineCount("Line 1", 1, 0)], [])
    with qtbot.waitSignal(panel.reset_wanted):
        qtbot.mouseClick(panel.reset, LEFT)


def test_everything_has_a_name_and_a_tooltip(panel: ZonesPanel, rows: list[ZoneRow]) -> None:
    buttons = [
        panel.add_line,
        panel.add_zone,
        panel.add_ignored,
        panel.undo,
        panel.redo,
        panel.clear,
        panel.reset,
    ]
    for row in rows:
        buttons += [row.reverse, row.remove]
    for button in buttons:
        assert button.accessibleName() or button.text()
        assert button.toolTip()


def test_it_fits_into_a_slim_panel(panel: ZonesPanel, rows: list[ZoneRow], zones: Zones) -> None:
    zones.rename("Line 1", "W" * 60)
    assert panel.minimumSizeHint().width() <= 280


def test_it_follows_the_look(qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow]) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = app.palette(), app.styleSheet()

    def look(dark: bool) -> list[object]:
        theme.apply(app, dark)
        widgets: list[QWidget] = [panel.add_line, rows[0].remove]
        return [widget.grab().toImage() for widget in widgets]

    try:
        light, dark = look(False), look(True)
        assert all(one != other for one, other in zip(light, dark, strict=True))
    finally:
        app.setPalette(before[0])
        app.setStyleSheet(before[1])


def test_the_rules_of_the_selected_one_are_unfolded_below_it(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    zones.add_rule(Rule("Loitering", Stays(30.0), zone="Zone 1"))
    zones.add_rule(Rule("Way in", Crosses("in"), zone="Line 1"))
    assert not panel.rules.isVisible()
    qtbot.mouseClick(rows[0], LEFT)
    qtbot.waitUntil(lambda: rows[0].y() < panel.rules.y() < rows[1].y())
    assert [row.name.text() for row in panel.rules.rows] == ["Way in"]
    qtbot.mouseClick(rows[1], LEFT)
    qtbot.waitUntil(lambda: rows[1].y() < panel.rules.y())
    assert [row.name.text() for row in panel.rules.rows] == ["Loitering"]
    zones.select(None)
    assert not panel.rules.isVisible()


def test_folded_rules_are_counted(panel: ZonesPanel, rows: list[ZoneRow], zones: Zones) -> None:
    for name in ("Loitering", "Arrival"):
        zones.add_rule(Rule(name, Enters(), zone="Zone 1"))
    zones.add_rule(Rule("Anybody", Enters()))
    assert [row.badge.number for row in (*rows, panel.picture)] == [0, 2, 1]
    assert [row.badge.isVisible() for row in (*rows, panel.picture)] == [False, True, True]
    assert rows[1].accessibleDescription() == "Zone, 0 now · 0 total, 2 rules"
    assert panel.picture.accessibleDescription() == "1 rule"


def test_the_rules_of_the_whole_picture_are_folded_by_a_click(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    zones.add_rule(Rule("Anybody", Enters()))
    zones.select("Zone 1")
    qtbot.mouseClick(panel.picture, LEFT)
    assert zones.selected is None
    assert panel.picture.isChecked()
    assert panel.picture_rules.isVisible()
    assert [row.name.text() for row in panel.picture_rules.rows] == ["Anybody"]
    qtbot.mouseClick(panel.picture, LEFT)
    assert not panel.picture_rules.isVisible()
    qtbot.mouseClick(panel.picture, LEFT)
    zones.select("Zone 1")
    assert not panel.picture_rules.isVisible()
    assert not panel.picture.isChecked()


def test_nobody_is_watched_for_in_an_ignored_zone(panel: ZonesPanel, zones: Zones) -> None:
    zones.add_ignored(SQUARE)
    assert not panel.rules.isVisible()


def test_without_a_source_there_are_no_rules(panel: ZonesPanel, zones: Zones) -> None:
    panel.picture.click()
    zones.close()
    assert not panel.picture.isVisible()
    assert not panel.picture_rules.isVisible()


def test_tab_goes_from_a_zone_to_its_rules(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    zones.add_rule(Rule("Way in", Crosses("in"), zone="Line 1"))
    zones.select("Line 1")
    qtbot.waitUntil(panel.rules.rows[0].isVisible)
    rows[0].remove.setFocus()
    panel.focusNextChild()
    assert panel.rules.rows[0].switch.hasFocus()
    panel.rules.add.setFocus()
    panel.focusNextChild()
    assert rows[1].hasFocus()


def test_keys_walk_past_the_whole_picture(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow]
) -> None:
    rows[0].setFocus()
    qtbot.keyClick(rows[0], Qt.Key.Key_Up)
    assert panel.picture.hasFocus()
    qtbot.keyClick(panel.picture, Qt.Key.Key_Down)
    assert rows[0].hasFocus()


def test_both_lists_know_whether_there_is_an_address(
    qtbot: QtBot, panel: ZonesPanel, rows: list[ZoneRow], zones: Zones
) -> None:
    panel.set_can_send(False)
    send = frozenset({Action.SEND})
    zones.add_rule(Rule("Anybody", Enters(), then=send))
    zones.add_rule(Rule("Arrival", Enters(), zone="Zone 1", then=send))
    for place, rules in ((panel.picture, panel.picture_rules), (rows[1], panel.rules)):
        qtbot.mouseClick(place, LEFT)
        qtbot.waitUntil(rules.rows[0].addresses.isVisible)
        with qtbot.waitSignal(panel.addresses_wanted):
            qtbot.mouseClick(rules.rows[0].addresses, LEFT)
