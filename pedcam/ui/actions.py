"""Every action of the window, with its menu, key and tooltip."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtGui import QAction, QActionGroup, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

from pedcam.ui import text
from pedcam.ui.panels.preset_list import NUMBER_KEYS
from pedcam.ui.state.playback import Playback
from pedcam.ui.state.presets import Condition, PresetChoice
from pedcam.ui.state.threshold import Threshold
from pedcam.video.stream import StreamState


class Actions:
    """Builds the menus of a window and keeps its actions as enabled as the state allows."""

    def __init__(
        self,
        window: QMainWindow,
        playback: Playback,
        presets: PresetChoice,
        threshold: Threshold,
    ) -> None:
        """Add the menus to ``window``; what the actions do is connected there."""
        self._window = window
        self._playback = playback
        self._presets = presets
        self._threshold = threshold
        tr = window.tr

        self.open_file = self._action(
            tr("&Open video…"), tr("Play a video file"), QKeySequence.StandardKey.Open
        )
        self.open_camera = self._action(
            tr("Open &camera…"), tr("Watch through a camera of this computer"), "Ctrl+Shift+O"
        )
        self.open_url = self._action(
            tr("Open stream &URL…"), tr("Watch a network camera or an online stream"), "Ctrl+U"
        )
        self.demo = self._action(
            tr("Play &demo"), tr("Play the clip that comes with pedcam"), "Ctrl+D"
        )
        self.close_source = self._action(
            tr("Close &source"), tr("Stop playing and choose another source"), "Ctrl+W"
        )
        self.quit = self._action(tr("&Quit"), tr("Close pedcam"), "Ctrl+Q")

        self.pause = self._action(tr("&Pause"), tr("Pause or go on"), "Space")
        self.restart = self._action(tr("&Restart"), tr("Play again from the start"), "R")
        self.full_screen = self._action(
            tr("&Full screen"), tr("Show the picture alone; Esc leaves"), "F", "F11"
        )
        self.full_screen.setCheckable(True)

        self.raise_threshold = self._action(
            tr("Show &fewer people"), tr("Raise the confidence needed by 5 %"), "]"
        )
        self.lower_threshold = self._action(
            tr("Show &more people"), tr("Lower the confidence needed by 5 %"), "["
        )
        self.reset_threshold = self._action(
            tr("Preset's own &confidence"), tr("Use the calibrated confidence"), "0"
        )

        self.shortcuts = self._action(tr("&Keyboard shortcuts"), tr("List every key"), "?", "F1")
        self.dismiss = self._action(
            tr("&Dismiss message"), tr("Leave full screen, or hide the message"), "Esc"
        )
        self.about = self._action(tr("&About pedcam"), tr("Licence and versions"), "Ctrl+F1")

        self.presets: dict[str, QAction] = {}
        self.menus = [
            self._menu(
                tr("&File"),
                [self.open_file, self.open_camera, self.open_url, self.demo],
                [self.close_source],
                [self.quit],
            ),
            self._menu(tr("&Playback"), [self.pause, self.restart], [self.full_screen]),
            self._menu(
                tr("P&resets"),
                self._preset_actions(),
                [self.lower_threshold, self.raise_threshold, self.reset_threshold],
            ),
            self._menu(tr("&Help"), [self.shortcuts, self.dismiss], [self.about]),
        ]
        playback.subscribe(self._refresh)
        presets.subscribe(self._refresh)
        threshold.subscribe(self._refresh)
        self._refresh()

    def on_preset(self, choose: Callable[[str], None]) -> None:
        """Call ``choose`` with a preset's name when its key or menu entry is used."""
        for name, action in self.presets.items():
            action.triggered.connect(lambda _, name=name: choose(name))

    def _action(self, label: str, tip: str, *keys: str | QKeySequence.StandardKey) -> QAction:
        action = QAction(label, self._window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{tip} ({shown})")
        # The window too, not only the menu: keys must work while the menu bar is hidden.
        self._window.addAction(action)
        return action

    def _preset_actions(self) -> list[QAction]:
        group = QActionGroup(self._window)
        for number, preset in enumerate(self._presets.presets, start=1):
            keys = [str(number)] if number <= NUMBER_KEYS else []
            title = preset.info.title.replace("&", "&&")
            action = self._action(title, text.depth(preset), *keys)
            if not keys:
                action.setToolTip(text.depth(preset))
            action.setCheckable(True)
            group.addAction(action)
            self.presets[preset.name] = action
        return list(self.presets.values())

    def _menu(self, title: str, *groups: list[QAction]) -> QMenu:
        bar = self._window.menuBar()
        assert bar is not None
        menu = bar.addMenu(title)
        assert menu is not None
        menu.setToolTipsVisible(True)
        for number, group in enumerate(groups):
            if number:
                menu.addSeparator()
            menu.addActions(group)
        return menu

    def _refresh(self) -> None:
        playback, tr = self._playback, self._window.tr
        labels = {StreamState.PAUSED: tr("&Play"), StreamState.ENDED: tr("&Play again")}
        self.pause.setText(labels.get(playback.state, tr("&Pause")))
        self.pause.setEnabled(playback.can_pause)
        self.restart.setEnabled(
            playback.state in (StreamState.ENDED, StreamState.FAILED)
            or (playback.can_pause and not playback.live)
        )
        self.close_source.setEnabled(playback.has_source)
        self.full_screen.setEnabled(playback.has_source or self.full_screen.isChecked())
        for name, action in self.presets.items():
            action.setChecked(name == self._presets.chosen)
            action.setEnabled(self._presets.condition(name) is not Condition.FAILED)
        self.reset_threshold.setEnabled(self._threshold.override is not None)
