import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QCheckBox, QComboBox, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from pedcam.detect.presets import Preset
from pedcam.detect.providers import Provider
from pedcam.ui.presets.selection import PresetSelection
from pedcam.ui.settings.settings import (
    DETECTION,
    GENERAL,
    HISTORY,
    PAGES,
    RECORDING,
    Settings,
    SettingsState,
    setting_names,
)
from pedcam.ui.settings.settings_dialog import SettingsDialog


@pytest.fixture
def settings(tmp_path: Path) -> SettingsState:
    return SettingsState(replace(Settings(), recordings=tmp_path, snapshots=tmp_path))


@pytest.fixture
def dialog(qtbot: QtBot, settings: SettingsState, presets: tuple[Preset, ...]) -> SettingsDialog:
    made = SettingsDialog(
        settings,
        PresetSelection(presets, "half"),
        [("Settings", Path("/settings.json"))],
        providers=["cpu"],
        open_url=lambda _: None,
    )
    qtbot.addWidget(made)
    made.show()
    return made


def control(dialog: SettingsDialog, page: str, name: str) -> QWidget:
    return dialog.pages[page].rows[name].control


def test_every_setting_is_on_its_page(dialog: SettingsDialog) -> None:
    assert set(dialog.pages) == set(PAGES)
    for page in PAGES:
        assert tuple(dialog.pages[page].rows) == setting_names(page)


def test_changes_count_at_once(dialog: SettingsDialog, settings: SettingsState) -> None:
    box = control(dialog, GENERAL, "theme")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(2)
    assert settings.values.theme == "dark"
    check = control(dialog, RECORDING, "table")
    assert isinstance(check, QCheckBox)
    check.click()
    assert settings.values.table is True


def test_it_follows_changes_from_elsewhere(dialog: SettingsDialog, settings: SettingsState) -> None:
    settings.set("theme", "light")
    box = control(dialog, GENERAL, "theme")
    assert isinstance(box, QComboBox)
    assert box.currentData() == "light"


def test_a_page_is_reset_and_the_reset_undone(
    dialog: SettingsDialog, settings: SettingsState
) -> None:
    reset = dialog.pages[GENERAL].reset
    assert not reset.isEnabled()
    settings.set("theme", "dark")
    settings.set("container", "mkv")
    before = settings.values
    assert reset.isEnabled()
    reset.click()
    assert settings.values == replace(before, theme="system")
    assert "Undo" in reset.text()
    reset.click()
    assert settings.values == before
    assert "Reset" in reset.text()
    assert reset.isEnabled()


def test_after_another_change_the_reset_stays(
    dialog: SettingsDialog, settings: SettingsState
) -> None:
    settings.set("theme", "dark")
    dialog.pages[GENERAL].reset.click()
    settings.set("container", "mkv")
    assert "Reset" in dialog.pages[GENERAL].reset.text()
    assert not dialog.pages[GENERAL].reset.isEnabled()


@pytest.mark.parametrize(
    ("providers", "wanted", "allowed"),
    [(["cpu", "cuda"], "cpu", True), (["cpu"], "cpu", False), (["cpu"], "cuda", True)],
)
def test_cuda_can_be_chosen_where_it_is_there_or_set_already(
    qtbot: QtBot,
    settings: SettingsState,
    presets: tuple[Preset, ...],
    providers: list[Provider],
    wanted: str,
    allowed: bool,
) -> None:
    settings.set("provider", wanted)
    dialog = SettingsDialog(settings, PresetSelection(presets, "half"), providers=providers)
    qtbot.addWidget(dialog)
    box = control(dialog, DETECTION, "provider")
    assert isinstance(box, QComboBox)
    assert (box.findData("cuda") >= 0) is allowed
    assert box.currentData() == wanted
    assert box.findData("auto") >= 0


def test_enter_in_a_number_takes_it_and_closes_nothing(
    qtbot: QtBot, dialog: SettingsDialog, settings: SettingsState
) -> None:
    box = control(dialog, HISTORY, "history_days")
    assert isinstance(box, QSpinBox)
    dialog.tabs.setCurrentWidget(dialog.pages[HISTORY])
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "7")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert settings.values.history_days == 7
    assert dialog.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_it_fits_into_a_small_window_and_nothing_is_cut_off(dialog: SettingsDialog) -> None:
    dialog.resize(dialog.minimumSizeHint())
    assert dialog.width() <= 1024
    assert dialog.height() <= 640
    for page in dialog.pages.values():
        dialog.tabs.setCurrentWidget(page)
        inside, viewport = page.widget(), page.viewport()
        assert inside is not None
        assert viewport is not None
        assert inside.minimumSizeHint().width() <= viewport.width()


def test_what_there_is_to_compute_on_is_looked_for_elsewhere(
    qtbot: QtBot,
    settings: SettingsState,
    presets: tuple[Preset, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[threading.Thread] = []

    def available() -> tuple[str, ...]:
        looked.append(threading.current_thread())
        return ("cpu",)

    monkeypatch.setattr("pedcam.ui.settings.settings_dialog.available", available)
    dialog = SettingsDialog(settings, PresetSelection(presets, "half"))
    qtbot.addWidget(dialog)
    box = control(dialog, DETECTION, "provider")
    assert isinstance(box, QComboBox)
    qtbot.waitUntil(lambda: box.findData("cuda") == -1)
    assert looked[0] is not threading.main_thread()
