"""The panel at the side: presets, live figures, lines and zones, events."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QFrame, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from pedcam.ui.base import theme
from pedcam.ui.base.own_keys import OwnKeys

WIDTH = 336


class SidePanel(QTabWidget):
    """Pages with a name and a tab each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(WIDTH)
        self.setDocumentMode(True)
        tabs = self.tabBar()
        assert tabs is not None
        # Kept: Python forgets the filter below together with the bar.
        self.tabs = tabs
        tabs.setDrawBase(False)
        tabs.setExpanding(True)
        tabs.setAccessibleName("Pages of the side panel")
        # The arrows turn pages while a tab has the focus, though they jump elsewhere.
        OwnKeys(tabs, (Qt.Key.Key_Left, Qt.Key.Key_Right))

    def sizeHint(self) -> QSize:
        """However wide the pages would like to be."""
        return QSize(WIDTH, super().sizeHint().height())

    def add_page(
        self, name: str, title: str, parts: Sequence[QWidget], *, scrolls: bool = True
    ) -> None:
        """Add a page.

        Args:
            name: What it is called in code.
            title: What people read.
            parts: The widgets on it, from above.
            scrolls: Whether the page scrolls as a whole; else the last part takes the room.
        """
        page = QWidget()
        column = QVBoxLayout(page)
        unit = theme.UNIT
        column.setContentsMargins(2 * unit, 2 * unit, 2 * unit, 2 * unit)
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
            page = scroll
        page.setObjectName(name)
        self.addTab(page, title)

    @property
    def current(self) -> str:
        """Name of the page that is shown; empty without one."""
        page = self.currentWidget()
        return page.objectName() if page is not None else ""

    def turn_to(self, name: str) -> None:
        """Show a page; a name that is not there changes nothing."""
        for number in range(self.count()):
            page = self.widget(number)
            if page is not None and page.objectName() == name:
                self.setCurrentIndex(number)
