import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.settings import autosave as module
from pedcam.ui.settings.autosave import SettingsAutosave
from pedcam.ui.settings.settings import Settings
from pedcam.ui.settings.settings_store import SettingsError, Stored, load_settings


class Disk:
    """Stands in for the file; ``busy`` holds it up."""

    def __init__(self) -> None:
        self.saved: list[tuple[Settings, dict[str, Any]]] = []
        self.threads: set[threading.Thread] = set()
        self.free = threading.Event()
        self.free.set()
        self.error: Exception | None = None

    def save(self, path: Path, settings: Settings, remembered: Any, unknown: Any) -> None:
        self.threads.add(threading.current_thread())
        assert self.free.wait(10)
        if self.error is not None:
            raise self.error
        self.saved.append((settings, remembered))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(module, "save_settings", made.save)
    return made


@pytest.fixture
def autosave(qtbot: QtBot, disk: Disk, tmp_path: Path) -> Iterator[SettingsAutosave]:
    made = SettingsAutosave(Stored(), tmp_path / "settings.json", delay=1)
    yield made
    disk.free.set()
    assert made.finish(5)


def test_changes_are_saved_together_and_elsewhere(
    qtbot: QtBot, autosave: SettingsAutosave, disk: Disk
) -> None:
    autosave.settings.set("theme", "dark")
    autosave.settings.set("history_days", 3)
    autosave.memory.remember("panel", 300)
    qtbot.waitUntil(lambda: bool(disk.saved))
    assert disk.saved == [(replace(Settings(), theme="dark", history_days=3), {"panel": 300})]
    assert threading.current_thread() not in disk.threads


def test_the_last_change_is_saved_at_the_end(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    autosave = SettingsAutosave(Stored(unknown={"new": 1}), path)
    autosave.settings.set("theme", "light")
    autosave.memory.remember("geometry", "abc")
    assert autosave.finish(5)
    assert load_settings(path) == Stored(
        replace(Settings(), theme="light"), {"geometry": "abc"}, {"new": 1}
    )
    autosave.settings.set("theme", "dark")
    assert autosave.finish(5)
    assert load_settings(path).settings.theme == "light"


def test_without_changes_nothing_is_written(qtbot: QtBot, tmp_path: Path) -> None:
    autosave = SettingsAutosave(Stored(), tmp_path / "settings.json")
    assert autosave.finish(5)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_could_not_be_read_is_not_replaced(qtbot: QtBot, tmp_path: Path) -> None:
    autosave = SettingsAutosave(Stored(readable=False), tmp_path / "settings.json")
    autosave.settings.set("theme", "light")
    assert autosave.finish(5)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_told(qtbot: QtBot, autosave: SettingsAutosave, disk: Disk) -> None:
    disk.error = SettingsError("The disk is full.")
    with qtbot.waitSignal(autosave.failed) as failed:
        autosave.settings.set("history_days", 1)
    assert failed.args == ["The disk is full."]
    disk.error = None
    autosave.settings.set("history_days", 3)
    qtbot.waitUntil(lambda: bool(disk.saved))


def test_a_disk_that_hangs_does_not_keep_the_window_open(
    qtbot: QtBot, autosave: SettingsAutosave, disk: Disk
) -> None:
    disk.free.clear()
    autosave.settings.set("history_days", 1)
    assert not autosave.finish(0.01)
