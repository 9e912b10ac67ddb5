"""Sections of keys, drawn as keys, in as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QKeySequence, QPainter, QPaintEvent, QPen, QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from pedcam.ui.base import theme

COLUMN_WIDTH = 272
_SPACE = 4 * theme.UNIT
_GAP = theme.UNIT // 2
_PADDING = 6


class KeyCaps(QLabel):
    """Each key, or pair of keys to press together, in a small frame; its text lists them."""

    def __init__(self, keys: Sequence[str], parent: QWidget | None = None) -> None:
        """Show ``keys``, which do the same."""
        super().__init__(", ".join(keys), parent)
        self._keys = tuple(keys)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the room that all need side by side."""
        width = sum(self._widths()) + _GAP * (len(self._keys) - 1)
        return QSize(round(width) + 1, self.fontMetrics().height() + _PADDING)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a key cannot be shortened."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """Draw the frames and the names in them."""
        colors = theme.colors()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.5
        for key, width in zip(self._keys, self._widths(), strict=True):
            frame = QRectF(left, 0.5, width - 1, self.height() - 1)
            painter.setPen(QPen(QColor(colors.line), 1))
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(frame, 4, 4)
            painter.setPen(QColor(colors.text))
            painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, key)
            left += width + _GAP

    def _widths(self) -> list[float]:
        metrics = self.fontMetrics()
        least = metrics.height() + _PADDING
        return [max(least, metrics.horizontalAdvance(key) + 2 * _PADDING) for key in self._keys]


@dataclass(frozen=True)
class ShortcutRow:
    """One thing that can be done.

    Attributes:
        name: What it does.
        keys: What does it: keys, or a gesture such as “Wheel”.
    """

    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class ShortcutSection:
    """What belongs together.

    Attributes:
        title: Heading.
        rows: What can be done.
    """

    title: str
    rows: tuple[ShortcutRow, ...]


def menu_section(menu: QMenu) -> ShortcutSection:
    """Return the actions with keys of a menu and of the menus in it."""
    return ShortcutSection(menu.title().replace("&", ""), tuple(_rows(menu)))


class ShortcutSheet(QWidget):
    """Lays sections out in columns, each where there is least so far, and leaves out by search."""

    def __init__(self, sections: Sequence[ShortcutSection], parent: QWidget | None = None) -> None:
        """Show ``sections`` in their order."""
        super().__init__(parent)
        self._sections = [_Section(section, self) for section in sections if section.rows]
        self.setMinimumWidth(COLUMN_WIDTH)

    def search(self, words: str) -> int:
        """Show only the rows with all of ``words`` in them; return how many there are."""
        found = sum(section.search(words.casefold().split()) for section in self._sections)
        self._arrange()
        return found

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Use the width there is."""
        super().resizeEvent(event)
        self._arrange()

    def columns(self) -> int:
        """Return how many columns the width has room for."""
        return max(1, (self.width() + _SPACE) // (COLUMN_WIDTH + _SPACE))

    def _arrange(self) -> None:
        shown = [section for section in self._sections if section.matches]
        count = min(self.columns(), max(1, len(shown)))
        # Of a few found by a search, none becomes wider than it has to be.
        room = self.width() - _SPACE * (count - 1)
        width = min(room // count, 2 * COLUMN_WIDTH)
        ends = [0] * count
        for section in self._sections:
            section.setVisible(section.matches)
        for section in shown:
            column = ends.index(min(ends))
            height = section.heightForWidth(width)
            if height < 0:
                height = section.sizeHint().height()
            left = column * (width + _SPACE)
            section.setGeometry(QRect(left, ends[column], width, height))
            ends[column] += height + 3 * theme.UNIT
        self.setMinimumHeight(max(0, max(ends) - 3 * theme.UNIT))


class _Section(QWidget):
    """A heading with rows below it."""

    def __init__(self, section: ShortcutSection, parent: QWidget) -> None:
        super().__init__(parent)
        self.matches = True
        self._title = section.title.casefold()
        column = QVBoxLayout(self)
        # Some letters reach a little out of their place.
        column.setContentsMargins(2, 0, 2, 0)
        column.setSpacing(theme.UNIT // 2)
        heading = QLabel(section.title)
        heading.setFont(theme.scaled(heading.font(), 1.1, bold=True))
        column.addWidget(heading)
        self._rows: list[tuple[str, QLabel, KeyCaps]] = []
        for row in section.rows:
            name, keys = QLabel(row.name), KeyCaps(row.keys)
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setWordWrap(True)
            name.setBuddy(keys)
            keys.setAccessibleDescription(row.name)
            # Each for itself: wide keys in one row leave the names of the others their room.
            line = QHBoxLayout()
            line.setSpacing(2 * theme.UNIT)
            line.addWidget(name, 1)
            line.addWidget(keys)
            column.addLayout(line)
            self._rows.append((f"{row.name} {' '.join(row.keys)}".casefold(), name, keys))

    def search(self, words: Sequence[str]) -> int:
        found = 0
        for text, name, keys in self._rows:
            matches = all(word in text or word in self._title for word in words)
            name.setVisible(matches)
            keys.setVisible(matches)
            found += matches
        self.matches = found > 0
        return found


def _rows(menu: QMenu) -> list[ShortcutRow]:
    rows = []
    for action in menu.actions():
        inner = action.menu()
        if inner is not None:
            rows += _rows(inner)
            continue
        keys = tuple(
            key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts()
        )
        if keys:
            rows.append(ShortcutRow(action.iconText().rstrip(".…"), keys))
    return rows
