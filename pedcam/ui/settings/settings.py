"""What the user can set: every setting with its description, limits and default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import platformdirs

from pedcam.detect.providers import AUTO, PROVIDERS
from pedcam.ui.base.observable import Observable
from pedcam.ui.settings.setting_types import (
    Choice,
    Folder,
    Number,
    SettingInfo,
    SettingType,
    Switch,
)

PAGES = ("general", "recording", "detection", "alerts", "history")
GENERAL, RECORDING, DETECTION, ALERTS, HISTORY = PAGES
MEGABYTE = 2**20


def _setting(page: str, default: Any, type_: SettingType, label: str, help_: str) -> Any:
    info = SettingInfo(page, label, help_, type_)
    if callable(default):
        return field(default_factory=default, metadata={"info": info})
    return field(default=default, metadata={"info": info})


def _switch(page: str, default: bool, label: str, help_: str) -> Any:
    return _setting(page, default, Switch(), label, help_)


@dataclass(frozen=True)
class Settings:
    """Everything the user can set; each field is described by its :class:`SettingInfo`."""

    theme: str = _setting(
        GENERAL,
        "system",
        Choice({"system": "As the system", "light": "Light", "dark": "Dark"}),
        "Appearance",
        "“As the system” follows when the system changes between light and dark.",
    )
    start_with: str = _setting(
        GENERAL,
        "start",
        Choice({"start": "The start screen", "last": "The last source"}),
        "Begin with",
        "What pedcam shows when it is opened without naming a source.",
    )
    confirm_close: bool = _switch(
        GENERAL,
        True,
        "Ask before closing during a recording or an export",
        "Without asking, a recording is completed, an export is given up, and pedcam closes.",
    )

    recordings: Path = _setting(  # noqa: RUF009 - it is a field
        RECORDING,
        lambda: platformdirs.user_videos_path() / "pedcam",
        Folder(),
        "Folder for recordings",
        "Each recording gets a name from its source and the time.",
    )
    container: str = _setting(
        RECORDING,
        "mp4",
        Choice({"mp4": "MP4", "mkv": "Matroska (MKV)"}),
        "Video format",
        "MP4 plays almost everywhere. The picture is the same in both.",
    )
    recording_marked: bool = _switch(
        RECORDING,
        True,
        "Mark people in recordings",
        "Boxes and scores become part of the recorded picture.",
    )
    recording_blurred: bool = _switch(
        RECORDING,
        False,
        "Blur people in recordings",
        "Nobody who was found can be recognized, and it cannot be undone.",
    )
    table: bool = _switch(
        RECORDING,
        False,
        "Write a table beside each recording",
        "A CSV file with one row per person and frame.",
    )
    snapshots: Path = _setting(  # noqa: RUF009 - it is a field
        RECORDING,
        lambda: platformdirs.user_pictures_path() / "pedcam",
        Folder(),
        "Folder for snapshots",
        "Snapshots are PNG files in the full size of the video.",
    )
    snapshot_marked: bool = _switch(
        RECORDING,
        True,
        "Mark people in snapshots",
        "Boxes and scores become part of the picture.",
    )
    snapshot_blurred: bool = _switch(
        RECORDING,
        False,
        "Blur people in snapshots",
        "Nobody who was found can be recognized, and it cannot be undone.",
    )

    provider: str = _setting(
        DETECTION,
        "cpu",
        Choice({AUTO: "Whatever is fastest", **{name: it.title for name, it in PROVIDERS.items()}}),
        "Compute on",
        "Where that cannot be used, the processor is.",
    )
    threads: int = _setting(
        DETECTION,
        0,
        Number(0, os.cpu_count() or 1, lowest="Automatic"),
        "Threads",
        "How many cores of the processor detection may keep busy. Automatic takes all, which "
        "is fastest; fewer leave more to other programs.",
    )
    auto_at_start: bool = _switch(
        DETECTION,
        False,
        "Begin with Auto",
        "Auto changes the preset by itself to hold a frame rate.",
    )
    auto_rate: int = _setting(
        DETECTION,
        0,
        Number(0, 240, " frames per second", "As the source"),
        "Frame rate for Auto",
        "What Auto holds until another rate is asked for.",
    )

    alerts_per_hour: int = _setting(
        ALERTS,
        30,
        Number(1, 1000, " alerts an hour"),
        "Send at most",
        "What comes beyond is not sent. Whatever else a rule does is still done.",
    )
    clip_before: int = _setting(
        ALERTS,
        5,
        Number(0, 30, " s"),
        "Begin clips before an alert by",
        "Rules can keep a clip of what happened. Up to 64 MB of pictures wait in memory for it.",
    )
    clip_after: int = _setting(
        ALERTS,
        5,
        Number(1, 30, " s"),
        "End clips after an alert by",
        "An alert that comes in the meantime makes the clip longer, up to a minute in all.",
    )

    history_days: int = _setting(
        HISTORY,
        30,
        Number(0, 3650, " days", "Keep nothing on the disk"),
        "Keep events and counts for",
        "Older ones are deleted. What is deleted cannot be brought back.",
    )
    history_megabytes: int = _setting(
        HISTORY,
        500,
        Number(10, 100_000, " MB", step=50),
        "Space for the history",
        "For events, pictures and clips. When it is full, the oldest clips and pictures go first.",
    )
    event_pictures: bool = _switch(
        HISTORY,
        True,
        "Keep a picture of each event",
        "A small picture of what a live source showed at that moment.",
    )
    event_pictures_blurred: bool = _switch(
        HISTORY,
        False,
        "Blur people in these pictures",
        "Applies to pictures saved from now on.",
    )

    @property
    def auto_target(self) -> float | None:
        """Frames per second for Auto, ``None`` for as many as the source gives."""
        return float(self.auto_rate) if self.auto_rate else None

    @property
    def thread_limit(self) -> int | None:
        """Threads of each detector, ``None`` for all cores."""
        return self.threads or None

    @property
    def history_bytes(self) -> int:
        return self.history_megabytes * MEGABYTE


_INFO: dict[str, SettingInfo] = {each.name: each.metadata["info"] for each in fields(Settings)}


def setting_names(page: str | None = None) -> tuple[str, ...]:
    """Return the names of all settings or of those on one page, in the order to show them."""
    return tuple(name for name, info in _INFO.items() if page in (None, info.page))


def setting_info(name: str) -> SettingInfo:
    """Return how a setting is described.

    Raises:
        KeyError: No setting has that name.
    """
    return _INFO[name]


def read_settings(values: Mapping[str, object]) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of a file, and the names of those whose values cannot be used.

    Settings that are missing or cannot be used are at their defaults; unknown ones are ignored.
    """
    good: dict[str, Any] = {}
    bad = []
    for name in setting_names():
        if name in values:
            try:
                good[name] = setting_info(name).type.check(values[name])
            except ValueError:
                bad.append(name)
    return Settings(**good), tuple(bad)


def changed_settings(settings: Settings) -> dict[str, str | int | bool]:
    """Return the settings that are not at their defaults, as a file keeps them."""
    defaults = Settings()
    changed = {}
    for name in setting_names():
        value = getattr(settings, name)
        if value != getattr(defaults, name):
            changed[name] = str(value) if isinstance(value, Path) else value
    return changed


class SettingsState(Observable):
    """The settings as they are now.

    Attributes:
        values: All of them; replaced as a whole by each change.
    """

    def __init__(self, values: Settings | None = None) -> None:
        super().__init__()
        self.values = values if values is not None else Settings()

    def set(self, name: str, value: object) -> None:
        """Change a setting.

        Raises:
            KeyError: No setting has that name.
            ValueError: It cannot have that value.
        """
        checked: Any = setting_info(name).type.check(value)
        self.replace(replace(self.values, **{name: checked}))

    def replace(self, values: Settings) -> None:
        if values != self.values:
            self.values = values
            self._changed()

    def reset(self, page: str) -> None:
        self.replace(self._with_defaults(page))

    def at_defaults(self, page: str) -> bool:
        return self.values == self._with_defaults(page)

    def _with_defaults(self, page: str) -> Settings:
        defaults = Settings()
        return replace(
            self.values, **{name: getattr(defaults, name) for name in setting_names(page)}
        )
