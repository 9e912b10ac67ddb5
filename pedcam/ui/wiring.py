"""What happens when something in the main window is used."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import QUrl
from PyQt6.QtGui import QDesktopServices

from pedcam.ui.base.error_log import log_file
from pedcam.ui.compare.state import Layout
from pedcam.ui.main_window import MainWindow
from pedcam.ui.picture.info_overlay import info_lines
from pedcam.ui.picture.picture_view import PictureView
from pedcam.ui.player.seek_slider import STEP
from pedcam.ui.settings.settings import ALERTS
from pedcam.ui.zones.state import Mode
from pedcam.video.stream.comparison import Pair
from pedcam.video.stream.stream import Result

THRESHOLD_STEP = 5


def connect(window: MainWindow) -> None:
    """Connect the window's actions and widgets to what they steer."""
    _connect_actions(window)
    _connect_panels(window)
    _connect_results(window)


def _connect_actions(window: MainWindow) -> None:
    player, services, actions = window.player, window.services, window.actions_
    playback, dialogs = player.playback, window.dialogs

    def draw(mode: Mode) -> None:
        services.zones.draw(mode)
        window.view.setFocus()
        window.panel.turn_to("zones")

    def import_rules() -> None:
        window.panel.turn_to("zones")
        services.rule_files.ask_import(window)

    def zoom(what: str) -> None:
        views: list[PictureView] = [window.view]
        if services.comparison.active:
            views = [*window.compare_view.panes()[:1]]
        for view in views:
            getattr(view, what)()

    for action, slot in (
        (actions.open_file, dialogs.ask_file),
        (actions.open_folder, dialogs.ask_folder),
        (actions.open_camera, dialogs.ask_camera),
        (actions.open_screen, dialogs.ask_screen),
        (actions.open_url, dialogs.ask_url),
        (actions.find_cameras, dialogs.find_cameras),
        (actions.demo, lambda: player.open("demo")),
        (actions.close_source, player.close_source),
        (actions.record, lambda: _toggle_recording(window)),
        (actions.snapshot, lambda: _save_snapshot(window)),
        (actions.export, dialogs.export),
        (actions.settings, dialogs.settings),
        (actions.pause, player.toggle_pause),
        (actions.restart, player.restart),
        (actions.step, player.step),
        (actions.step_back, player.step_back),
        (actions.forward, lambda: window.bar.slider.step(STEP)),
        (actions.backward, lambda: window.bar.slider.step(-STEP)),
        (actions.faster, lambda: player.set_speed(playback.faster)),
        (actions.slower, lambda: player.set_speed(playback.slower)),
        (actions.loop, lambda: player.set_loop(not playback.loop)),
        (
            actions.auto,
            lambda: player.preset_control.set_auto(
                not player.auto.enabled, player.auto.target_rate
            ),
        ),
        (actions.compare, window.compare_box.toggle),
        (actions.larger, lambda: player.preset_control.step_size(1)),
        (actions.smaller, lambda: player.preset_control.step_size(-1)),
        (actions.raise_threshold, lambda: window.confidence.step(THRESHOLD_STEP)),
        (actions.lower_threshold, lambda: window.confidence.step(-THRESHOLD_STEP)),
        (actions.reset_threshold, lambda: player.set_threshold(None)),
        (actions.measure, services.measuring.measure),
        (actions.manage, dialogs.manage),
        (actions.zoom_in, lambda: zoom("zoom_in")),
        (actions.zoom_out, lambda: zoom("zoom_out")),
        (actions.fit, lambda: zoom("fit")),
        (actions.actual_size, lambda: zoom("actual_size")),
        (actions.draw_line, lambda: draw(Mode.DRAW_LINE)),
        (actions.draw_zone, lambda: draw(Mode.DRAW_ZONE)),
        (actions.draw_ignored, lambda: draw(Mode.DRAW_IGNORED)),
        (actions.undo, services.zones.undo),
        (actions.redo, services.zones.redo),
        (actions.import_rules, import_rules),
        (actions.export_rules, lambda: services.rule_files.ask_export(window)),
        (actions.history, dialogs.history),
        (actions.export_events, dialogs.export_events),
        (actions.export_counts, dialogs.export_counts),
        (actions.shortcuts, lambda: dialogs.shortcuts(actions.menus)),
        (
            actions.log_folder,
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_file().parent))),
        ),
        (actions.about, dialogs.about),
        *(
            (action, lambda name=name: services.options.toggle(name))
            for name, action in actions.options.items()
        ),
    ):
        # The lambda drops the "checked" argument, which these do not take.
        action.triggered.connect(lambda _, slot=slot: slot())
    actions.divider.triggered.connect(
        lambda on: services.comparison.set_layout(Layout.DIVIDER if on else Layout.SIDE_BY_SIDE)
    )
    actions.info.toggled.connect(lambda on: _show_info(window, on))


def _connect_panels(window: MainWindow) -> None:
    player, services = window.player, window.services
    page = window.start_page
    page.source_chosen.connect(player.open)
    page.cameras.options_wanted.connect(window.dialogs.ask_camera)
    page.cameras.search_wanted.connect(window.dialogs.find_cameras)
    window.drop_target.source_dropped.connect(window.dialogs.open_dropped)
    window.drop_target.presets_dropped.connect(window.dialogs.add_presets)

    panel = window.preset_panel
    panel.chart.chosen.connect(player.preset_control.choose)
    panel.slider.chosen.connect(player.preset_control.choose)
    panel.sizes.chosen.connect(player.preset_control.choose)
    panel.detail.chosen.connect(player.preset_control.set_detail)
    panel.auto.auto_changed.connect(player.preset_control.set_auto)
    panel.measuring.asked.connect(services.measuring.measure)
    panel.measuring.cancelled.connect(services.measuring.cancel)
    window.confidence.changed.connect(player.set_threshold)
    window.compare_box.compare_wanted.connect(
        lambda name: services.comparison_control.compare(name, window.view.result)
    )
    window.figures.span_chosen.connect(lambda span: services.memory.remember("span", span))
    window.zones_panel.reset_wanted.connect(services.zone_control.reset_counts)
    window.zones_panel.picture_wanted.connect(window.view.setFocus)
    window.zones_panel.addresses_wanted.connect(lambda: window.dialogs.settings(ALERTS))
    services.sending.addresses.subscribe(lambda: _tell_sending(window))
    _tell_sending(window)
    events = window.events_panel
    events.seek_requested.connect(player.seek)
    events.export_requested.connect(window.dialogs.export_events)
    events.history_requested.connect(window.dialogs.history)

    window.bar.seek_wanted.connect(player.seek)
    window.bar.speed_wanted.connect(player.set_speed)
    window.message_bar.dismissed.connect(player.messages.dismiss)
    for saved in (
        services.recording_control.saved,
        services.export_control.saved,
        services.history.saved,
        services.rule_files.saved,
        window.dialogs.saved,
    ):
        saved.connect(window.saved_bar.show_saved)


def _tell_sending(window: MainWindow) -> None:
    addresses = window.services.sending.addresses.items
    # While they are not known, nothing is wrong.
    can_send = addresses is None or any(address.enabled for address in addresses)
    window.zones_panel.set_can_send(can_send)


def _connect_results(window: MainWindow) -> None:
    player, services = window.player, window.services
    full_screen = window.actions_.full_screen
    window.view.double_clicked.connect(full_screen.trigger)
    window.compare_view.double_clicked.connect(full_screen.trigger)
    window.view.shown.connect(lambda result: _count(window, result))
    services.comparison_control.pair_arrived.connect(window.compare_view.set_pair)
    services.comparison_control.pair_arrived.connect(lambda pair: _count_pair(window, pair))
    player.source_changed.connect(lambda counter: window.view.end_source())


def _count(window: MainWindow, result: Result) -> None:
    window.services.meter.add(result)
    window.services.meter.add_drawing(window.view.drawing_ms)


def _count_pair(window: MainWindow, pair: Pair | None) -> None:
    # While two presets are compared, these are the pictures that people see.
    if pair is not None:
        window.services.meter.add(pair.left)


def _toggle_recording(window: MainWindow) -> None:
    services, player = window.services, window.player
    if services.recording.busy:
        services.recording_control.stop()
    else:
        services.recording_control.start(
            player.subscribers.subscribe,
            player.playback.source.title,
            services.recording_options(),
            player.playback.source.rate,
        )


def _save_snapshot(window: MainWindow) -> None:
    services, pair = window.services, window.compare_view.pair
    result, hidden = window.view.result, window.view.hidden
    if pair is not None and services.comparison.active:
        # That is on the screen: the newest picture may not have been compared yet, and whom only
        # the other preset finds would be seen in it.
        result, hidden = pair.left, window.compare_view.hidden
    if result is not None:
        # Also those drawn since the picture came.
        result = replace(result, ignored=services.zones.ignored)
        services.recording_control.snapshot(
            result, window.player.playback.source.title, services.snapshot_options(), hidden
        )


def _show_info(window: MainWindow, on: bool) -> None:
    services, player = window.services, window.player

    def lines() -> list[str]:
        result = window.view.result
        if result is None:
            return []
        return info_lines(result, player.playback, player.presets, services.meter)

    window.view.show_info(lines if on else None)
