"""Every action of the window, with its menu, key and tooltip."""

from __future__ import annotations

from PyQt6.QtGui import QAction, QActionGroup, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

from pedcam.ui.base import text
from pedcam.ui.compare.box import other_preset
from pedcam.ui.picture.view_options import OPTIONS
from pedcam.ui.player.player import Player
from pedcam.ui.presets.points import NUMBER_KEYS
from pedcam.ui.presets.selection import Condition
from pedcam.ui.recording.recording import RecordingPhase
from pedcam.ui.services import Services
from pedcam.video.stream.stream import StreamState


class Actions:
    """Builds the menus of a window and keeps its actions as enabled as the state allows.

    What the actions do is connected elsewhere, but for those that choose presets.
    """

    def __init__(self, window: QMainWindow, player: Player, services: Services) -> None:
        self._window = window
        self._player = player
        self._services = services
        add = self._action

        self.demo = add("Play &demo", "Play the clip that comes with pedcam", "Ctrl+D")
        self.open_file = add("&Open video…", "Play a video file", QKeySequence.StandardKey.Open)
        self.open_folder = add("Open &folder…", "Play the pictures in a folder", "Ctrl+Shift+F")
        self.open_camera = add(
            "Open &camera…", "Watch through a camera of this computer", "Ctrl+Shift+O"
        )
        self.open_screen = add(
            "O&pen screen…", "Watch a screen of this computer, or a part of it", "Ctrl+Shift+S"
        )
        self.open_url = add(
            "Open stream &URL…", "Watch a network camera or an online stream", "Ctrl+U"
        )
        self.find_cameras = add(
            "Find net&work cameras…", "Look for cameras on the local network", "Ctrl+Shift+N"
        )
        self.close_source = add("Close &source", "Stop playing and choose another source", "Ctrl+W")
        self.record = add("&Record", "Record what is shown, or stop", "Ctrl+R")
        self.record.setCheckable(True)
        self.snapshot = add("Save s&napshot", "Save the picture as PNG", "S")
        self.export = add(
            "&Export…", "Write a marked video or tables of the whole source", "Ctrl+E"
        )
        self.settings = add("Se&ttings…", "Change how pedcam works", "Ctrl+,")
        self.quit = add("&Quit", "Close pedcam", "Ctrl+Q")

        self.pause = add("&Pause", "Pause or go on", "Space")
        self.step = add("&Next frame", "Pause, then one frame forward", ".")
        self.step_back = add("P&revious frame", "Pause, then one frame back", ",")
        self.forward = add("For&ward", "Jump 5 seconds forward", "Right")
        self.backward = add("&Back", "Jump 5 seconds back", "Left")
        self.faster = add("&Faster", "Play faster", "+")
        self.slower = add("S&lower", "Play slower", "-")
        self.loop = add("L&oop", "Begin again at the end", "L")
        self.loop.setCheckable(True)
        self.restart = add("Restar&t", "Play again from the start", "R")

        self.auto = add("&Auto", "Hold the frame rate by changing presets", "A")
        self.auto.setCheckable(True)
        self.compare = add("&Compare", "See two presets at once, or stop", "C")
        self.compare.setCheckable(True)
        self.divider = add("Compare with a di&vider", "One picture with a divider, or two", "V")
        self.divider.setCheckable(True)
        self.larger = add("&Larger input size", "Find smaller people, more slowly", ">")
        self.smaller = add("S&maller input size", "Faster, for people who are near", "<")
        self.raise_threshold = add("Show &fewer people", "Raise the confidence needed by 5 %", "]")
        self.lower_threshold = add("Show &more people", "Lower the confidence needed by 5 %", "[")
        self.reset_threshold = add("Preset's own c&onfidence", "Use the calibrated confidence", "0")
        self.measure = add("M&easure presets again", "Time every preset on this machine", "Ctrl+T")
        self.manage = add("Mana&ge presets…", "See, import and remove presets", "Ctrl+M")

        self.options = {
            name: add(label, tip, key)
            for name, (label, tip, key) in {
                "boxes": ("&Boxes", "A box around everybody", "B"),
                "scores": ("&Scores", "How sure the detector is", "O"),
                "identities": ("&Identities", "Everybody's number and colour", "I"),
                "traces": ("&Traces", "Where everybody walked just now", "T"),
                "heat_map": ("&Heat map", "Where people stood", "H"),
                "blur": ("&Privacy blur", "Make everybody unrecognizable", "P"),
            }.items()
        }
        for action in self.options.values():
            action.setCheckable(True)
        self.info = add("I&nformation", "Facts about the picture, over it", "Ctrl+I")
        self.info.setCheckable(True)
        self.zoom_in = add("Zoom i&n", "Come nearer", "Ctrl++", "Ctrl+=")
        self.zoom_out = add("Zoom &out", "Go back", "Ctrl+-")
        self.fit = add("&Whole picture", "Show the whole picture", "Ctrl+0")
        self.actual_size = add("&Actual size", "A pixel for a pixel", "Ctrl+1")
        self.full_screen = add("&Full screen", "Show the picture alone; Esc leaves", "F", "F11")
        self.full_screen.setCheckable(True)
        self.panel = add("Side &panel", "Show or hide the panel at the side", "F9")
        self.panel.setCheckable(True)
        self.panel.setChecked(True)

        self.draw_line = add("Draw &line", "Count who crosses a line", "N")
        self.draw_zone = add("Draw &zone", "Count who enters an area", "Shift+N")
        self.draw_ignored = add("Draw &ignored zone", "Look for nobody in an area", "X")
        self.undo = add("&Undo", "Take back the last change of lines, zones and rules", "Ctrl+Z")
        self.redo = add("&Redo", "Make the change again", "Ctrl+Shift+Z")
        self.import_rules = add(
            "&Import zones and rules…", "Replace those of this source by a file's", "Ctrl+Shift+I"
        )
        self.export_rules = add(
            "E&xport zones and rules…", "Save those of this source as a YAML file", "Ctrl+Shift+X"
        )
        self.history = add("&History…", "Search what happened yesterday and before", "Ctrl+H")
        self.export_events = add(
            "Export &events…", "Save the events of this source as CSV", "Ctrl+Shift+E"
        )
        self.export_counts = add(
            "Export &counts…", "Save the number of people over time as CSV", "Ctrl+Shift+C"
        )

        self.shortcuts = add("&Keyboard shortcuts", "List every key", "?", "F1")
        self.dismiss = add(
            "&Dismiss message", "End drawing, leave full screen, or hide the message", "Esc"
        )
        self.log_folder = add("Open &log folder", "Where details of errors are", "Ctrl+Shift+L")
        self.about = add("&About pedcam", "Licence and versions", "Ctrl+F1")

        self.presets: dict[str, QAction] = {}
        self._group = QActionGroup(window)
        self._build_menus()
        for state in (
            player.playback,
            player.threshold,
            player.auto,
            services.recording,
            services.options,
            services.zones,
            services.comparison,
        ):
            state.subscribe(self._refresh)
        player.presets.subscribe(self._refresh_presets)
        self._refresh_presets()

    def _build_menus(self) -> None:
        window = self._window
        bar = window.menuBar()
        assert bar is not None
        self._presets_menu = QMenu("P&resets", window)
        self.menus = [
            self._menu(
                "&File",
                [self.demo, self.open_file, self.open_folder],
                [self.open_camera, self.open_screen, self.open_url, self.find_cameras],
                [self.record, self.snapshot, self.export],
                [self.settings],
                [self.close_source, self.quit],
            ),
            self._menu(
                "&Playback",
                [self.pause, self.restart, self.loop],
                [self.step, self.step_back, self.forward, self.backward],
                [self.faster, self.slower],
            ),
            self._presets_menu,
            self._menu(
                "&View",
                list(self.options.values()),
                [self.info],
                [self.zoom_in, self.zoom_out, self.fit, self.actual_size],
                [self.panel, self.full_screen],
            ),
            self._menu(
                "&Counting",
                [self.draw_line, self.draw_zone, self.draw_ignored],
                [self.undo, self.redo],
                [self.import_rules, self.export_rules],
                [self.history, self.export_events, self.export_counts],
            ),
            self._menu("&Help", [self.shortcuts, self.dismiss], [self.log_folder, self.about]),
        ]
        self._presets_menu.setToolTipsVisible(True)
        for menu in self.menus:
            bar.addMenu(menu)

    def _action(self, label: str, tip: str, *keys: str | QKeySequence.StandardKey) -> QAction:
        action = QAction(label, self._window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tip} ({shown})" if shown else tip)
        # The window too, not only the menu: keys must work while the menu bar is hidden.
        self._window.addAction(action)
        return action

    def _menu(self, title: str, *groups: list[QAction]) -> QMenu:
        menu = QMenu(title, self._window)
        menu.setToolTipsVisible(True)
        _fill(menu, groups)
        return menu

    def _refresh_presets(self) -> None:
        presets = self._player.presets
        names = [preset.name for preset in presets.presets]
        selected = presets.find(presets.selected)
        if names != list(self.presets):
            for action in self.presets.values():
                self._group.removeAction(action)
                self._window.removeAction(action)
                action.deleteLater()
            self.presets = self._preset_actions()
            self._presets_menu.clear()
            _fill(
                self._presets_menu,
                (
                    list(self.presets.values()),
                    [self.larger, self.smaller],
                    [self.auto],
                    [self.compare, self.divider],
                    [self.lower_threshold, self.raise_threshold, self.reset_threshold],
                    [self.measure, self.manage],
                ),
            )
        for name, action in self.presets.items():
            action.setChecked(selected is not None and name == selected.base_name)
            action.setEnabled(presets.condition(name) is not Condition.FAILED)
        self._refresh()

    def _preset_actions(self) -> dict[str, QAction]:
        actions = {}
        choose = self._player.preset_control.choose_depth
        for number, preset in enumerate(self._player.presets.presets, start=1):
            keys = [str(number)] if number <= NUMBER_KEYS else []
            title = preset.info.title.replace("&", "&&")
            action = self._action(title, text.depth(preset), *keys)
            action.setCheckable(True)
            action.triggered.connect(lambda _, preset=preset: choose(preset))
            self._group.addAction(action)
            actions[preset.name] = action
        return actions

    def _refresh(self) -> None:
        player, services = self._player, self._services
        playback, recording, zones = player.playback, services.recording, services.zones
        labels = {StreamState.PAUSED: "&Play", StreamState.ENDED: "&Play again"}
        self.pause.setText(labels.get(playback.state, "&Pause"))
        self.record.setText("Stop &recording" if recording.busy else "&Record")
        self.record.setChecked(recording.phase in (RecordingPhase.OPENING, RecordingPhase.RUNNING))
        pictured = playback.can_pause
        sizes = [preset.name for preset in player.presets.sizes]
        for action, enabled in (
            (self.pause, playback.can_pause),
            (self.step, playback.can_pause),
            (self.step_back, playback.can_seek),
            (self.forward, playback.can_seek),
            (self.backward, playback.can_seek),
            (self.faster, playback.can_set_speed and playback.faster != playback.speed),
            (self.slower, playback.can_set_speed and playback.slower != playback.speed),
            (self.loop, playback.can_set_speed),
            (
                self.restart,
                playback.state in (StreamState.ENDED, StreamState.FAILED)
                or (playback.can_pause and not playback.source.live),
            ),
            (self.close_source, playback.has_source),
            (self.record, recording.phase is not RecordingPhase.COMPLETING
             and (pictured or recording.busy)),
            (self.snapshot, playback.has_source),
            (self.export, playback.has_source),
            (self.full_screen, playback.has_source or self.full_screen.isChecked()),
            (
                self.compare,
                services.comparison.active
                or (playback.has_source and other_preset(player.presets) is not None),
            ),
            (self.divider, services.comparison.active),
            (self.larger, player.presets.selected in sizes[:-1]),
            (self.smaller, player.presets.selected in sizes[1:]),
            (self.reset_threshold, player.threshold.override is not None),
            (self.draw_line, zones.available),
            (self.draw_zone, zones.available),
            (self.draw_ignored, zones.available),
            (self.undo, zones.can_undo),
            (self.redo, zones.can_redo),
            (self.import_rules, zones.available),
            (self.export_rules, bool(zones.shapes or zones.rules)),
            (self.export_events, playback.has_source),
            (self.export_counts, playback.has_source),
            *((action, playback.has_source) for action in (
                self.zoom_in, self.zoom_out, self.fit, self.actual_size, self.panel)),
            (self.info, playback.has_source and not services.comparison.active),
        ):  # fmt: skip
            action.setEnabled(enabled)
        self.loop.setChecked(playback.loop)
        self.auto.setChecked(player.auto.enabled)
        self.compare.setChecked(services.comparison.active)
        self.divider.setChecked(services.comparison.layout.name == "DIVIDER")
        for name in OPTIONS:
            self.options[name].setChecked(getattr(services.options, name))


def _fill(menu: QMenu, groups: tuple[list[QAction], ...]) -> None:
    for number, group in enumerate(groups):
        if number:
            menu.addSeparator()
        menu.addActions(group)
