import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from pedcam.ui.settings.settings import Settings
from pedcam.ui.settings.settings_store import (
    MAX_BYTES,
    SettingsError,
    Stored,
    load_settings,
    save_settings,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_without_a_file_there_are_defaults(path: Path) -> None:
    assert load_settings(path) == Stored()
    assert not path.parent.exists()


def test_what_is_saved_is_loaded(path: Path) -> None:
    settings = replace(Settings(), theme="dark", history_days=7)
    save_settings(path, settings, {"panel": [320, True]}, {"of tomorrow": {"a": 1}})
    stored = load_settings(path)
    assert stored == Stored(settings, {"panel": [320, True]}, {"of tomorrow": {"a": 1}})
    assert json.loads(path.read_text())["settings"] == {
        "of tomorrow": {"a": 1},
        "theme": "dark",
        "history_days": 7,
    }


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_its_owner_can_read_it(path: Path) -> None:
    write(path, "{}")
    path.chmod(0o644)
    save_settings(path, Settings(), {}, {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("gone", ['"language": "pt_BR"', '"camera_pictures": true'])
def test_a_setting_of_an_earlier_version_is_no_problem(path: Path, gone: str) -> None:
    write(path, f'{{"settings": {{{gone}, "theme": "dark"}}}}')
    stored = load_settings(path)
    assert stored.settings == replace(Settings(), theme="dark")
    assert stored.problems == ()


def test_values_out_of_range_are_told_and_replaced(path: Path) -> None:
    write(path, '{"settings": {"history_days": 99999, "theme": 1, "container": "mkv"}}')
    stored = load_settings(path)
    assert stored.settings == replace(Settings(), container="mkv")
    assert len(stored.problems) == 1
    assert str(path) in stored.problems[0]
    assert "“Appearance”, “Keep events and counts for”" in stored.problems[0]
    assert stored.readable


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "7",
        '{"settings": []}',
        '{"remembered": 1}',
        '{"remembered": {"a": NaN}}',
        b"\xff\xfe\x00",
        "[" * 100_000,
        '{"settings": {}}' + " " * MAX_BYTES,
    ],
)
def test_a_damaged_file_is_set_aside(path: Path, content: str | bytes) -> None:
    write(path, content)
    stored = load_settings(path)
    aside = path.with_name("settings.json.damaged")
    assert stored.settings == Settings()
    assert str(aside) in stored.problems[0]
    assert stored.readable
    assert not path.exists()
    assert aside.read_bytes() == (content.encode() if isinstance(content, str) else content)


def test_a_file_that_cannot_be_read_is_left_alone(path: Path) -> None:
    path.mkdir(parents=True)
    stored = load_settings(path)
    assert not stored.readable
    assert "not saved" in stored.problems[0]
    assert path.is_dir()


def test_where_it_cannot_be_written_what_was_there_stays(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(SettingsError, match="cannot be saved"):
        save_settings(path, Settings(), {}, {})
    assert list(path.parent.iterdir()) == [path]
