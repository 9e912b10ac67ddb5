"""YAML that strangers wrote: its nodes, of which each knows its line, read with bounds.

Scalars are taken as they are written. YAML 1.1 would make a number of ``22:00`` and a truth value
of a zone that is called ``no``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import yaml

MOST_BYTES = 128 * 1024
MOST_DEPTH = 10
LONGEST_TEXT = 500  # characters; a message holds several names
FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class MalformedError(Exception):
    """What is wrong with a text, and in which line of it, from 1."""

    def __init__(self, place: yaml.Node | int, reason: str) -> None:
        super().__init__(reason)
        self.line = place if isinstance(place, int) else place.start_mark.line + 1


class _Loader(yaml.SafeLoader):
    """Composes nodes, without the aliases and the depth that could make much out of little."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise MalformedError(mark.line + 1, "an alias (*) cannot be used here; write it out")
        if self.depth >= MOST_DEPTH:
            raise MalformedError(mark.line + 1, f"it is nested more than {MOST_DEPTH} deep")
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def compose(data: bytes) -> yaml.Node | None:
    """Return the node of the only document, ``None`` if there is nothing in it.

    Raises:
        MalformedError: It is too large, no text or no YAML.
    """
    if len(data) > MOST_BYTES:
        line = data.count(b"\n", 0, MOST_BYTES) + 1
        raise MalformedError(line, f"the file is larger than {MOST_BYTES // 1024} KB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedError(line, "this is no UTF-8 text") from error
    try:
        loader = _Loader(text)
        try:
            return loader.get_single_node()
        # What PyYAML itself makes numbers of: an escaped letter, the version of YAML.
        except (ValueError, OverflowError) as error:
            raise MalformedError(loader.line + 1, "this has a number that is too large") from error
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise MalformedError(line, "this has characters that no YAML has") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = f"this is no YAML: {error.problem or error.context}"
        raise MalformedError(mark.line + 1 if mark else 1, reason) from error


@contextmanager
def blamed_on(node: yaml.Node) -> Iterator[None]:
    """Say that a ValueError of the block is this node's fault."""
    try:
        yield
    except ValueError as error:
        raise MalformedError(node, str(error)) from error


def pairs(node: yaml.Node, what: str) -> list[tuple[yaml.Node, str, yaml.Node]]:
    """Return the keys of a mapping, their names and their values; nothing counts as an empty one.

    Raises:
        MalformedError: It is no mapping, or a key is no text or comes twice.
    """
    if _is_empty(node):
        return []
    if not isinstance(node, yaml.MappingNode):
        raise MalformedError(node, f"{what} must be names, each with a colon and what it is")
    found: dict[str, tuple[yaml.Node, str, yaml.Node]] = {}
    for key, value in node.value:
        name = text(key, "a name")
        if name in found:
            raise MalformedError(key, f"{name!r} comes twice in {what}")
        found[name] = key, name, value
    return list(found.values())


def fields(
    node: yaml.Node, what: str, known: Collection[str], needed: Collection[str] = ()
) -> dict[str, yaml.Node]:
    """Return the values of a mapping by their keys.

    Raises:
        MalformedError: As of :func:`pairs`; a key is not known, or one that is needed is missing.
    """
    found = pairs(node, what)
    for key, name, _ in found:
        if name not in known:
            raise MalformedError(
                key, f"{what} cannot have {name!r}, only {', '.join(map(repr, known))}"
            )
    values = {name: value for _, name, value in found}
    for name in needed:
        if name not in values:
            raise MalformedError(node, f"{what} needs {name!r}")
    return values


def items(node: yaml.Node, what: str) -> list[yaml.Node]:
    """Return the items of a list; nothing counts as an empty one."""
    if _is_empty(node):
        return []
    if not isinstance(node, yaml.SequenceNode):
        raise MalformedError(node, f"{what} must be a list")
    return list(node.value)


def text(node: yaml.Node, what: str) -> str:
    """Return a scalar as it is written, which is one line of text."""
    if not isinstance(node, yaml.ScalarNode):
        raise MalformedError(node, f"{what} must be a single value")
    value = str(node.value)
    if not value.strip():
        raise MalformedError(node, f"{what} is empty")
    if len(value) > LONGEST_TEXT:
        raise MalformedError(node, f"{what} has more than {LONGEST_TEXT} characters")
    if any(unicodedata.category(letter) == "Cc" for letter in value):
        raise MalformedError(node, f"{what} must be one line of text")
    return value


def number(node: yaml.Node, what: str) -> float:
    """Return a number; whoever takes it looks whether it is in range."""
    written = text(node, what)
    try:
        return float(written)
    except ValueError:
        raise MalformedError(node, f"{what} must be a number, not {shown(written)}") from None


def flag(node: yaml.Node, what: str) -> bool:
    """Return a truth value."""
    written = text(node, what)
    if written.lower() not in FLAGS:
        raise MalformedError(node, f"{what} must be true or false, not {shown(written)}")
    return FLAGS[written.lower()]


def shown(written: str) -> str:
    """Quote what is written, of which a lot may be."""
    return repr(written if len(written) <= 40 else f"{written[:37]}...")


def _is_empty(node: yaml.Node) -> bool:
    """Whether there is nothing, as after ``zones:`` with every zone commented out."""
    return isinstance(node, yaml.ScalarNode) and node.value == "" and node.style is None
