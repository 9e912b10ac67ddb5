"""Collects the texts of the window into a file that Qt Linguist can edit.

Run as ``python -m pedcam.ui.translations.extract LANGUAGE``. PyQt6's ``pylupdate6`` leaves out what
stands outside of classes, such as everything in ``pedcam.ui.base.text``.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from pedcam.files import write_atomically
from pedcam.ui.translation import FOLDER, PREFIX, Messages, TranslationError, read_messages

MARKERS = ("tr", "translatable")
PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Found:
    """A text to be translated.

    Attributes:
        context: The class it stands in, or else the module.
        text: The text.
        line: Where it stands, counted from 1.
    """

    context: str
    text: str
    line: int


def find_texts(code: str, module: str) -> list[Found]:
    """Return the texts marked by ``tr`` and ``translatable`` in a module, in their order."""
    return sorted(_walk(ast.parse(code), module), key=lambda found: found.line)


def to_ts(language: str, texts: Sequence[tuple[str, Found]], known: Messages) -> bytes:
    """Return a ``.ts`` file.

    Args:
        language: Such as ``de``.
        texts: Each with the file it stands in.
        known: Translations made before; what they lack is marked as unfinished.
    """
    root = ElementTree.Element("TS", version="2.1", language=language, sourcelanguage="en")
    contexts: dict[str, ElementTree.Element] = {}
    seen = set()
    for file, found in sorted(texts, key=lambda entry: (entry[1].context, entry[0])):
        if (found.context, found.text) in seen:
            continue
        seen.add((found.context, found.text))
        context = contexts.get(found.context)
        if context is None:
            context = contexts[found.context] = ElementTree.SubElement(root, "context")
            ElementTree.SubElement(context, "name").text = found.context
        message = ElementTree.SubElement(context, "message")
        # Without the line, which every change of the code would change.
        ElementTree.SubElement(message, "location", filename=file)
        ElementTree.SubElement(message, "source").text = found.text
        translation = ElementTree.SubElement(message, "translation")
        translation.text = known.by_context.get(
            (found.context, found.text), known.by_text.get(found.text)
        )
        if not translation.text:
            translation.set("type", "unfinished")
    ElementTree.indent(root, "    ")
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n'.encode()


def collect(package: Path = PACKAGE) -> list[tuple[str, Found]]:
    """Return the texts of a package, each with the file it stands in."""
    return [
        (path.relative_to(package).as_posix(), found)
        for path in sorted(package.rglob("*.py"))
        for found in find_texts(path.read_text(encoding="utf-8"), path.stem)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or update the file of a language; what was translated stays."""
    parser = argparse.ArgumentParser(prog="python -m pedcam.ui.translations.extract")
    parser.add_argument("language", help="such as de or pt_BR")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write")
    args = parser.parse_args(arguments)
    path = args.folder / f"{PREFIX}{args.language}.ts"
    try:
        known = read_messages(path) if path.exists() else Messages({}, {})
    except TranslationError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    texts = collect()
    write_atomically(path, to_ts(args.language, texts, known))
    missing = len({found.text for _, found in texts} - known.by_text.keys())
    sys.stdout.write(f"{path}: {missing} texts are not translated yet\n")
    return 0


def _walk(node: ast.AST, context: str) -> Iterator[Found]:
    if isinstance(node, ast.ClassDef):
        context = node.name
    if isinstance(node, ast.Call) and node.args:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        text = node.args[0]
        if name in MARKERS and isinstance(text, ast.Constant) and isinstance(text.value, str):
            yield Found(context, text.value, text.lineno)
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, context)


if __name__ == "__main__":
    sys.exit(main())
