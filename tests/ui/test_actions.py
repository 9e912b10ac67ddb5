from dataclasses import replace
from typing import Any

from PyQt6.QtGui import QAction, QKeySequence
from pytestqt.qtbot import QtBot

from pedcam.ui.help.shortcuts_dialog import ShortcutsDialog
from pedcam.ui.main_window import MainWindow


def menu_actions(window: MainWindow) -> list[QAction]:
    return [
        action
        for menu in window.actions_.menus
        for action in menu.actions()
        if not action.isSeparator()
    ]


def test_every_action_has_a_menu_entry_a_tooltip_and_a_key(window: MainWindow) -> None:
    actions = menu_actions(window)
    assert set(actions) == set(window.actions())
    for action in actions:
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        assert key
        assert action.toolTip().endswith(f"({key})")


def test_no_key_means_two_things(window: MainWindow) -> None:
    keys = [key.toString() for action in window.actions() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_presets_are_listed_and_checked(window: MainWindow) -> None:
    entries = window.actions_.menus[2].actions()[:3]
    assert [entry.text() for entry in entries] == [
        "Title of float",
        "Title of half",
        "Title of full",
    ]
    assert [entry.isChecked() for entry in entries] == [False, True, False]
    window.player.preset_control.choose("full")
    assert [entry.isChecked() for entry in entries] == [False, False, True]
    window.player.presets.mark_failed("float", "broken")
    assert [entry.isEnabled() for entry in entries] == [False, True, True]


def test_actions_are_enabled_as_the_state_allows(
    qtbot: QtBot, window: MainWindow, playing: Any
) -> None:
    actions = window.actions_
    assert actions.restart.isEnabled()
    playing.source = replace(playing.source, live=True)
    playing.pause()
    qtbot.waitUntil(lambda: window.player.playback.source.live)
    assert not actions.restart.isEnabled()
    assert actions.pause.isEnabled()
    assert not actions.reset_threshold.isEnabled()
    window.player.set_threshold(0.2)
    assert actions.reset_threshold.isEnabled()


def test_there_is_nothing_to_compare_with_a_single_preset_that_works(
    qtbot: QtBot, window: MainWindow, playing: Any
) -> None:
    compare, presets = window.actions_.compare, window.player.presets
    assert compare.isEnabled()
    presets.mark_failed("float", "broken")
    assert compare.isEnabled()
    presets.mark_failed("full", "broken")
    assert not compare.isEnabled()
    presets.forget_readiness()
    assert compare.isEnabled()
    window.player.close_source()
    assert not compare.isEnabled()


def test_a_comparison_can_be_ended_whatever_became_of_the_presets(
    qtbot: QtBot, window: MainWindow, playing: Any
) -> None:
    compare, presets = window.actions_.compare, window.player.presets
    compare.trigger()
    for name in ("float", "full"):
        presets.mark_failed(name, "broken")
    assert window.services.comparison.active
    assert compare.isEnabled()
    compare.trigger()
    assert not window.services.comparison.active
    assert not compare.isEnabled()


def test_facts_are_over_one_picture_only(qtbot: QtBot, window: MainWindow, playing: Any) -> None:
    actions = window.actions_
    assert actions.info.isEnabled()
    actions.compare.trigger()
    assert not actions.info.isEnabled()
    assert actions.zoom_in.isEnabled()
    actions.compare.trigger()
    assert actions.info.isEnabled()
    window.player.close_source()
    assert not actions.info.isEnabled()


def test_the_list_of_keys_is_complete(qtbot: QtBot, window: MainWindow) -> None:
    dialog = ShortcutsDialog(window.actions_.menus)
    qtbot.addWidget(dialog)
    table = dialog.table
    items = [table.item(row, column) for row in range(table.rowCount()) for column in range(2)]
    shown = {item.text() for item in items if item is not None}
    for action in menu_actions(window):
        assert action.iconText().rstrip(".…") in {text.rstrip(".…") for text in shown}
    assert {"Space", "F, F11", "Ctrl+O", "1", "2", "3"} <= shown
