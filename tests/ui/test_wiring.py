"""Keys, the picture, lines and zones, panels in the whole window."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import supervision as sv
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from pedcam.history.values import HistorySource, PastEvent
from pedcam.rules.rules_file import RuleSet, read_rules, write_rules
from pedcam.rules.sending.addresses import Address
from pedcam.ui.base.message_bar import MessageBar
from pedcam.ui.history.dialog import HistoryDialog
from pedcam.ui.main_window import MainWindow
from pedcam.ui.picture.view_options import OPTIONS
from pedcam.ui.presets.manager import PresetDialog
from pedcam.ui.services import Services
from pedcam.ui.settings.settings import ALERTS
from pedcam.ui.settings.settings_dialog import SettingsDialog
from pedcam.ui.zones.state import Mode
from pedcam.video.people.counts import Event, EventKind, LineCount
from pedcam.video.people.rules import Action, Enters, Rule
from pedcam.video.stream.stream import StreamState
from tests.factories import make_frame
from tests.ui.wired import CTRL, LEFT, PLAIN, SHIFT, MakeResult, show

# Where a test fails, a real question would wait for ever.
pytestmark = pytest.mark.usefixtures("answers")


@pytest.mark.parametrize(
    ("position", "key", "place"),
    [
        (3.0, Qt.Key.Key_Right, 8.0),
        (3.0, Qt.Key.Key_Left, 0.0),
        (7.5, Qt.Key.Key_Left, 2.5),
        # The video is 12 seconds long.
        (9.0, Qt.Key.Key_Right, 12.0),
    ],
)
def test_arrows_jump_five_seconds(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    position: float,
    key: Qt.Key,
    place: float,
) -> None:
    show(qtbot, window, playing, make_result(frame=make_frame(1, position)))
    qtbot.keyClick(window, key)
    assert playing.seeks == [place]


def test_arrows_in_quick_succession_add_up(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    show(qtbot, window, playing, make_result(frame=make_frame(1, 1.0)))
    qtbot.keyClick(window, Qt.Key.Key_Right)
    # One that was on its way before the jump.
    show(qtbot, window, playing, make_result(frame=make_frame(2, 1.04)))
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert playing.seeks == [6.0]
    show(qtbot, window, playing, make_result(frame=make_frame(3, 6.0, segment=1)))
    assert playing.seeks == [6.0, 11.0]
    show(qtbot, window, playing, make_result(frame=make_frame(4, 10.96, segment=2)))
    qtbot.keyClick(window, Qt.Key.Key_Left)
    assert playing.seeks[2:] == [pytest.approx(5.96)]


def test_another_source_begins_where_it_is(
    qtbot: QtBot,
    playing: Any,
    window: MainWindow,
    make_result: MakeResult,
    streams: list[Any],
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Right)
    window.player.open("other.mp4")
    qtbot.waitUntil(lambda: len(streams) == 2)
    streams[1].say(StreamState.PLAYING)
    qtbot.waitUntil(lambda: window.actions_.forward.isEnabled())
    show(qtbot, window, streams[1], make_result(frame=make_frame(0, 1.0)))
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert (playing.seeks, streams[1].seeks) == ([5.0], [6.0])


def test_stepping(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    qtbot.keyClick(window, ".")
    # The first one only pauses.
    assert (playing.paused, playing.steps) == (True, [])
    qtbot.keyClick(window, ".")
    qtbot.keyClick(window, ",")
    assert playing.steps == [1, -1]


def test_speed(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    speeds = []
    for key in "+++-----":
        qtbot.keyClick(window, key)
        speeds.append(playing.speed)
    assert speeds == [1.5, 2.0, 4.0, 2.0, 1.5, 1.0, 0.5, 0.25]
    assert window.player.playback.speed == 0.25
    assert not window.actions_.slower.isEnabled()


def test_loop(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    for expected in (True, False):
        qtbot.keyClick(window, "L")
        assert (playing.loop, window.actions_.loop.isChecked()) == (expected, expected)


def test_playing_again_from_the_start(
    qtbot: QtBot, playing: Any, window: MainWindow, streams: list[Any]
) -> None:
    qtbot.keyClick(window, "R")
    qtbot.waitUntil(lambda: len(streams) == 2)
    assert streams[1].spec == playing.spec
    assert playing.closed.is_set()


def test_auto_goes_on_and_off(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    window.player.preset_control.set_auto(False, 20.0)
    qtbot.keyClick(window, "A")
    assert (playing.auto, playing.target_rate) == (True, 20.0)
    assert window.actions_.auto.isChecked()
    qtbot.keyClick(window, "A")
    assert (playing.auto, playing.preset) == (False, "half")
    assert not window.actions_.auto.isChecked()


@pytest.mark.parametrize(("key", "name"), [("1", "float"), ("2", "half")])
def test_choosing_a_preset_ends_auto(
    qtbot: QtBot, playing: Any, window: MainWindow, key: str, name: str
) -> None:
    qtbot.keyClick(window, "A")
    qtbot.keyClick(window, key)
    assert (playing.auto, playing.preset) == (False, name)
    assert not window.player.auto.enabled
    assert not window.actions_.auto.isChecked()


def test_the_threshold_reaches_the_stream(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    # The preset's own is 40 %.
    qtbot.keyClick(window, "]")
    assert playing.threshold == 0.45
    qtbot.keyClick(window, "[")
    qtbot.keyClick(window, "[")
    assert playing.threshold == 0.35
    qtbot.keyClick(window, "0")
    assert playing.threshold is None


def test_zoom(qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult) -> None:
    show(qtbot, window, playing, make_result(size=(2560, 1440), index=1))
    qtbot.keyClick(window, Qt.Key.Key_Plus, CTRL)
    qtbot.keyClick(window, Qt.Key.Key_Equal, CTRL)
    assert window.view.zoom == 1.5625  # twice 5 / 4
    qtbot.keyClick(window, Qt.Key.Key_Minus, CTRL)
    assert window.view.zoom == 1.25
    qtbot.keyClick(window, Qt.Key.Key_1, CTRL)
    viewport = window.view.viewport
    assert viewport is not None
    assert viewport.device_rect[2:] == (2560, 1440)
    qtbot.keyClick(window, Qt.Key.Key_0, CTRL)
    assert window.view.zoom == 1.0


@pytest.mark.parametrize(("key", "name"), list(zip("BOITHP", OPTIONS, strict=True)))
def test_options_are_switched_and_remembered(
    qtbot: QtBot, playing: Any, window: MainWindow, services: Services, key: str, name: str
) -> None:
    before = services.options.to_dict()
    qtbot.keyClick(window, key)
    after = {**before, name: not before[name]}
    assert services.options.to_dict() == after
    assert services.memory.to_dict()["view"] == after
    assert window.actions_.options[name].isChecked() is after[name]
    qtbot.keyClick(window, key)
    assert services.memory.to_dict()["view"] == before


def test_information_over_the_picture(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    before = window.view.grab().toImage()
    qtbot.keyClick(window, "I", CTRL)
    assert window.view.grab().toImage() != before
    qtbot.keyClick(window, "I", CTRL)
    assert window.view.grab().toImage() == before


def test_the_side_panel_is_hidden_and_stays_so(
    qtbot: QtBot, playing: Any, window: MainWindow, services: Services
) -> None:
    window.panel.turn_to("events")
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert not window.panel.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert window.panel.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F9)
    window.close()
    assert services.memory.to_dict()["panel"] is False
    assert services.memory.to_dict()["page"] == "events"
    assert services.memory.to_dict()["preset"] == "half"


def drag(qtbot: QtBot, window: MainWindow, *fractions: tuple[float, float]) -> None:
    viewport = window.view.viewport
    assert viewport is not None
    start, end = (QPoint(*map(round, viewport.to_widget(*place))) for place in fractions)
    qtbot.mousePress(window.view, LEFT, PLAIN, start)
    qtbot.mouseRelease(window.view, LEFT, PLAIN, end)


def test_a_line_is_drawn_and_counts(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: MakeResult
) -> None:
    zones = window.services.zones
    qtbot.waitUntil(lambda: zones.available)
    qtbot.keyClick(window, "N")
    assert zones.mode is Mode.DRAW_LINE
    assert window.panel.current == "zones"
    drag(qtbot, window, (0.2, 0.5), (0.8, 0.5))
    (line,) = zones.lines
    assert line.start == pytest.approx((0.2, 0.5), abs=0.01)
    assert line.end == pytest.approx((0.8, 0.5), abs=0.01)
    assert playing.counter.lines == (line,)
    # Somebody of 8 x 12 pixels walks from above to below, which is to the line's right.
    for index, feet in enumerate(range(14, 44, 2)):
        box = np.array([[28, feet - 12, 36, feet]], np.float32)
        people = sv.Detections(box, confidence=np.array([0.9], np.float32))
        people, counts = playing.counter.update(
            people, index=index, time=index / 25, size=(64, 48), score_threshold=0.5
        )
    counted = replace(make_result(index=50), detections=people, counts=counts)
    show(qtbot, window, playing, counted)
    assert zones.count("Line 1") == LineCount("Line 1", 1, 0)
    qtbot.keyClick(window, "Z", CTRL)
    assert (zones.lines, playing.counter.lines) == ((), ())
    qtbot.keyClick(window, "Z", CTRL | SHIFT)
    assert zones.lines == (line,)


def test_a_zone_is_drawn_by_keys_alone(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    zones = window.services.zones
    qtbot.waitUntil(lambda: zones.available)
    qtbot.keyClick(window, "N", SHIFT)
    focused = window.focusWidget()
    assert focused is window.view
    qtbot.keyClick(focused, Qt.Key.Key_Return)
    (zone,) = zones.zones
    assert zone.points == ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7))
    assert playing.counter.zones == (zone,)
    qtbot.keyClick(window, "X")
    qtbot.keyClick(focused, Qt.Key.Key_Return)
    (ignored,) = zones.ignored
    assert playing.counter.ignored == (ignored,)


def test_drawing_ends_the_comparison_which_cannot_show_it(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    zones = window.services.zones
    qtbot.waitUntil(lambda: zones.available)
    qtbot.keyClick(window, "C")
    qtbot.keyClick(window, "N")
    assert window.view.isVisible()
    assert zones.mode is Mode.DRAW_LINE
    drag(qtbot, window, (0.2, 0.5), (0.8, 0.5))
    assert len(zones.lines) == 1


def test_comparing_ends_drawing(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    zones = window.services.zones
    qtbot.waitUntil(lambda: zones.available)
    qtbot.keyClick(window, "N")
    qtbot.keyClick(window, "C")
    assert window.compare_view.isVisible()
    assert zones.mode is Mode.NONE
    # And so the panel's own buttons work.
    zones.draw(Mode.DRAW_ZONE)
    assert not window.services.comparison.active
    assert window.view.isVisible()


def test_the_events_panel_and_the_bar_jump(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    window.events_panel.seek_requested.emit(3.5)
    window.bar.seek_wanted.emit(4.5)
    window.bar.speed_wanted.emit(2.0)
    assert (playing.seeks, playing.speed) == ([3.5, 4.5], 2.0)


def test_what_the_history_opens_is_seen_at_once(
    qtbot: QtBot, playing: Any, window: MainWindow, streams: list[Any]
) -> None:
    window.actions_.history.trigger()
    (dialog,) = window.findChildren(HistoryDialog)
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.open_requested.emit("other.mp4", 7.5)
    qtbot.waitUntil(lambda: len(streams) == 2)


def test_what_goes_wrong_in_the_manager_of_presets_is_read_there(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "bad.onnx"
    path.write_text("no preset")
    window.actions_.manage.trigger()
    (dialog,) = window.findChildren(PresetDialog)
    (bar,) = dialog.findChildren(MessageBar)
    dialog.import_wanted.emit([path])
    qtbot.waitUntil(bar.isVisible)
    assert str(path) in bar.text()
    qtbot.mouseClick(bar.dismiss, LEFT)
    assert not bar.isVisible()
    assert window.player.messages.current is None


def test_the_span_of_the_chart_is_remembered(window: MainWindow, services: Services) -> None:
    window.figures.span_chosen.emit(2)
    assert services.memory.to_dict()["span"] == 2


def test_an_alert_is_counted_beside_its_rule(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    zones, events = window.services.zones, window.services.history.events
    qtbot.waitUntil(lambda: zones.available)
    zones.add_rule(Rule("Anybody", Enters()))
    window.panel.turn_to("zones")
    window.zones_panel.picture.click()
    event = Event(EventKind.ALERT, 3, 50, 2.0, rule="Anybody")
    source = HistorySource("street", "file", "/street.mp4")
    events.extend([PastEvent(event, 1e9, source, live=False)] * 2)
    row = window.zones_panel.picture_rules.rows[0]
    assert row.fired.text() == "2 times, last at 0:02.0"
    assert row.flashing
    events.begin()
    assert row.fired.text() == ""


def test_where_nothing_can_be_sent_the_settings_are_near(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    zones, addresses = window.services.zones, window.services.sending.addresses
    qtbot.waitUntil(lambda: zones.available)
    zones.add_rule(Rule("Anybody", Enters(), then=frozenset({Action.SEND})))
    window.panel.turn_to("zones")
    window.zones_panel.picture.click()
    row = window.zones_panel.picture_rules.rows[0]
    addresses.show([], "")
    qtbot.waitUntil(row.addresses.isVisible)
    qtbot.mouseClick(row.addresses, LEFT)
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    assert dialog.tabs.currentWidget() is dialog.pages[ALERTS]
    dialog.close()
    addresses.show([Address("Phone", "ntfy://topic", enabled=False)], "")
    assert row.addresses.isVisible()
    addresses.show([Address("Phone", "ntfy://topic")], "")
    assert not row.addresses.isVisible()


def test_zones_and_rules_are_exported(
    qtbot: QtBot, playing: Any, window: MainWindow, tmp_path: Path
) -> None:
    zones, actions = window.services.zones, window.actions_
    qtbot.waitUntil(lambda: zones.available)
    assert actions.import_rules.isEnabled()
    assert not actions.export_rules.isEnabled()
    zones.add_rule(Rule("Anybody", Enters()))
    actions.export_rules.trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "rules.yaml"))
    dialog.close()
    qtbot.waitUntil(window.saved_bar.isVisible)
    assert read_rules(tmp_path / "rules.yaml").rules == zones.rules


def test_what_is_imported_is_seen(
    qtbot: QtBot, playing: Any, window: MainWindow, tmp_path: Path
) -> None:
    zones, path = window.services.zones, tmp_path / "rules.yaml"
    qtbot.waitUntil(lambda: zones.available)
    write_rules(path, RuleSet(rules=(Rule("Anybody", Enters()),)))
    window.actions_.import_rules.trigger()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(path))
    dialog.close()
    qtbot.waitUntil(lambda: bool(zones.rules))
    assert window.panel.current == "zones"
