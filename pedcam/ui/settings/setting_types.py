"""Which values a setting takes, and how it is described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LONGEST_PATH = 4096  # characters


# Each ``check`` returns a value from a file or from a control as the setting takes it, and raises
# ValueError where the setting cannot have it.


@dataclass(frozen=True)
class Switch:
    """On or off."""

    def check(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError("neither on nor off")
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few words.

    Attributes:
        options: What people read for each word.
    """

    options: Mapping[str, str]

    def check(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.options:
            raise ValueError("not one of the choices")
        return value


@dataclass(frozen=True)
class Number:
    """A whole number.

    Attributes:
        low: The lowest.
        high: The highest.
        suffix: Follows the number.
        lowest: Stands for the lowest number, where that means something of its own.
        step: How far one step goes.
    """

    low: int
    high: int
    suffix: str = ""
    lowest: str = ""
    step: int = 1

    def check(self, value: object) -> int:
        # A truth value is a number to Python.
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("not a whole number")
        if not self.low <= value <= self.high:
            raise ValueError(f"not between {self.low} and {self.high}")
        return value


@dataclass(frozen=True)
class Folder:
    """A folder by its whole path; it need not exist."""

    def check(self, value: object) -> Path:
        text = str(value) if isinstance(value, str | Path) else ""
        if not 0 < len(text) <= LONGEST_PATH or "\0" in text or not Path(text).is_absolute():
            raise ValueError("not the whole path of a folder")
        return Path(text)


SettingType = Switch | Choice | Number | Folder


@dataclass(frozen=True)
class SettingInfo:
    """How a setting is described.

    Attributes:
        page: The page it is on, one of :data:`pedcam.ui.settings.settings.PAGES`.
        label: What it is called.
        help: What it does, in a sentence or two.
        type: Which values it takes.
    """

    page: str
    label: str
    help: str
    type: SettingType
