"""What the window remembers between runs without anybody setting it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pedcam.ui.base.observable import Observable

T = TypeVar("T")


class WindowMemory(Observable):
    """Values of JSON's types by name, such as sizes and selections of the window."""

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        super().__init__()
        self._values = dict(values or {})

    def remember(self, key: str, value: object) -> None:
        if self._values.get(key) != value:
            self._values[key] = value
            self._changed()

    def recall(self, key: str, default: T) -> T:
        """Return what is remembered; ``default`` where that is nothing or of another type."""
        value: Any = self._values.get(key)
        return value if type(value) is type(default) else default

    def to_dict(self) -> dict[str, object]:
        return dict(self._values)
