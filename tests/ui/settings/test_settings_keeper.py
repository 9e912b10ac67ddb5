import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from pedcam.ui.settings import settings_keeper
from pedcam.ui.settings.settings import Settings
from pedcam.ui.settings.settings_keeper import SettingsKeeper
from pedcam.ui.settings.settings_store import SettingsError, Stored, load_settings


class Disk:
    """Stands in for the file; ``busy`` holds it up."""

    def __init__(self) -> None:
        self.saved: list[tuple[Settings, dict[str, Any]]] = []
        self.threads: set[threading.Thread] = set()
        self.begun = threading.Event()
        self.free = threading.Event()
        self.free.set()
        self.error: Exception | None = None
        self.failures = 0

    def save(self, path: Path, settings: Settings, remembered: Any, unknown: Any) -> None:
        self.threads.add(threading.current_thread())
        self.begun.set()
        assert self.free.wait(10)
        if self.error is not None:
            self.failures += 1
            raise self.error
        self.saved.append((settings, remembered))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(settings_keeper, "save_settings", made.save)
    return made


@pytest.fixture
def keeper(qtbot: QtBot, disk: Disk, tmp_path: Path) -> Iterator[SettingsKeeper]:
    made = SettingsKeeper(Stored(), tmp_path / "settings.json", delay=1)
    yield made
    disk.free.set()
    assert made.finish(5)


def test_changes_are_saved_together_and_elsewhere(
    qtbot: QtBot, keeper: SettingsKeeper, disk: Disk
) -> None:
    keeper.settings.set("theme", "dark")
    keeper.settings.set("history_days", 3)
    keeper.memory.remember("panel", 300)
    qtbot.waitUntil(lambda: bool(disk.saved))
    assert disk.saved == [(replace(Settings(), theme="dark", history_days=3), {"panel": 300})]
    assert threading.current_thread() not in disk.threads


def test_a_slow_disk_gets_one_write_at_a_time(
    qtbot: QtBot, keeper: SettingsKeeper, disk: Disk
) -> None:
    disk.free.clear()
    keeper.settings.set("history_days", 1)
    qtbot.waitUntil(disk.begun.is_set)
    for days in range(2, 6):
        keeper.settings.set("history_days", days)
        qtbot.wait(3)
    disk.free.set()
    qtbot.waitUntil(lambda: len(disk.saved) == 2)
    assert [settings.history_days for settings, _ in disk.saved] == [1, 5]


def test_the_last_change_is_saved_at_the_end(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    keeper = SettingsKeeper(Stored(unknown={"new": 1}), path)
    keeper.settings.set("theme", "light")
    keeper.memory.remember("geometry", "abc")
    assert keeper.finish(5)
    assert load_settings(path) == Stored(
        replace(Settings(), theme="light"), {"geometry": "abc"}, {"new": 1}
    )
    keeper.settings.set("theme", "dark")
    assert keeper.finish(5)
    assert load_settings(path).settings.theme == "light"


def test_without_changes_nothing_is_written(qtbot: QtBot, tmp_path: Path) -> None:
    keeper = SettingsKeeper(Stored(), tmp_path / "settings.json")
    assert keeper.finish(5)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_could_not_be_read_is_not_replaced(qtbot: QtBot, tmp_path: Path) -> None:
    keeper = SettingsKeeper(Stored(readable=False), tmp_path / "settings.json")
    keeper.settings.set("theme", "light")
    assert keeper.finish(5)
    assert list(tmp_path.iterdir()) == []


def test_a_failure_is_told_once(qtbot: QtBot, keeper: SettingsKeeper, disk: Disk) -> None:
    told: list[str] = []
    keeper.failed.connect(told.append)
    disk.error = SettingsError("The disk is full.")
    keeper.settings.set("history_days", 1)
    qtbot.waitUntil(lambda: told == ["The disk is full."])
    keeper.settings.set("history_days", 2)
    qtbot.waitUntil(lambda: disk.failures == 2)
    disk.error = None
    keeper.settings.set("history_days", 3)
    qtbot.waitUntil(lambda: bool(disk.saved))
    assert told == ["The disk is full."]


def test_a_disk_that_hangs_does_not_keep_the_window_open(
    qtbot: QtBot, keeper: SettingsKeeper, disk: Disk
) -> None:
    disk.free.clear()
    keeper.settings.set("history_days", 1)
    assert not keeper.finish(0.01)
