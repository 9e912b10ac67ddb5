import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pedcam.history.values import Keeping
from pedcam.ui.settings import settings as module
from pedcam.ui.settings.setting_types import Choice, Folder, Number, SettingType, Switch
from pedcam.ui.settings.settings import (
    DETECTION,
    GENERAL,
    PAGES,
    RECORDING,
    Settings,
    SettingsState,
    changed_settings,
    read_settings,
    setting_info,
    setting_names,
)

ABSOLUTE = "C:\\videos" if os.name == "nt" else "/videos"
COLORS = Choice({"red": "Red", "blue": "Blue"})


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        (Switch(), [True, False], [1, 0, "true", None]),
        (COLORS, ["red", "blue"], ["Red", "green", 0, None, ["red"], {}]),
        (Number(2, 5), [2, 5], [1, 6, 3.0, "3", True, None, 10**400]),
        (
            Folder(),
            [ABSOLUTE, Path(ABSOLUTE)],
            ["videos", "", "~/videos", "/a\0b", "/" + 4096 * "a", 7, None],
        ),
    ],
)
def test_each_type_takes_its_values_and_no_others(
    type_: SettingType, good: list[object], bad: list[object]
) -> None:
    for value in good:
        assert type_.check(value) == (Path(ABSOLUTE) if isinstance(type_, Folder) else value)
    for value in bad:
        with pytest.raises(ValueError, match=r"\w"):
            type_.check(value)


def test_every_setting_is_described_and_its_default_is_allowed() -> None:
    defaults = Settings()
    for name in setting_names():
        info = setting_info(name)
        assert info.page in PAGES
        assert info.label
        assert info.help.endswith(".")
        value = getattr(defaults, name)
        assert info.type.check(value) == value
    assert setting_names() == tuple(name for page in PAGES for name in setting_names(page))


def test_the_history_is_kept_as_long_as_without_settings() -> None:
    assert Settings().history_days == Keeping().days
    assert Settings().history_bytes == Keeping().limit


def test_there_are_as_many_threads_as_cores() -> None:
    number = setting_info("threads").type
    assert isinstance(number, Number)
    assert (number.low, number.high) == (0, os.cpu_count())
    assert Settings().thread_limit is None
    assert replace(Settings(), threads=1).thread_limit == 1


def test_auto_holds_a_rate_or_that_of_the_source() -> None:
    assert Settings().auto_target is None
    assert replace(Settings(), auto_rate=25).auto_target == 25.0


def test_what_was_written_is_read_again() -> None:
    settings = replace(
        Settings(), theme="dark", recordings=Path(ABSOLUTE), history_days=0, table=True
    )
    kept = changed_settings(settings)
    assert kept == {"theme": "dark", "recordings": ABSOLUTE, "history_days": 0, "table": True}
    assert read_settings(kept) == (settings, ())
    assert changed_settings(Settings()) == {}


def test_what_cannot_be_used_is_named_and_at_its_default() -> None:
    settings, bad = read_settings(
        {"theme": "pink", "history_days": -1, "container": "mkv", "from_the_future": [1]}
    )
    assert bad == ("theme", "history_days")
    assert settings == replace(Settings(), container="mkv")


@pytest.fixture
def state() -> SettingsState:
    return SettingsState()


def test_watchers_hear_of_changes_only(state: SettingsState) -> None:
    heard: list[Any] = []
    state.subscribe(lambda: heard.append(state.values.theme))
    state.set("theme", "dark")
    state.set("theme", "dark")
    assert heard == ["dark"]


def test_nothing_impossible_can_be_set(state: SettingsState) -> None:
    with pytest.raises(ValueError, match="not one of the choices"):
        state.set("theme", "pink")
    with pytest.raises(KeyError):
        state.set("weather", "fine")
    assert state.values == Settings()


def test_a_page_is_reset_alone(state: SettingsState) -> None:
    state.set("theme", "dark")
    state.set("container", "mkv")
    assert not state.at_defaults(RECORDING)
    state.reset(RECORDING)
    assert state.at_defaults(RECORDING)
    assert not state.at_defaults(GENERAL)
    assert state.at_defaults(DETECTION)
    assert state.values == replace(Settings(), theme="dark")


def test_the_folders_are_those_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module.platformdirs, "user_videos_path", lambda: tmp_path / "V")
    monkeypatch.setattr(module.platformdirs, "user_pictures_path", lambda: tmp_path / "P")
    assert Settings().recordings == tmp_path / "V" / "pedcam"
    assert Settings().snapshots == tmp_path / "P" / "pedcam"
