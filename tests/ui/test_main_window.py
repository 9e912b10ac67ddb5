import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from pedcam.detect.detail import Detail
from pedcam.detect.pool import DetectorPool
from pedcam.ui import dialogs
from pedcam.ui.compare.state import Layout
from pedcam.ui.help.about_dialog import AboutDialog
from pedcam.ui.help.shortcuts_dialog import ShortcutsDialog
from pedcam.ui.history.dialog import HistoryDialog
from pedcam.ui.main_window import MainWindow
from pedcam.ui.player.player import Player
from pedcam.ui.presets.manager import PresetDialog
from pedcam.ui.presets.selection import Condition
from pedcam.ui.services import Files, Services
from pedcam.ui.settings.settings_dialog import SettingsDialog
from pedcam.ui.settings.settings_store import Stored
from pedcam.ui.start.camera_dialog import CameraDialog
from pedcam.ui.start.network_dialog import NetworkDialog
from pedcam.ui.start.screen_dialog import ScreenDialog
from pedcam.ui.start.url_dialog import UrlDialog
from pedcam.ui.wiring import connect
from pedcam.ui.zones.state import Mode
from pedcam.video.people.counts import EventKind
from pedcam.video.sources.spec import parse_source
from pedcam.video.stream.stream import Result, StreamState
from tests.factories import fake_preset
from tests.ui.conftest import FakeStream

RunAgain = Callable[[Mapping[str, object]], MainWindow]


def test_it_starts_with_the_ways_to_get_a_picture(window: MainWindow) -> None:
    assert not window.playing_page_shown
    assert not window.panel.isVisible()
    assert not window.bar.isVisible()
    assert window.windowTitle() == "pedcam"
    assert not window.actions_.pause.isEnabled()


def test_a_result_is_shown(playing: Any, window: MainWindow) -> None:
    assert window.playing_page_shown
    assert window.panel.isVisible()
    assert window.windowTitle().startswith("street.mp4")
    assert window.player.presets.condition("half") is Condition.RUNNING
    assert window.view.result is not None
    assert len(window.view.result.detections) == 2


@pytest.mark.parametrize(
    ("key", "name"), [(Qt.Key.Key_1, "float"), (Qt.Key.Key_3, "full"), (Qt.Key.Key_9, "half")]
)
def test_number_keys_switch_presets(
    qtbot: QtBot, playing: Any, window: MainWindow, key: Qt.Key, name: str
) -> None:
    qtbot.keyClick(window, key)
    assert playing.preset == name
    assert window.player.presets.selected == name


def test_keys_switch_the_input_size(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    control, presets = window.player.preset_control, window.player.presets
    control.add(fake_preset("net-19", 19, sizes={(96, 64): None}))
    control.choose("net-19")
    actions = window.actions_
    assert (actions.smaller.isEnabled(), actions.larger.isEnabled()) == (False, True)
    qtbot.keyClick(window, ">")
    assert presets.selected == playing.preset == "net-19@96x64"
    assert (actions.smaller.isEnabled(), actions.larger.isEnabled()) == (True, False)
    assert actions.presets["net-19"].isChecked()
    qtbot.keyClick(window, "<")
    assert presets.selected == playing.preset == "net-19"


def test_clicking_a_point_of_the_chart_switches_presets(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: Callable[..., Result]
) -> None:
    chart = window.preset_panel.chart
    (spot,) = [spot for spot in chart.spots if spot.point.name == "full"]
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=spot.center.toPoint())
    assert playing.preset == "full"
    # Until the first result of the new one, the old one is what is on screen.
    assert window.player.presets.running == "half"
    playing.on_result(make_result(preset="full", index=1))
    qtbot.waitUntil(lambda: window.player.presets.running == "full")


def test_space_pauses_whatever_has_the_focus(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    for widget in (window.view, window.preset_panel.chart, window.confidence.slider):
        widget.setFocus()
        before = playing.paused
        qtbot.keyClick(widget, Qt.Key.Key_Space)
        assert playing.paused is not before
    assert window.player.presets.selected == "half"


def test_the_pause_button(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    qtbot.mouseClick(window.bar.pause, Qt.MouseButton.LeftButton)
    assert playing.paused
    qtbot.waitUntil(lambda: window.bar.state.text() == "Paused")
    assert window.actions_.pause.text() == "&Play"


def test_the_end_keeps_the_picture_and_space_plays_again(
    qtbot: QtBot, playing: Any, window: MainWindow, streams: list[Any]
) -> None:
    playing.say(StreamState.ENDED)
    qtbot.waitUntil(lambda: "Ended" in window.bar.state.text())
    assert window.view.result is not None
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(streams) == 2)
    assert window.view.result is not None


def test_the_slider_and_its_keys_change_the_threshold(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    window.confidence.slider.setValue(72)
    assert playing.threshold == 0.72
    qtbot.keyClick(window, "]")
    assert playing.threshold == 0.77
    qtbot.keyClick(window, "[")
    assert playing.threshold == 0.72
    qtbot.keyClick(window, "0")
    assert playing.threshold is None
    assert window.confidence.slider.value() == 40


def test_only_the_newest_of_many_results_is_painted(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: Callable[..., Result]
) -> None:
    painted: list[int] = []
    window.view.shown.connect(lambda result: painted.append(result.frame.index))
    for index in range(1, 200):
        playing.on_result(make_result(index=index))
    qtbot.waitUntil(lambda: 199 in painted)
    assert painted == [199]


def test_figures_count_what_was_painted(
    qtbot: QtBot, playing: Any, window: MainWindow, make_result: Callable[..., Result]
) -> None:
    playing.on_result(make_result(index=1, count=5, dropped=4))
    window.panel.turn_to("live")
    qtbot.waitUntil(lambda: window.figures.value("people") == "5")
    assert window.figures.value("dropped") == "4"


def test_errors_appear_in_the_bar_and_go_with_escape(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    playing.say(StreamState.RECONNECTING, "The camera does not answer. Check its cable.")
    qtbot.waitUntil(window.message_bar.isVisible)
    assert "Check its cable" in window.message_bar.text()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.message_bar.isVisible()


def test_full_screen_shows_the_picture_alone_and_keys_still_work(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F)
    qtbot.waitUntil(window.isFullScreen)
    menu_bar = window.menuBar()
    assert menu_bar is not None
    for widget in (menu_bar, window.panel, window.bar):
        assert not widget.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert playing.preset == "float"
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert window.panel.isVisible()
    assert menu_bar.isVisible()
    assert not window.actions_.full_screen.isChecked()


def test_full_screen_ends_with_the_source(qtbot: QtBot, playing: Any, window: MainWindow) -> None:
    qtbot.mouseDClick(window.view, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.isFullScreen)
    window.player.close_source()
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert not window.playing_page_shown


def test_it_follows_where_the_system_makes_it_full_screen(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    handle, menu_bar = window.windowHandle(), window.menuBar()
    assert handle is not None
    assert menu_bar is not None
    parts = [menu_bar, window.panel, window.bar]
    handle.showFullScreen()
    qtbot.waitUntil(window.isFullScreen)
    assert window.actions_.full_screen.isChecked()
    assert not any(part.isVisible() for part in parts)
    handle.showNormal()
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert not window.actions_.full_screen.isChecked()
    assert all(part.isVisible() for part in parts)
    # And so the key makes it full screen at once.
    qtbot.keyClick(window, Qt.Key.Key_F)
    qtbot.waitUntil(window.isFullScreen)


def test_the_system_cannot_make_the_start_screen_full_screen(
    qtbot: QtBot, window: MainWindow
) -> None:
    handle = window.windowHandle()
    assert handle is not None
    handle.showFullScreen()
    QApplication.processEvents()  # the window learns of it
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert not window.actions_.full_screen.isChecked()
    menu_bar = window.menuBar()
    assert menu_bar is not None
    assert menu_bar.isVisible()


@pytest.mark.parametrize("key", ["N", "Shift+N", "X"])
def test_escape_ends_one_thing_after_the_other(
    qtbot: QtBot, playing: Any, window: MainWindow, key: str
) -> None:
    zones, messages = window.services.zones, window.player.messages
    qtbot.waitUntil(lambda: zones.available)
    messages.post("Something to read.")
    qtbot.keyClick(window, Qt.Key.Key_F)
    qtbot.waitUntil(window.isFullScreen)
    qtbot.keySequence(window, key)
    assert zones.mode in (Mode.DRAW_LINE, Mode.DRAW_ZONE, Mode.DRAW_IGNORED)
    # Where the picture has the focus it takes the key itself.
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert zones.mode is Mode.NONE
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert messages.current is not None
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert messages.current is None


@pytest.fixture
def run_again(
    qtbot: QtBot, pool: DetectorPool, streams: list[Any], tmp_path: Path
) -> Iterator[RunAgain]:
    """Makes a window as the next run does, which knows what the one before remembered."""
    made: list[Services] = []

    def make(remembered: Mapping[str, object]) -> MainWindow:
        player = Player(pool, "half", make_stream=functools.partial(FakeStream, made=streams))
        services = Services(player, Files.under(tmp_path / "again"), Stored(remembered=remembered))
        made.append(services)
        window = MainWindow(player, services)
        connect(window)
        qtbot.addWidget(window)
        window.show()
        return window

    yield make
    for services in made:
        assert services.close()


def test_what_was_chosen_is_remembered(
    qtbot: QtBot, playing: Any, window: MainWindow, run_again: RunAgain
) -> None:
    window.player.set_threshold(0.57)
    window.player.preset_control.set_detail(Detail.AUTO)
    window.services.comparison.set_layout(Layout.DIVIDER)
    for kind in (EventKind.LEFT, EventKind.CROSSED):
        window.events_panel.chips[kind].click()
    window.close()
    again = run_again(window.services.memory.to_dict())
    assert again.player.threshold.override == 0.57
    assert again.player.presets.detail is Detail.AUTO
    assert again.preset_panel.detail.choice.currentText() == "Automatic"
    assert again.confidence.value.text() == "57%"
    assert again.actions_.reset_threshold.isEnabled()
    assert again.services.comparison.layout is Layout.DIVIDER
    assert again.actions_.divider.isChecked()
    assert again.compare_box.divider.isChecked()
    assert again.services.history.events.hidden == {EventKind.LEFT, EventKind.CROSSED}
    shown = [kind for kind, chip in again.events_panel.chips.items() if chip.isChecked()]
    assert shown == [kind for kind in EventKind if kind not in (EventKind.LEFT, EventKind.CROSSED)]
    # One click shows them again, and the presets' own confidence is not forgotten either.
    again.events_panel.chips[EventKind.LEFT].click()
    assert again.services.history.events.hidden == {EventKind.CROSSED}
    again.events_panel.chips[EventKind.CROSSED].click()
    again.player.set_threshold(None)
    again.services.comparison.set_layout(Layout.SIDE_BY_SIDE)
    again.close()
    third = run_again(again.services.memory.to_dict())
    assert third.player.threshold.override is None
    assert third.services.comparison.layout is Layout.SIDE_BY_SIDE
    assert third.services.history.events.hidden == frozenset()


def test_the_confidence_that_is_remembered_holds_for_the_next_source(
    qtbot: QtBot, run_again: RunAgain, streams: list[Any]
) -> None:
    again = run_again({"confidence": 0})
    again.player.open("street.mp4")
    qtbot.waitUntil(lambda: bool(streams))
    assert streams[0].threshold == 0.0


@pytest.mark.parametrize(
    "remembered",
    [
        {},
        {"divider": "yes", "confidence": 101, "hidden events": ["jumped", 7, None, [], {}]},
        {"divider": 1, "confidence": -2, "hidden events": "left"},
        {"divider": None, "confidence": "40", "hidden events": {"left": True}},
    ],
)
def test_what_makes_no_sense_is_not_remembered(
    qtbot: QtBot, run_again: RunAgain, remembered: Mapping[str, object]
) -> None:
    again = run_again(remembered)
    assert again.player.threshold.override is None
    assert again.services.comparison.layout is Layout.SIDE_BY_SIDE
    assert again.services.history.events.hidden == frozenset()
    assert all(chip.isChecked() for chip in again.events_panel.chips.values())


def drop(window: MainWindow, url: QUrl) -> None:
    data = QMimeData()
    data.setUrls([url])
    common = (
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(50, 50), *common)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(50, 50), *common))


def test_dropping_a_file_plays_it(
    qtbot: QtBot, window: MainWindow, streams: list[Any], tmp_path: Path
) -> None:
    # Spaces at the ends and a name that means something else on the command line.
    path = tmp_path / " demo "
    drop(window, QUrl.fromLocalFile(str(path)))
    qtbot.waitUntil(lambda: len(streams) == 1)
    assert (streams[0].spec.kind, Path(streams[0].spec.value)) == ("file", path)


def test_dropping_an_address_plays_it(qtbot: QtBot, window: MainWindow, streams: list[Any]) -> None:
    drop(window, QUrl("rtsp://10.0.0.1/live"))
    qtbot.waitUntil(lambda: len(streams) == 1)
    assert (streams[0].spec.kind, streams[0].spec.value) == ("url", "rtsp://10.0.0.1/live")


def test_dropping_a_preset_adds_it(
    qtbot: QtBot, playing: Any, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    half = window.player.presets.presets[1]
    new = replace(half, info=replace(half.info, name="new", depth=20))
    monkeypatch.setattr(dialogs, "import_preset", lambda path, taken: new)
    drop(window, QUrl.fromLocalFile(str(tmp_path / "new.onnx")))
    qtbot.waitUntil(lambda: window.player.presets.condition("new") is Condition.READY)
    assert [one.name for one in window.player.presets.presets] == ["float", "half", "new", "full"]
    qtbot.keyClick(window, Qt.Key.Key_3)
    assert playing.preset == "new"
    qtbot.keyClick(window, Qt.Key.Key_4)
    assert playing.preset == "full"


def test_a_preset_that_cannot_be_added_is_a_message(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "new.onnx"
    path.write_text("no preset")
    drop(window, QUrl.fromLocalFile(str(path)))
    qtbot.waitUntil(window.message_bar.isVisible)
    assert "new.onnx" in window.message_bar.text()


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("open_file", QFileDialog),
        ("open_folder", QFileDialog),
        ("settings", SettingsDialog),
        ("manage", PresetDialog),
        ("history", HistoryDialog),
        ("open_camera", CameraDialog),
        ("open_url", UrlDialog),
        ("open_screen", ScreenDialog),
        ("find_cameras", NetworkDialog),
        ("shortcuts", ShortcutsDialog),
        ("about", AboutDialog),
    ],
)
def test_dialogs_open_without_blocking(
    qtbot: QtBot, window: MainWindow, action: str, kind: type[QDialog]
) -> None:
    getattr(window.actions_, action).trigger()
    [dialog] = window.findChildren(kind)
    assert dialog.isVisible()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()


def test_what_a_dialog_chose_is_played(
    qtbot: QtBot, window: MainWindow, streams: list[Any]
) -> None:
    window.dialogs.ask_url()
    [dialog] = window.findChildren(UrlDialog)
    dialog.field.setText("http://10.0.0.1/video.mjpg")
    dialog.accept()
    qtbot.waitUntil(lambda: len(streams) == 1)
    assert streams[0].spec.value == "http://10.0.0.1/video.mjpg"


@pytest.mark.parametrize(
    ("action", "kind", "source"),
    [
        ("open_screen", ScreenDialog, "screen:10,20,64,48"),
        ("find_cameras", NetworkDialog, "rtsp://admin:secret@192.168.1.9/main"),
    ],
)
def test_what_was_found_is_played(
    qtbot: QtBot,
    window: MainWindow,
    streams: list[Any],
    action: str,
    kind: type[ScreenDialog | NetworkDialog],
    source: str,
) -> None:
    getattr(window.actions_, action).trigger()
    [dialog] = window.findChildren(kind)
    dialog.chosen.emit(source)
    qtbot.waitUntil(lambda: len(streams) == 1)
    assert streams[0].spec == parse_source(source)


@pytest.mark.parametrize("way", ["start page", "address"])
def test_cameras_on_the_network_are_looked_for_on_a_click(window: MainWindow, way: str) -> None:
    assert window.findChildren(NetworkDialog) == []
    if way == "start page":
        window.start_page.cameras.search.click()
    else:
        window.dialogs.ask_url()
        [asking] = window.findChildren(UrlDialog)
        asking.search.click()
        assert not asking.isVisible()
    [dialog] = window.findChildren(NetworkDialog)
    assert dialog.isVisible()


def test_closing_the_source_shows_the_start_screen(
    qtbot: QtBot, playing: Any, window: MainWindow
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert not window.playing_page_shown
    assert window.windowTitle() == "pedcam"
    assert window.view.result is None
    assert not window.actions_.close_source.isEnabled()


def test_closing_cancels_an_open_dialog(qtbot: QtBot, window: MainWindow) -> None:
    window.dialogs.ask_camera()
    (dialog,) = window.findChildren(CameraDialog)
    with qtbot.waitSignal(dialog.finished):
        window.close()


@pytest.mark.parametrize("size", [(880, 520), (1024, 640), (1280, 800)])
def test_everything_fits(
    qtbot: QtBot, playing: Any, window: MainWindow, size: tuple[int, int]
) -> None:
    playing.say(StreamState.ENDED)  # the state with the most words
    qtbot.waitUntil(lambda: "Ended" in window.bar.state.text())
    window.player.messages.post("Something to read. " * 20)
    window.resize(*size)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == size)
    bar = window.message_bar
    qtbot.waitUntil(lambda: bar.height() >= bar.heightForWidth(bar.width()))
    for widget in (window.bar, bar):
        hint = widget.minimumSizeHint()
        assert widget.width() >= hint.width()
        assert widget is bar or widget.height() >= hint.height()
        corner = widget.mapTo(window, QPoint(widget.width(), widget.height()))
        assert corner.x() <= size[0]
        assert corner.y() <= size[1]
    assert window.view.height() > 260
