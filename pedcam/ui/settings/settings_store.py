"""Saves the settings, and what the window remembers, in a file that only its owner can read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import platformdirs

from pedcam.errors import UserError
from pedcam.files import write_atomically
from pedcam.ui.settings.settings import (
    Settings,
    changed_settings,
    read_settings,
    setting_info,
    setting_names,
)

MAX_BYTES = 2**21


class SettingsError(UserError):
    """The settings cannot be saved; the message says where and why."""


@dataclass(frozen=True)
class Stored:
    """What a file of settings holds.

    Attributes:
        settings: The settings; defaults where there was nothing usable.
        remembered: What the window remembers.
        unknown: Settings of a newer pedcam, which are kept.
        problems: What people should know about the file.
        readable: Whether the file could be read or replaced. One that could not is left alone.
    """

    settings: Settings = field(default_factory=Settings)
    remembered: Mapping[str, object] = field(default_factory=dict)
    unknown: Mapping[str, object] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    readable: bool = True


def settings_file() -> Path:
    """Return where settings are saved; the file need not exist."""
    return platformdirs.user_config_path("pedcam", appauthor=False) / "settings.json"


def load_settings(path: Path) -> Stored:
    """Return what was saved; defaults where there is no file yet.

    Values that cannot be used are at their defaults, and a damaged file is set aside, so that the
    next one has a place; ``problems`` says so.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Stored()
    except OSError as error:
        return _unreadable(f"cannot be read: {error.strerror}", path)
    try:
        if len(content) > MAX_BYTES:
            raise ValueError("too large")
        document = json.loads(content, parse_constant=_refuse)
        values = _section(document, "settings")
        remembered = _section(document, "remembered")
    except (ValueError, RecursionError):
        return _set_aside(path)
    settings, bad = read_settings(values)
    problems = []
    if bad:
        names = ", ".join(f"“{setting_info(name).label}”" for name in bad)
        problems.append(
            f"The settings in {path} have values that cannot be used. "
            f"Back at their defaults: {names}."
        )
    unknown = {name: value for name, value in values.items() if name not in setting_names()}
    return Stored(settings, remembered, unknown, tuple(problems))


def save_settings(
    path: Path,
    settings: Settings,
    remembered: Mapping[str, object],
    unknown: Mapping[str, object],
) -> None:
    """Save everything in place of what was there before, atomically.

    An address with its password may be among what is remembered, so the file is readable by its
    owner alone.

    Raises:
        SettingsError: The file cannot be written; what was there before is still there.
    """
    document = {
        "settings": {**unknown, **changed_settings(settings)},
        "remembered": dict(remembered),
    }
    # Names on Linux need not be text; surrogates stand for the bytes that are none.
    content = json.dumps(document, indent=2, allow_nan=False).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content, private=True)
    except OSError as error:
        raise SettingsError(
            f"The settings cannot be saved in {path}: {error.strerror}. They apply until pedcam "
            "is closed."
        ) from error


def _section(document: Any, name: str) -> dict[str, object]:
    section = document.get(name, {}) if isinstance(document, dict) else None
    if not isinstance(section, dict):
        raise ValueError(f"no {name}")
    return section


def _set_aside(path: Path) -> Stored:
    aside = path.with_name(f"{path.name}.damaged")
    try:
        os.replace(path, aside)
    except OSError as error:
        return _unreadable(f"is damaged and cannot be set aside: {error.strerror}", path)
    return Stored(
        problems=(
            f"The file of settings was damaged, so all are back at their defaults. The old one is "
            f"now {aside}.",
        )
    )


def _unreadable(reason: str, path: Path) -> Stored:
    return Stored(
        problems=(
            f"The file of settings {path} {reason}. pedcam uses its defaults, and changes are not "
            "saved.",
        ),
        readable=False,
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")
