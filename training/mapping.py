"""Mappings read from YAML or JSON into frozen dataclasses, checked key by key."""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from typing import Any, TypeVar

from pedcam.errors import UserError

T = TypeVar("T")


class ConfigError(UserError):
    """A configuration that cannot be used; the message names the key and what it should be."""


def from_mapping(kind: type[T], document: dict[str, Any], where: str = "") -> T:
    """Make a dataclass from a mapping, checking keys and types all the way down.

    Raises:
        ConfigError: Names the key, what it should be, and the nearest right key.
    """
    hints = typing.get_type_hints(kind)
    values = {}
    for key, value in document.items():
        if key not in hints:
            near = difflib.get_close_matches(str(key), hints, n=1, cutoff=0.0)
            raise ConfigError(f"Unknown key '{where}{key}': did you mean '{where}{near[0]}'?")
        values[key] = _convert(hints[key], value, f"{where}{key}")
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(f"'{where.rstrip('.')}': {error}.") from error


def _convert(hint: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, dict):
            raise ConfigError(f"'{where}' must be a group of keys.")
        return from_mapping(typing.cast(type[Any], hint), value, f"{where}.")
    if typing.get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise ConfigError(f"'{where}' must be a list.")
        kinds = typing.get_args(hint)
        if kinds[-1] is Ellipsis:
            kinds = (kinds[0],) * len(value)
        if len(kinds) != len(value):
            raise ConfigError(f"'{where}' must have {len(kinds)} entries, not {len(value)}.")
        return tuple(
            _convert(kind, item, f"{where}.{index}")
            for index, (kind, item) in enumerate(zip(kinds, value, strict=True))
        )
    assert not isinstance(hint, types.UnionType)
    # YAML 1.1 reads 1e-3 as a text.
    if hint is float and isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            return float(value)
        except (ValueError, OverflowError) as error:
            raise ConfigError(f"'{where}' must be a number, not {value!r}.") from error
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ConfigError(f"'{where}' must be of type {hint.__name__}, not {value!r}.")
    return value
