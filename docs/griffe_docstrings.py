"""Docstrings as the code has them, in the Markdown that mkdocstrings shows."""

import re
from typing import Any

import griffe

ROLE = re.compile(r":(?:attr|class|data|func|meth|mod):`~?([^`]+)`")
BLOCK = re.compile(r"::(?=\n\n)")
COMMENT = re.compile(r"  # (.+)$")


class Docstrings(griffe.Extension):
    """Cross-references and code blocks of reStructuredText, and comments beside fields."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite what a docstring has of reStructuredText."""
        if obj.docstring:
            text = ROLE.sub(r"`\1`", obj.docstring.value)
            obj.docstring.value = BLOCK.sub(":", text).replace("``", "`")

    def on_attribute(self, *, attr: griffe.Attribute, **_: Any) -> None:
        """Take the comment that ends the line of a field as its docstring."""
        if attr.docstring is None and attr.lines and (comment := COMMENT.search(attr.lines[0])):
            attr.docstring = griffe.Docstring(comment[1], parent=attr)
