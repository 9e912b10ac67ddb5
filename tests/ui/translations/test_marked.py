"""Looks through the window's code for texts that no translator would ever see."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pedcam.ui.translations.extract import MARKERS, PACKAGE

SHOWN = {
    "QAction": 0,
    "QCheckBox": 0,
    "QGroupBox": 0,
    "QLabel": 0,
    "QMenu": 0,
    "QPushButton": 0,
    "QRadioButton": 0,
    "QToolButton": 0,
    "addAction": 0,
    "addItem": 0,
    "addMenu": 0,
    "addTab": 1,
    "flash": 0,
    "post": 0,
    "setAccessibleDescription": 0,
    "setAccessibleName": 0,
    "setPlaceholderText": 0,
    "setPrefix": 0,
    "setSpecialValueText": 0,
    "setStatusTip": 0,
    "setSuffix": 0,
    "setText": 0,
    "setTitle": 0,
    "setToolTip": 0,
    "setWhatsThis": 0,
    "setWindowTitle": 0,
    "set_text": 0,
    "show_text": 0,
}
"""Calls that put a text before people, and which argument it is."""

NAMES = {"pedcam", "rtsp://…"}  # the same in every language
WORD = re.compile(r"[^\W\d_]{2,}")


def literals(node: ast.expr) -> Iterator[str]:
    """The words in an expression that are shown as they are."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for part in node.values:
            yield from literals(part)
    elif isinstance(node, ast.BinOp):
        yield from literals(node.left)
        yield from literals(node.right)
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from literals(node.func.value) if node.func.attr == "format" else ()


def name_of(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def problems(code: str) -> Iterator[str]:
    """What is wrong, each with its line."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name, text = name_of(node), node.args[0]
        if name in MARKERS:
            computed = isinstance(text, ast.JoinedStr | ast.BinOp | ast.IfExp) or (
                isinstance(text, ast.Call) and name_of(text) == "format"
            )
            if computed:
                yield f"{node.lineno}: {name}() of a text that is put together"
        elif name in SHOWN and len(node.args) > SHOWN[name]:
            for word in literals(node.args[SHOWN[name]]):
                if WORD.search(word) and word.strip(" –") not in NAMES:  # noqa: RUF001
                    yield f"{node.lineno}: {name}() shows “{word}”"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ('w.setText(self.tr("Hello {a}").format(a=1))', 0),
        ('w.setText(self.tr(f"Hello {a}"))', 1),
        ('w.setText(self.tr("Hello {a}".format(a=1)))', 1),
        ('w.setText(self.tr("Hello " + name))', 1),
        ('w.setText(self.tr("One" if one else "More"))', 1),
        ('QLabel("Hello")', 1),
        ('QLabel("·")', 0),
        ('QLabel("Hello {a}".format(a=1))', 1),
        ('QLabel(f"{a} – {b}")', 0),  # noqa: RUF001
        ('QLabel(f"Hello {a}")', 1),
        ('w.setToolTip("Yes" if on else self.tr("No"))', 1),
        ('bar.addTab(page, "Hello")', 1),
        ('tr(info.label)\nw.setText("")', 0),
        ("w.setText()", 0),
    ],
)
def test_the_search_finds_what_it_should(code: str, lines: int) -> None:
    assert len(list(problems(code))) == lines


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix()
)
def test_every_text_can_be_translated(path: Path) -> None:
    assert list(problems(path.read_text(encoding="utf-8"))) == []
