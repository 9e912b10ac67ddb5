"""The user's addresses, which are secrets."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Address:
    """Where messages go: an address of apprise, such as ``jsons://host/path``."""

    name: str
    url: str = field(repr=False)
    enabled: bool = True
