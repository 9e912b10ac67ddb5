"""What is sent when a rule fires."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

Scalar = str | int | float | bool | None

LONGEST = 10_000  # characters of title, text and fields together

RESERVED = frozenset({"id", "version", "title", "message", "attachments", "type"})
"""Names that webhooks use themselves, which no field may have."""


@dataclass(frozen=True)
class Message:
    """A message to all addresses.

    Attributes:
        title: One line.
        text: What happened.
        fields: The same for programs: names and JSON scalars.
        picture: A JPEG file; ``None`` for none.
        id: A UUID as text, by which a receiver recognizes a message that came twice.

    Raises:
        ValueError: A field has a name of :data:`RESERVED` or is no JSON scalar, the id is no UUID,
            or it is longer than :data:`LONGEST`.
    """

    title: str
    text: str
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    picture: bytes | None = field(default=None, repr=False)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        uuid.UUID(self.id)
        length = len(self.title) + len(self.text)
        for name, value in self.fields.items():
            if name in RESERVED:
                raise ValueError(f"a field cannot be called {name!r}")
            finite = math.isfinite(value) if isinstance(value, float) else True
            if not finite or not isinstance(value, Scalar):
                raise ValueError(f"the field {name!r} is no JSON scalar: {value!r}")
            length += len(name) + len(str(value))
        if length > LONGEST:
            raise ValueError(f"a message has at most {LONGEST} characters, not {length}")
