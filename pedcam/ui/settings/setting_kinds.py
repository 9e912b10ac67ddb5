"""What a setting may be and how it is described, without a word about how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

LONGEST_PATH = 4096  # characters


class Kind(Protocol):
    """Which values a setting takes, and how they are kept in a file."""

    def check(self, value: object) -> object:
        """Return a value read from a file or given by the user, as the setting takes it.

        Raises:
            ValueError: The setting cannot have that value.
        """


@dataclass(frozen=True)
class Switch:
    """On or off."""

    def check(self, value: object) -> bool:
        """See :class:`Kind`."""
        if not isinstance(value, bool):
            raise ValueError("neither on nor off")
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few words.

    Attributes:
        options: Each word with its name.
    """

    options: tuple[tuple[str, str], ...]

    def check(self, value: object) -> str:
        """See :class:`Kind`."""
        for word, _ in self.options:
            if value == word:
                return word
        raise ValueError("not one of the choices")


@dataclass(frozen=True)
class Number:
    """A whole number.

    Attributes:
        low: The lowest.
        high: The highest.
        unit: Follows the number, with ``{value}`` in its place.
        lowest: Stands for the lowest number, where that means something of its own.
        step: How far one step goes.
    """

    low: int
    high: int
    unit: str = "{value}"
    lowest: str = ""
    step: int = 1

    def check(self, value: object) -> int:
        """See :class:`Kind`."""
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
        """See :class:`Kind`."""
        text = str(value) if isinstance(value, str | Path) else ""
        if not 0 < len(text) <= LONGEST_PATH or "\0" in text or not Path(text).is_absolute():
            raise ValueError("not the whole path of a folder")
        return Path(text)


@dataclass(frozen=True)
class SettingInfo:
    """How a setting is described.

    Attributes:
        page: The page it is on, one of :data:`pedcam.ui.settings.settings.PAGES`.
        label: What it is called.
        help: What it does, in a sentence or two.
        kind: Which values it takes.
    """

    page: str
    label: str
    help: str
    kind: Kind
