"""The panel at the side: presets, live figures, lines and zones, events."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QEvent, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QFrame,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from pedcam.ui.base import theme

WIDTH = 336


class SidePanel(QWidget):
    """Pages with a tab each, of which one is shown."""

    turned = pyqtSignal(str)
    """The page of this name is shown now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without pages."""
        super().__init__(parent)
        self.setMinimumWidth(WIDTH)
        self._names: list[str] = []
        self.tabs = _Tabs()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(True)
        self.tabs.setAccessibleName("Pages of the side panel")
        self._stack = QStackedWidget()
        self._stack.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(self)
        unit = theme.UNIT
        column.setContentsMargins(2 * unit, unit, 2 * unit, unit)
        column.setSpacing(unit)
        column.addWidget(self.tabs)
        column.addWidget(self._stack, 1)
        self.tabs.currentChanged.connect(self._turn)

    def add_page(
        self, name: str, title: str, parts: Sequence[QWidget], *, scrolls: bool = True
    ) -> None:
        """Add a page.

        Args:
            name: What it is called here.
            title: What people read.
            parts: The widgets on it, from above.
            scrolls: Whether the page scrolls as a whole; else the last part takes the room.
        """
        page = QWidget()
        column = QVBoxLayout(page)
        unit = theme.UNIT
        column.setContentsMargins(0, unit, unit if scrolls else 0, unit)
        column.setSpacing(2 * unit)
        for number, part in enumerate(parts):
            if number:
                line = QFrame()
                line.setFrameShape(QFrame.Shape.HLine)
                line.setProperty("hairline", True)
                column.addWidget(line)
            column.addWidget(part, 0 if scrolls or number + 1 < len(parts) else 1)
        if scrolls:
            column.addStretch(1)
            scroll = QScrollArea()
            scroll.setWidget(page)
            scroll.setWidgetResizable(True)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            viewport = scroll.viewport()
            assert viewport is not None
            viewport.setAutoFillBackground(False)
            page.setAutoFillBackground(False)
            self._stack.addWidget(scroll)
        else:
            self._stack.addWidget(page)
        self._names.append(name)
        self.tabs.addTab(title)

    @property
    def current(self) -> str:
        """Name of the page that is shown; empty without one."""
        return self._names[self.tabs.currentIndex()] if self._names else ""

    def turn_to(self, name: str) -> None:
        """Show a page; a name that is not there changes nothing."""
        if name in self._names:
            self.tabs.setCurrentIndex(self._names.index(name))

    def _turn(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        self.turned.emit(self._names[index])


class _Tabs(QTabBar):
    """Keeps the arrows for turning pages while it has the focus, though they jump elsewhere."""

    def event(self, event: QEvent | None) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right)
            and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            event.accept()
            return True
        return super().event(event)
