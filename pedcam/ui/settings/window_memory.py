"""What the window remembers between runs without anybody setting it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, TypeVar, overload

from pedcam.ui.base.observable import Observable

T = TypeVar("T")

MOST_KEYS = 64
LONGEST_KEY = 64  # characters
LONGEST_VALUE = 16_384  # characters of JSON


class WindowMemory(Observable):
    """Values by name: sizes, places and choices of the window, bounded in number and size.

    What comes back is a copy, and of the type asked for whatever the file said.
    """

    def __init__(self, values: Mapping[str, object] | None = None) -> None:
        """Start with what was kept; values that cannot be remembered are left out."""
        super().__init__()
        self._texts: dict[str, str] = {}
        for key, value in (values or {}).items():
            text = _text(key, value)
            if text is not None and len(self._texts) < MOST_KEYS:
                self._texts[key] = text

    def remember(self, key: str, value: object) -> bool:
        """Keep a value of JSON's types; tell whether it is new.

        Raises:
            ValueError: It is no such value, or too large, or there are too many.
        """
        text = _text(key, value)
        if text is None:
            raise ValueError(f"“{key}” cannot be remembered: too large, or not of JSON's types")
        if key not in self._texts and len(self._texts) >= MOST_KEYS:
            raise ValueError(f"“{key}” cannot be remembered: there are {MOST_KEYS} values already")
        if self._texts.get(key) == text:
            return False
        self._texts[key] = text
        self._changed()
        return True

    @overload
    def recall(self, key: str) -> Any: ...

    @overload
    def recall(self, key: str, default: T) -> T: ...

    def recall(self, key: str, default: Any = None) -> Any:
        """Return a value kept.

        Args:
            key: Its name.
            default: Returned where there is none, or one of another type than this. A whole number
                is taken for a ``float``.
        """
        text = self._texts.get(key)
        value = json.loads(text) if text is not None else default
        if default is None or type(value) is type(default):
            return value
        if isinstance(default, float) and type(value) is int:
            return float(value)
        return default

    def remember_bytes(self, key: str, value: bytes) -> bool:
        """Keep bytes, such as the geometry of a window; tell whether they are new.

        Raises:
            ValueError: They are too many.
        """
        return self.remember(key, base64.b64encode(value).decode())

    def recall_bytes(self, key: str) -> bytes:
        """Return bytes kept; empty where there are none."""
        try:
            return base64.b64decode(self.recall(key, ""), validate=True)
        except (ValueError, binascii.Error):
            return b""

    def forget(self, key: str) -> None:
        """Drop a value, if there is one."""
        if self._texts.pop(key, None) is not None:
            self._changed()

    def to_dict(self) -> dict[str, object]:
        """Return everything, to be kept."""
        return {key: json.loads(text) for key, text in self._texts.items()}


def _text(key: object, value: object) -> str | None:
    """Return a value as JSON, ``None`` if it cannot be remembered."""
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_KEY:
        return None
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return None
    return text if len(text) <= LONGEST_VALUE else None
