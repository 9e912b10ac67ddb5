"""What is sent when a rule fires."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

Scalar = str | int | float | bool | None

RESERVED = frozenset({"id", "version", "title", "message", "attachments", "type"})
"""Names that webhooks use themselves, which no field may have."""


@dataclass(frozen=True)
class Message:
    """A message to all addresses.

    Attributes:
        title: One line.
        text: What happened.
        fields: The same for programs; names and JSON scalars.
        picture: A JPEG file; ``None`` for none.
        id: Text of a UUID, by which a receiver recognizes a message that came twice.

    Raises:
        ValueError: A field has a name of :data:`RESERVED`.
    """

    title: str
    text: str
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    picture: bytes | None = field(default=None, repr=False)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        taken = RESERVED.intersection(self.fields)
        if taken:
            raise ValueError(f"a field cannot be called {', '.join(sorted(taken))}")
