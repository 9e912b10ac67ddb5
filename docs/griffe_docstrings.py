"""Docstrings as the code has them, in the form that mkdocstrings shows."""

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:attr|class|data|func|meth|mod):`~?([^`]+)`")
BLOCK = re.compile(r"::(?=\n\n)")
COMMENT = re.compile(r"  # (.+)$")


class Docstrings(griffe.Extension):
    """Turns reStructuredText into Markdown, and comments beside fields into a list of them."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite what a docstring has of reStructuredText."""
        if obj.docstring:
            text = ROLE.sub(r"`\1`", obj.docstring.value)
            obj.docstring.value = BLOCK.sub(":", text).replace("``", "`")

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """List the fields of a dataclass or enum, unless its docstring does."""
        bases = {str(base) for base in cls.bases}
        if cls.docstring is None or "Attributes:" in cls.docstring.value:
            return
        if "dataclass" in cls.labels or "Enum" in bases:
            fields = [one for one in cls.attributes.values() if "property" not in one.labels]
            rows = (f"\n    {field.name}: {_meaning(field)}" for field in fields)
            cls.docstring.value += "\n\nAttributes:" + "".join(rows) if fields else ""


def _meaning(field: griffe.Attribute) -> str:
    comment, value = COMMENT.search(field.lines[0]), str(field.value)
    default = ""
    if field.annotation is None:
        default = f"`{value}`"
    elif field.value is not None and not value.startswith("field("):
        default = f"default `{value}`"
    return ", ".join(filter(None, [comment[1] if comment else "", default])) or "required"
