from dataclasses import replace
from pathlib import Path

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QCheckBox, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from pedcam.detect.detector import Provider
from pedcam.detect.presets import Preset
from pedcam.ui.presets.selection import PresetSelection
from pedcam.ui.settings.folder_field import FolderField
from pedcam.ui.settings.settings import (
    DETECTION,
    GENERAL,
    PAGES,
    RECORDING,
    Settings,
    setting_names,
)
from pedcam.ui.settings.settings_dialog import SettingsDialog
from pedcam.ui.settings.settings_state import SettingsState


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


def entries(dialog: SettingsDialog) -> list[str]:
    items = [dialog.list.item(row) for row in range(dialog.list.count())]
    return [item.text() for item in items if item is not None and not item.isHidden()]


def shown(dialog: SettingsDialog, page: str) -> list[str]:
    return [name for name, row in dialog.pages[page].rows.items() if not row.isHidden()]


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
def test_cuda_can_be_chosen_where_onnx_runtime_has_it_or_it_is_set_already(
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
    model = box.model()
    assert model is not None
    assert bool(model.flags(model.index(1, 0)) & Qt.ItemFlag.ItemIsEnabled) is allowed


@pytest.mark.parametrize(
    ("words", "pages", "rows"),
    [
        ("blur", ["Recording", "History and privacy"], ["recording_blurred", "snapshot_blurred"]),
        ("CSV table", ["Recording"], ["table"]),
        ("recording", ["General", "Recording"], list(setting_names(RECORDING))),
        ("where files", ["Where files are"], []),
        ("tea", [], []),
    ],
)
def test_the_search_shows_where_the_words_are(
    dialog: SettingsDialog, words: str, pages: list[str], rows: list[str]
) -> None:
    place = dialog.search.mapTo(dialog, QPoint())
    dialog.search.setText(words)
    dialog.layout().activate()  # type: ignore[union-attr]
    assert dialog.search.mapTo(dialog, QPoint()) == place
    assert entries(dialog) == pages
    assert shown(dialog, RECORDING) == rows
    assert dialog.nothing.isVisible() is (not pages)
    current = dialog.list.currentItem()
    assert not pages or (current is not None and current.text() in pages)
    dialog.search.setText("")
    assert len(entries(dialog)) == 5
    assert shown(dialog, RECORDING) == list(setting_names(RECORDING))


def test_enter_in_a_field_takes_it_and_closes_nothing(
    qtbot: QtBot, dialog: SettingsDialog, settings: SettingsState, tmp_path: Path
) -> None:
    dialog.show_page(RECORDING)
    field = control(dialog, RECORDING, "recordings")
    assert isinstance(field, FolderField)
    field.line.setText(str(tmp_path / "new"))
    qtbot.keyClick(field.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: settings.values.recordings == tmp_path / "new")
    assert dialog.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_it_fits_into_a_small_window_and_nothing_is_cut_off(dialog: SettingsDialog) -> None:
    dialog.resize(dialog.minimumSizeHint())
    assert dialog.width() <= 1024
    assert dialog.height() <= 640
    for page in dialog.pages.values():
        dialog.list.setCurrentRow(list(dialog.pages.values()).index(page))
        inside, viewport = page.widget(), page.viewport()
        assert inside is not None
        assert viewport is not None
        assert inside.minimumSizeHint().width() <= viewport.width()
